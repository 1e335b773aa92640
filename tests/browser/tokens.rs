//! Tokens: refused, renewed, missing.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use countersign::{
    auth::{Authorization, Fixed, TokenSource},
    client::Client,
    error::{Origin, TokenError},
    secret::Secret,
    threads::BoxFuture,
    vendors::signing_today::{VENDOR, dsts::ListDsts},
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::place::{demo_token, exchange, options};

/// A source whose first token is worthless.
struct SecondIsGood {
    asked: AtomicU32,
    good: Mutex<Secret>,
}

impl TokenSource for SecondIsGood {
    fn authorization<'a>(&'a self, _: Option<Authorization>) -> BoxFuture<'a, Result<Authorization, TokenError>> {
        Box::pin(async move {
            if self.asked.fetch_add(1, Ordering::Relaxed) == 0 {
                return Ok(Authorization::bearer(&Secret::new("worthless")));
            }
            Ok(Authorization::bearer(&self.good.lock().expect("one thread")))
        })
    }
}

#[wasm_bindgen_test]
async fn a_worthless_token_is_the_edges_refusal() {
    let tokens = Arc::new(Fixed(Authorization::bearer(&Secret::new("worthless"))));
    let error = Client::new(&VENDOR, options(tokens)).send(&ListDsts::default()).await.expect_err("a refusal");
    let refusal = error.api().expect("a refusal");
    assert_eq!(refusal.status, 401);
    assert_eq!(refusal.origin, Origin::Edge);
}

#[wasm_bindgen_test]
async fn a_refused_token_is_renewed_once_and_the_call_goes_through() {
    let good = exchange(&demo_token("ada").await).await;
    let tokens = Arc::new(SecondIsGood { asked: AtomicU32::new(0), good: Mutex::new(good) });
    let client = Client::new(&VENDOR, options(Arc::clone(&tokens) as Arc<dyn TokenSource>));
    client.send(&ListDsts::default()).await.expect("a list");
    assert_eq!(tokens.asked.load(Ordering::Relaxed), 2);
}
