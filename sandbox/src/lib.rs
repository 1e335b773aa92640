//! The vendors as a Worker: stateful, strict where their documents are strict, and offline.
//!
//! | path | what | file |
//! |---|---|---|
//! | `/signing-today/api/…` | Signing Today's API | `signing_today.rs` names the handler of each operation |
//! | `/signing-today/std/{ticket}/signature` | the signature tray | `signing_today/tray.rs` |
//! | `/idp/…` | the app's identity provider | `identity_provider/object.rs` |
//! | `/control/…` | log, reset, faults | `control.rs` |
//! | `/` | what the sandbox holds | `overview.rs` |
//!
//! Decisions are plain functions with native tests; what needs the runtime is
//! compiled for wasm only.
#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, unused_imports, reason = "natively only the tests use the plain functions")
)]

mod answer;
mod call;
mod clock;
mod faults;
mod form;
mod html;
mod identity_provider;
mod lenient;
mod pdf;
mod signing_today;
mod thumbnail;
mod zip;

#[cfg(target_arch = "wasm32")]
mod control;
#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(target_arch = "wasm32")]
mod overview;
#[cfg(target_arch = "wasm32")]
mod runtime;
#[cfg(target_arch = "wasm32")]
mod settings;
#[cfg(target_arch = "wasm32")]
mod shell;
