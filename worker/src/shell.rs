//! The exports of the edge's wasm: each turns the platform's values into facts, asks for a decision and hands it back.
//!
//! A decision crosses as one JSON text. Nothing here decides.

use std::cell::RefCell;

use countersign::{
    auth::Authorization,
    http::Headers,
    secret::Secret,
    time::UnixMillis,
    transport::{Runtime as _, fetch::JsRuntime},
};
use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    config::Config,
    decide::{self, Decision, Facts},
    exchange::{self, OAuthError},
    identity,
    jwt::Jwt,
    problem::{Kind, Problem},
    webhooks::{self, Received},
};

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State { config: None, tokens: Vec::new() }) };
}

/// What an instance keeps between requests.
struct State {
    config: Option<Result<&'static Config, Vec<String>>>,
    tokens: Vec<CachedToken>,
}

/// A vendor token in this isolate's memory.
struct CachedToken {
    connection: String,
    authorization: Authorization,
    use_until: UnixMillis,
}

/// Starts an instance: a panic tells the shell before it ends the instance.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| panicked(&panic.to_string())));
}

/// Takes the environment in, as JSON. An instance is configured once.
#[wasm_bindgen]
pub fn configure(environment: &str) {
    let environment = serde_json::from_str(environment).unwrap_or_default();
    // The configuration lives as long as the instance.
    let config = Config::read(&environment).map(|config| &*Box::leak(Box::new(config)));
    STATE.with_borrow_mut(|state| state.config = Some(config));
}

/// Decides what to do with a request.
#[wasm_bindgen]
#[allow(clippy::too_many_arguments, reason = "each is one cheap crossing; an object would be one more for each field")]
pub fn decide(
    method: &str,
    url: &str,
    authorization: Option<String>,
    origin: Option<String>,
    protocols: Option<String>,
    content_length: Option<f64>,
    is_upgrade: bool,
    now: f64,
) -> String {
    let facts = Facts {
        method,
        url,
        authorization: authorization.as_deref(),
        origin: origin.as_deref(),
        protocols: protocols.as_deref(),
        content_length: content_length.map(|length| length as u64),
        is_upgrade,
    };
    let now = UnixMillis(now as u64);
    let decision = match config() {
        Ok(config) => decide::decide(config, &facts, &|connection| cached(connection, now), now),
        Err(faults) => decide::not_configured(&faults, url),
    };
    write(&decision)
}

/// Writes the answer for a problem the shell has met. `origin` may read it if some connection names it.
#[wasm_bindgen]
pub fn refuse(slug: &str, detail: &str, origin: Option<String>) -> String {
    let kind = Kind::find(slug).unwrap_or(Kind::INTERNAL);
    let allow_origin = origin.filter(|origin| config().is_ok_and(|config| config.allows_origin(origin)));
    write(&decide::refuse(&Problem::new(kind, detail), allow_origin))
}

/// Proves a webhook and says what is to be stored, or answers a refusal.
#[wasm_bindgen]
pub fn receive(connection: &str, headers: &str, body: &[u8], now: f64) -> String {
    let received = config().map_err(|faults| decide::not_configured(&faults, "")).and_then(|config| {
        let found = config.connections.get(connection);
        let found = found.ok_or_else(|| decide::refuse(&Problem::new(Kind::UNKNOWN_CONNECTION, connection), None))?;
        let headers: Vec<(String, String)> = serde_json::from_str(headers).unwrap_or_default();
        let headers: Headers = headers.into_iter().collect();
        webhooks::receive(connection, found, &headers, body, UnixMillis(now as u64))
            .map_err(|problem| decide::refuse(&problem, None))
    });
    match received {
        Ok(received) => write(&Store::Store { received }),
        Err(refusal) => write(&refusal),
    }
}

/// The decision to store a delivery.
#[derive(Serialize)]
#[serde(tag = "do", rename_all = "camelCase")]
enum Store {
    Store { received: Received },
}

/// Exchanges a token; answers a decision in every case.
#[wasm_bindgen(js_name = exchange)]
pub async fn exchange_token(form: Vec<u8>) -> String {
    let answer = match config() {
        Ok(config) => exchanged(config, &form).await.unwrap_or_else(|error| error.answer()),
        Err(faults) => decide::not_configured(&faults, ""),
    };
    write(&answer)
}

async fn exchanged(config: &'static Config, form: &[u8]) -> Result<Decision, OAuthError> {
    let request = exchange::read_form(form)?;
    let now = JsRuntime.now();
    let jwt = Jwt::parse(&request.subject_token)?;
    let (name, issuer) = exchange::select_issuer(config, &jwt, now)?;
    identity::verify(issuer, &jwt, now).await?;
    let grant = exchange::grant(config, name, &jwt.claims, &request)?;
    let mut id = [0; 16];
    JsRuntime.random(&mut id);
    exchange::issue(config, &grant, jwt.expires_at().unwrap_or_default(), &countersign::mac::hex(&id), now)
}

/// Keeps a vendor token in this isolate's memory until `use_until`.
#[wasm_bindgen]
pub fn remember(connection: &str, token: &str, use_until: f64) {
    STATE.with_borrow_mut(|state| {
        state.tokens.retain(|held| held.connection != connection);
        state.tokens.push(CachedToken {
            connection: connection.to_owned(),
            authorization: Authorization::bearer(&Secret::new(token)),
            use_until: UnixMillis(use_until as u64),
        });
    });
}

/// Forgets a vendor token.
#[wasm_bindgen]
pub fn forget(connection: &str) {
    STATE.with_borrow_mut(|state| state.tokens.retain(|held| held.connection != connection));
}

/// The header fields of a vendor's answer that a page may read.
#[wasm_bindgen(js_name = exposedHeaders)]
pub fn exposed_headers() -> String {
    decide::EXPOSED.to_owned()
}

/// The largest webhook body, in bytes.
#[wasm_bindgen(js_name = maxWebhookBody)]
pub fn max_webhook_body() -> f64 {
    webhooks::MAX_BODY as f64
}

/// The largest form at the token endpoint, in bytes.
#[wasm_bindgen(js_name = maxForm)]
pub fn max_form() -> usize {
    exchange::MAX_FORM
}

/// Ends this instance with a panic. The shell calls it only where the variable `TESTING` is set, to prove that the
/// edge recovers.
#[wasm_bindgen(js_name = panicForTest)]
#[allow(clippy::panic, reason = "this is what it is for")]
pub fn panic_for_test() {
    panic!("a panic was asked for");
}

/// The configuration of this instance.
pub(crate) fn config() -> Result<&'static Config, Vec<String>> {
    STATE.with_borrow(|state| match &state.config {
        Some(Ok(config)) => Ok(*config),
        Some(Err(faults)) => Err(faults.clone()),
        None => Err(vec!["the instance was not configured".into()]),
    })
}

fn cached(connection: &str, now: UnixMillis) -> Option<Authorization> {
    STATE.with_borrow(|state| {
        let held = state.tokens.iter().find(|held| held.connection == connection)?;
        (held.use_until > now).then(|| held.authorization.clone())
    })
}

pub(crate) fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A JavaScript error for a fault inside a Durable Object.
pub(crate) fn fault(error: impl std::fmt::Display) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}

#[wasm_bindgen]
extern "C" {
    // Set by `worker/shell/instance.mjs` before the instance starts.
    #[wasm_bindgen(js_namespace = countersignHost, js_name = panicked)]
    fn panicked(message: &str);
}
