//! The transport of browsers, Workers and Node: the platform's own `fetch`.

use std::time::Duration;

use gloo_net::http::Headers as FetchHeaders;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, JsString, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, RequestRedirect};

use super::{Phase, Runtime, Transport, TransportError};
use crate::{
    error::KEPT_BODY,
    http::{Body, ContentKind, Foreign, Headers, Request, Response},
    threads::BoxFuture,
    time::UnixMillis,
};

/// Sends requests with `fetch`. Redirects are not followed.
#[derive(Debug)]
pub struct FetchTransport {
    bodies: Bodies,
    fetch: Option<Function>,
}

/// Where the body of a successful answer is kept. Refusals are always read into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bodies {
    /// In wasm memory, for callers in Rust.
    Memory,
    /// With the platform, as a `string` for JSON and text and a `Blob` for the rest.
    Platform,
}

impl FetchTransport {
    /// For callers in Rust: bodies are read into memory.
    pub const fn new() -> Self {
        Self { bodies: Bodies::Memory, fetch: None }
    }

    /// For callers in JavaScript: the body of a successful answer is a [`Foreign`] that holds a `JsValue`.
    pub const fn handing_over() -> Self {
        Self { bodies: Bodies::Platform, fetch: None }
    }

    /// Uses another function than the global `fetch`. It is called with a `Request` and without `this`.
    pub fn with_fetch(self, fetch: Function) -> Self {
        Self { fetch: Some(fetch), ..self }
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let expects = request.expects;
        let abort = AbortOnDrop(AbortController::new().map_err(|error| failed(Phase::Build, &error))?);
        let promise = self.start(request, &abort.0)?;
        let answer = JsFuture::from(promise).await.map_err(|error| failed(Phase::Send, &error))?;
        let answer: web_sys::Response =
            answer.dyn_into().map_err(|_| lost(Phase::Send, "fetch answered something that is no Response"))?;
        let status = answer.status();
        if status == 0 {
            return Err(lost(Phase::Send, "the answer is a redirect, and redirects are not followed"));
        }
        let headers: Headers = FetchHeaders::from_raw(answer.headers()).entries().collect();
        let body = match self.bodies {
            Bodies::Platform if answer.ok() => platform_body(&answer, expects).await?,
            _ => memory_body(&answer).await?,
        };
        Ok(Response { status, headers, body })
    }

    fn start(&self, request: Request, abort: &AbortController) -> Result<Promise, TransportError> {
        let built = build(request, abort)?;
        match &self.fetch {
            None => Ok(fetch(&built)),
            Some(function) => {
                let answer =
                    function.call1(&JsValue::UNDEFINED, &built).map_err(|error| failed(Phase::Send, &error))?;
                Ok(Promise::resolve(&answer))
            }
        }
    }
}

impl Default for FetchTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for FetchTransport {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// The clock, the randomness and the timers of JavaScript.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsRuntime;

impl Runtime for JsRuntime {
    fn now(&self) -> UnixMillis {
        // A clock before 1970 saturates to zero.
        UnixMillis(js_sys::Date::now() as u64)
    }

    fn random(&self, into: &mut [u8]) {
        // Only a buffer over 65 536 bytes is refused; the core asks for at most 16.
        let _ = get_random_values(into);
    }

    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()> {
        // A timer over 2^31 - 1 ms would fire at once.
        let millis = i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
        Box::pin(TimeoutFuture::new(millis.unsigned_abs()))
    }
}

/// Cancels the call on the wire when its future is dropped; after the answer it does nothing.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn build(request: Request, abort: &AbortController) -> Result<web_sys::Request, TransportError> {
    let headers = web_sys::Headers::new().map_err(|error| failed(Phase::Build, &error))?;
    for (name, value) in request.headers.iter() {
        headers.append(name, value).map_err(|error| failed(Phase::Build, &error))?;
    }
    // Workers refuse every other member of a request's init.
    let init = RequestInit::new();
    init.set_method(request.method.as_str());
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&abort.signal()));
    match &request.body {
        Body::Empty => {}
        Body::Bytes(bytes) => init.set_body(&Uint8Array::from(bytes.as_slice())),
        Body::Foreign(foreign) => match foreign.downcast_ref::<JsValue>() {
            Some(value) => set_body(&init, value)?,
            None => return Err(lost(Phase::Build, "the body is not a JavaScript value")),
        },
    }
    web_sys::Request::new_with_str_and_init(&request.url, &init).map_err(|error| failed(Phase::Build, &error))
}

fn set_body(init: &RequestInit, body: &JsValue) -> Result<(), TransportError> {
    init.set_body(body);
    if body.has_type::<web_sys::ReadableStream>() {
        // Browsers and Node send a stream only if it is said that the answer may have to wait for its end.
        js_sys::Reflect::set(init, &"duplex".into(), &"half".into()).map_err(|error| failed(Phase::Build, &error))?;
    }
    Ok(())
}

async fn platform_body(answer: &web_sys::Response, expects: ContentKind) -> Result<Body, TransportError> {
    let promise = match expects {
        ContentKind::Binary | ContentKind::Multipart => answer.blob(),
        ContentKind::Json | ContentKind::Text | ContentKind::Form | ContentKind::Empty => answer.text(),
    };
    Ok(Body::Foreign(Foreign::new(read(promise).await?)))
}

async fn memory_body(answer: &web_sys::Response) -> Result<Body, TransportError> {
    let buffer = Uint8Array::new(&read(answer.array_buffer()).await?);
    // A refusal's body is evidence, not a document: what an error would cut off is not copied at all.
    let limit = u32::try_from(KEPT_BODY).unwrap_or(u32::MAX);
    let kept = if answer.ok() { buffer } else { buffer.subarray(0, limit.min(buffer.length())) };
    Ok(Body::Bytes(kept.to_vec()))
}

async fn read(promise: Result<Promise, JsValue>) -> Result<JsValue, TransportError> {
    let promise = promise.map_err(|error| failed(Phase::Body, &error))?;
    JsFuture::from(promise).await.map_err(|error| failed(Phase::Body, &error))
}

fn failed(phase: Phase, thrown: &JsValue) -> TransportError {
    let message = thrown.dyn_ref::<js_sys::Error>().map(js_sys::Error::message);
    let message = message.as_ref().or_else(|| thrown.dyn_ref::<JsString>()).map(String::from);
    TransportError { phase, message: message.unwrap_or_else(|| "the platform gave no reason".into()) }
}

fn lost(phase: Phase, message: &str) -> TransportError {
    TransportError { phase, message: message.into() }
}

#[wasm_bindgen]
extern "C" {
    // The globals themselves, so that the same code runs in a window and in a Worker.
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(request: &web_sys::Request) -> Promise;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(into: &mut [u8]) -> Result<JsValue, JsValue>;
}
