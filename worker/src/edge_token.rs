//! The edge's own access tokens: short-lived, narrow, MACed with a key only the edge has.
//!
//! They are HS256 so that the hot path checks them at once, without waiting for anything.

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::{mac, time::UnixMillis};
use serde_json::json;

use crate::{
    config::EdgeKeys,
    jwt::{Jwt, JwtError},
    scope::Scopes,
};

/// The `iss` of edge tokens.
const ISSUER: &str = "countersign-edge";

/// What a verified edge token allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who asked for it, as the identity provider names them.
    pub subject: String,
    /// The connection it is good for.
    pub connection: String,
    /// What it allows there.
    pub scopes: Scopes,
}

/// Makes a token for a grant.
///
/// # Errors
///
/// No key is configured.
pub fn issue(keys: &EdgeKeys, grant: &Grant, id: &str, now: UnixMillis, expires_at: u64) -> Result<String, JwtError> {
    let key = keys.0.first().ok_or(JwtError("no key is configured"))?;
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": key.kid});
    let claims = json!({
        "iss": ISSUER,
        "aud": grant.connection,
        "sub": grant.subject,
        "scope": grant.scopes.to_string(),
        "iat": now.as_seconds(),
        "exp": expires_at,
        "jti": id,
    });
    let signed = format!(
        "{}.{}",
        Base64UrlUnpadded::encode_string(header.to_string().as_bytes()),
        Base64UrlUnpadded::encode_string(claims.to_string().as_bytes())
    );
    let tag = mac::hmac_sha256(&key.key, &[signed.as_bytes()]);
    Ok(format!("{signed}.{}", Base64UrlUnpadded::encode_string(&tag)))
}

/// Verifies a token for any connection; the caller compares the connection.
///
/// # Errors
///
/// Says what is wrong with it.
pub fn verify(keys: &EdgeKeys, token: &str, now: UnixMillis) -> Result<Grant, JwtError> {
    let jwt = Jwt::parse(token)?;
    if jwt.algorithm != "HS256" || jwt.kind.as_deref() != Some("at+jwt") {
        return Err(JwtError("this is no edge token: exchange it at /oauth/token first"));
    }
    let key = keys.0.iter().find(|key| Some(key.kid.as_str()) == jwt.kid.as_deref());
    let key = key.ok_or(JwtError("the token's key is not known"))?;
    if !mac::verify_hmac_sha256(&key.key, &[jwt.signed.as_bytes()], &jwt.signature) {
        return Err(JwtError("the token's signature is wrong"));
    }
    let connection = jwt.text("aud").unwrap_or_default().to_owned();
    jwt.check(ISSUER, &connection, now)?;
    let scopes =
        Scopes::parse(jwt.text("scope").unwrap_or_default()).map_err(|_| JwtError("the token's scope is malformed"))?;
    Ok(Grant { subject: jwt.text("sub").unwrap_or_default().to_owned(), connection, scopes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::EdgeKey;

    const NOW: UnixMillis = UnixMillis::from_seconds(1_000);

    fn keys(kids: &[&str]) -> EdgeKeys {
        let key = |kid: &&str| EdgeKey { kid: (*kid).into(), key: vec![kid.as_bytes()[1]; 32] };
        EdgeKeys(kids.iter().map(key).collect())
    }

    fn grant() -> Grant {
        let scopes = Scopes::parse("dsts:read_one dst_notes:*").expect("scopes");
        Grant { subject: "ada".into(), connection: "acme-signing".into(), scopes }
    }

    fn token() -> String {
        issue(&keys(&["k1"]), &grant(), "j1", NOW, 1_300).expect("a token")
    }

    #[test]
    fn a_token_gives_back_its_grant() {
        assert_eq!(verify(&keys(&["k1"]), &token(), NOW), Ok(grant()));
    }

    #[test]
    fn a_token_of_the_previous_key_is_still_good() {
        assert_eq!(verify(&keys(&["k2", "k1"]), &token(), NOW), Ok(grant()));
        assert_eq!(verify(&keys(&["k2"]), &token(), NOW), Err(JwtError("the token's key is not known")));
    }

    #[test]
    fn an_expired_token_is_refused() {
        assert_eq!(
            verify(&keys(&["k1"]), &token(), UnixMillis::from_seconds(1_305)),
            Err(JwtError("the token has expired"))
        );
    }

    #[test]
    fn a_changed_token_is_refused() {
        let token = token();
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let (header, claims) = signed.split_once('.').expect("three parts");
        let wider = Base64UrlUnpadded::decode_vec(claims).expect("base64url");
        let wider = String::from_utf8(wider).expect("text").replace("dsts:read_one", "*:*");
        let forged = format!("{header}.{}.{signature}", Base64UrlUnpadded::encode_string(wider.as_bytes()));
        assert_eq!(verify(&keys(&["k1"]), &forged, NOW), Err(JwtError("the token's signature is wrong")));
    }

    #[test]
    fn a_token_without_a_mac_is_refused() {
        let header = Base64UrlUnpadded::encode_string(r#"{"alg":"none","typ":"at+jwt","kid":"k1"}"#.as_bytes());
        let claims = token().split('.').nth(1).expect("claims").to_owned();
        assert!(verify(&keys(&["k1"]), &format!("{header}.{claims}."), NOW).is_err());
    }
}
