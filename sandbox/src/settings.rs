//! The sandbox's public demo constants, from the variables of `wrangler.toml`.

use std::collections::BTreeMap;

use worker::Env;

/// What the sandbox starts with.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Seconds an access token lives; a control route may change it.
    pub(crate) token_lifetime: i64,
    /// `user@domain` and the password of every demo member.
    pub(crate) username: String,
    pub(crate) password: String,
    /// `robot@domain` and its lifetime token.
    pub(crate) robot: String,
    pub(crate) robot_token: String,
    pub(crate) webhook_url: String,
    pub(crate) webhook_headers: BTreeMap<String, Vec<String>>,
    pub(crate) webhook_username: String,
    pub(crate) webhook_password: String,
}

impl Settings {
    /// Reads the variables; what is missing is empty, and then simply never matches.
    pub(crate) fn read(env: &Env) -> Settings {
        let text = |name: &str| env.var(name).map(|value| value.to_string()).unwrap_or_default();
        Settings {
            client_id: text("OAUTH_CLIENT_ID"),
            client_secret: text("OAUTH_CLIENT_SECRET"),
            token_lifetime: text("TOKEN_LIFETIME_SECONDS").parse().unwrap_or(30_623),
            username: text("DEMO_USERNAME"),
            password: text("DEMO_PASSWORD"),
            robot: text("ROBOT_USERNAME"),
            robot_token: text("ROBOT_TOKEN"),
            webhook_url: text("WEBHOOK_URL"),
            webhook_headers: serde_json::from_str(&text("WEBHOOK_HEADERS")).unwrap_or_default(),
            webhook_username: text("WEBHOOK_USERNAME"),
            webhook_password: text("WEBHOOK_PASSWORD"),
        }
    }
}
