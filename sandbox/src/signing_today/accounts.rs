//! Users, robots and the tokens they hold.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use worker::Result;

use crate::answer::{Answer, forbidden, unauthorized};
use crate::call::Call;
use crate::clock::{self, Millis};
use crate::lenient;
use crate::settings::Settings;

use super::store::{Store, bind};

/// A user, as the vendor's API shows it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) domain: String,
    pub(crate) language: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) surname: Option<String>,
    pub(crate) email: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) phone: Option<String>,
    pub(crate) role: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) groups: Vec<Value>,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) capabilities: Vec<String>,
    pub(crate) created_by: Option<String>,
    pub(crate) created_at: Option<String>,
    pub(crate) deleted_at: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    pub(crate) automatic: bool,
    #[serde(deserialize_with = "lenient::map")]
    pub(crate) extra_data: Map<String, Value>,
    #[serde(deserialize_with = "lenient::map")]
    pub(crate) template_data: Map<String, Value>,
}

impl User {
    /// `jdo@demo`, the name used to log in.
    pub(crate) fn login(&self) -> String {
        format!("{}@{}", self.username, self.domain)
    }

    /// Whether the user sees and may change everything in the domain.
    pub(crate) fn is_admin(&self) -> bool {
        self.role.as_deref() == Some("admin")
    }

    /// Refuses those who may only sign.
    pub(crate) fn require_author(&self) -> std::result::Result<(), Answer> {
        match self.role.as_deref() {
            Some("admin" | "instructor") => Ok(()),
            _ => Err(forbidden("a signer may only sign")),
        }
    }

    /// Refuses all but administrators.
    pub(crate) fn require_admin(&self) -> std::result::Result<(), Answer> {
        if self.is_admin() { Ok(()) } else { Err(forbidden("only an admin may do this")) }
    }
}

/// Who is calling: the user behind the bearer token.
pub(crate) fn authenticate(store: &Store, call: &Call, now: Millis) -> std::result::Result<User, Answer> {
    #[derive(Deserialize)]
    struct Row {
        user: String,
        expires: Option<i64>,
    }
    let Some(token) = call.bearer() else { return Err(unauthorized("authentication was not provided")) };
    let row: Option<Row> = store.row("SELECT user, expires FROM token WHERE token = ?", bind![token])?;
    let Some(row) = row else { return Err(unauthorized("the token is invalid")) };
    if row.expires.is_some_and(|at| at <= now) {
        return Err(unauthorized("the token has expired"));
    }
    let user = find(store, &row.user)?;
    user.filter(|user| user.deleted_at.is_none()).ok_or_else(|| unauthorized("the account is disabled"))
}

/// A user by id.
pub(crate) fn find(store: &Store, id: &str) -> Result<Option<User>> {
    Ok(store.bodies("SELECT body FROM user WHERE id = ?", bind![id])?.into_iter().next())
}

/// A user by `username` and `domain`.
pub(crate) fn named(store: &Store, username: &str, domain: &str) -> Result<Option<User>> {
    Ok(store
        .bodies("SELECT body FROM user WHERE username = ? AND domain = ?", bind![username, domain])?
        .into_iter()
        .next())
}

/// An enabled member of a domain by e-mail address.
pub(crate) fn member(store: &Store, email: &str, domain: &str) -> Result<Option<User>> {
    let query = "SELECT body FROM user WHERE lower(email) = lower(?) AND domain = ? AND enabled = 1 AND robot = 0";
    Ok(store.bodies(query, bind![email, domain])?.into_iter().next())
}

/// The user of a login, if the password is right.
pub(crate) fn log_in(store: &Store, login: &str, password: &str) -> Result<Option<User>> {
    let Some((username, domain)) = login.rsplit_once('@') else { return Ok(None) };
    let Some(user) = named(store, username, domain)? else { return Ok(None) };
    let found = store.bodies(
        "SELECT body FROM user WHERE id = ? AND password = ? AND enabled = 1",
        bind![user.id.as_str(), digest(&user.id, password)],
    )?;
    Ok(found.into_iter().next())
}

/// Keeps a user. A password that is not given stays as it is.
pub(crate) fn save(store: &Store, user: &User, password: Option<&str>, robot: bool) -> Result<()> {
    store.run(
        "INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET username = excluded.username, \
         domain = excluded.domain, email = excluded.email, password = coalesce(excluded.password, password), \
         enabled = excluded.enabled, body = excluded.body",
        bind![
            user.id.as_str(),
            user.username.as_str(),
            user.domain.as_str(),
            user.email.clone(),
            password.map(|password| digest(&user.id, password)),
            i64::from(robot),
            i64::from(user.deleted_at.is_none()),
            serde_json::to_string(user)?
        ],
    )
}

/// Keeps a token; one without an expiry lives until it is deleted.
pub(crate) fn keep_token(store: &Store, token: &str, user: &str, expires: Option<Millis>) -> Result<()> {
    store.run("INSERT OR REPLACE INTO token VALUES (?, ?, ?)", bind![token, user, expires])
}

/// A user's lifetime token.
pub(crate) fn lifetime_token(store: &Store, user: &str) -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct Row {
        token: String,
    }
    let row: Option<Row> = store.row("SELECT token FROM token WHERE user = ? AND expires IS NULL", bind![user])?;
    Ok(row.map(|row| row.token))
}

/// Fills an empty store with the demo domain.
pub(crate) fn seed(store: &Store, settings: &Settings, now: Millis) -> Result<()> {
    let at = Some(clock::rfc3339(now));
    let (username, domain) = settings.username.split_once('@').unwrap_or((&settings.username, "demo"));
    let people = [
        (JOHN, username, "John", "Doe", "jdo@example.com", "admin"),
        (ADA, "ada", "Ada", "Lovelace", "ada@demo.example", "instructor"),
        (GRACE, "grace", "Grace", "Hopper", "grace@demo.example", "signer"),
        (LINUS, "linus", "Linus", "Pauling", "linus@demo.example", "signer"),
    ];
    for (id, username, name, surname, email, role) in people {
        let user = User {
            id: id.into(),
            username: username.into(),
            domain: domain.into(),
            language: Some("en".into()),
            name: Some(name.into()),
            surname: Some(surname.into()),
            email: Some(email.into()),
            role: Some(role.into()),
            created_at: at.clone(),
            ..User::default()
        };
        save(store, &user, Some(&settings.password), false)?;
    }
    let (robot_name, robot_domain) = settings.robot.split_once('@').unwrap_or((&settings.robot, domain));
    let robot = User {
        id: ROBOT.into(),
        username: robot_name.into(),
        domain: robot_domain.into(),
        language: Some("en".into()),
        name: Some("Contracts".into()),
        role: Some("instructor".into()),
        created_at: at,
        ..User::default()
    };
    save(store, &robot, None, true)?;
    keep_token(store, &settings.robot_token, ROBOT, None)?;
    let configuration = json!({
        "requestHeaders": settings.webhook_headers,
        "authentication": { "username": settings.webhook_username, "password": settings.webhook_password, "authMode": "basic" },
        "webhooks": { "dst": settings.webhook_url },
    });
    store.run("INSERT OR REPLACE INTO configuration VALUES (?, ?)", bind![ROBOT, configuration.to_string()])?;
    for group in ["Partners", "Sales"] {
        store.run("INSERT OR IGNORE INTO user_group (name, domain) VALUES (?, ?)", bind![group, domain])?;
    }
    Ok(())
}

fn digest(salt: &str, password: &str) -> String {
    let digest = Sha256::digest(format!("{salt}:{password}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

const JOHN: &str = "0a99b1c9-d9d3-4c5b-8322-3006cd4e99dc";
const ADA: &str = "5938c7c8-4085-46eb-b824-7ef4f1e151af";
const GRACE: &str = "a845e772-cb45-466f-9c02-d9dd06afa36e";
const LINUS: &str = "737dc132-a3f0-41e9-a2a3-2a2ae2dbcce4";
const ROBOT: &str = "c0a3a2f4-6d0b-4f4e-9b53-2f0c1d5b7e11";
