//! How a call proves who sends it: schemes, credentials, tokens and who gives them.

use std::{fmt, sync::Arc, time::Duration};

use base64ct::{Base64, Encoding};
use serde::Serialize;
use serde_json::Value;

use crate::{
    endpoint::{Operation, Parts},
    error::TokenError,
    http::{Response, percent_encode},
    secret::Secret,
    threads::{BoxFuture, MaybeSend, MaybeSync},
    time::UnixMillis,
};

/// What an operation wants as authorization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthScheme {
    /// The connection's token, or whatever stands in its place.
    Token,
    /// The OAuth client's id and secret by HTTP Basic.
    Client,
    /// Nothing.
    None,
}

/// The header fields that authorize a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization(pub Vec<(&'static str, Secret)>);

impl Authorization {
    /// `Authorization: Bearer` (RFC 6750).
    pub fn bearer(token: &Secret) -> Self {
        Self(vec![("authorization", Secret::new(format!("Bearer {}", token.expose())))])
    }

    /// The token of `Authorization: Bearer`.
    pub fn bearer_token(&self) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(name, _)| *name == "authorization")?;
        value.expose().strip_prefix("Bearer ")
    }

    /// `Authorization: Basic` of an OAuth client; id and secret are form-encoded first (RFC 6749, 2.3.1).
    pub fn basic_client(id: &str, secret: &Secret) -> Self {
        let mut pair = String::new();
        percent_encode(id, &mut pair);
        pair.push(':');
        percent_encode(secret.expose(), &mut pair);
        Self(vec![("authorization", Secret::new(format!("Basic {}", Base64::encode_string(pair.as_bytes()))))])
    }
}

/// A token and when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The token.
    pub secret: Secret,
    /// When the vendor stops taking it; `None` for a lifetime token.
    pub expires_at: Option<UnixMillis>,
}

impl Token {
    /// Whether the token may still be used, with a margin before its end.
    pub fn is_fresh(&self, now: UnixMillis, margin: Duration) -> bool {
        self.expires_at.is_none_or(|end| end.0 > (now + margin).0)
    }
}

/// The margin for a token that lives `lifetime`: `wanted`, but at most a fifth of it, so that a short token
/// is not renewed with every call.
pub fn clamp_margin(wanted: Duration, lifetime: Duration) -> Duration {
    wanted.min(lifetime / 5)
}

/// Gives the authorization for the next request.
pub trait TokenSource: MaybeSend + MaybeSync {
    /// Authorization that is good now. `refused` is the one the vendor has just turned down, if any:
    /// the answer is then a newer one, or an error.
    fn authorization<'a>(&'a self, refused: Option<Authorization>) -> BoxFuture<'a, Result<Authorization, TokenError>>;

    /// Whether a refused authorization can be replaced at all.
    fn renewable(&self) -> bool {
        true
    }
}

/// The same authorization for every request: a lifetime token, a key pair, nothing.
#[derive(Clone, Debug, Default)]
pub struct Fixed(pub Authorization);

impl TokenSource for Fixed {
    fn authorization<'a>(&'a self, _: Option<Authorization>) -> BoxFuture<'a, Result<Authorization, TokenError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }

    fn renewable(&self) -> bool {
        false
    }
}

/// A vendor's way to get a token, as data: which operation to call, with what, and how to read the answer.
pub trait Grant: MaybeSend + MaybeSync {
    /// The operation that answers the token.
    fn operation(&self) -> &'static Operation;

    /// Its parameters and body.
    fn parts(&self) -> Parts;

    /// How the token call itself is authorized.
    fn client_authorization(&self) -> Authorization;

    /// Reads the token out of the answer.
    fn read(&self, response: &Response, now: UnixMillis) -> Result<Token, TokenError>;

    /// How long before its end a token is renewed. Default 60 seconds.
    fn margin(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// What a connection owns at its vendor.
#[derive(Clone)]
pub enum Credential {
    /// Header fields that stay the same.
    Fixed(Authorization),
    /// Something that is exchanged for tokens.
    Grant(Arc<dyn Grant>),
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Fixed(_) => "Credential::Fixed(..)",
            Self::Grant(_) => "Credential::Grant(..)",
        })
    }
}

/// Reads the named texts of a table in a credential. Every one must be there and nothing else; no message quotes a value.
///
/// # Errors
///
/// Names the field that is missing, empty, no text or unknown.
pub fn texts<'v, const N: usize>(place: &str, table: &'v Value, names: [&str; N]) -> Result<[&'v str; N], String> {
    let fields = table.as_object().ok_or_else(|| format!("`{place}` is not a table"))?;
    if let Some(unknown) = fields.keys().find(|field| !names.contains(&field.as_str())) {
        return Err(format!("`{place}` has no field `{unknown}`; it takes {}", names.join(", ")));
    }
    let mut texts = [""; N];
    for (text, name) in texts.iter_mut().zip(names) {
        let value = fields.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
        *text = value.ok_or_else(|| format!("`{place}.{name}` must be a text"))?;
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_id_and_secret_are_form_encoded_before_basic() {
        let authorization = Authorization::basic_client("a:b", &Secret::new("p%+"));
        let expected = format!("Basic {}", Base64::encode_string(b"a%3Ab:p%25%2B"));
        assert_eq!(authorization.0, [("authorization", Secret::new(expected))]);
    }

    #[test]
    fn the_pages_own_client_gives_the_pages_own_header() {
        let authorization = Authorization::basic_client("client", &Secret::new("secret"));
        assert_eq!(authorization.0, [("authorization", Secret::new("Basic Y2xpZW50OnNlY3JldA=="))]);
    }

    #[test]
    fn a_token_is_stale_within_its_margin() {
        let token = Token { secret: Secret::new("t"), expires_at: Some(UnixMillis(100_000)) };
        assert!(token.is_fresh(UnixMillis(39_999), Duration::from_secs(60)));
        assert!(!token.is_fresh(UnixMillis(40_000), Duration::from_secs(60)));
    }

    #[test]
    fn a_short_token_has_a_short_margin() {
        assert_eq!(clamp_margin(Duration::from_secs(60), Duration::from_secs(30)), Duration::from_secs(6));
    }
}
