//! One typed client for five signature and trust-service vendors.
//!
//! An operation is a row of facts and a plain struct; one pipeline sends them
//! all. The same code runs in a browser, in a Cloudflare Worker and natively.
//! See [`client::Client`] for calls and [`vendors`] for what can be called.

pub mod auth;
pub mod client;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod http;
pub mod mac;
mod open_enum;
pub mod page;
pub mod retry;
pub mod secret;
pub mod threads;
pub mod time;
pub mod transport;
pub mod uri_template;
pub mod vendors;
pub mod webhook;

#[cfg(all(feature = "bindings", target_arch = "wasm32"))]
mod bindings;

/// The example of the README, compiled.
#[cfg(all(doctest, feature = "native"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
