//! The decisions, one sentence each.

use countersign::secret::Secret;
use serde_json::{Value, json};

use super::*;
use crate::{config::tests::environment, scope::Scopes};

const NOW: UnixMillis = UnixMillis::from_seconds(1_000);

fn config() -> Config {
    Config::read(&environment()).expect("a configuration")
}

fn bearer(config: &Config, connection: &str, scopes: &str) -> String {
    let scopes = Scopes::parse(scopes).expect("scopes");
    let grant = Grant { subject: "ada".into(), connection: connection.into(), scopes };
    format!("Bearer {}", edge_token::issue(&config.keys, &grant, "j", NOW, 1_300).expect("a token"))
}

fn decided(facts: Facts<'_>) -> Decision {
    decide(&config(), &facts, &|_| None, NOW)
}

fn called(method: &str, path: &str, scopes: &str) -> Decision {
    let config = config();
    let (url, token) = (format!("https://edge.example{path}"), bearer(&config, "acme-signing", scopes));
    let facts = Facts { method, url: &url, authorization: Some(&token), ..Facts::default() };
    decide(&config, &facts, &|_| None, NOW)
}

#[track_caller]
fn problem(decision: Decision) -> (u16, Value) {
    let Decision::Answer { status, body: Some(body), .. } = decision else { panic!("{decision:?} is no problem") };
    (status, serde_json::from_str(&body).expect("JSON"))
}

#[track_caller]
fn assert_problem(decision: Decision, status: u16, slug: &str) {
    let (found, body) = problem(decision);
    assert_eq!((found, body["type"].as_str()), (status, Some(format!("/problems/{slug}").as_str())), "{body}");
}

#[test]
fn a_call_is_passed_on_with_the_connections_credential() {
    let decision = called("GET", "/v/acme-signing/DST/20b772dc/note?x=%20y", "dst_notes:read_many");
    let Decision::Forward { url, headers, renewable, .. } = decision else { panic!("{decision:?}") };
    assert_eq!(url, "https://vendor.example/api/DST/20b772dc/note?x=%20y");
    assert_eq!(headers, [("authorization", "Bearer r0b0t".to_owned())]);
    assert!(!renewable);
}

#[test]
fn a_call_without_a_token_is_refused() {
    let url = "https://edge.example/v/acme-signing/DSTs";
    assert_problem(decided(Facts { method: "GET", url, ..Facts::default() }), 401, "unauthorized");
    for authorization in ["Basic abc", "Bearer", "Bearer a.b.c", "Bearer "] {
        let facts = Facts { method: "GET", url, authorization: Some(authorization), ..Facts::default() };
        assert_problem(decided(facts), 401, "unauthorized");
    }
}

#[test]
fn a_token_for_one_connection_opens_no_other() {
    let mut environment = environment();
    let other = environment["CONNECTIONS"]["acme-signing"].clone();
    environment["CONNECTIONS"]["other"] = other;
    environment["CREDENTIAL_OTHER"] = environment["CREDENTIAL_ACME_SIGNING"].clone();
    let config = Config::read(&environment).expect("a configuration");
    let token = bearer(&config, "acme-signing", "*:*");
    let url = "https://edge.example/v/other/DST/1/note";
    let facts = Facts { method: "GET", url, authorization: Some(&token), ..Facts::default() };
    assert_problem(decide(&config, &facts, &|_| None, NOW), 403, "wrong-connection");
}

#[test]
fn an_unknown_connection_is_named() {
    assert_problem(called("GET", "/v/nobody/DSTs", "*:*"), 404, "unknown-connection");
}

#[test]
fn a_route_the_vendor_does_not_document_is_refused() {
    assert_problem(called("GET", "/v/acme-signing/internal/metrics", "*:*"), 404, "unknown-route");
    assert_problem(called("GET", "/v/acme-signing", "*:*"), 404, "unknown-route");
    assert_problem(called("GET", "/v/acme-signing/", "*:*"), 404, "unknown-route");
}

#[test]
fn a_known_path_with_another_method_says_which_methods_it_takes() {
    let (status, body) = problem(called("PATCH", "/v/acme-signing/DST/1/note", "*:*"));
    assert_eq!((status, &body["allow"]), (405, &json!(["GET", "POST"])));
    assert_problem(called("TRACE", "/v/acme-signing/DST/1/note", "*:*"), 405, "method-not-allowed");
}

#[test]
fn a_scope_that_does_not_fit_is_named() {
    let (status, body) = problem(called("DELETE", "/v/acme-signing/DST/1/note/2", "dst_notes:read_many"));
    assert_eq!((status, &body["scope"]), (403, &json!("dst_notes:delete_one")));
}

#[test]
fn a_wildcard_does_not_open_the_connections_own_secrets() {
    assert_problem(called("GET", "/v/acme-signing/robot/authentication", "*:*"), 403, "insufficient-scope");
    let named = called("GET", "/v/acme-signing/robot/authentication", "robot_tokens:*");
    assert!(matches!(named, Decision::Forward { .. }), "{named:?}");
}

#[test]
fn the_vendors_token_endpoint_is_not_passed_on() {
    assert_problem(called("POST", "/v/acme-signing/oauth/token", "*:*"), 403, "not-passed-on");
}

#[test]
fn a_path_two_servers_could_read_differently_is_refused() {
    for path in [
        "/v/acme-signing/DST/../robot/configuration",
        "/v/acme-signing/DST/%2e%2e/note",
        "/v/acme-signing/DST/a%2Fb/note",
        "/v/acme-signing/DST/a%5cb/note",
        "/v/acme-signing/DST/a\\b/note",
        "/v/acme-signing//DST/1/note",
        "/v/acme-signing/DST/%252e%252e/note",
        "/v/acme-signing/DST/a%0d%0ab/note",
    ] {
        assert_problem(called("GET", path, "*:*"), 400, "bad-path");
    }
}

#[test]
fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let config = config();
    let token = bearer(&config, "acme-signing", "*:*");
    let facts = Facts {
        method: "POST",
        url: "https://edge.example/v/acme-signing/DST/1/note",
        authorization: Some(&token),
        content_length: Some(30 * 1024 * 1024),
        ..Facts::default()
    };
    assert_problem(decide(&config, &facts, &|_| None, NOW), 413, "too-large");
}

#[test]
fn a_connection_with_a_grant_needs_a_token_first_and_uses_it_then() {
    let mut environment = environment();
    environment["CREDENTIAL_ACME_SIGNING"] = json!(
        r#"{"password": {"client_id": "client", "client_secret": "s", "username": "jdo@demo", "password": "p"}}"#
    );
    let config = Config::read(&environment).expect("a configuration");
    let token = bearer(&config, "acme-signing", "*:*");
    let url = "https://edge.example/v/acme-signing/DST/1/note";
    let facts = Facts { method: "GET", url, authorization: Some(&token), ..Facts::default() };
    let needed = decide(&config, &facts, &|_| None, NOW);
    assert_eq!(needed, Decision::NeedToken { connection: "acme-signing".into(), allow_origin: None });
    let cached = |_: &str| Some(Authorization::bearer(&Secret::new("v3ndor")));
    let Decision::Forward { headers, renewable, .. } = decide(&config, &facts, &cached, NOW) else { panic!() };
    assert_eq!(headers, [("authorization", "Bearer v3ndor".to_owned())]);
    assert!(renewable);
}

#[test]
fn a_preflight_is_answered_for_configured_origins_only() {
    let url = "https://edge.example/v/acme-signing/DSTs";
    let facts = |origin| Facts { method: "OPTIONS", url, origin: Some(origin), ..Facts::default() };
    let Decision::Answer { status: 204, headers, body: None } = decided(facts("https://app.example")) else { panic!() };
    assert!(headers.contains(&("access-control-allow-origin", "https://app.example".to_owned())));
    assert_problem(decided(facts("https://evil.example")), 403, "origin-not-allowed");
    assert_problem(decided(facts("https://app.example.evil.example")), 403, "origin-not-allowed");
}

#[test]
fn a_refusal_can_be_read_by_the_page_that_was_refused() {
    let url = "https://edge.example/v/acme-signing/DSTs";
    let facts = Facts { method: "GET", url, origin: Some("https://app.example"), ..Facts::default() };
    let Decision::Answer { headers, .. } = decided(facts) else { panic!() };
    assert!(headers.contains(&("access-control-allow-origin", "https://app.example".to_owned())));
}

#[test]
fn events_need_their_own_scope_and_sane_parameters() {
    assert_problem(called("GET", "/events/acme-signing", "dsts:*"), 403, "insufficient-scope");
    assert_problem(called("GET", "/events/acme-signing?after=-1", "events:read_many"), 400, "bad-parameter");
    assert_problem(called("GET", "/events/acme-signing?limit=0", "events:read_many"), 400, "bad-parameter");
    assert_eq!(
        called("GET", "/events/acme-signing?after=7&limit=20", "*:*"),
        Decision::Events { connection: "acme-signing".into(), after: 7, limit: 20, allow_origin: None }
    );
}

#[test]
fn the_live_stream_takes_its_token_from_the_subprotocols() {
    let config = config();
    let token = bearer(&config, "acme-signing", "events:read_many").replace("Bearer ", "bearer.");
    let protocols = format!("countersign.v1, {token}");
    let url = "https://edge.example/events/acme-signing/live?after=3";
    let facts = Facts { method: "GET", url, protocols: Some(&protocols), is_upgrade: true, ..Facts::default() };
    let live = |facts: &Facts<'_>| decide(&config, facts, &|_| None, NOW);
    assert_eq!(live(&facts), Decision::Live { connection: "acme-signing".into(), after: 3 });
    assert_problem(live(&Facts { is_upgrade: false, ..facts }), 426, "upgrade-required");
    assert_problem(live(&Facts { origin: Some("https://evil.example"), ..facts }), 403, "origin-not-allowed");
    assert_problem(live(&Facts { protocols: Some("countersign.v1"), ..facts }), 401, "unauthorized");
    let own = Facts { origin: Some("https://edge.example"), ..facts };
    assert_eq!(live(&own), Decision::Live { connection: "acme-signing".into(), after: 3 });
}

#[test]
fn a_webhook_for_a_known_connection_is_received() {
    let facts = |method, url| Facts { method, url, ..Facts::default() };
    assert_eq!(
        decided(facts("POST", "https://edge.example/webhooks/acme-signing")),
        Decision::Receive { connection: "acme-signing".into() }
    );
    assert_problem(decided(facts("POST", "https://edge.example/webhooks/nobody")), 404, "unknown-connection");
    assert_problem(decided(facts("GET", "https://edge.example/webhooks/acme-signing")), 405, "method-not-allowed");
    let large =
        Facts { content_length: Some(1_048_577), ..facts("POST", "https://edge.example/webhooks/acme-signing") };
    assert_problem(decided(large), 413, "too-large");
}

#[test]
fn everything_else_is_the_console() {
    let decision = decided(Facts { method: "GET", url: "https://edge.example/", ..Facts::default() });
    let Decision::Assets { headers } = decision else { panic!("{decision:?}") };
    let (_, policy) = headers.iter().find(|(name, _)| *name == "content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval'") && !policy.contains("unsafe-inline"));
    let posted = decided(Facts { method: "POST", url: "https://edge.example/", ..Facts::default() });
    assert_problem(posted, 405, "method-not-allowed");
}

#[test]
fn a_faulty_configuration_names_every_fault_and_health_still_answers() {
    let faults = ["one".to_owned(), "two".to_owned()];
    let (status, body) = problem(not_configured(&faults, "https://edge.example/readyz"));
    assert_eq!((status, &body["faults"]), (503, &json!(["one", "two"])));
    let Decision::Answer { status: 200, .. } = not_configured(&faults, "https://edge.example/healthz") else {
        panic!()
    };
}
