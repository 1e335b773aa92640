//! What the npm package's JavaScript calls. It carries values across and decides nothing.
//!
//! Nothing here is shown to users: `www/package` keeps these classes inside
//! closures and hands out plain objects. JavaScript drives every call by
//! [`Call::poll`], so that a trap surfaces in a function it can catch, and
//! cancels a call by freeing it.

// Exports are reached from JavaScript, whose values stay on the one thread.
#![allow(unreachable_pub, clippy::arc_with_non_send_sync)]

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use js_sys::{Array, Function};
use serde_json::{Map, Value};
use wasm_bindgen::prelude::*;

use crate::{
    auth::{Credential, Fixed, Grant, Token, TokenSource},
    client::{Client, ClientOptions, renew},
    endpoint::{Parts, PartsBody},
    error::{Error, ErrorKind},
    http::{Body, Foreign, Headers, Response},
    retry::RetryPolicy,
    secret::Secret,
    transport::{
        Runtime, Transport,
        fetch::{FetchTransport, JsRuntime},
    },
    vendors,
    webhook::{self, BasicCredential, Delivery, SecretHeader, WebhookCredential},
};

mod host;
mod report;

use host::{Host, HostRuntime, HostTokens, millis};

/// A client for one vendor.
#[wasm_bindgen(skip_typescript)]
pub struct Core {
    client: Client,
    exchange: Option<Exchange>,
}

/// A credential that is exchanged for tokens, and the client for that.
#[derive(Clone)]
struct Exchange {
    client: Client,
    grant: Arc<dyn Grant>,
}

#[wasm_bindgen]
impl Core {
    /// A client whose token, if it has one, comes from the page.
    pub fn open(vendor: &str, base_url: String, max_attempts: u32, host: Host) -> Option<Core> {
        let vendor = vendors::find(vendor)?;
        let tokens: Arc<dyn TokenSource> = Arc::new(HostTokens::new(host.clone()));
        Some(Self { client: Client::new(vendor, options(base_url, max_attempts, host, tokens)), exchange: None })
    }

    /// A client that holds the vendor's own credential. Only `countersign/server` calls it.
    pub fn direct(
        vendor: &str,
        base_url: String,
        max_attempts: u32,
        host: Host,
        credential: &str,
    ) -> Result<Core, JsError> {
        let vendor = vendors::find(vendor).ok_or_else(|| JsError::new("there is no such vendor"))?;
        let credential = (vendor.read_credential)(&json(credential)).map_err(|message| JsError::new(&message))?;
        // The answer of a token call is read in Rust.
        let in_memory = transport(FetchTransport::new(), &host);
        // Keeping a token, and asking once for all who wait, is done in one place for pages and servers: `token.js`.
        let asked: Arc<dyn TokenSource> = Arc::new(HostTokens::new(host.clone()));
        let options = options(base_url, max_attempts, host, asked);
        let (tokens, exchange) = match credential {
            Credential::Fixed(authorization) => (Arc::new(Fixed(authorization)) as Arc<dyn TokenSource>, None),
            Credential::Grant(grant) => {
                let own = Arc::new(Fixed(grant.client_authorization()));
                let client =
                    Client::new(vendor, ClientOptions { transport: in_memory, tokens: own, ..options.clone() });
                (Arc::clone(&options.tokens), Some(Exchange { client, grant }))
            }
        };
        Ok(Self { client: Client::new(vendor, ClientOptions { tokens, ..options }), exchange })
    }

    /// Prepares the exchange of the credential for a token: `[milliseconds it may be used, token]`.
    pub fn exchange(&self, id: u32) -> Option<Call> {
        let exchange = self.exchange.clone()?;
        Some(Call::new(id, async move {
            match exchange.run().await {
                Ok((token, fresh)) => report::array([millis(fresh).into(), token.secret.expose().into()]),
                Err(error) => report::failure(&error),
            }
        }))
    }

    /// Prepares a call, which answers `[status, headers, body]`. Nothing is sent before the first poll; `id` is what
    /// the wake function is called with. Without an operation of this route there is no call.
    pub fn call(
        &self,
        id: u32,
        route: &str,
        params: &str,
        body: JsValue,
        media_type: &str,
        timeout_ms: f64,
    ) -> Option<Call> {
        let operation = self.client.vendor().operation(route)?;
        let parts = Parts { params: object(params)?, body: body_of(body, media_type) };
        let client = self.client.with_timeout(Duration::from_millis(timeout_ms as u64));
        Some(Call::new(id, async move {
            match client.execute(operation, parts).await {
                Ok(response) => answer(response),
                Err(error) => report::failure(&error),
            }
        }))
    }
}

impl Exchange {
    async fn run(self) -> Result<(Token, Duration), Error> {
        let operation = self.grant.operation();
        let held = renew(self.client, self.grant).await.map_err(|fault| Error {
            kind: ErrorKind::Token(fault),
            vendor: operation.vendor,
            operation: operation.id,
            attempts: 0,
        })?;
        let fresh = held.use_until().map_or(Duration::MAX, |end| end.since(JsRuntime.now()));
        Ok((held.token, fresh))
    }
}

/// One call. Freeing it cancels what is on the wire.
#[wasm_bindgen(skip_typescript)]
pub struct Call {
    future: Pin<Box<dyn Future<Output = JsValue>>>,
    waker: Waker,
}

impl Call {
    fn new(id: u32, future: impl Future<Output = JsValue> + 'static) -> Self {
        Self { future: Box::pin(future), waker: Arc::new(CallWaker(id)).into() }
    }
}

#[wasm_bindgen]
impl Call {
    /// `undefined` while it waits; then an array, as the maker of the call says, or the report of a failure as JSON text.
    pub fn poll(&mut self) -> JsValue {
        match self.future.as_mut().poll(&mut Context::from_waker(&self.waker)) {
            Poll::Pending => JsValue::UNDEFINED,
            Poll::Ready(outcome) => outcome,
        }
    }
}

/// Says which function is told the id of a call that can go on.
#[wasm_bindgen(skip_typescript)]
pub fn on_wake(function: Function) {
    WAKE.with(|slot| slot.replace(Some(function)));
}

/// The catalogue of all vendors, an array for each operation.
#[wasm_bindgen(skip_typescript)]
pub fn operations() -> Array {
    report::catalogue()
}

/// The parameters of a list's next page as JSON text, or nothing after the last. `received` counts the items of the
/// page before; without it the page is the first.
#[wasm_bindgen(skip_typescript)]
pub fn next_page(vendor: &str, route: &str, params: &str, received: Option<u32>) -> Option<String> {
    let mut params = object(params)?;
    let paging = vendors::find(vendor)?.operation(route)?.paging;
    let more = match received {
        Some(received) => paging.next(&mut params, received as usize),
        None => {
            paging.first(&mut params);
            true
        }
    };
    more.then(|| Value::Object(params).to_string())
}

/// Says why a delivery is refused, or nothing if it is the vendor's. Names and values of headers alternate; without a
/// user name no login is expected.
#[wasm_bindgen(skip_typescript)]
pub fn refuse_webhook(
    headers: Vec<String>,
    body: &[u8],
    expected: Vec<String>,
    username: Option<String>,
    password: String,
) -> Option<String> {
    let headers: Headers = pairs(headers).collect();
    let credential = WebhookCredential {
        headers: pairs(expected).map(|(name, value)| SecretHeader { name, value: Secret::new(value) }).collect(),
        basic: username.map(|username| BasicCredential { username, password: Secret::new(password) }),
    };
    webhook::verify(Delivery { headers: &headers, body }, &credential).err().map(|refusal| refusal.to_string())
}

/// Wakes a call by telling JavaScript its id: a waker must be `Send`, a function of JavaScript is not.
struct CallWaker(u32);

impl Wake for CallWaker {
    fn wake(self: Arc<Self>) {
        let function = WAKE.with(|slot| slot.borrow().clone());
        // The function only schedules; if it throws all the same, the call times out.
        let _ = function.map(|function| function.call1(&JsValue::UNDEFINED, &self.0.into()));
    }
}

thread_local! {
    static WAKE: RefCell<Option<Function>> = const { RefCell::new(None) };
}

fn pairs(texts: Vec<String>) -> impl Iterator<Item = (String, String)> {
    let mut texts = texts.into_iter();
    std::iter::from_fn(move || Some((texts.next()?, texts.next()?)))
}

fn options(base_url: String, max_attempts: u32, host: Host, tokens: Arc<dyn TokenSource>) -> ClientOptions {
    ClientOptions {
        base_url,
        transport: transport(FetchTransport::handing_over(), &host),
        runtime: Arc::new(HostRuntime::new(host)),
        tokens,
        retry: RetryPolicy { max_attempts, ..RetryPolicy::default() },
        timeout: crate::client::DEFAULT_TIMEOUT,
    }
}

fn transport(transport: FetchTransport, host: &Host) -> Arc<dyn Transport> {
    Arc::new(match host.fetch() {
        Some(fetch) => transport.with_fetch(fetch),
        None => transport,
    })
}

fn answer(response: Response) -> JsValue {
    let headers: Array = response.headers.iter().flat_map(|(name, value)| [name, value]).map(JsValue::from).collect();
    let body = match &response.body {
        Body::Foreign(foreign) => foreign.downcast_ref::<JsValue>().cloned().unwrap_or_default(),
        Body::Empty | Body::Bytes(_) => JsValue::UNDEFINED,
    };
    report::array([response.status.into(), headers.into(), body])
}

fn body_of(body: JsValue, media_type: &str) -> PartsBody {
    if body.is_undefined() {
        return PartsBody::Empty;
    }
    // The core names media types by constants; any other one is the body's own.
    let media_type =
        ["application/json", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain"]
            .into_iter()
            .find(|known| *known == media_type);
    // A stream can be read only once.
    let once = body.has_type::<web_sys::ReadableStream>();
    PartsBody::Foreign(if once { Foreign::once(body) } else { Foreign::new(body) }, media_type)
}

fn object(text: &str) -> Option<Map<String, Value>> {
    match json(text) {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

// The text is written by `JSON.stringify`. It is read from bytes, as the core reads answers: a second kind of input
// would be a second reader in the wasm.
fn json(text: &str) -> Value {
    serde_json::from_slice(text.as_bytes()).unwrap_or_default()
}
