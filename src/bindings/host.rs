//! What the core needs of the page: its timers, its token, its own `fetch`.

use std::time::Duration;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::{
    auth::{Authorization, TokenSource},
    error::TokenError,
    secret::Secret,
    threads::BoxFuture,
    time::UnixMillis,
    transport::{Runtime, fetch::JsRuntime},
};

#[wasm_bindgen]
extern "C" {
    /// An object of `www/package/runtime.js`; its methods do not throw.
    #[derive(Clone)]
    pub type Host;

    /// The caller's own `fetch`, if there is one.
    #[wasm_bindgen(method, getter)]
    pub fn fetch(this: &Host) -> Option<Function>;

    /// Whether there is a token function, whose answer can be refused and replaced.
    #[wasm_bindgen(method, getter)]
    fn renewable(this: &Host) -> bool;

    /// Promises a token, another one than `refused`; rejects with a text.
    #[wasm_bindgen(method)]
    fn token(this: &Host, refused: Option<&str>) -> Promise;

    /// Starts a timer.
    #[wasm_bindgen(method)]
    fn timer(this: &Host, milliseconds: f64) -> Timer;

    /// A timer.
    type Timer;

    /// Resolves when the timer ends or is cleared.
    #[wasm_bindgen(method, getter)]
    fn ended(this: &Timer) -> Promise;

    /// Ends the timer early.
    #[wasm_bindgen(method)]
    fn clear(this: &Timer);
}

/// Clock and randomness of JavaScript, and the page's timers: it can end them all when the module has trapped.
pub(super) struct HostRuntime(Host);

impl HostRuntime {
    pub(super) fn new(host: Host) -> Self {
        Self(host)
    }
}

impl Runtime for HostRuntime {
    fn now(&self) -> UnixMillis {
        JsRuntime.now()
    }

    fn random(&self, into: &mut [u8]) {
        JsRuntime.random(into);
    }

    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()> {
        let timer = ClearOnDrop(self.0.timer(millis(duration)));
        Box::pin(async move {
            // It never rejects.
            let _ = JsFuture::from(timer.0.ended()).await;
        })
    }
}

struct ClearOnDrop(Timer);

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        self.0.clear();
    }
}

/// The page's token. Keeping it, and asking once for all who wait, is done in `www/package/token.js`.
pub(super) struct HostTokens(Host);

impl HostTokens {
    pub(super) fn new(host: Host) -> Self {
        Self(host)
    }

    async fn ask(&self, refused: Option<Authorization>) -> Result<Authorization, TokenError> {
        let refused = refused.as_ref().and_then(Authorization::bearer_token);
        let answer = JsFuture::from(self.0.token(refused)).await;
        match answer.map(|token| token.as_string()) {
            Ok(Some(token)) if token.is_empty() => Ok(Authorization::default()),
            Ok(Some(token)) => Ok(Authorization::bearer(&Secret::new(token))),
            Ok(None) => Err(TokenError::Source("the token function gave no text".into())),
            Err(reason) => Err(TokenError::Source(reason.as_string().unwrap_or_default())),
        }
    }
}

impl TokenSource for HostTokens {
    fn authorization<'a>(&'a self, refused: Option<Authorization>) -> BoxFuture<'a, Result<Authorization, TokenError>> {
        Box::pin(self.ask(refused))
    }

    fn renewable(&self) -> bool {
        self.0.renewable()
    }
}

/// A duration as JavaScript counts it.
pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_millis() as f64
}
