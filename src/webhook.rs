//! Webhooks: proving that a delivery comes from the vendor, before anything in it is read.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

use crate::{
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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookCredential {
    /// Header fields with secret values, for vendors that send configured headers.
    #[serde(default)]
    pub headers: Vec<SecretHeader>,
    /// HTTP Basic credentials, for vendors that authenticate.
    #[serde(default)]
    pub basic: Option<BasicCredential>,
}

/// A header field whose value is a secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretHeader {
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: Secret,
}

/// A user name and password (RFC 7617).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasicCredential {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
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
    let expected = Secret::new(format!("{}:{}", basic.username, basic.password.expose()));
    let sent = STANDARD.decode(sent.trim()).unwrap_or_default();
    scheme.eq_ignore_ascii_case("basic")
        && !basic.password.is_empty()
        && constant_time_eq(&sent, expected.expose().as_bytes())
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
        format!("Basic {}", STANDARD.encode("robot:pässword"))
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
    fn without_a_configured_secret_nothing_is_accepted() {
        assert_eq!(verified(&[], &WebhookCredential::default()), Err(VerifyError::NotConfigured));
    }

    #[test]
    fn the_same_body_from_two_connections_is_two_events() {
        assert_eq!(body_id("/connections/a", b"{}"), body_id("/connections/a", b"{}"));
        assert_ne!(body_id("/connections/a", b"{}"), body_id("/connections/b", b"{}"));
    }
}
