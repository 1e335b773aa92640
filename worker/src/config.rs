//! Configuration: connections, issuers and secrets, read once and refused as a whole if anything is wrong.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::{
    auth::Credential,
    vendors::{self, Vendor},
    webhook::WebhookCredential,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::scope::Scopes;

/// Everything the edge is told by its variables and secrets.
#[derive(Debug)]
pub struct Config {
    /// The connections by name.
    pub connections: BTreeMap<String, Connection>,
    /// The identity providers by name.
    pub issuers: BTreeMap<String, Issuer>,
    /// What the console needs to know.
    pub console: Option<Console>,
    /// The keys of the edge's own tokens.
    pub keys: EdgeKeys,
}

/// One account at one vendor.
#[derive(Debug)]
pub struct Connection {
    /// The vendor.
    pub vendor: &'static Vendor,
    /// The vendor's API, without a slash at the end.
    pub base_url: String,
    /// The origins of the pages that may call.
    pub origins: Vec<String>,
    /// The time for a vendor's whole answer, in milliseconds.
    pub timeout_ms: u32,
    /// The largest body passed on, in bytes.
    pub max_body_bytes: u64,
    /// Who may do what.
    pub callers: Vec<Caller>,
    /// What we own at the vendor.
    pub credential: Credential,
    /// What the vendor sends along with a webhook.
    pub webhook: WebhookCredential,
}

/// A rule: who has these claims from this issuer may be granted these scopes.
#[derive(Debug)]
pub struct Caller {
    /// The issuer's name.
    pub issuer: String,
    /// Claims that must be there with exactly these values, or hold them if they are arrays.
    pub claims: Map<String, Value>,
    /// What may be granted.
    pub scopes: Scopes,
}

/// An identity provider whose tokens are exchanged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim that names this edge.
    pub audience: String,
    /// Where the public keys are.
    pub jwks_url: String,
    /// The algorithms taken: `RS256`, `ES256`, `EdDSA`.
    pub algorithms: Vec<String>,
}

/// What the console needs to sign people in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// The name of the issuer.
    pub issuer: String,
    /// The OAuth client id of the console at the issuer.
    pub client_id: String,
    /// The issuer's page for signing in.
    pub authorize_url: String,
    /// The issuer's token endpoint.
    pub token_url: String,
    /// The connection the console works on.
    pub connection: String,
}

/// The keys of the edge's tokens. The first signs; all of them verify, so that a key can be replaced without a gap.
#[derive(Debug, Default)]
pub struct EdgeKeys(pub Vec<EdgeKey>);

/// One key of the edge's tokens.
#[derive(Debug)]
pub struct EdgeKey {
    /// Its id, carried in the token's header.
    pub kid: String,
    /// Its bytes.
    pub key: Vec<u8>,
}

impl Config {
    /// Reads the environment: `CONNECTIONS`, `ISSUERS`, `CONSOLE`, `EDGE_KEYS` and one `CREDENTIAL_<NAME>` a connection.
    ///
    /// # Errors
    ///
    /// Every fault, each in a sentence that says where it is. No sentence holds a secret.
    pub fn read(environment: &Value) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let issuers = read_issuers(environment.get("ISSUERS"), &mut faults);
        let connections = read_connections(environment, &issuers, &mut faults);
        let console = environment.get("CONSOLE").and_then(|value| read("CONSOLE", value, &mut faults));
        if let Some(console) = &console {
            check_console(console, &issuers, &connections, &mut faults);
        }
        let keys = read_keys(environment.get("EDGE_KEYS"), &mut faults);
        if faults.is_empty() { Ok(Self { connections, issuers, console, keys }) } else { Err(faults) }
    }

    /// Whether a page of this origin may call some connection.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.connections.values().any(|connection| connection.allows_origin(origin))
    }
}

impl Connection {
    /// Whether a page of this origin may call.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == origin)
    }
}

/// A connection as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionTable {
    vendor: String,
    base_url: String,
    #[serde(default)]
    origins: Vec<String>,
    #[serde(default = "default_timeout")]
    timeout_ms: u32,
    #[serde(default = "default_max_body")]
    max_body_bytes: u64,
    callers: Vec<CallerTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallerTable {
    issuer: String,
    #[serde(default)]
    claims: Map<String, Value>,
    scopes: Vec<String>,
}

const fn default_timeout() -> u32 {
    30_000
}

const fn default_max_body() -> u64 {
    25 * 1024 * 1024
}

fn read_issuers(value: Option<&Value>, faults: &mut Vec<String>) -> BTreeMap<String, Issuer> {
    let mut issuers = BTreeMap::new();
    for (name, value) in tables("ISSUERS", value, faults) {
        let place = format!("ISSUERS.{name}");
        let Some(issuer) = read::<Issuer>(&place, value, faults) else { continue };
        check_url(&place, "jwks_url", &issuer.jwks_url, faults);
        let known = ["RS256", "ES256", "EdDSA"];
        for algorithm in issuer.algorithms.iter().filter(|algorithm| !known.contains(&algorithm.as_str())) {
            faults.push(format!("{place}.algorithms: `{algorithm}` is not one of {}", known.join(", ")));
        }
        if issuer.algorithms.is_empty() {
            faults.push(format!("{place}.algorithms is empty: name at least one of {}", known.join(", ")));
        }
        issuers.insert(name.clone(), issuer);
    }
    issuers
}

fn read_connections(
    environment: &Value,
    issuers: &BTreeMap<String, Issuer>,
    faults: &mut Vec<String>,
) -> BTreeMap<String, Connection> {
    let mut connections = BTreeMap::new();
    for (name, value) in tables("CONNECTIONS", environment.get("CONNECTIONS"), faults) {
        let place = format!("CONNECTIONS.{name}");
        if !is_name(name) {
            faults.push(format!("{place}: a name has 1 to 63 of a-z, 0-9 and `-`"));
        }
        let Some(table) = read::<ConnectionTable>(&place, value, faults) else { continue };
        let secret_name = format!("CREDENTIAL_{}", name.to_ascii_uppercase().replace('-', "_"));
        let secret = read_secret(&secret_name, environment.get(&secret_name), faults);
        if let Some(connection) = connect(&place, table, (&secret_name, secret), issuers, faults) {
            connections.insert(name.clone(), connection);
        }
    }
    if connections.is_empty() && faults.is_empty() {
        faults.push("CONNECTIONS is empty: add [vars.CONNECTIONS.<name>] to wrangler.toml".into());
    }
    connections
}

fn connect(
    place: &str,
    table: ConnectionTable,
    (secret_name, secret): (&str, Option<Value>),
    issuers: &BTreeMap<String, Issuer>,
    faults: &mut Vec<String>,
) -> Option<Connection> {
    let vendor = vendors::find(&table.vendor);
    if vendor.is_none() {
        let known: Vec<_> = vendors::VENDORS.iter().map(|vendor| vendor.name).collect();
        faults.push(format!("{place}.vendor: `{}` is not one of {}", table.vendor, known.join(", ")));
    }
    check_url(place, "base_url", &table.base_url, faults);
    for origin in table.origins.iter().filter(|origin| !is_origin(origin)) {
        faults.push(format!("{place}.origins: `{origin}` is not scheme://host[:port]"));
    }
    if table.callers.is_empty() {
        faults.push(format!("{place}.callers is empty: nobody could call"));
    }
    let callers = table.callers.into_iter().filter_map(|caller| read_caller(place, caller, issuers, faults)).collect();
    let (vendor, mut secret) = (vendor?, secret?);
    let webhook = secret.as_object_mut().and_then(|fields| fields.remove("webhook"));
    let webhook = match webhook {
        None => Some(WebhookCredential::default()),
        Some(value) => {
            WebhookCredential::read(&value).map_err(|fault| faults.push(format!("{secret_name}.webhook: {fault}"))).ok()
        }
    };
    let credential =
        (vendor.read_credential)(&secret).map_err(|fault| faults.push(format!("{secret_name}: {fault}"))).ok();
    Some(Connection {
        vendor,
        base_url: table.base_url.trim_end_matches('/').to_owned(),
        origins: table.origins,
        timeout_ms: table.timeout_ms.max(1),
        max_body_bytes: table.max_body_bytes,
        callers,
        credential: credential?,
        webhook: webhook?,
    })
}

fn read_caller(
    place: &str,
    table: CallerTable,
    issuers: &BTreeMap<String, Issuer>,
    faults: &mut Vec<String>,
) -> Option<Caller> {
    if !issuers.contains_key(&table.issuer) {
        faults.push(format!("{place}.callers: there is no [vars.ISSUERS.{}]", table.issuer));
    }
    match Scopes::collect(table.scopes.iter().map(String::as_str)) {
        Ok(scopes) => Some(Caller { issuer: table.issuer, claims: table.claims, scopes }),
        Err(scope) => {
            faults.push(format!("{place}.callers: scope `{}` is not resource:action", scope.0));
            None
        }
    }
}

fn check_console(
    console: &Console,
    issuers: &BTreeMap<String, Issuer>,
    connections: &BTreeMap<String, Connection>,
    faults: &mut Vec<String>,
) {
    if !issuers.contains_key(&console.issuer) {
        faults.push(format!("CONSOLE.issuer: there is no [vars.ISSUERS.{}]", console.issuer));
    }
    if !connections.contains_key(&console.connection) && !connections.is_empty() {
        faults.push(format!("CONSOLE.connection: there is no [vars.CONNECTIONS.{}]", console.connection));
    }
    check_url("CONSOLE", "authorize_url", &console.authorize_url, faults);
    check_url("CONSOLE", "token_url", &console.token_url, faults);
}

/// `kid:base64url` pairs separated by commas, at least 32 bytes each.
fn read_keys(value: Option<&Value>, faults: &mut Vec<String>) -> EdgeKeys {
    let Some(text) = value.and_then(Value::as_str) else {
        faults.push("the secret EDGE_KEYS is missing: set it to `k1:<32 random bytes in base64url>`".into());
        return EdgeKeys::default();
    };
    let keys = text.split(',').filter_map(|pair| {
        let (kid, encoded) = pair.trim().split_once(':')?;
        let key = Base64UrlUnpadded::decode_vec(encoded.trim_end_matches('=')).ok()?;
        (is_name(kid) && key.len() >= 32).then(|| EdgeKey { kid: kid.into(), key })
    });
    let keys: Vec<_> = keys.collect();
    if keys.len() != text.split(',').count() {
        faults.push("EDGE_KEYS is not `kid:base64url[,kid:base64url]` with at least 32 bytes each".into());
    }
    EdgeKeys(keys)
}

fn read_secret(name: &str, value: Option<&Value>, faults: &mut Vec<String>) -> Option<Value> {
    match value {
        Some(Value::String(text)) => {
            serde_json::from_str(text).map_err(|_| faults.push(format!("{name} is not JSON"))).ok()
        }
        Some(value @ Value::Object(_)) => Some(value.clone()),
        Some(_) => {
            faults.push(format!("{name} is not a JSON object"));
            None
        }
        None => {
            faults.push(format!("the secret {name} is missing: set it with `wrangler secret put {name}`"));
            None
        }
    }
}

/// Reads a table; serde names the field, never the value of a secret.
fn read<T: DeserializeOwned>(place: &str, value: &Value, faults: &mut Vec<String>) -> Option<T> {
    serde_json::from_value(value.clone()).map_err(|error| faults.push(format!("{place}: {error}"))).ok()
}

fn tables<'v>(
    place: &str,
    value: Option<&'v Value>,
    faults: &mut Vec<String>,
) -> impl Iterator<Item = (&'v String, &'v Value)> + use<'v> {
    if value.is_some_and(|value| !value.is_object()) {
        faults.push(format!("{place} is not a table of tables"));
    }
    value.and_then(Value::as_object).into_iter().flatten()
}

fn check_url(place: &str, field: &str, url: &str, faults: &mut Vec<String>) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split('/').next().unwrap_or_default();
    let loopback = ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|host| authority.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':')));
    let fault = if authority.is_empty() || authority.contains('@') || url.contains(['?', '#', '\\', ' ']) {
        "is not an absolute URL without user, query and fragment"
    } else if scheme != "https" && !(scheme == "http" && loopback) {
        "must be https; http is taken for loopback only"
    } else {
        return;
    };
    faults.push(format!("{place}.{field}: `{url}` {fault}"));
}

fn is_origin(origin: &str) -> bool {
    origin.split_once("://").is_some_and(|(scheme, host)| {
        matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains(['/', '?', '#', '*', '@', ' '])
    })
}

fn is_name(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    pub(crate) fn environment() -> Value {
        json!({
            "CONNECTIONS": {"acme-signing": {
                "vendor": "signing-today",
                "base_url": "https://vendor.example/api/",
                "origins": ["https://app.example"],
                "callers": [{"issuer": "demo", "claims": {"role": "instructor"}, "scopes": ["*:*"]}],
            }},
            "ISSUERS": {"demo": {
                "issuer": "https://idp.example", "audience": "countersign",
                "jwks_url": "https://idp.example/jwks", "algorithms": ["ES256"],
            }},
            "EDGE_KEYS": "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "CREDENTIAL_ACME_SIGNING": r#"{"robot": {"token": "r0b0t"}, "webhook": {"headers": [{"name": "X-Key", "value": "k3y"}]}}"#,
        })
    }

    fn faults(environment: &Value) -> Vec<String> {
        Config::read(environment).expect_err("faults")
    }

    #[test]
    fn a_complete_environment_is_read() {
        let config = Config::read(&environment()).expect("a configuration");
        let connection = &config.connections["acme-signing"];
        assert_eq!(connection.base_url, "https://vendor.example/api");
        assert_eq!(connection.webhook.headers.len(), 1);
        assert_eq!(config.keys.0[0].kid, "k1");
    }

    #[test]
    fn the_connection_of_the_readme_is_a_good_one() {
        let readme = include_str!("../../README.md");
        let (_, rest) = readme.split_once("```toml").expect("a toml block");
        let (block, _) = rest.split_once("```").expect("its end");
        let mut file: Value = toml::from_str(block).expect("TOML");
        let mut environment = file["vars"].take();
        for secret in ["EDGE_KEYS", "CREDENTIAL_ACME_SIGNING"] {
            environment[secret] = self::environment()[secret].take();
        }
        let config = Config::read(&environment).expect("a configuration");
        assert!(config.connections.contains_key("acme-signing"));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut environment = environment();
        environment["CONNECTIONS"]["acme-signing"]["vendor"] = json!("acme");
        environment["CONNECTIONS"]["acme-signing"]["base_url"] = json!("http://vendor.example");
        environment["CONNECTIONS"]["acme-signing"]["origins"] = json!(["*"]);
        environment["ISSUERS"]["demo"]["algorithms"] = json!(["none"]);
        environment["EDGE_KEYS"] = json!("short:AAAA");
        environment["CREDENTIAL_ACME_SIGNING"] = Value::Null;
        assert_eq!(faults(&environment).len(), 6, "{:#?}", faults(&environment));
    }

    #[test]
    fn a_missing_secret_is_named_with_the_command_that_sets_it() {
        let mut environment = environment();
        environment.as_object_mut().expect("an object").remove("CREDENTIAL_ACME_SIGNING");
        assert_eq!(
            faults(&environment),
            [
                "the secret CREDENTIAL_ACME_SIGNING is missing: set it with `wrangler secret put CREDENTIAL_ACME_SIGNING`"
            ]
        );
    }

    #[test]
    fn no_fault_quotes_a_secret() {
        let mut environment = environment();
        environment["CREDENTIAL_ACME_SIGNING"] =
            json!(r#"{"robot": {"token": 5150}, "webhook": {"headers": "h4dk3y"}}"#);
        let text = faults(&environment).join("\n");
        assert!(!text.contains("h4dk3y"), "{text}");
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let mut environment = environment();
        environment["CONNECTIONS"]["acme-signing"]["timeout"] = json!(5);
        assert!(faults(&environment)[0].contains("unknown field `timeout`"));
    }
}
