//! Webhooks: proving that a delivery comes from the vendor, before anything in it is read.

use std::fmt;

use base64ct::{Base64, Encoding};
use serde_json::Value;

use crate::{
    auth::texts,
    http::Headers,
    mac,
    secret::{Secret, constant_time_eq},
};

/// One HTTP attempt of a vendor to tell us something.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// The header fields.
    pub headers: &'a Headers,
    /// The raw body: a parsed and rewritten one proves nothing.
    pub body: &'a [u8],
}

/// What a vendor was told to send along, so that we know it is the vendor.
///
/// Everything that is set must fit. With nothing set every delivery is refused.
#[derive(Clone, Debug, Default)]
pub struct WebhookCredential {
    /// Header fields with secret values, for vendors that send configured headers.
    pub headers: Vec<SecretHeader>,
    /// HTTP Basic credentials, for vendors that authenticate.
    pub basic: Option<BasicCredential>,
}

/// A header field whose value is a secret.
#[derive(Clone, Debug)]
pub struct SecretHeader {
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: Secret,
}

/// A user name and password (RFC 7617).
#[derive(Clone, Debug)]
pub struct BasicCredential {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

impl WebhookCredential {
    /// Reads `{"headers": [{"name", "value"}], "basic": {"username", "password"}}`; both members may be missing.
    ///
    /// # Errors
    ///
    /// Names the field at fault, without its value.
    pub fn read(value: &Value) -> Result<Self, String> {
        let members = value.as_object().ok_or("it is not a table")?;
        if let Some(unknown) = members.keys().find(|member| !matches!(member.as_str(), "headers" | "basic")) {
            return Err(format!("it has no field `{unknown}`; it takes headers, basic"));
        }
        let headers = match members.get("headers") {
            None => Vec::new(),
            Some(Value::Array(headers)) => headers.iter().map(SecretHeader::read).collect::<Result<_, _>>()?,
            Some(_) => return Err("`headers` is not a list of {\"name\", \"value\"}".into()),
        };
        let basic = members.get("basic").map(BasicCredential::read).transpose()?;
        Ok(Self { headers, basic })
    }
}

impl SecretHeader {
    fn read(value: &Value) -> Result<Self, String> {
        let [name, secret] = texts("headers", value, ["name", "value"])?;
        Ok(Self { name: name.into(), value: Secret::new(secret) })
    }
}

impl BasicCredential {
    fn read(value: &Value) -> Result<Self, String> {
        let [username, password] = texts("basic", value, ["username", "password"])?;
        Ok(Self { username: username.into(), password: Secret::new(password) })
    }
}

/// Why a delivery was refused. The sender is never told which of these it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// Nothing is configured that a delivery could be checked against.
    NotConfigured,
    /// A configured header is missing or has another value.
    WrongHeader(String),
    /// The Basic credentials are missing or wrong.
    WrongBasic,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfigured => formatter.write_str("no webhook secret is configured"),
            Self::WrongHeader(name) => write!(formatter, "header `{name}` is missing or wrong"),
            Self::WrongBasic => formatter.write_str("the Basic credentials are missing or wrong"),
        }
    }
}

impl std::error::Error for VerifyError {}

/// Checks a delivery against what the vendor was told to send along.
pub fn verify(delivery: Delivery<'_>, credential: &WebhookCredential) -> Result<(), VerifyError> {
    if credential.headers.is_empty() && credential.basic.is_none() {
        return Err(VerifyError::NotConfigured);
    }
    for expected in &credential.headers {
        let sent = delivery.headers.get(&expected.name).unwrap_or_default();
        if expected.value.is_empty() || !constant_time_eq(sent.as_bytes(), expected.value.expose().as_bytes()) {
            return Err(VerifyError::WrongHeader(expected.name.clone()));
        }
    }
    match &credential.basic {
        Some(basic) if !basic_fits(delivery.headers, basic) => Err(VerifyError::WrongBasic),
        _ => Ok(()),
    }
}

/// The id of an event that carries none of its own: the digest of where it came from and its raw body.
pub fn body_id(source: &str, body: &[u8]) -> String {
    mac::hex(mac::sha256(&[source.as_bytes(), b"\0", body]).get(..16).unwrap_or_default())
}

fn basic_fits(headers: &Headers, basic: &BasicCredential) -> bool {
    let Some((scheme, sent)) = headers.get("authorization").and_then(|value| value.split_once(' ')) else {
        return false;
    };
    let pair = Secret::new(format!("{}:{}", basic.username, basic.password.expose()));
    let expected = Secret::new(Base64::encode_string(pair.expose().as_bytes()));
    scheme.eq_ignore_ascii_case("basic")
        && !basic.password.is_empty()
        && constant_time_eq(sent.trim().as_bytes(), expected.expose().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential() -> WebhookCredential {
        WebhookCredential {
            headers: vec![SecretHeader { name: "X-Webhook-Key".into(), value: Secret::new("k3y") }],
            basic: Some(BasicCredential { username: "robot".into(), password: Secret::new("pässword") }),
        }
    }

    fn verified(headers: &[(&str, &str)], credential: &WebhookCredential) -> Result<(), VerifyError> {
        let headers: Headers = headers.iter().copied().collect();
        verify(Delivery { headers: &headers, body: b"{}" }, credential)
    }

    fn basic() -> String {
        format!("Basic {}", Base64::encode_string("robot:pässword".as_bytes()))
    }

    #[test]
    fn a_delivery_with_every_configured_proof_is_accepted() {
        assert_eq!(verified(&[("x-webhook-key", "k3y"), ("Authorization", &basic())], &credential()), Ok(()));
    }

    #[test]
    fn a_delivery_without_the_header_is_refused() {
        let refused = Err(VerifyError::WrongHeader("X-Webhook-Key".into()));
        assert_eq!(verified(&[("authorization", &basic())], &credential()), refused);
        assert_eq!(verified(&[("x-webhook-key", "k3y "), ("authorization", &basic())], &credential()), refused);
    }

    #[test]
    fn a_delivery_with_wrong_basic_credentials_is_refused() {
        for value in ["", "Basic", "Basic !!!", "Bearer k3y", "Basic cm9ib3Q6"] {
            let headers = [("x-webhook-key", "k3y"), ("authorization", value)];
            assert_eq!(verified(&headers, &credential()), Err(VerifyError::WrongBasic), "{value}");
        }
    }

    #[test]
    fn a_credential_is_read_and_its_faults_are_named_without_their_values() {
        let read = |text: &str| WebhookCredential::read(&serde_json::from_str(text).expect("JSON"));
        let credential = read(r#"{"headers": [{"name": "X-Key", "value": "k3y"}]}"#).expect("a credential");
        assert_eq!(credential.headers.len(), 1);
        for broken in [
            r#"{"headers": "h4dk3y"}"#,
            r#"{"headers": [{"name": "X-Key", "value": ""}]}"#,
            r#"{"basic": {"username": "u", "password": "h4dk3y", "realm": "h4dk3y"}}"#,
            r#"{"hmac": "h4dk3y"}"#,
            r#""h4dk3y""#,
        ] {
            let fault = read(broken).expect_err("a fault");
            assert!(!fault.contains("h4dk3y"), "{fault}");
        }
    }

    #[test]
    fn without_a_configured_secret_nothing_is_accepted() {
        assert_eq!(verified(&[], &WebhookCredential::default()), Err(VerifyError::NotConfigured));
    }

    #[test]
    fn the_same_body_from_two_connections_is_two_events() {
        assert_eq!(body_id("/connections/a", b"{}"), body_id("/connections/a", b"{}"));
        assert_ne!(body_id("/connections/a", b"{}"), body_id("/connections/b", b"{}"));
    }
}
