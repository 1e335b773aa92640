//! Verifying logins: the identity provider's public keys and WebCrypto.

use std::{cell::RefCell, time::Duration};

use countersign::{
    http::{ContentKind, Headers, Method, Request},
    time::UnixMillis,
    transport::{
        Runtime as _, Transport as _,
        fetch::{FetchTransport, JsRuntime},
    },
};
use futures_util::future::{Either, select};
use serde_json::{Map, Value};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    config::Issuer,
    exchange::OAuthError,
    jwt::{Jwt, JwtError},
};

/// Keys are asked for again after this time, even if every key id is known.
const MAX_AGE: Duration = Duration::from_secs(600);

/// An unknown key id makes the provider be asked at most this often.
const MIN_AGE: Duration = Duration::from_secs(60);

/// The provider has this long to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

const NO_SUCH_KEY: JwtError = JwtError("the issuer has no such key");

/// A signature algorithm: the key it takes, and WebCrypto's names for it.
struct Algorithm {
    name: &'static str,
    key_type: &'static str,
    import: &'static str,
    verify: &'static str,
}

const ALGORITHMS: [Algorithm; 3] = [
    Algorithm {
        name: "RS256",
        key_type: "RSA",
        import: r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
        verify: r#"{"name":"RSASSA-PKCS1-v1_5"}"#,
    },
    Algorithm {
        name: "ES256",
        key_type: "EC",
        import: r#"{"name":"ECDSA","namedCurve":"P-256"}"#,
        verify: r#"{"name":"ECDSA","hash":"SHA-256"}"#,
    },
    Algorithm { name: "EdDSA", key_type: "OKP", import: r#"{"name":"Ed25519"}"#, verify: r#"{"name":"Ed25519"}"# },
];

/// The public keys of one issuer.
struct KeySet {
    url: String,
    keys: Vec<Value>,
    /// Until when a known key is used without asking.
    fresh_until: UnixMillis,
    /// When an unknown key id may make the provider be asked again.
    ask_again_at: UnixMillis,
    /// Whether the provider did not answer when it was asked last.
    is_down: bool,
}

thread_local! {
    static KEY_SETS: RefCell<Vec<KeySet>> = const { RefCell::new(Vec::new()) };
}

/// Verifies a token's signature with the issuer's keys.
///
/// # Errors
///
/// The keys cannot be had, none fits, or the signature is wrong.
pub(crate) async fn verify(issuer: &Issuer, jwt: &Jwt<'_>, now: UnixMillis) -> Result<(), OAuthError> {
    let algorithm = ALGORITHMS.iter().find(|algorithm| algorithm.name == jwt.algorithm);
    let algorithm = algorithm.ok_or(JwtError("the token's algorithm is not one the edge knows"))?;
    let key = find_key(issuer, algorithm, jwt.kid.as_deref(), now).await?;
    match check_signature(algorithm, &key, jwt).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(JwtError("the token's signature is wrong").into()),
        Err(_) => Err(JwtError("the issuer's key cannot be used").into()),
    }
}

async fn find_key(
    issuer: &Issuer,
    algorithm: &Algorithm,
    kid: Option<&str>,
    now: UnixMillis,
) -> Result<Value, OAuthError> {
    let (known, may_ask, is_down) = KEY_SETS.with_borrow(|sets| {
        let set = sets.iter().find(|set| set.url == issuer.jwks_url);
        let known = set.and_then(|set| select_key(&set.keys, algorithm, kid));
        let wait_until = set.map(|set| if known.is_some() { set.fresh_until } else { set.ask_again_at });
        (known, wait_until.is_none_or(|instant| now >= instant), set.is_some_and(|set| set.is_down))
    });
    if !may_ask {
        return known.ok_or_else(|| if is_down { unavailable() } else { NO_SUCH_KEY.into() });
    }
    match fetch_keys(&issuer.jwks_url).await {
        Some(keys) => {
            let found = select_key(&keys, algorithm, kid);
            let url = issuer.jwks_url.clone();
            keep(KeySet { url, keys, fresh_until: now + MAX_AGE, ask_again_at: now + MIN_AGE, is_down: false });
            found.ok_or(NO_SUCH_KEY.into())
        }
        None => {
            put_off(&issuer.jwks_url, now);
            known.ok_or_else(unavailable)
        }
    }
}

fn unavailable() -> OAuthError {
    OAuthError::unavailable("the issuer's keys cannot be had now, try again")
}

/// The provider is down: its last good keys stay in use, and it is left alone for a while.
fn put_off(url: &str, now: UnixMillis) {
    KEY_SETS.with_borrow_mut(|sets| {
        if let Some(set) = sets.iter_mut().find(|set| set.url == url) {
            (set.fresh_until, set.ask_again_at, set.is_down) = (now + MIN_AGE, now + MIN_AGE, true);
        }
    });
}

fn keep(set: KeySet) {
    KEY_SETS.with_borrow_mut(|sets| {
        sets.retain(|kept| kept.url != set.url);
        sets.push(set);
    });
}

/// The key with that id, of the type the algorithm takes and not meant for anything but signatures.
fn select_key(keys: &[Value], algorithm: &Algorithm, kid: Option<&str>) -> Option<Value> {
    let text = |key: &Value, name: &str| key.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut fitting = keys.iter().filter(|key| {
        text(key, "kty").as_deref() == Some(algorithm.key_type)
            && text(key, "use").is_none_or(|purpose| purpose == "sig")
            && text(key, "alg").is_none_or(|name| name == algorithm.name)
            && (kid.is_none() || text(key, "kid").as_deref() == kid)
    });
    let first = fitting.next()?;
    // Without a key id there must be no choice.
    (kid.is_some() || fitting.next().is_none()).then(|| first.clone())
}

async fn fetch_keys(url: &str) -> Option<Vec<Value>> {
    let headers: Headers = [("accept", "application/json")].into_iter().collect();
    let request = Request {
        method: Method::Get,
        url: url.to_owned(),
        headers,
        body: countersign::http::Body::Empty,
        expects: ContentKind::Json,
    };
    let transport = FetchTransport::new();
    let response = match select(transport.send(request), JsRuntime.sleep(TIMEOUT)).await {
        Either::Left((Ok(response), _)) if response.is_success() => response,
        _ => return None,
    };
    let document: Value = serde_json::from_slice(response.body.bytes()).ok()?;
    document.get("keys").and_then(Value::as_array).cloned()
}

async fn check_signature(algorithm: &Algorithm, key: &Value, jwt: &Jwt<'_>) -> Result<bool, JsValue> {
    // Only the key's own numbers: `key_ops` and the like would only be reasons to refuse it.
    let numbers = ["kty", "crv", "x", "y", "n", "e"];
    let numbers = numbers.iter().filter_map(|name| Some(((*name).to_owned(), key.get(name)?.clone())));
    let jwk = js_sys::JSON::parse(&Value::Object(numbers.collect::<Map<_, _>>()).to_string())?;
    let usages = js_sys::Array::of1(&"verify".into());
    let import = js_sys::JSON::parse(algorithm.import)?;
    let key = import_key("jwk", &jwk, &import, false, &usages).await?;
    let verify = js_sys::JSON::parse(algorithm.verify)?;
    let good = verify_signature(&verify, &key, &jwt.signature, jwt.signed.as_bytes()).await?;
    Ok(good.is_truthy())
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = importKey, catch)]
    async fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &js_sys::Array,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = verify, catch)]
    async fn verify_signature(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &[u8],
        data: &[u8],
    ) -> Result<JsValue, JsValue>;
}
