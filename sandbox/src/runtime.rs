//! What only the runtime has: the clock, randomness, WebCrypto.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Crypto, WorkerGlobalScope};

use crate::clock::Millis;

/// The time.
pub(crate) fn now() -> Millis {
    js_sys::Date::now() as Millis
}

/// A fresh random UUID.
pub(crate) fn uuid() -> String {
    crypto().map(|crypto| crypto.random_uuid()).unwrap_or_default()
}

/// The runtime's WebCrypto.
pub(crate) fn crypto() -> Result<Crypto, JsValue> {
    js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto()
}
