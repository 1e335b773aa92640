//! The core in a real browser, against the running sandbox and edge.
//!
//! Run by `cargo xtask test --only browser`, which starts both and tells their addresses at compile time.
#![cfg(target_arch = "wasm32")]
// A test says what it expects and fails if it does not hold.
// clippy and the editor compile these files without the addresses.
#![allow(clippy::expect_used, clippy::panic, clippy::option_env_unwrap)]

use wasm_bindgen_test::wasm_bindgen_test_configure;

mod cancelling;
mod faults;
mod journey;
mod place;
mod tokens;

wasm_bindgen_test_configure!(run_in_browser);
