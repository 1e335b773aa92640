//! What the edge does with a request, decided at once from a few facts.
//!
//! The decision is data. The shell (`worker/shell/`) carries it out with the
//! platform's own objects, so that no header map, no URL parser and no body
//! enters WebAssembly.

use countersign::{
    auth::{AuthScheme, Authorization, Credential},
    http::Method,
    time::UnixMillis,
};
use serde::Serialize;

use crate::{
    catalogue,
    config::{Config, Connection},
    edge_token::{self, Grant},
    problem::{Kind, Problem},
};

/// What the decision needs to know of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'r> {
    /// The method as it came.
    pub method: &'r str,
    /// The absolute URL as it came.
    pub url: &'r str,
    /// The `Authorization` field.
    pub authorization: Option<&'r str>,
    /// The `Origin` field.
    pub origin: Option<&'r str>,
    /// The `Sec-WebSocket-Protocol` field.
    pub protocols: Option<&'r str>,
    /// The `Content-Length` field, in bytes.
    pub content_length: Option<u64>,
    /// Whether the request asks to become a WebSocket.
    pub is_upgrade: bool,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Decision {
    /// Answer this.
    Answer {
        /// The status.
        status: u16,
        /// The header fields.
        headers: Vec<(&'static str, String)>,
        /// The body; `None` for none.
        body: Option<String>,
    },
    /// Pass the request on, body and all.
    Forward {
        /// The vendor's URL.
        url: String,
        /// Header fields to set: the credential.
        headers: Vec<(&'static str, String)>,
        /// The time for the vendor's whole answer.
        timeout_ms: u32,
        /// The largest body passed on, in bytes.
        max_body_bytes: u64,
        /// The connection.
        connection: String,
        /// Whether a refused credential can be renewed.
        renewable: bool,
        /// The origin to allow, if a page asks.
        allow_origin: Option<String>,
    },
    /// Get a vendor token for the connection, then decide again.
    NeedToken {
        /// The connection.
        connection: String,
        /// The origin to allow, if a page asks.
        allow_origin: Option<String>,
    },
    /// Exchange a token: read the form, then `exchange`.
    Exchange {
        /// The origin to allow, if a page asks.
        allow_origin: Option<String>,
    },
    /// Take a webhook: read the body, then `receive`.
    Receive {
        /// The connection.
        connection: String,
    },
    /// List stored events.
    Events {
        /// The connection.
        connection: String,
        /// Events after this sequence number.
        after: u64,
        /// At most so many.
        limit: u32,
        /// The origin to allow, if a page asks.
        allow_origin: Option<String>,
    },
    /// Hand the socket to the inbox.
    Live {
        /// The connection.
        connection: String,
        /// Events after this sequence number.
        after: u64,
    },
    /// Serve the console's files with these header fields.
    Assets {
        /// The header fields to set.
        headers: Vec<(&'static str, String)>,
    },
}

/// What a vendor token cache answers: the authorization for a connection, if it is fresh.
pub type TokenCache<'c> = &'c dyn Fn(&str) -> Option<Authorization>;

/// The largest page of events, and the page if nobody asks for another.
const EVENTS_LIMIT: u32 = 1000;

/// The subprotocol of the live stream; the token travels beside it because a page cannot set header fields.
pub const LIVE_PROTOCOL: &str = "countersign.v1";

/// Decides.
pub fn decide(config: &Config, facts: &Facts<'_>, tokens: TokenCache<'_>, now: UnixMillis) -> Decision {
    let (path, query) = split_url(facts.url);
    let mut segments = path.trim_start_matches('/').splitn(3, '/');
    let (first, name, rest) = (segments.next().unwrap_or_default(), segments.next(), segments.next());
    let outcome = match (first, name, rest) {
        ("v", Some(name), rest) => {
            let rest = path.get(path.len() - rest.map_or(0, |rest| rest.len() + 1)..).unwrap_or_default();
            proxy(config, facts, name, rest, query, tokens, now)
        }
        ("webhooks", Some(name), None) => receive(config, facts, name),
        ("events", Some(name), None) => events(config, facts, name, query, now),
        ("events", Some(name), Some("live")) => live(config, facts, name, query, now),
        ("oauth", Some("token"), None) => exchange(config, facts),
        _ => return own_route(config, facts, path),
    };
    outcome.unwrap_or_else(|problem| refuse(&problem, allowed_origin(config, facts)))
}

/// Answers a problem.
pub fn refuse(problem: &Problem, allow_origin: Option<String>) -> Decision {
    let mut headers =
        vec![("content-type", "application/problem+json".to_owned()), ("cache-control", "no-store".to_owned())];
    match problem.kind {
        Kind::UNAUTHORIZED => {
            headers.push(("www-authenticate", "Bearer realm=\"countersign\", error=\"invalid_token\"".to_owned()));
        }
        Kind::INSUFFICIENT_SCOPE => {
            headers.push(("www-authenticate", "Bearer realm=\"countersign\", error=\"insufficient_scope\"".to_owned()));
        }
        Kind::CREDENTIAL_RENEWED => headers.push(("retry-after", "0".to_owned())),
        _ => {}
    }
    push_origin(&mut headers, allow_origin);
    Decision::Answer { status: problem.kind.status(), headers, body: Some(problem.body()) }
}

fn proxy(
    config: &Config,
    facts: &Facts<'_>,
    name: &str,
    path: &str,
    query: &str,
    tokens: TokenCache<'_>,
    now: UnixMillis,
) -> Result<Decision, Problem> {
    if facts.method == "OPTIONS" {
        return preflight(config.connections.get(name), facts);
    }
    let (connection, grant) = authorized(config, facts.authorization, name, now)?;
    let method = Method::parse(facts.method).ok_or_else(|| method_not_allowed(facts.method))?;
    check_path(path)?;
    let Some((operation, _)) = connection.vendor.match_route(method, path) else {
        return Err(unknown_route(connection, facts.method, path));
    };
    if operation.auth == AuthScheme::Client {
        let detail = format!("{} gives out the connection's own token; the edge calls it itself", operation.route());
        return Err(Problem::new(Kind::NOT_PASSED_ON, detail));
    }
    if !grant.scopes.allow(operation.resource, operation.action, connection.vendor.guarded) {
        let detail =
            format!("{} needs the scope {}; the token has `{}`", operation.route(), operation.scope(), grant.scopes);
        return Err(Problem::new(Kind::INSUFFICIENT_SCOPE, detail).with("scope", operation.scope()));
    }
    if facts.content_length.is_some_and(|length| length > connection.max_body_bytes) {
        return Err(too_large(connection.max_body_bytes));
    }
    let (authorization, renewable) = match (&connection.credential, operation.auth) {
        (_, AuthScheme::None) => (Authorization::default(), false),
        (Credential::Fixed(authorization), _) => (authorization.clone(), false),
        (Credential::Grant(_), _) => match tokens(name) {
            Some(authorization) => (authorization, true),
            None => {
                return Ok(Decision::NeedToken {
                    connection: name.to_owned(),
                    allow_origin: allowed_origin(config, facts),
                });
            }
        },
    };
    Ok(Decision::Forward {
        url: format!("{}{path}{query}", connection.base_url),
        headers: authorization.0.iter().map(|(name, value)| (*name, value.expose().to_owned())).collect(),
        timeout_ms: connection.timeout_ms,
        max_body_bytes: connection.max_body_bytes,
        connection: name.to_owned(),
        renewable,
        allow_origin: allowed_origin(config, facts),
    })
}

fn receive(config: &Config, facts: &Facts<'_>, name: &str) -> Result<Decision, Problem> {
    if !config.connections.contains_key(name) {
        return Err(unknown_connection(name));
    }
    if facts.method != "POST" {
        return Err(method_not_allowed(facts.method));
    }
    if facts.content_length.is_some_and(|length| length > crate::webhooks::MAX_BODY) {
        return Err(too_large(crate::webhooks::MAX_BODY));
    }
    Ok(Decision::Receive { connection: name.to_owned() })
}

fn events(config: &Config, facts: &Facts<'_>, name: &str, query: &str, now: UnixMillis) -> Result<Decision, Problem> {
    if facts.method == "OPTIONS" {
        return preflight(config.connections.get(name), facts);
    }
    let (_, grant) = authorized(config, facts.authorization, name, now)?;
    if facts.method != "GET" {
        return Err(method_not_allowed(facts.method));
    }
    allow_events(&grant)?;
    let limit = number(query, "limit")?.unwrap_or(u64::from(EVENTS_LIMIT));
    if limit == 0 || limit > u64::from(EVENTS_LIMIT) {
        return Err(Problem::new(Kind::BAD_PARAMETER, format!("`limit` is 1 to {EVENTS_LIMIT}")));
    }
    Ok(Decision::Events {
        connection: name.to_owned(),
        after: number(query, "after")?.unwrap_or(0),
        limit: u32::try_from(limit).unwrap_or(EVENTS_LIMIT),
        allow_origin: allowed_origin(config, facts),
    })
}

fn live(config: &Config, facts: &Facts<'_>, name: &str, query: &str, now: UnixMillis) -> Result<Decision, Problem> {
    let mut protocols = facts.protocols.unwrap_or_default().split(',').map(str::trim);
    let bearer = protocols.clone().find_map(|protocol| protocol.strip_prefix("bearer."));
    let from_page = bearer.map(|token| format!("Bearer {token}"));
    let (connection, grant) = authorized(config, from_page.as_deref().or(facts.authorization), name, now)?;
    allow_events(&grant)?;
    if !facts.is_upgrade {
        let detail = format!("ask for `Upgrade: websocket` with the subprotocol {LIVE_PROTOCOL}");
        return Err(Problem::new(Kind::UPGRADE_REQUIRED, detail));
    }
    if facts.protocols.is_some() && !protocols.any(|protocol| protocol == LIVE_PROTOCOL) {
        return Err(Problem::new(Kind::BAD_PARAMETER, format!("the subprotocol is {LIVE_PROTOCOL}")));
    }
    // A WebSocket is not subject to CORS, so the origin is checked here.
    if let Some(origin) = facts.origin.filter(|origin| !connection.allows_origin(origin) && !is_own(facts.url, origin))
    {
        return Err(Problem::new(Kind::ORIGIN_NOT_ALLOWED, format!("{origin} is not an origin of `{name}`")));
    }
    Ok(Decision::Live { connection: name.to_owned(), after: number(query, "after")?.unwrap_or(0) })
}

fn exchange(config: &Config, facts: &Facts<'_>) -> Result<Decision, Problem> {
    let allow_origin = allowed_origin(config, facts);
    match facts.method {
        "POST" => Ok(Decision::Exchange { allow_origin }),
        "OPTIONS" => preflight_answer(allow_origin, facts),
        other => Err(method_not_allowed(other)),
    }
}

/// The routes that need neither a connection nor a decision.
fn own_route(config: &Config, facts: &Facts<'_>, path: &str) -> Decision {
    if !matches!(facts.method, "GET" | "HEAD") {
        return refuse(&method_not_allowed(facts.method), None);
    }
    match path {
        "/operations" => json_answer(catalogue::operations()),
        "/openapi.json" => json_answer(catalogue::openapi()),
        "/healthz" | "/readyz" => json_answer("{\"status\":\"ok\"}"),
        "/console.json" => match catalogue::console(config) {
            Some(console) => json_answer(&console),
            None => refuse(&Problem::new(Kind::UNKNOWN_ROUTE, "no console is configured"), None),
        },
        _ => Decision::Assets { headers: page_headers(config) },
    }
}

/// The answer of every route while the configuration is faulty.
pub fn not_configured(faults: &[String], url: &str) -> Decision {
    if split_url(url).0 == "/healthz" {
        return json_answer("{\"status\":\"ok\"}");
    }
    let detail = format!("{} faults in the configuration: mend them and deploy again", faults.len());
    refuse(&Problem::new(Kind::NOT_CONFIGURED, detail).with("faults", faults.to_vec()), None)
}

fn authorized<'c>(
    config: &'c Config,
    authorization: Option<&str>,
    name: &str,
    now: UnixMillis,
) -> Result<(&'c Connection, Grant), Problem> {
    let unauthorized = |detail: &str| Problem::new(Kind::UNAUTHORIZED, detail);
    let (scheme, token) = authorization
        .and_then(|value| value.split_once(' '))
        .ok_or_else(|| unauthorized("send `Authorization: Bearer` with a token from /oauth/token"))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(unauthorized("the scheme is Bearer"));
    }
    let grant = edge_token::verify(&config.keys, token.trim(), now).map_err(|error| unauthorized(error.0))?;
    let connection = config.connections.get(name).ok_or_else(|| unknown_connection(name))?;
    if grant.connection != name {
        let detail = format!("the token is for `{}`, the call is for `{name}`", grant.connection);
        return Err(Problem::new(Kind::WRONG_CONNECTION, detail));
    }
    Ok((connection, grant))
}

fn allow_events(grant: &Grant) -> Result<(), Problem> {
    if grant.scopes.allow("events", "read_many", &[]) {
        return Ok(());
    }
    let detail = format!("events need the scope events:read_many; the token has `{}`", grant.scopes);
    Err(Problem::new(Kind::INSUFFICIENT_SCOPE, detail).with("scope", "events:read_many"))
}

/// Refuses paths that a server behind us may read differently than we do.
fn check_path(path: &str) -> Result<(), Problem> {
    let bad = |detail: &str| Err(Problem::new(Kind::BAD_PATH, detail));
    if path.bytes().any(|byte| byte == b'\\' || byte <= b' ' || byte >= 0x7f) {
        return bad("the path has a character that must be percent-encoded");
    }
    let lower = path.to_ascii_lowercase();
    if ["%2f", "%5c", "%00", "%0a", "%0d", "%25"].iter().any(|encoded| lower.contains(encoded)) {
        return bad("the path has an encoded slash, backslash, percent or control character");
    }
    let dots = lower.replace("%2e", ".");
    if dots.split('/').any(|segment| segment == "." || segment == "..") || path.contains("//") {
        return bad("the path has an empty or dot segment");
    }
    Ok(())
}

fn unknown_route(connection: &Connection, method: &str, path: &str) -> Problem {
    let others: Vec<_> = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete]
        .into_iter()
        .filter(|other| connection.vendor.match_route(*other, path).is_some())
        .map(Method::as_str)
        .collect();
    if others.is_empty() {
        let detail =
            format!("{} documents no operation {method} {path}; /operations lists them", connection.vendor.title);
        Problem::new(Kind::UNKNOWN_ROUTE, detail)
    } else {
        Problem::new(Kind::METHOD_NOT_ALLOWED, format!("{path} takes {}", others.join(", "))).with("allow", others)
    }
}

fn unknown_connection(name: &str) -> Problem {
    Problem::new(Kind::UNKNOWN_CONNECTION, format!("there is no connection `{name}`"))
}

fn method_not_allowed(method: &str) -> Problem {
    Problem::new(Kind::METHOD_NOT_ALLOWED, format!("{method} is not a method of this route"))
}

fn too_large(limit: u64) -> Problem {
    Problem::new(Kind::TOO_LARGE, format!("at most {limit} bytes are taken")).with("limit", limit)
}

fn preflight(connection: Option<&Connection>, facts: &Facts<'_>) -> Result<Decision, Problem> {
    let origin = facts.origin.filter(|origin| connection.is_some_and(|connection| connection.allows_origin(origin)));
    preflight_answer(origin.map(str::to_owned), facts)
}

fn preflight_answer(allow_origin: Option<String>, facts: &Facts<'_>) -> Result<Decision, Problem> {
    if allow_origin.is_none() {
        let detail =
            format!("{} may not call; add it to the connection's `origins`", facts.origin.unwrap_or("no origin"));
        return Err(Problem::new(Kind::ORIGIN_NOT_ALLOWED, detail));
    }
    let mut headers = vec![
        ("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE".to_owned()),
        ("access-control-allow-headers", "authorization, content-type, accept, traceparent".to_owned()),
        ("access-control-max-age", "7200".to_owned()),
    ];
    push_origin(&mut headers, allow_origin);
    Ok(Decision::Answer { status: 204, headers, body: None })
}

fn allowed_origin(config: &Config, facts: &Facts<'_>) -> Option<String> {
    facts.origin.filter(|origin| config.allows_origin(origin)).map(str::to_owned)
}

fn push_origin(headers: &mut Vec<(&'static str, String)>, allow_origin: Option<String>) {
    if let Some(origin) = allow_origin {
        headers.push(("access-control-allow-origin", origin));
        headers.push(("access-control-expose-headers", EXPOSED.to_owned()));
    }
    headers.push(("vary", "origin".to_owned()));
}

/// What a page may read of an answer's header.
pub const EXPOSED: &str = "content-disposition, retry-after, x-request-id, request-id";

fn json_answer(body: &str) -> Decision {
    let headers = vec![("content-type", "application/json".to_owned()), ("cache-control", "no-cache".to_owned())];
    Decision::Answer { status: 200, headers, body: Some(body.to_owned()) }
}

/// The header fields of the console's pages: its own scripts and styles, the edge and the issuer, nothing else.
fn page_headers(config: &Config) -> Vec<(&'static str, String)> {
    let token_origin = config.console.as_ref().map(|console| origin_of(&console.token_url)).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; \
         font-src 'self'; connect-src 'self' {token_origin}; manifest-src 'self'; frame-ancestors 'none'; \
         base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    );
    vec![
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        ("cross-origin-opener-policy", "same-origin".to_owned()),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()".to_owned()),
        ("strict-transport-security", "max-age=31536000".to_owned()),
    ]
}

/// Cuts an absolute URL into its path and its query with the question mark.
fn split_url(url: &str) -> (&str, &str) {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let from_path = after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("/");
    let without_fragment = from_path.split('#').next().unwrap_or(from_path);
    without_fragment.find('?').and_then(|at| without_fragment.split_at_checked(at)).unwrap_or((without_fragment, ""))
}

fn origin_of(url: &str) -> &str {
    let host_starts = url.find("://").map_or(0, |at| at + 3);
    let host = url.get(host_starts..).unwrap_or_default();
    url.get(..host_starts + host.find('/').unwrap_or(host.len())).unwrap_or(url)
}

fn is_own(url: &str, origin: &str) -> bool {
    origin_of(url) == origin
}

fn number(query: &str, name: &str) -> Result<Option<u64>, Problem> {
    let mut fields = query.trim_start_matches('?').split('&').filter_map(|field| field.split_once('='));
    match fields.find(|(field, _)| *field == name) {
        None => Ok(None),
        Some((_, value)) => value
            .parse()
            .map(Some)
            .map_err(|_| Problem::new(Kind::BAD_PARAMETER, format!("`{name}` is a whole number"))),
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
