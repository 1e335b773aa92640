//! What goes into tokens, and what an authorization asks for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::demo_users::DemoUser;

/// The audience the edge expects.
pub(crate) const AUDIENCE: &str = "countersign";

/// Seconds a token lives unless asked otherwise.
pub(crate) const LIFETIME: i64 = 3600;

/// A user's claims. `more` wins, so that tests can make any token.
pub(crate) fn claims(
    user: DemoUser,
    issuer: &str,
    audience: &str,
    now: i64,
    lifetime: i64,
    more: &Map<String, Value>,
) -> Map<String, Value> {
    let claims = json!({
        "iss": issuer,
        "sub": user.id,
        "aud": audience,
        "iat": now,
        "exp": now.saturating_add(lifetime),
        "email": user.email,
        "name": user.name,
        "role": user.role,
    });
    let mut claims = match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    };
    claims.extend(more.clone());
    claims
}

/// The part of a JWT that is signed.
pub(crate) fn signing_input(kid: &str, claims: &Map<String, Value>) -> String {
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": kid });
    format!("{}.{}", encode(header.to_string()), encode(Value::from(claims.clone()).to_string()))
}

/// Base64url without padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key's RFC 7638 thumbprint, used as its id.
pub(crate) fn thumbprint(x: &str, y: &str) -> String {
    encode(Sha256::digest(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)))
}

/// Whether a verifier fits an S256 challenge (RFC 7636).
pub(crate) fn verifies(verifier: &str, challenge: &str) -> bool {
    (43..=128).contains(&verifier.len()) && encode(Sha256::digest(verifier)) == challenge
}

/// Whether a URL is on this machine: the only place demo sign-ins may lead to.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    // An `@` would put the real host behind it.
    matches!(scheme, "http" | "https") && !authority.contains('@') && matches!(host, "localhost" | "127.0.0.1" | "::1")
}

/// A redirect with parameters added to whatever query it has.
pub(crate) fn with_query(url: &str, parameters: &[(&str, &str)]) -> String {
    let (base, fragment) = url.split_once('#').map_or((url, None), |(base, fragment)| (base, Some(fragment)));
    let mut out = base.to_owned();
    for (name, value) in parameters {
        out.push(if out.contains('?') { '&' } else { '?' });
        out += &format!("{name}={}", escape(value));
    }
    fragment.map_or(out.clone(), |fragment| format!("{out}#{fragment}"))
}

fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity_provider::demo_users;

    #[test]
    fn the_verifier_of_rfc_7636_fits_its_challenge() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(verifies("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge));
        assert!(!verifies("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX", challenge));
        assert!(!verifies("short", challenge));
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for url in ["http://localhost:8787/", "http://127.0.0.1/a?b", "http://[::1]:1/", "https://localhost"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "http://localhost.evil.example/",
            "http://127.0.0.1@evil.example/",
            "javascript://localhost/",
            "http://10.0.0.1/",
            "",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn claims_can_be_overruled_and_a_token_can_be_born_expired() {
        let ada = demo_users::find("ada").unwrap();
        let more = json!({"role": "admin", "nonce": "n"});
        let claims = claims(ada, "http://here/idp", AUDIENCE, 1000, -10, more.as_object().unwrap());
        assert_eq!(
            (claims["exp"].as_i64(), claims["role"].as_str(), claims["sub"].as_str()),
            (Some(990), Some("admin"), Some("ada"))
        );
    }

    #[test]
    fn parameters_join_the_query_before_the_fragment() {
        assert_eq!(
            with_query("http://a/?x=1#f", &[("code", "a b"), ("state", "&")]),
            "http://a/?x=1&code=a%20b&state=%26#f"
        );
    }
}
