//! The token vault of one connection: one renewal in flight, one place that keeps the token.
//!
//! Invariants: a token is stored before anybody is given it; the credential
//! never leaves this object except to the vendor's own token endpoint.

use std::{rc::Rc, sync::Arc, time::Duration};

use countersign::{
    auth::{Credential, Fixed, Token},
    client::{ClientOptions, GrantTokens},
    error::{Error, ErrorKind, TokenError},
    retry::RetryPolicy,
    secret::Secret,
    time::UnixMillis,
    transport::fetch::{FetchTransport, JsRuntime},
};
use js_sys::Promise;
use serde_json::json;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::future_to_promise;
use worker::{SqlStorage, SqlStorageValue, State, worker_sys};

use crate::{
    config::Connection,
    problem::Kind,
    shell::{self, fault},
};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS token (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        connection TEXT NOT NULL,
        secret TEXT NOT NULL,
        expires_at REAL
    )";

/// The Durable Object's own part; `worker/shell/objects.mjs` gives it the platform's class.
#[wasm_bindgen]
pub struct TokenVault(Rc<Vault>);

struct Vault {
    connection: String,
    sql: SqlStorage,
    tokens: GrantTokens,
}

#[wasm_bindgen]
impl TokenVault {
    /// Opens the vault of a connection, with the token of before a restart if there is one.
    #[wasm_bindgen(constructor)]
    pub fn new(state: worker_sys::DurableObjectState, connection: String) -> Result<TokenVault, JsValue> {
        let sql = State::from(state).storage().sql();
        sql.exec(SCHEMA, None).map_err(fault)?;
        let config = shell::config().map_err(|faults| fault(faults.join("; ")))?;
        let configured = config.connections.get(&connection).ok_or_else(|| fault("no such connection"))?;
        let tokens = token_source(configured).ok_or_else(|| fault("the connection's credential never changes"))?;
        let vault = Vault { connection, sql, tokens };
        if let Some(token) = vault.load()? {
            vault.tokens.seed(token);
        }
        Ok(Self(Rc::new(vault)))
    }

    /// A token that is good now, as `{"token", "useUntil"}`, or the problem to answer instead, as
    /// `{"problem", "detail"}`. `refused` is a token the vendor has turned down.
    pub fn token(&self, refused: Option<String>) -> Promise {
        let vault = Rc::clone(&self.0);
        future_to_promise(async move {
            let refused = refused.map(Secret::new);
            match vault.tokens.token(refused.as_ref()).await {
                Ok((token, use_until)) => {
                    vault.store(&token)?;
                    let use_until = use_until.map_or(f64::MAX, |instant| instant.0 as f64);
                    Ok(json!({"token": token.secret.expose(), "useUntil": use_until}).to_string().into())
                }
                Err(error) => {
                    let (kind, detail) = explain(&error);
                    Ok(json!({"problem": kind.slug(), "detail": detail}).to_string().into())
                }
            }
        })
    }
}

impl Vault {
    fn load(&self) -> Result<Option<Token>, JsValue> {
        let select = "SELECT secret, expires_at FROM token WHERE connection = ?";
        let rows = self.sql.exec(select, vec![self.connection.as_str().into()]).map_err(fault)?;
        let Some(row) = rows.raw().next() else { return Ok(None) };
        let row = row.map_err(fault)?;
        let [SqlStorageValue::String(secret), expires_at] = row.as_slice() else { return Ok(None) };
        let expires_at = match expires_at {
            SqlStorageValue::Float(millis) => Some(UnixMillis(*millis as u64)),
            SqlStorageValue::Integer(millis) => u64::try_from(*millis).ok().map(UnixMillis),
            _ => None,
        };
        Ok(Some(Token { secret: Secret::new(secret.clone()), expires_at }))
    }

    fn store(&self, token: &Token) -> Result<(), JsValue> {
        if self.load()?.as_ref() == Some(token) {
            return Ok(());
        }
        let upsert = "INSERT OR REPLACE INTO token (only, connection, secret, expires_at) VALUES (1, ?, ?, ?)";
        let expires_at =
            token.expires_at.map_or(SqlStorageValue::Null, |instant| SqlStorageValue::Float(instant.0 as f64));
        let bindings = vec![self.connection.as_str().into(), token.secret.expose().into(), expires_at];
        self.sql.exec(upsert, bindings).map_err(fault)?;
        Ok(())
    }
}

fn token_source(connection: &Connection) -> Option<GrantTokens> {
    let Credential::Grant(grant) = &connection.credential else { return None };
    let options = ClientOptions {
        base_url: connection.base_url.clone(),
        transport: Arc::new(FetchTransport::new()),
        runtime: Arc::new(JsRuntime),
        tokens: Arc::new(Fixed::default()),
        retry: RetryPolicy::default(),
        timeout: Duration::from_millis(connection.timeout_ms.into()),
    };
    Some(GrantTokens::new(connection.vendor, options, Arc::clone(grant)))
}

/// Says what is wrong in our own words: a vendor's may repeat what it was sent, password and all.
fn explain(error: &TokenError) -> (Kind, String) {
    let (kind, detail) = match error {
        TokenError::Source(message) | TokenError::Unreadable(message) => (Kind::CREDENTIAL_REFUSED, message.clone()),
        TokenError::Call(error) => (kind_of(error), describe(error)),
    };
    (kind, format!("no vendor token: {detail}"))
}

fn describe(error: &Error) -> String {
    match &error.kind {
        ErrorKind::Api(refusal) => format!("the vendor's token endpoint answers {}", refusal.status),
        ErrorKind::Timeout(after) => format!("the vendor's token endpoint is silent for {} ms", after.as_millis()),
        _ => "the vendor's token endpoint could not be reached, or broke the connection".into(),
    }
}

fn kind_of(error: &Error) -> Kind {
    match &error.kind {
        ErrorKind::Transport(_) => Kind::VENDOR_UNREACHABLE,
        ErrorKind::Timeout(_) => Kind::VENDOR_TIMEOUT,
        ErrorKind::Api(refusal) if refusal.status >= 500 || refusal.status == 429 => Kind::VENDOR_UNREACHABLE,
        _ => Kind::CREDENTIAL_REFUSED,
    }
}
