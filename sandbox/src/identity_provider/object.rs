//! The Durable Object that holds the provider's key and the codes it gave out.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use worker::{DurableObject, Env, Request, Response, Result, SqlStorage, State, durable_object};

use crate::answer::{Answer, Outcome, failure, not_found};
use crate::call::Call;
use crate::form::Form;
use crate::signing_today::bind;
use crate::{runtime, shell};

use super::demo_users::{self, DemoUser};
use super::keys::Key;
use super::{BASE, sign_in_page, tokens};

/// The identity provider.
#[durable_object(fetch)]
pub struct IdentityProvider {
    state: State,
}

// Seconds between the choice on the page and the exchange of the code.
const CODE_LIFETIME: i64 = 120;

const MAX_BODY: usize = 64 * 1024;

/// What an authorization asks for.
struct Wish {
    client: String,
    redirect: String,
    challenge: String,
    state: String,
    nonce: String,
}

impl DurableObject for IdentityProvider {
    fn new(state: State, _: Env) -> Self {
        IdentityProvider { state }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let call = match shell::read(request, MAX_BODY).await? {
            Ok(call) => call,
            Err(refusal) => return shell::respond(refusal),
        };
        shell::respond(self.answer(&call).await.unwrap_or_else(|refusal| refusal))
    }
}

impl IdentityProvider {
    async fn answer(&self, call: &Call) -> Outcome {
        let issuer = format!("{}{BASE}", call.origin);
        let path = call.path.strip_prefix(BASE).unwrap_or_default();
        match (call.method.as_str(), path) {
            ("GET", "/.well-known/openid-configuration") => Ok(discovery(&issuer)),
            ("GET", "/jwks") => Ok(Answer::json(200, &json!({ "keys": [self.key().await?.public()] }))
                .with("cache-control", "public, max-age=60")),
            ("GET", "/authorize") => Ok(show(call)),
            ("POST", "/authorize") => self.authorize(call, &issuer),
            ("POST", "/token") => self.token(call, &issuer).await,
            ("POST", "/demo-token") => self.demo_token(call, &issuer).await,
            _ => Err(not_found()),
        }
    }

    /// Somebody chose a user: a code goes to the app.
    fn authorize(&self, call: &Call, issuer: &str) -> Outcome {
        let form = call.form()?;
        let wish = wish(|name| form.text(name)).map_err(|reason| Answer::html(400, sign_in_page::refuse(&reason)))?;
        let user = form.text("user").and_then(|id| demo_users::find(&id));
        let user = user.ok_or_else(|| Answer::html(400, sign_in_page::refuse("There is no such demo user.")))?;
        let code = runtime::uuid();
        self.sql()?.exec(
            "INSERT INTO code VALUES (?, ?, ?, ?, ?, ?, ?)",
            bind![
                code.as_str(),
                user.id,
                wish.client,
                wish.redirect.as_str(),
                wish.challenge,
                wish.nonce,
                seconds() + CODE_LIFETIME
            ],
        )?;
        let mut parameters = vec![("code", code.as_str()), ("iss", issuer)];
        if !wish.state.is_empty() {
            parameters.push(("state", &wish.state));
        }
        Ok(Answer::see_other(&tokens::with_query(&wish.redirect, &parameters)))
    }

    /// The app exchanges its code. A code works once, whatever comes of it.
    async fn token(&self, call: &Call, issuer: &str) -> Outcome {
        #[derive(Deserialize)]
        struct Row {
            user: String,
            client: String,
            redirect: String,
            challenge: String,
            nonce: String,
            expires: i64,
        }
        let form = Form::read(&call.content_type, &call.body)
            .ok_or_else(|| refuse("invalid_request", "the body is not a form"))?;
        let field = |name: &str| {
            form.text(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| refuse("invalid_request", &format!("{name} is missing")))
        };
        if field("grant_type")? != "authorization_code" {
            return Err(refuse("unsupported_grant_type", "the only grant is authorization_code"));
        }
        let found: Vec<Row> =
            self.sql()?.exec("DELETE FROM code WHERE code = ? RETURNING *", bind![field("code")?])?.to_array()?;
        let row = found.into_iter().next().filter(|row| row.expires > seconds());
        let row = row.ok_or_else(|| refuse("invalid_grant", "the code is unknown, used or expired"))?;
        if row.client != field("client_id")? || row.redirect != field("redirect_uri")? {
            return Err(refuse("invalid_grant", "the code was given to another client or redirect_uri"));
        }
        if !tokens::verifies(&field("code_verifier")?, &row.challenge) {
            return Err(refuse("invalid_grant", "the code_verifier does not fit the code_challenge"));
        }
        let user = demo_users::find(&row.user).ok_or_else(|| refuse("invalid_grant", "the user is gone"))?;
        let mut nonce = Map::new();
        if !row.nonce.is_empty() {
            nonce.insert("nonce".into(), row.nonce.into());
        }
        let id_token = self.mint(user, issuer, tokens::AUDIENCE, tokens::LIFETIME, &nonce).await?;
        let access_token = self.mint(user, issuer, tokens::AUDIENCE, tokens::LIFETIME, &Map::new()).await?;
        let answer = json!({ "id_token": id_token, "access_token": access_token, "token_type": "Bearer", "expires_in": tokens::LIFETIME });
        Ok(Answer::json(200, &answer).with("cache-control", "no-store"))
    }

    /// For tests: any demo user's token at once, with any claims and any age.
    async fn demo_token(&self, call: &Call, issuer: &str) -> Outcome {
        #[derive(Deserialize)]
        struct Input {
            user: String,
            audience: Option<String>,
            expires_in: Option<i64>,
            #[serde(default)]
            claims: Map<String, Value>,
        }
        let input: Input =
            serde_json::from_slice(&call.body).map_err(|cause| refuse("invalid_request", &cause.to_string()))?;
        let user =
            demo_users::find(&input.user).ok_or_else(|| refuse("invalid_request", "there is no such demo user"))?;
        let audience = input.audience.as_deref().unwrap_or(tokens::AUDIENCE);
        let token =
            self.mint(user, issuer, audience, input.expires_in.unwrap_or(tokens::LIFETIME), &input.claims).await?;
        Ok(Answer::json(200, &json!({ "token": token })).with("cache-control", "no-store"))
    }

    async fn mint(
        &self,
        user: DemoUser,
        issuer: &str,
        audience: &str,
        lifetime: i64,
        more: &Map<String, Value>,
    ) -> std::result::Result<String, Answer> {
        let key = self.key().await?;
        let claims = tokens::claims(user, issuer, audience, seconds(), lifetime, more);
        let signed = key.sign(tokens::signing_input(&key.id(), &claims)).await;
        signed.map_err(|_| failure("the token cannot be signed"))
    }

    /// The key, made at the first need.
    async fn key(&self) -> std::result::Result<Key, Answer> {
        #[derive(Deserialize)]
        struct Row {
            jwk: String,
        }
        let stored = |sql: &SqlStorage| -> Result<Option<Key>> {
            let rows: Vec<Row> = sql.exec("SELECT jwk FROM key", Vec::new())?.to_array()?;
            Ok(rows.first().and_then(|row| Key::read(&row.jwk)))
        };
        let sql = self.sql()?;
        if let Some(key) = stored(&sql)? {
            return Ok(key);
        }
        let key = Key::generate().await.map_err(|_| failure("no key can be made"))?;
        // Another call may have made one meanwhile; the first one counts.
        sql.exec("INSERT INTO key (id, jwk) VALUES (1, ?) ON CONFLICT DO NOTHING", bind![key.text()])?;
        stored(&sql)?.ok_or_else(|| failure("the key was not kept"))
    }

    fn sql(&self) -> Result<SqlStorage> {
        let sql = self.state.storage().sql();
        sql.exec("CREATE TABLE IF NOT EXISTS key (id INTEGER PRIMARY KEY, jwk TEXT NOT NULL)", Vec::new())?;
        sql.exec(
            "CREATE TABLE IF NOT EXISTS code (code TEXT PRIMARY KEY, user TEXT NOT NULL, client TEXT NOT NULL, redirect TEXT NOT NULL, \
             challenge TEXT NOT NULL, nonce TEXT NOT NULL, expires INTEGER NOT NULL)",
            Vec::new(),
        )?;
        Ok(sql)
    }
}

fn show(call: &Call) -> Answer {
    match wish(|name| call.query(name).map(str::to_owned)) {
        Ok(wish) => {
            let hidden = [
                ("response_type", "code"),
                ("client_id", wish.client.as_str()),
                ("redirect_uri", &wish.redirect),
                ("code_challenge", &wish.challenge),
                ("code_challenge_method", "S256"),
                ("state", &wish.state),
                ("nonce", &wish.nonce),
            ];
            Answer::html(200, sign_in_page::choose(&wish.client, &hidden))
        }
        Err(reason) => Answer::html(400, sign_in_page::refuse(&reason)),
    }
}

fn wish(field: impl Fn(&str) -> Option<String>) -> std::result::Result<Wish, String> {
    let required = |name: &str| {
        field(name).filter(|value| !value.is_empty()).ok_or_else(|| format!("The parameter {name} is missing."))
    };
    let wish = Wish {
        client: required("client_id")?,
        redirect: required("redirect_uri")?,
        challenge: required("code_challenge")?,
        state: field("state").unwrap_or_default(),
        nonce: field("nonce").unwrap_or_default(),
    };
    if field("response_type").is_some_and(|kind| kind != "code") {
        return Err("Only response_type=code is supported.".into());
    }
    if required("code_challenge_method")? != "S256" {
        return Err("Only code_challenge_method=S256 is supported.".into());
    }
    if !tokens::is_loopback(&wish.redirect) {
        return Err("The redirect_uri is not on this machine.".into());
    }
    Ok(wish)
}

fn discovery(issuer: &str) -> Answer {
    Answer::json(
        200,
        &json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["openid", "profile", "email"],
            "claims_supported": ["sub", "name", "email", "role"],
            "authorization_response_iss_parameter_supported": true,
        }),
    )
}

fn refuse(error: &str, description: &str) -> Answer {
    Answer::json(400, &json!({ "error": error, "error_description": description })).with("cache-control", "no-store")
}

fn seconds() -> i64 {
    runtime::now() / 1000
}
