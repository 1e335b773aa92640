//! Token exchange (RFC 8693): the app's own login in, a short-lived, narrow token for one connection out.

use std::collections::BTreeMap;

use countersign::time::UnixMillis;
use serde_json::{Map, Value, json};

use crate::{
    config::{Config, Connection, Issuer},
    decide::Decision,
    edge_token::{self, Grant},
    jwt::{Jwt, JwtError},
    scope::Scopes,
};

/// How long an edge token lives at most, in seconds.
const LIFETIME: u64 = 300;

/// The largest form, in bytes.
pub const MAX_FORM: usize = 32 * 1024;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const SUBJECT_TYPES: [&str; 3] = [
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:oauth:token-type:access_token",
];

/// An OAuth error (RFC 6749, 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    /// The status: 400, or 503 if the same request may succeed later.
    pub status: u16,
    /// The code.
    pub error: &'static str,
    /// What is wrong and what to do.
    pub description: String,
}

/// A request for an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRequest {
    /// The app's own token.
    pub subject_token: String,
    /// The connection wanted.
    pub connection: String,
    /// The scopes wanted; `None` for all that are allowed.
    pub scopes: Option<Scopes>,
}

impl OAuthError {
    fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { status: 400, error, description: description.into() }
    }

    /// Not this request's fault: it may succeed in a few seconds.
    pub fn unavailable(description: impl Into<String>) -> Self {
        Self { status: 503, ..Self::new("temporarily_unavailable", description) }
    }

    /// The answer.
    pub fn answer(&self) -> Decision {
        oauth_answer(self.status, &json!({"error": self.error, "error_description": self.description}))
    }
}

impl From<JwtError> for OAuthError {
    fn from(error: JwtError) -> Self {
        // RFC 8693, 2.2.2: an unacceptable subject token is an invalid request.
        Self::new("invalid_request", format!("subject_token: {}", error.0))
    }
}

/// Reads the form.
///
/// # Errors
///
/// A field is missing, doubled or not what the RFC says.
pub fn read_form(form: &[u8]) -> Result<ExchangeRequest, OAuthError> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(form) {
        if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(OAuthError::new("invalid_request", format!("`{name}` is there twice")));
        }
    }
    let field = |name: &str| fields.get(name).filter(|value| !value.is_empty());
    let required = |name: &str| {
        field(name).cloned().ok_or_else(|| OAuthError::new("invalid_request", format!("`{name}` is missing")))
    };
    if required("grant_type")? != EXCHANGE {
        return Err(OAuthError::new("unsupported_grant_type", format!("grant_type is {EXCHANGE}")));
    }
    let subject_token = required("subject_token")?;
    if !SUBJECT_TYPES.contains(&required("subject_token_type")?.as_str()) {
        return Err(OAuthError::new(
            "invalid_request",
            format!("subject_token_type is one of {}", SUBJECT_TYPES.join(", ")),
        ));
    }
    let connection = field("audience").or_else(|| field("resource")).cloned();
    let connection =
        connection.ok_or_else(|| OAuthError::new("invalid_request", "`audience` is missing: name the connection"))?;
    let scopes = field("scope").map(|scope| Scopes::parse(scope)).transpose();
    let scopes =
        scopes.map_err(|scope| OAuthError::new("invalid_scope", format!("`{}` is not resource:action", scope.0)))?;
    Ok(ExchangeRequest { subject_token, connection, scopes })
}

/// The issuer a token claims, if it is configured and the token fits everything but the signature.
///
/// # Errors
///
/// Says what does not fit.
pub fn select_issuer<'c>(
    config: &'c Config,
    jwt: &Jwt<'_>,
    now: UnixMillis,
) -> Result<(&'c str, &'c Issuer), OAuthError> {
    let claimed = jwt.text("iss").unwrap_or_default();
    let found = config.issuers.iter().find(|(_, issuer)| issuer.issuer == claimed);
    let (name, issuer) =
        found.ok_or_else(|| OAuthError::from(JwtError("the token is from an issuer nobody configured")))?;
    if !issuer.algorithms.contains(&jwt.algorithm) {
        return Err(JwtError("the token's algorithm is not one the issuer uses").into());
    }
    jwt.check(&issuer.issuer, &issuer.audience, now)?;
    Ok((name, issuer))
}

/// What a verified login may have at a connection: never more than asked for, nor than the rules allow.
///
/// # Errors
///
/// No such connection, no rule for this login, or nothing left of what was asked for.
pub fn grant(
    config: &Config,
    issuer: &str,
    claims: &Map<String, Value>,
    request: &ExchangeRequest,
) -> Result<Grant, OAuthError> {
    let name = &request.connection;
    let connection = config
        .connections
        .get(name)
        .ok_or_else(|| OAuthError::new("invalid_target", format!("there is no connection `{name}`")))?;
    let allowed = allowed(connection, issuer, claims);
    if allowed.is_empty() {
        let description = format!("no rule in CONNECTIONS.{name}.callers fits this login");
        return Err(OAuthError::new("invalid_target", description));
    }
    let scopes = request
        .scopes
        .as_ref()
        .map_or_else(|| allowed.clone(), |asked| allowed.narrow(asked, connection.vendor.guarded));
    if scopes.is_empty() {
        return Err(OAuthError::new("invalid_scope", format!("this login may have `{allowed}` at `{name}`")));
    }
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    Ok(Grant { subject: subject.to_owned(), connection: name.clone(), scopes })
}

/// Issues the edge token and writes the answer. It ends no later than the login it was made from.
///
/// # Errors
///
/// No key is configured.
pub fn issue(
    config: &Config,
    grant: &Grant,
    login_ends: u64,
    id: &str,
    now: UnixMillis,
) -> Result<Decision, OAuthError> {
    let seconds = now.as_seconds();
    let lifetime = login_ends.saturating_sub(seconds).clamp(1, LIFETIME);
    let token = edge_token::issue(&config.keys, grant, id, now, seconds + lifetime)
        .map_err(|error| OAuthError::new("server_error", error.0))?;
    Ok(oauth_answer(
        200,
        &json!({
            "access_token": token,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "token_type": "Bearer",
            "expires_in": lifetime,
            "scope": grant.scopes.to_string(),
        }),
    ))
}

fn allowed(connection: &Connection, issuer: &str, claims: &Map<String, Value>) -> Scopes {
    let fits = |wanted: &Map<String, Value>| wanted.iter().all(|(name, value)| has_claim(claims.get(name), value));
    connection
        .callers
        .iter()
        .filter(|caller| caller.issuer == issuer && fits(&caller.claims))
        .fold(Scopes::default(), |all, caller| all.union(&caller.scopes))
}

fn has_claim(claim: Option<&Value>, wanted: &Value) -> bool {
    match claim {
        Some(Value::Array(members)) if !wanted.is_array() => members.contains(wanted),
        Some(claim) => claim == wanted,
        None => false,
    }
}

fn oauth_answer(status: u16, body: &Value) -> Decision {
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("pragma", "no-cache".to_owned()),
    ];
    if status == 503 {
        headers.push(("retry-after", "5".to_owned()));
    }
    Decision::Answer { status, headers, body: Some(body.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::environment;

    const FORM: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=a.b.c\
        &subject_token_type=urn:ietf:params:oauth:token-type:jwt&audience=acme-signing";

    fn config() -> Config {
        let mut environment = environment();
        environment["CONNECTIONS"]["acme-signing"]["callers"] = json!([
            {"issuer": "demo", "claims": {"role": "instructor"}, "scopes": ["dsts:*", "events:read_many"]},
            {"issuer": "demo", "claims": {"groups": "auditors"}, "scopes": ["dst_audit:read_many"]},
        ]);
        Config::read(&environment).expect("a configuration")
    }

    fn granted(claims: Value, scope: Option<&str>) -> Result<String, &'static str> {
        let scopes = scope.map(|scope| Scopes::parse(scope).expect("scopes"));
        let request = ExchangeRequest { subject_token: String::new(), connection: "acme-signing".into(), scopes };
        grant(&config(), "demo", claims.as_object().expect("claims"), &request)
            .map(|grant| grant.scopes.to_string())
            .map_err(|error| error.error)
    }

    #[test]
    fn a_complete_form_is_read() {
        let request = read_form(format!("{FORM}&scope=dsts:read_one").as_bytes()).expect("a request");
        assert_eq!(request.connection, "acme-signing");
        assert_eq!(request.subject_token, "a.b.c");
        assert_eq!(request.scopes.map(|scopes| scopes.to_string()).as_deref(), Some("dsts:read_one"));
    }

    #[test]
    fn an_incomplete_form_is_refused_with_the_field_named() {
        let refused = |form: &str| read_form(form.as_bytes()).expect_err("a refusal");
        assert_eq!(refused("").description, "`grant_type` is missing");
        assert_eq!(refused("grant_type=password").error, "unsupported_grant_type");
        assert_eq!(refused(&format!("{FORM}&audience=other")).description, "`audience` is there twice");
        assert_eq!(refused(&format!("{FORM}&scope=openid")).error, "invalid_scope");
        assert_eq!(refused(&FORM.replace("token-type:jwt", "token-type:saml2")).error, "invalid_request");
    }

    #[test]
    fn an_outage_of_the_issuer_says_when_to_come_back() {
        let Decision::Answer { status, headers, .. } = OAuthError::unavailable("later").answer() else { panic!() };
        assert_eq!(status, 503);
        assert!(headers.contains(&("retry-after", "5".to_owned())));
    }

    #[test]
    fn a_login_gets_what_its_claims_allow() {
        assert_eq!(granted(json!({"sub": "ada", "role": "instructor"}), None), Ok("dsts:* events:read_many".into()));
        assert_eq!(granted(json!({"groups": ["x", "auditors"]}), None), Ok("dst_audit:read_many".into()));
        assert_eq!(granted(json!({"role": "signer"}), None), Err("invalid_target"));
    }

    #[test]
    fn a_login_never_gets_more_than_it_asks_for() {
        let claims = || json!({"role": "instructor"});
        assert_eq!(granted(claims(), Some("dsts:read_one")), Ok("dsts:read_one".into()));
        assert_eq!(granted(claims(), Some("users:read_one")), Err("invalid_scope"));
    }

    #[test]
    fn a_token_ends_with_the_login_it_was_made_from() {
        let grant = Grant { subject: "ada".into(), connection: "acme-signing".into(), scopes: Scopes::default() };
        let answer = issue(&config(), &grant, 1_060, "j1", UnixMillis::from_seconds(1_000)).expect("an answer");
        let Decision::Answer { body: Some(body), .. } = answer else { panic!("an answer with a body") };
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body["expires_in"], 60);
    }
}
