//! The signing key: made once by WebCrypto, kept in the object.

use js_sys::{Array, JSON, Object, Reflect, Uint8Array};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use crate::runtime;

use super::tokens;

/// An ES256 key pair as a private JWK.
#[derive(Clone, Debug)]
pub(crate) struct Key(Value);

impl Key {
    /// A fresh key.
    pub(crate) async fn generate() -> Result<Key, JsValue> {
        let pair =
            JsFuture::from(subtle()?.generate_key_with_object(&algorithm()?, true, &usages(&["sign", "verify"]))?)
                .await?;
        let private: CryptoKey = Reflect::get(&pair, &"privateKey".into())?.dyn_into()?;
        let jwk = JsFuture::from(subtle()?.export_key("jwk", &private)?).await?;
        let text = JSON::stringify(&jwk)?.as_string().unwrap_or_default();
        Key::read(&text).ok_or_else(|| "the key cannot be exported".into())
    }

    /// A key from its stored text.
    pub(crate) fn read(text: &str) -> Option<Key> {
        serde_json::from_str(text).ok().map(Key)
    }

    /// The text to store.
    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }

    /// The key's id.
    pub(crate) fn id(&self) -> String {
        tokens::thumbprint(self.part("x"), self.part("y"))
    }

    /// The public half, for the JWKS.
    pub(crate) fn public(&self) -> Value {
        json!({ "kty": "EC", "crv": "P-256", "x": self.part("x"), "y": self.part("y"), "kid": self.id(), "alg": "ES256", "use": "sig" })
    }

    /// Signs a text, giving a whole JWT.
    pub(crate) async fn sign(&self, input: String) -> Result<String, JsValue> {
        let jwk = JSON::parse(&self.text())?.dyn_into::<Object>()?;
        let key =
            JsFuture::from(subtle()?.import_key_with_object("jwk", &jwk, &algorithm()?, false, &usages(&["sign"]))?)
                .await?;
        let key: CryptoKey = key.dyn_into()?;
        let signature =
            JsFuture::from(subtle()?.sign_with_object_and_u8_array(&algorithm()?, &key, input.as_bytes())?).await?;
        Ok(format!("{input}.{}", tokens::encode(Uint8Array::new(&signature).to_vec())))
    }

    fn part(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    Ok(runtime::crypto()?.subtle())
}

/// One description serves all three calls: each reads what it needs.
fn algorithm() -> Result<Object, JsValue> {
    let algorithm = Object::new();
    for (name, value) in [("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")] {
        Reflect::set(&algorithm, &name.into(), &value.into())?;
    }
    Ok(algorithm)
}

fn usages(names: &[&str]) -> JsValue {
    names.iter().map(|name| JsValue::from_str(name)).collect::<Array>().into()
}
