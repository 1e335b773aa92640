//! JSON Web Tokens (RFC 7519) taken apart, and the checks every kind shares (RFC 8725).

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::time::UnixMillis;
use serde_json::{Map, Value};

/// A token taken apart; nothing in it is trusted yet.
#[derive(Debug)]
pub struct Jwt<'t> {
    /// The algorithm it claims.
    pub algorithm: String,
    /// The key it claims.
    pub kid: Option<String>,
    /// The kind it claims (`typ`), in lower case.
    pub kind: Option<String>,
    /// The claims.
    pub claims: Map<String, Value>,
    /// What is signed.
    pub signed: &'t str,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Why a token is not good. The text is for the caller who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtError(pub &'static str);

/// Tokens above this many bytes are not looked at.
const MAX_LENGTH: usize = 8192;

/// How far clocks may be apart, in seconds.
const LEEWAY: u64 = 5;

impl<'t> Jwt<'t> {
    /// Takes a compact token apart.
    ///
    /// # Errors
    ///
    /// It is too long, or is not three parts of base64url, or the first two are not JSON objects,
    /// or it has critical extensions.
    pub fn parse(token: &'t str) -> Result<Self, JwtError> {
        if token.len() > MAX_LENGTH {
            return Err(JwtError("the token is longer than 8192 bytes"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError("the token is not a JWT"))?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError("the token is not a JWT"))?;
        let header = object(header).ok_or(JwtError("the token's header is not readable"))?;
        let claims = object(claims).ok_or(JwtError("the token's claims are not readable"))?;
        if header.contains_key("crit") {
            return Err(JwtError("the token has critical extensions"));
        }
        let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            algorithm: text("alg").ok_or(JwtError("the token names no algorithm"))?,
            kid: text("kid"),
            kind: text("typ").map(|kind| kind.to_ascii_lowercase()),
            claims,
            signed,
            signature: decode(signature).ok_or(JwtError("the token's signature is not readable"))?,
        })
    }

    /// Checks issuer, audience and the times. It says nothing about the signature.
    ///
    /// # Errors
    ///
    /// Names the claim that is wrong.
    pub fn check(&self, issuer: &str, audience: &str, now: UnixMillis) -> Result<(), JwtError> {
        if self.text("iss") != Some(issuer) {
            return Err(JwtError("the token is from another issuer"));
        }
        let for_us = match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(audience)),
            _ => false,
        };
        if !for_us {
            return Err(JwtError("the token is for another audience"));
        }
        let now = now.as_seconds();
        let expires = self.expires_at().ok_or(JwtError("the token has no expiry"))?;
        if expires.saturating_add(LEEWAY) <= now {
            return Err(JwtError("the token has expired"));
        }
        if self.seconds("nbf").is_some_and(|from| from > now.saturating_add(LEEWAY)) {
            return Err(JwtError("the token is not valid yet"));
        }
        Ok(())
    }

    /// A claim that is text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    /// The `exp` claim in seconds.
    pub fn expires_at(&self) -> Option<u64> {
        self.seconds("exp")
    }

    fn seconds(&self, claim: &str) -> Option<u64> {
        let value = self.claims.get(claim)?;
        // RFC 7519 allows fractions of a second.
        value.as_u64().or_else(|| value.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| seconds as u64))
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&decode(part)?).ok()
}

fn decode(part: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(part).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!(
            "{}.{}.{}",
            Base64UrlUnpadded::encode_string(header.as_bytes()),
            Base64UrlUnpadded::encode_string(claims.as_bytes()),
            Base64UrlUnpadded::encode_string("s".as_bytes())
        )
    }

    fn checked(claims: &str) -> Result<(), JwtError> {
        let token = token(r#"{"alg":"ES256"}"#, claims);
        Jwt::parse(&token)?.check("https://idp.example", "countersign", UnixMillis::from_seconds(1000))
    }

    #[test]
    fn a_token_with_the_right_claims_passes() {
        assert_eq!(checked(r#"{"iss":"https://idp.example","aud":"countersign","exp":1001}"#), Ok(()));
        assert_eq!(
            checked(r#"{"iss":"https://idp.example","aud":["x","countersign"],"exp":1001.5,"nbf":1004}"#),
            Ok(())
        );
    }

    #[test]
    fn a_wrong_claim_is_named() {
        let cases = [
            (r#"{"iss":"https://evil.example","aud":"countersign","exp":2000}"#, "the token is from another issuer"),
            (r#"{"iss":"https://idp.example","aud":"other","exp":2000}"#, "the token is for another audience"),
            (r#"{"iss":"https://idp.example","aud":"countersign"}"#, "the token has no expiry"),
            (r#"{"iss":"https://idp.example","aud":"countersign","exp":995}"#, "the token has expired"),
            (
                r#"{"iss":"https://idp.example","aud":"countersign","exp":2000,"nbf":1006}"#,
                "the token is not valid yet",
            ),
            (r#"{"iss":"https://idp.example","aud":"countersign","exp":-1}"#, "the token has no expiry"),
        ];
        for (claims, fault) in cases {
            assert_eq!(checked(claims), Err(JwtError(fault)), "{claims}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", "a", "a.b", "a.b.c", "e30.e30", "..", "e30.e30.", "é.é.é"] {
            assert!(Jwt::parse(text).is_err(), "{text}");
        }
        assert!(Jwt::parse(&token(r#"{"alg":"ES256","crit":["b64"]}"#, "{}")).is_err());
        assert!(Jwt::parse(&"a".repeat(9000)).is_err());
    }
}
