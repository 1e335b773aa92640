//! `POST /oauth/token`: the password grant. Failures are documented nowhere;
//! they are RFC 6749's, as the look of the vendor's tokens suggests.

use serde_json::json;

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::clock::Millis;
use crate::settings::Settings;

use super::accounts;
use super::store::Store;

/// Gives a token for a user's name and password.
pub(crate) fn token(store: &Store, settings: &Settings, call: &Call, now: Millis) -> Outcome {
    let client = call.basic();
    if client != Some((settings.client_id.clone(), settings.client_secret.clone())) {
        return Err(refuse(401, "invalid_client", "Bad client credentials")
            .with("www-authenticate", "Basic realm=\"signing-today\""));
    }
    let form =
        call.form().map_err(|_| refuse(400, "invalid_request", "the body is neither multipart nor urlencoded"))?;
    match form.text("grant_type").as_deref() {
        Some("password") => {}
        None => return Err(refuse(400, "invalid_request", "grant_type is missing")),
        Some(_) => return Err(refuse(400, "unsupported_grant_type", "the only grant is password")),
    }
    let (Some(username), Some(password)) = (form.text("username"), form.text("password")) else {
        return Err(refuse(400, "invalid_request", "username and password are required"));
    };
    let Some(user) = accounts::log_in(store, &username, &password)? else {
        return Err(refuse(400, "invalid_grant", "Bad credentials"));
    };
    let lifetime = lifetime(store, settings)?;
    let token = crate::runtime::uuid();
    accounts::keep_token(store, &token, &user.id, Some(now + lifetime * 1000))?;
    let answer = json!({
        "access_token": token,
        "token_type": "bearer",
        "refresh_token": crate::runtime::uuid(),
        "expires_in": lifetime,
        "scope": "all",
    });
    Ok(Answer::json(200, &answer).with("cache-control", "no-store"))
}

/// Seconds a new token lives.
pub(crate) fn lifetime(store: &Store, settings: &Settings) -> Result<i64, Answer> {
    let changed = store.setting("token_lifetime_seconds")?;
    Ok(changed.and_then(|seconds| seconds.parse().ok()).unwrap_or(settings.token_lifetime))
}

fn refuse(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({ "error": error, "error_description": description })).with("cache-control", "no-store")
}
