//! The edge: exchanges tokens, passes vendor calls on with the connection's credential, receives webhooks.
//!
//! What to do is decided in plain functions over plain data ([`decide`]); the
//! modules of the shell below run in WebAssembly only and act on decisions.

pub mod catalogue;
pub mod config;
pub mod decide;
pub mod edge_token;
pub mod exchange;
pub mod jwt;
pub mod problem;
pub mod scope;
pub mod webhooks;

#[cfg(target_arch = "wasm32")]
mod identity;
#[cfg(target_arch = "wasm32")]
mod inbox;
#[cfg(target_arch = "wasm32")]
mod shell;
#[cfg(target_arch = "wasm32")]
mod token_vault;
