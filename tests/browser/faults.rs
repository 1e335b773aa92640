//! A vendor and a network that misbehave.

use std::{sync::Arc, time::Duration};

use countersign::{
    auth::Fixed,
    client::{Client, ClientOptions},
    error::ErrorKind,
    retry::RetryPolicy,
    transport::Phase,
    vendors::signing_today::{VENDOR, dsts::ListDsts},
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::place::{fault, options, signed_in};

#[wasm_bindgen_test]
async fn a_host_that_is_down_is_a_transport_error() {
    let options = ClientOptions {
        base_url: "http://127.0.0.1:9".into(),
        retry: RetryPolicy { max_attempts: 1, ..RetryPolicy::default() },
        ..options(Arc::new(Fixed::default()))
    };
    let error = Client::new(&VENDOR, options).send(&ListDsts::default()).await.expect_err("nobody listens");
    assert!(matches!(&error.kind, ErrorKind::Transport(failure) if failure.phase == Phase::Send), "{error}");
}

#[wasm_bindgen_test]
async fn a_malformed_address_is_a_fault_of_the_request() {
    let options = ClientOptions { base_url: "http://[".into(), ..options(Arc::new(Fixed::default())) };
    let error = Client::new(&VENDOR, options).send(&ListDsts::default()).await.expect_err("no address");
    assert!(matches!(&error.kind, ErrorKind::Transport(failure) if failure.phase == Phase::Build), "{error}");
}

#[wasm_bindgen_test]
async fn an_answer_that_takes_too_long_is_a_timeout() {
    let client = signed_in().await;
    fault("GET /DSTs", "latency:3000").await;
    let error = client.with_timeout(Duration::from_millis(300)).send(&ListDsts::default()).await;
    let error = error.expect_err("no time for an answer");
    assert!(matches!(error.kind, ErrorKind::Timeout(_)), "{error}");
}

#[wasm_bindgen_test]
async fn a_vendor_that_is_busy_is_asked_again() {
    let client = signed_in().await;
    fault("GET /DSTs", "status:429").await;
    client.send(&ListDsts::default()).await.expect("a list");
}

#[wasm_bindgen_test]
async fn a_page_in_place_of_the_list_is_an_error_with_the_page_in_it() {
    let client = signed_in().await;
    fault("GET /DSTs", "html").await;
    let error = client.send(&ListDsts::default()).await.expect_err("no list");
    let body = match &error.kind {
        ErrorKind::Decode(found) => found.body.clone(),
        ErrorKind::Api(refusal) => refusal.body.clone(),
        other => panic!("{other:?}"),
    };
    assert!(String::from_utf8_lossy(&body).starts_with("<!doctype html>"), "{error}");
}

#[wasm_bindgen_test]
async fn after_every_fault_the_next_call_works() {
    let client = signed_in().await;
    for kind in ["status:500", "empty"] {
        fault("GET /DSTs", kind).await;
        let _ = client.send(&ListDsts::default()).await;
        client.send(&ListDsts::default()).await.expect("a list");
    }
}
