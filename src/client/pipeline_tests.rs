//! The pipeline in virtual time: a scripted vendor, a clock that only waiting moves.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_executor::block_on;
use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::{
    auth::Fixed,
    error::TokenError,
    http::{Body, Foreign, Headers},
    retry::RetrySafety,
    secret::Secret,
    threads::BoxFuture,
    time::UnixMillis,
    transport::Phase,
    vendors::signing_today::{self, dst_notes, dsts, tokens},
};

/// Answers calls in order and keeps them; after the last answer it never answers again.
#[derive(Default)]
struct ScriptedTransport {
    answers: Mutex<Vec<Result<Response, TransportError>>>,
    sent: Mutex<Vec<Request>>,
}

/// Every wait is over at once and moves the clock.
#[derive(Default)]
struct VirtualRuntime(Mutex<u64>);

/// Gives the tokens `t1`, `t2`, …, a new one only when the last was refused.
#[derive(Default)]
struct CountingTokens(Mutex<u32>);

impl Transport for ScriptedTransport {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        self.sent.lock().expect("one thread").push(request);
        let mut answers = self.answers.lock().expect("one thread");
        if answers.is_empty() { Box::pin(pending()) } else { Box::pin(std::future::ready(answers.remove(0))) }
    }
}

impl Runtime for VirtualRuntime {
    fn now(&self) -> UnixMillis {
        UnixMillis(*self.0.lock().expect("one thread"))
    }

    fn random(&self, into: &mut [u8]) {
        into.fill(0xff);
    }

    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            *self.0.lock().expect("one thread") += u64::try_from(duration.as_millis()).expect("a sane wait");
        })
    }
}

impl TokenSource for CountingTokens {
    fn authorization<'a>(&'a self, refused: Option<Authorization>) -> BoxFuture<'a, Result<Authorization, TokenError>> {
        let mut count = self.0.lock().expect("one thread");
        *count += u32::from(*count == 0 || refused.is_some());
        let token = Secret::new(format!("t{count}"));
        Box::pin(std::future::ready(Ok(Authorization::bearer(&token))))
    }
}

struct Scene {
    transport: Arc<ScriptedTransport>,
    runtime: Arc<VirtualRuntime>,
    client: Client,
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Response, TransportError> {
    let headers: Headers = headers.iter().copied().collect();
    Ok(Response { status, headers, body: Body::Bytes(body.as_bytes().to_vec()) })
}

fn lost() -> Result<Response, TransportError> {
    Err(TransportError { phase: Phase::Body, message: "connection lost".into() })
}

fn scene(answers: Vec<Result<Response, TransportError>>) -> Scene {
    let transport = Arc::new(ScriptedTransport { answers: Mutex::new(answers), ..ScriptedTransport::default() });
    let runtime = Arc::new(VirtualRuntime::default());
    let options = ClientOptions {
        base_url: "https://vendor.example/api".into(),
        transport: transport.clone(),
        runtime: runtime.clone(),
        tokens: Arc::new(CountingTokens::default()),
        retry: RetryPolicy::default(),
        timeout: DEFAULT_TIMEOUT,
    };
    Scene { transport, runtime, client: Client::new(&signing_today::VENDOR, options) }
}

impl Scene {
    fn list_notes(&self) -> Result<Vec<dst_notes::Note>, Error> {
        block_on(self.client.send(&dst_notes::ListNotes { id: "d1".into() }))
    }

    fn create_note(&self) -> Result<dst_notes::Note, Error> {
        let body = dst_notes::Note { text: Some("hello".into()), ..dst_notes::Note::default() };
        block_on(self.client.send(&dst_notes::CreateNote { id: "d1".into(), body }))
    }

    fn tokens_sent(&self) -> Vec<String> {
        let sent = self.transport.sent.lock().expect("one thread");
        sent.iter().map(|request| request.headers.get("authorization").unwrap_or("none").to_owned()).collect()
    }

    fn calls(&self) -> usize {
        self.transport.sent.lock().expect("one thread").len()
    }
}

#[test]
fn a_call_carries_the_token_and_reads_the_answer() {
    let scene = scene(vec![answer(200, &[], r#"[{"id":32,"text":"a note"}]"#)]);
    let notes = scene.list_notes().expect("notes");
    assert_eq!(notes.first().and_then(|note| note.text.as_deref()), Some("a note"));
    let sent = scene.transport.sent.lock().expect("one thread");
    let request = sent.first().expect("a request");
    assert_eq!(request.url, "https://vendor.example/api/DST/d1/note");
    assert_eq!(request.headers.get("authorization"), Some("Bearer t1"));
}

#[test]
fn a_safe_call_is_repeated_until_it_succeeds() {
    let scene = scene(vec![lost(), answer(503, &[], ""), answer(200, &[], "[]")]);
    assert!(scene.list_notes().is_ok());
    assert_eq!(scene.runtime.now(), UnixMillis(200 + 400), "the waits double");
}

#[test]
fn a_safe_call_gives_up_after_the_last_attempt_and_says_how_often_it_tried() {
    let scene =
        scene(vec![answer(500, &[], "x"), answer(500, &[], "x"), answer(500, &[], r#"{"code":"IOException"}"#)]);
    let error = scene.list_notes().expect_err("an error");
    assert_eq!((error.attempts, error.status()), (3, Some(500)));
    assert_eq!(error.api().and_then(|api| api.code.as_deref()), Some("IOException"));
    assert!(error.is_retryable());
}

#[test]
fn an_unsafe_call_is_sent_once_when_its_outcome_is_unknown() {
    for failure in [lost(), answer(502, &[], "")] {
        let scene = scene(vec![failure, answer(200, &[], "{}")]);
        assert_eq!(scene.create_note().expect_err("an error").attempts, 1);
        assert_eq!(scene.calls(), 1);
    }
}

#[test]
fn an_unsafe_call_waits_as_long_as_429_asks_and_is_sent_again() {
    let scene = scene(vec![answer(429, &[("retry-after", "7")], ""), answer(200, &[], r#"{"id":1}"#)]);
    assert_eq!(scene.create_note().expect("a note").id, Some(1));
    assert_eq!(scene.runtime.now(), UnixMillis(7_000));
}

#[test]
fn a_wait_of_a_year_is_not_waited_but_told() {
    let scene = scene(vec![answer(429, &[("retry-after", "31536000")], "")]);
    let error = scene.list_notes().expect_err("an error");
    assert_eq!(error.api().and_then(|api| api.retry_after), Some(Duration::from_secs(31_536_000)));
    assert_eq!(scene.runtime.now(), UnixMillis(0));
}

#[test]
fn a_refused_token_is_renewed_once_also_for_an_unsafe_call() {
    let scene = scene(vec![answer(401, &[], ""), answer(200, &[], r#"{"id":1}"#)]);
    assert!(scene.create_note().is_ok());
    assert_eq!(scene.tokens_sent(), ["Bearer t1", "Bearer t2"]);
}

#[test]
fn a_token_refused_twice_is_an_error() {
    let scene = scene(vec![answer(401, &[], ""), answer(401, &[], r#"{"code":"AUTH","message":"no"}"#)]);
    let error = scene.list_notes().expect_err("an error");
    assert_eq!((error.status(), error.attempts), (Some(401), 2));
}

#[test]
fn a_vendor_that_never_answers_ends_in_a_timeout() {
    let scene = scene(vec![]);
    let error = scene.list_notes().expect_err("an error");
    assert!(matches!(error.kind, ErrorKind::Timeout(DEFAULT_TIMEOUT)), "{error}");
}

#[test]
fn a_page_of_html_with_status_200_is_a_decode_error_that_keeps_the_page() {
    let scene = scene(vec![answer(200, &[("content-type", "text/html")], "<h1>Maintenance</h1>")]);
    let error = scene.list_notes().expect_err("an error");
    let ErrorKind::Decode(decode) = &error.kind else { panic!("{error}") };
    assert_eq!(decode.message, "expected the documented JSON, got text/html");
    assert_eq!(decode.body, b"<h1>Maintenance</h1>");
}

#[test]
fn no_content_where_json_is_documented_is_a_decode_error() {
    let error = scene(vec![answer(204, &[], "")]).list_notes().expect_err("an error");
    assert!(error.to_string().ends_with("expected the documented JSON, got no content"), "{error}");
}

#[test]
fn a_missing_parameter_is_named_before_anything_is_sent() {
    let scene = scene(vec![]);
    let error = block_on(scene.client.send(&dst_notes::ListNotes { id: "".into() })).expect_err("an error");
    assert_eq!(error.to_string(), "signing-today ListNotes: GET /DST/{id}/note needs `id`");
    assert_eq!((scene.calls(), error.attempts), (0, 0));
}

#[test]
fn a_stream_is_sent_once_whatever_the_answer() {
    let scene = scene(vec![answer(401, &[], "")]);
    let parts = Parts { body: PartsBody::Foreign(Foreign::once(()), None), ..Parts::default() };
    let mut parts = parts;
    parts.params.insert("id".into(), json!("d1"));
    let error = block_on(scene.client.execute(dst_notes::CreateNote::OPERATION, parts)).expect_err("an error");
    assert_eq!((error.status(), scene.calls()), (Some(401), 1));
}

#[test]
fn pages_are_walked_to_the_end() {
    let full = r#"{"values":[{"id":"a"},{"id":"b"}]}"#;
    let scene = scene(vec![answer(200, &[], full), answer(200, &[], full), answer(200, &[], r#"{"values":null}"#)]);
    let mut pages = scene.client.pages(&dsts::ListDsts { top: Some(2), ..dsts::ListDsts::default() });
    let mut found = 0;
    while let Some(items) = block_on(pages.next()).expect("a page") {
        found += items.len();
    }
    assert_eq!((found, scene.calls()), (4, 3));
    let sent = scene.transport.sent.lock().expect("one thread");
    assert_eq!(
        sent.last().map(|request| request.url.as_str()),
        Some("https://vendor.example/api/DSTs?%24top=2&%24skip=4")
    );
}

#[test]
fn calls_that_start_together_share_one_token_call() {
    let scene = scene(vec![
        answer(200, &[], r#"{"access_token":"v1","expires_in":100}"#),
        answer(200, &[], "[]"),
        answer(200, &[], "[]"),
        answer(200, &[], "[]"),
    ]);
    let tokens = grant_tokens(&scene);
    let client = with_tokens(&scene, tokens);
    let request = dst_notes::ListNotes { id: "d1".into() };
    let outcomes = block_on(join_all([client.send(&request), client.send(&request), client.send(&request)]));
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let bearer = "Bearer v1".to_owned();
    let basic = "Basic Y2xpZW50OnNlY3JldA==".to_owned();
    assert_eq!(scene.tokens_sent(), [basic, bearer.clone(), bearer.clone(), bearer]);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let token = r#"{"access_token":"v1","expires_in":100}"#;
    let scene =
        scene(vec![answer(200, &[], token), answer(200, &[], "[]"), answer(200, &[], token), answer(200, &[], "[]")]);
    let client = with_tokens(&scene, grant_tokens(&scene));
    let request = dst_notes::ListNotes { id: "d1".into() };
    block_on(client.send(&request)).expect("notes");
    // A fifth of its life before its end the token is not used any more.
    *scene.runtime.0.lock().expect("one thread") = 80_000;
    block_on(client.send(&request)).expect("notes");
    assert_eq!(scene.calls(), 4);
}

#[test]
fn a_failed_token_call_says_why_there_is_no_token() {
    let refusal = r#"{"error":"invalid_grant","error_description":"Bad credentials"}"#;
    let scene = scene(vec![answer(400, &[], refusal)]);
    let client = with_tokens(&scene, grant_tokens(&scene));
    let error = block_on(client.send(&dst_notes::ListNotes { id: "d1".into() })).expect_err("an error");
    let ErrorKind::Token(TokenError::Call(cause)) = &error.kind else { panic!("{error}") };
    assert_eq!(cause.api().and_then(|api| api.code.as_deref()), Some("invalid_grant"));
    assert!(!error.is_retryable());
}

#[test]
fn a_token_call_may_be_repeated() {
    assert_eq!(tokens::CreateToken::OPERATION.retry, RetrySafety::Safe);
}

fn grant_tokens(scene: &Scene) -> GrantTokens {
    let credential = json!({"password": {
        "client_id": "client", "client_secret": "secret", "username": "jdo@demo", "password": "demo",
    }});
    let credential = (signing_today::VENDOR.read_credential)(&credential).expect("a credential");
    let crate::auth::Credential::Grant(grant) = credential else { panic!("a grant") };
    GrantTokens::new(
        &signing_today::VENDOR,
        ClientOptions { tokens: Arc::new(Fixed::default()), ..scene.client.options.clone() },
        grant,
    )
}

fn with_tokens(scene: &Scene, tokens: GrantTokens) -> Client {
    Client::new(&signing_today::VENDOR, ClientOptions { tokens: Arc::new(tokens), ..scene.client.options.clone() })
}
