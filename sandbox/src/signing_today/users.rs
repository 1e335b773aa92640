//! Users, groups, identities, and the user who is logged in.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Outcome, bad_argument, conflict, forbidden, not_found};
use crate::call::Call;
use crate::{clock, runtime};

use super::accounts::{self, User};
use super::desk::{self, Desk};
use super::store::bind;

#[derive(Debug, Deserialize)]
struct CreateUserInput {
    user: User,
    password: Option<String>,
}

/// `GET /users`.
pub(crate) fn list(desk: &Desk, call: &Call) -> Outcome {
    desk.user.require_author()?;
    let users: Vec<Value> =
        desk.store.bodies("SELECT body FROM user WHERE domain = ? ORDER BY rowid", bind![desk.user.domain.as_str()])?;
    desk::list(call, users)
}

/// `POST /users`: answers the new user's id, in a list of one as the page shows.
pub(crate) fn create(desk: &Desk, call: &Call) -> Outcome {
    desk.user.require_admin()?;
    let CreateUserInput { mut user, password } = call.json()?;
    if user.username.trim().is_empty() {
        return Err(bad_argument("user.username", "the username is missing"));
    }
    check_role(user.role.as_deref(), "user.role")?;
    user.id = runtime::uuid();
    user.domain.clone_from(&desk.user.domain);
    user.role.get_or_insert_with(|| "signer".into());
    user.language.get_or_insert_with(|| "en".into());
    user.created_by = Some(desk.user.id.clone());
    user.created_at = Some(clock::rfc3339(desk.now));
    user.deleted_at = None;
    if accounts::named(desk.store, &user.username, &user.domain)?.is_some() {
        return Err(bad_argument("user.username", "the username is taken"));
    }
    accounts::save(desk.store, &user, password.as_deref(), user.automatic)?;
    Ok(Answer::json(201, &json!([user.id])))
}

/// `GET /user/{id}`.
pub(crate) fn get(desk: &Desk, call: &Call) -> Outcome {
    Ok(Answer::json(200, &find(desk, call)?))
}

/// `PUT /user/{id}`: oneself, or anyone for an admin. The role has a call of its own.
pub(crate) fn update(desk: &Desk, call: &Call) -> Outcome {
    let old = find(desk, call)?;
    if old.id != desk.user.id {
        desk.user.require_admin()?;
    }
    let sent: User = call.json()?;
    let user = User {
        language: sent.language.or(old.language),
        name: sent.name.or(old.name),
        surname: sent.surname.or(old.surname),
        email: sent.email.or(old.email),
        phone: sent.phone.or(old.phone),
        groups: if sent.groups.is_empty() { old.groups } else { sent.groups },
        extra_data: if sent.extra_data.is_empty() { old.extra_data } else { sent.extra_data },
        template_data: if sent.template_data.is_empty() { old.template_data } else { sent.template_data },
        ..old
    };
    accounts::save(desk.store, &user, None, false)?;
    Ok(Answer::empty(204))
}

/// `DELETE /user/{id}?enabled=`: disables, or enables again.
pub(crate) fn enable(desk: &Desk, call: &Call) -> Outcome {
    desk.user.require_admin()?;
    let mut user = find(desk, call)?;
    let enabled = call.flag("enabled")?.unwrap_or(false);
    if user.id == desk.user.id && !enabled {
        return Err(forbidden("nobody may disable their own account"));
    }
    user.deleted_at = (!enabled).then(|| clock::rfc3339(desk.now));
    accounts::save(desk.store, &user, None, false)?;
    Ok(Answer::empty(204))
}

/// `PUT /user/{id}/role?newRole=`.
pub(crate) fn set_role(desk: &Desk, call: &Call) -> Outcome {
    desk.user.require_admin()?;
    let mut user = find(desk, call)?;
    let role = call.required_query("newRole")?;
    check_role(Some(role), "newRole")?;
    if user.deleted_at.is_some() {
        return Err(conflict("the account is disabled"));
    }
    user.role = Some(role.to_owned());
    accounts::save(desk.store, &user, None, false)?;
    Ok(Answer::empty(204))
}

/// `GET /user/{id}/identities`: everyone has one demo identity.
pub(crate) fn identities(desk: &Desk, call: &Call) -> Outcome {
    let user = find(desk, call)?;
    let name = [user.name.as_deref(), user.surname.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Ok(Answer::json(
        200,
        &json!([{
            "id": user.id,
            "actions": {},
            "provider": "sandbox",
            "providerType": "remote",
            "label": format!("{name} (demo identity)"),
            "subjectCommonName": name,
            "issuerCommonName": "Countersign Sandbox CA",
            "expireDate": "2035-01-01T00:00:00Z",
            "rawCertificate": null,
            "appearance": null,
            "providerData": null,
            "valid": user.deleted_at.is_none(),
            "tags": null,
        }]),
    ))
}

/// `GET /users/groups`.
pub(crate) fn list_groups(desk: &Desk, call: &Call) -> Outcome {
    #[derive(Deserialize, serde::Serialize)]
    struct Group {
        id: i64,
        name: String,
        domain: String,
    }
    let query = "SELECT id, name, domain FROM user_group WHERE domain = ? ORDER BY id";
    let groups: Vec<Group> = desk.store.rows(query, bind![desk.user.domain.as_str()])?;
    desk::list(call, groups.iter().map(|group| json!(group)).collect())
}

/// `POST /users/groups`: takes a bare list.
pub(crate) fn create_groups(desk: &Desk, call: &Call) -> Outcome {
    #[derive(Deserialize)]
    struct GroupInput {
        name: Option<String>,
    }
    desk.user.require_admin()?;
    let groups: Vec<GroupInput> = call.json()?;
    let names: Vec<String> =
        groups.into_iter().filter_map(|group| group.name).filter(|name| !name.trim().is_empty()).collect();
    if names.is_empty() {
        return Err(bad_argument("[0].name", "a group needs a name"));
    }
    for name in names {
        desk.store.run(
            "INSERT OR IGNORE INTO user_group (name, domain) VALUES (?, ?)",
            bind![name, desk.user.domain.as_str()],
        )?;
    }
    Ok(Answer::empty(204))
}

/// `GET /auth/user`.
pub(crate) fn current(desk: &Desk, _: &Call) -> Outcome {
    Ok(Answer::json(200, &desk.user))
}

/// `GET /auth/logout`: ends the session's token; a lifetime token is not a session.
pub(crate) fn log_out(desk: &Desk, call: &Call) -> Outcome {
    desk.store
        .run("DELETE FROM token WHERE token = ? AND expires IS NOT NULL", bind![call.bearer().unwrap_or_default()])?;
    Ok(Answer::empty(204))
}

fn find(desk: &Desk, call: &Call) -> Result<User, Answer> {
    let user = accounts::find(desk.store, call.parameter("id"))?;
    user.filter(|user| user.domain == desk.user.domain).ok_or_else(not_found)
}

fn check_role(role: Option<&str>, target: &str) -> Result<(), Answer> {
    match role {
        None | Some("admin" | "instructor" | "signer") => Ok(()),
        Some(other) => Err(bad_argument(target, format!("{other:?} is not admin, instructor or signer"))),
    }
}
