//! Dropping a call, bodies that stay with the browser, and a `fetch` of one's own.

use std::{sync::Arc, time::Duration};

use countersign::{
    auth::Fixed,
    client::{Client, ClientOptions},
    endpoint::{Parts, PartsBody},
    error::ErrorKind,
    http::{Body, Foreign},
    retry::RetryPolicy,
    transport::{
        Runtime,
        fetch::{FetchTransport, JsRuntime},
    },
    vendors::signing_today::{VENDOR, dsts::ListDsts},
};
use futures_util::future::{Either, select};
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::place::options;

/// A client whose `fetch` is this function's body, with the request as `request`.
fn with_fetch(body: &str) -> Client {
    let fetch = Function::new_with_args("request", body);
    let options = ClientOptions {
        transport: Arc::new(FetchTransport::handing_over().with_fetch(fetch)),
        retry: RetryPolicy { max_attempts: 1, ..RetryPolicy::default() },
        timeout: Duration::from_secs(2),
        ..options(Arc::new(Fixed::default()))
    };
    Client::new(&VENDOR, options)
}

fn global(name: &str) -> JsValue {
    Reflect::get(&js_sys::global(), &name.into()).expect("a global")
}

async fn body_of(client: &Client, route: &str, parts: Parts) -> JsValue {
    let operation = VENDOR.operation(route).expect("a route");
    let response = client.execute(operation, parts).await.expect("an answer");
    let Body::Foreign(foreign) = response.body else { panic!("the body should stay with the browser") };
    foreign.downcast_ref::<JsValue>().cloned().expect("a JavaScript value")
}

#[wasm_bindgen_test]
async fn dropping_a_call_fires_the_signal_of_its_fetch() {
    let client = with_fetch("globalThis.seenSignal = request.signal; return new Promise(() => {});");
    let request = ListDsts::default();
    let call = client.send(&request);
    let wait = JsRuntime.sleep(Duration::from_millis(50));
    assert!(matches!(select(Box::pin(call), wait).await, Either::Right(_)), "the call should still wait");
    let signal: web_sys::AbortSignal = global("seenSignal").unchecked_into();
    assert!(signal.aborted());
}

#[wasm_bindgen_test]
async fn a_timeout_fires_the_signal_too() {
    let client = with_fetch("globalThis.lateSignal = request.signal; return new Promise(() => {});");
    let error = client.with_timeout(Duration::from_millis(50)).send(&ListDsts::default()).await;
    assert!(matches!(error.expect_err("no answer").kind, ErrorKind::Timeout(_)));
    let signal: web_sys::AbortSignal = global("lateSignal").unchecked_into();
    assert!(signal.aborted());
}

#[wasm_bindgen_test]
async fn a_document_stays_a_blob() {
    let client =
        with_fetch("return Promise.resolve(new Response('%PDF', { headers: { 'content-type': 'application/pdf' } }));");
    let parts = Parts { params: [("id".to_owned(), "r".into())].into_iter().collect(), body: PartsBody::Empty };
    let body = body_of(&client, "GET /resource/{id}", parts).await;
    let blob: web_sys::Blob = body.dyn_into().expect("a Blob");
    assert_eq!((blob.size() as u32, blob.type_().as_str()), (4, "application/pdf"));
}

#[wasm_bindgen_test]
async fn an_upload_is_handed_to_fetch_as_it_is() {
    let client = with_fetch(
        "return request.formData().then((form) => Response.json([form.get('file').name, form.get('file').size]));",
    );
    let form = web_sys::FormData::new().expect("a form");
    let blob = web_sys::Blob::new_with_str_sequence(&Array::of1(&"%PDF-1.4".into())).expect("a Blob");
    form.append_with_blob_and_filename("file", &blob, "contract.pdf").expect("a part");
    let parts = Parts {
        params: [("id".to_owned(), "d".into())].into_iter().collect(),
        body: PartsBody::Foreign(Foreign::new(JsValue::from(form)), None),
    };
    let body = body_of(&client, "PATCH /DST/{id}/resources", parts).await;
    assert_eq!(body.as_string().as_deref(), Some(r#"["contract.pdf",8]"#));
}

#[wasm_bindgen_test]
async fn whatever_a_fetch_throws_is_a_transport_error() {
    for body in ["throw 'a text'", "throw undefined", "return Promise.reject(5)", "return null", "return {ok: true}"] {
        let error = with_fetch(body).send(&ListDsts::default()).await.expect_err("no answer");
        assert!(matches!(error.kind, ErrorKind::Transport(_)), "{body}: {error}");
    }
    // The page still runs.
    let _ = Promise::resolve(&JsValue::NULL);
}
