//! Where the product runs, and how a test gets a client for it.

use std::{sync::Arc, time::Duration};

use countersign::{
    auth::{Authorization, Fixed, TokenSource},
    client::{Client, ClientOptions},
    http::{Body, ContentKind, Method, Request, Response, form_encode},
    retry::RetryPolicy,
    secret::Secret,
    transport::{
        Transport,
        fetch::{FetchTransport, JsRuntime},
    },
    vendors::signing_today::VENDOR,
};
use serde_json::{Value, json};

pub(crate) const CONNECTION: &str = "acme-signing";

pub(crate) fn edge() -> &'static str {
    option_env!("COUNTERSIGN_EDGE_URL").expect("COUNTERSIGN_EDGE_URL, set by `cargo xtask test --only browser`")
}

pub(crate) fn sandbox() -> &'static str {
    option_env!("COUNTERSIGN_SANDBOX_URL").expect("COUNTERSIGN_SANDBOX_URL, set by `cargo xtask test --only browser`")
}

/// Options of a client for the edge, with the usual transport.
pub(crate) fn options(tokens: Arc<dyn TokenSource>) -> ClientOptions {
    ClientOptions {
        base_url: format!("{}/v/{CONNECTION}", edge()),
        transport: Arc::new(FetchTransport::new()),
        runtime: Arc::new(JsRuntime),
        tokens,
        retry: RetryPolicy::default(),
        timeout: Duration::from_secs(20),
    }
}

/// A client for the edge that acts for a demo user who may do everything.
pub(crate) async fn signed_in() -> Client {
    let token = exchange(&demo_token("ada").await).await;
    Client::new(&VENDOR, options(Arc::new(Fixed(Authorization::bearer(&token)))))
}

/// The identity provider's JWT for a demo user.
pub(crate) async fn demo_token(user: &str) -> String {
    let body = json!({"user": user, "audience": "countersign"}).to_string();
    let response = post(&format!("{}/idp/demo-token", sandbox()), "application/json", body).await;
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(response.body.bytes()));
    text(&response, "token")
}

/// Exchanges a JWT for a token of the edge (RFC 8693).
pub(crate) async fn exchange(jwt: &str) -> Secret {
    let fields = form_encode([
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", jwt),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ("audience", CONNECTION),
    ]);
    let response = post(&format!("{}/oauth/token", edge()), "application/x-www-form-urlencoded", fields).await;
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(response.body.bytes()));
    Secret::new(text(&response, "access_token"))
}

/// Makes the sandbox misbehave the next time it is asked for `route`.
pub(crate) async fn fault(route: &str, fault: &str) {
    let body = json!({"match": route, "fault": fault, "times": 1}).to_string();
    let response = post(&format!("{}/control/faults", sandbox()), "application/json", body).await;
    assert!(response.is_success(), "{}", String::from_utf8_lossy(response.body.bytes()));
}

async fn post(url: &str, media_type: &str, body: String) -> Response {
    let request = Request {
        method: Method::Post,
        url: url.into(),
        headers: [("content-type", media_type)].into_iter().collect(),
        body: Body::Bytes(body.into_bytes()),
        expects: ContentKind::Json,
    };
    FetchTransport::new().send(request).await.expect("an answer")
}

fn text(response: &Response, name: &str) -> String {
    let value: Value = serde_json::from_slice(response.body.bytes()).expect("JSON");
    value.get(name).and_then(Value::as_str).expect("a text").to_owned()
}
