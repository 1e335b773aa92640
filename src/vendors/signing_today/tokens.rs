//! Tokens: the login of a user, and the two credentials a connection can own.
//! <https://developer.signing.today/v2/#:~:text=Authentication>

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    auth::{Authorization, Credential, Grant, Token, texts},
    endpoint::{Endpoint, FilePart, Multipart, Operation, Parts, PartsBody, endpoints},
    error::TokenError,
    http::Response,
    secret::Secret,
    time::UnixMillis,
};

endpoints! { SIGNING_TODAY, resource "tokens", page "https://developer.signing.today/v2/#:~:text=/oauth/token";
    /// Gives a token for a user's name and password.
    CreateToken: create_one POST "/oauth/token" takes Multipart auth Client retry Safe => TokenResponse;
}

/// Asks for a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateToken {
    /// The user's name and password.
    pub body: PasswordLogin,
}

/// The form fields of the login.
#[derive(Clone, Serialize, Deserialize)]
pub struct PasswordLogin {
    /// `user@domain`.
    pub username: String,
    /// The account's password.
    pub password: String,
    /// Always `password`.
    pub grant_type: String,
}

impl std::fmt::Debug for PasswordLogin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PasswordLogin").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Multipart for PasswordLogin {
    fn files(&self) -> Vec<FilePart> {
        Vec::new()
    }
}

/// A token and its remaining life.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenResponse {
    /// The token for the `Authorization` header.
    pub access_token: Option<String>,
    /// `bearer`.
    pub token_type: Option<String>,
    /// A token for a later renewal. The page documents no operation that takes it.
    pub refresh_token: Option<String>,
    /// Seconds the token still lives.
    pub expires_in: Option<u64>,
    /// What the token allows, for example `all`.
    pub scope: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// A user's name and password, and the OAuth client that may use them.
#[derive(Clone, Debug)]
pub struct PasswordGrant {
    /// The OAuth client's id. The page's samples say `client`.
    pub client_id: String,
    /// The OAuth client's secret.
    pub client_secret: Secret,
    /// `user@domain`.
    pub username: String,
    /// The account's password.
    pub password: Secret,
}

impl Grant for PasswordGrant {
    fn operation(&self) -> &'static Operation {
        CreateToken::OPERATION
    }

    fn parts(&self) -> Parts {
        let mut form = Map::new();
        let fields =
            [("username", self.username.as_str()), ("password", self.password.expose()), ("grant_type", "password")];
        for (name, value) in fields {
            form.insert(name.to_owned(), value.into());
        }
        Parts { params: Map::new(), body: PartsBody::Value(Value::Object(form)) }
    }

    fn client_authorization(&self) -> Authorization {
        Authorization::basic_client(&self.client_id, &self.client_secret)
    }

    fn read(&self, response: &Response, now: UnixMillis) -> Result<Token, TokenError> {
        // Read without the typed answer: this runs in the browser's wasm, where each typed answer weighs kilobytes.
        let answer: Value = serde_json::from_slice(response.body.bytes())
            .map_err(|_| TokenError::Unreadable("the token answer is not JSON".into()))?;
        let secret = answer.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
        let secret = secret.ok_or_else(|| TokenError::Unreadable("the token answer has no access_token".into()))?;
        let lifetime = answer.get("expires_in").and_then(Value::as_u64).map(Duration::from_secs);
        Ok(Token { secret: Secret::new(secret), expires_at: lifetime.map(|lifetime| now + lifetime) })
    }
}

/// Reads `{"robot": {"token": …}}` or `{"password": {"client_id": …, "client_secret": …, "username": …, "password": …}}`.
pub(super) fn read_credential(value: &Value) -> Result<Credential, String> {
    match (value.get("robot"), value.get("password")) {
        (Some(robot), None) => {
            let [token] = texts("robot", robot, ["token"])?;
            Ok(Credential::Fixed(Authorization::bearer(&Secret::new(token))))
        }
        (None, Some(login)) => PasswordGrant::read(login).map(|grant| Credential::Grant(Arc::new(grant))),
        _ => Err("it needs either `robot` (a lifetime token) or `password` (a user's login)".into()),
    }
}

impl PasswordGrant {
    fn read(login: &Value) -> Result<Self, String> {
        let names = ["client_id", "client_secret", "username", "password"];
        let [client_id, client_secret, username, password] = texts("password", login, names)?;
        Ok(Self {
            client_id: client_id.into(),
            client_secret: Secret::new(client_secret),
            username: username.into(),
            password: Secret::new(password),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Body;
    use serde_json::json;

    fn grant() -> PasswordGrant {
        let value =
            json!({"client_id": "client", "client_secret": "secret", "username": "jdo@demo", "password": "pa55"});
        PasswordGrant::read(&value).expect("a complete grant")
    }

    #[test]
    fn the_token_answer_of_the_page_is_read() {
        let body = br#"{"access_token":"607a3bbc-b5e5-42c4-9b3c-533372ac1d3e","token_type":"bearer","refresh_token":"e2a9d0c6","expires_in":30623,"scope":"all"}"#;
        let response = Response { status: 200, body: Body::Bytes(body.to_vec()), ..Response::default() };
        let token = grant().read(&response, UnixMillis(1_000)).expect("a token");
        assert_eq!(token.secret.expose(), "607a3bbc-b5e5-42c4-9b3c-533372ac1d3e");
        assert_eq!(token.expires_at, Some(UnixMillis(30_624_000)));
    }

    #[test]
    fn an_answer_without_a_token_is_an_error() {
        let response = Response { status: 200, body: Body::Bytes(b"{}".to_vec()), ..Response::default() };
        assert!(matches!(grant().read(&response, UnixMillis(0)), Err(TokenError::Unreadable(_))));
    }

    #[test]
    fn a_credential_is_a_robot_or_a_login() {
        assert!(matches!(read_credential(&json!({"robot": {"token": "b22a5ce4"}})), Ok(Credential::Fixed(_))));
        assert!(read_credential(&json!({})).is_err());
        assert!(read_credential(&json!({"password": {"username": "jdo"}})).is_err());
    }

    #[test]
    fn a_login_prints_no_password() {
        let printed = format!("{:?}", grant());
        assert!(!printed.contains("pa55") && !printed.contains("secret\""), "{printed}");
    }
}
