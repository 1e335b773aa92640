//! Signing Today by Bit4id: digital signature transactions (DSTs), signed in a signature tray.
//! <https://developer.signing.today/v2/>

use serde_json::Value;

use super::Vendor;
use crate::{
    error::{ErrorBody, ErrorDetail},
    event::EventFacts,
};

pub mod devices;
pub mod dst_audit;
pub mod dst_documents;
pub mod dst_notes;
pub mod dsts;
pub mod filter;
pub mod hidden;
pub mod identities;
pub mod identity_appearances;
pub mod ids;
pub mod instantiation_groups;
mod lenient;
pub mod notifications;
pub mod passwords;
pub mod push_tokens;
pub mod resources;
pub mod robot_configurations;
pub mod robot_dsts;
pub mod robot_tokens;
pub mod service_configurations;
pub mod sessions;
pub mod tokens;
pub mod user_groups;
pub mod users;
pub mod webhooks;

/// Signing Today. Page: API v2.4.0 of 2021-01-27.
pub static VENDOR: Vendor = Vendor {
    name: super::SIGNING_TODAY,
    title: "Signing Today",
    doc: "https://developer.signing.today/v2/",
    resources: &[
        dsts::OPERATIONS,
        dst_notes::OPERATIONS,
        dst_audit::OPERATIONS,
        instantiation_groups::OPERATIONS,
        resources::OPERATIONS,
        robot_dsts::OPERATIONS,
        robot_tokens::OPERATIONS,
        robot_configurations::OPERATIONS,
        users::OPERATIONS,
        user_groups::OPERATIONS,
        identities::OPERATIONS,
        identity_appearances::OPERATIONS,
        devices::OPERATIONS,
        notifications::OPERATIONS,
        push_tokens::OPERATIONS,
        sessions::OPERATIONS,
        passwords::OPERATIONS,
        tokens::OPERATIONS,
        service_configurations::OPERATIONS,
    ],
    guarded: &["tokens", "robot_tokens", "robot_configurations", "passwords", "sessions"],
    read_error,
    read_credential: tokens::read_credential,
    read_event,
    unreadable_event: "com.signingtoday.unreadable",
};

/// Reads the three error bodies in use: one `{code, message, target}`, an array of them (400),
/// and OAuth's `{error, error_description}` at the token endpoint.
fn read_error(body: &[u8]) -> ErrorBody {
    match serde_json::from_slice(body) {
        Ok(Value::Array(entries)) => {
            let details: Vec<_> = entries.iter().map(detail).collect();
            let first = details.first().cloned().unwrap_or_default();
            ErrorBody { code: first.code, message: first.message, details }
        }
        Ok(entry @ Value::Object(_)) => {
            let only = detail(&entry);
            let details = if only.target.is_some() { vec![only.clone()] } else { Vec::new() };
            ErrorBody { code: only.code, message: only.message, details }
        }
        _ => ErrorBody::default(),
    }
}

fn detail(entry: &Value) -> ErrorDetail {
    let text = |names: [&str; 2]| {
        let value = names.iter().find_map(|name| entry.get(name))?;
        value.as_str().map(str::to_owned)
    };
    ErrorDetail {
        code: text(["code", "error"]),
        message: text(["message", "error_description"]),
        target: text(["target", "target"]),
    }
}

/// Tells the two payloads apart by the type of `dst`: a text for the whole transaction, an object for one signature.
fn read_event(payload: &Value) -> EventFacts {
    let (noun, subject) = match payload.get("dst") {
        Some(Value::String(id)) => ("dst", Some(id.clone())),
        Some(dst @ Value::Object(_)) => ("signature", dst.get("id").and_then(Value::as_str).map(str::to_owned)),
        _ => ("notice", None),
    };
    let status = payload.get("status").and_then(Value::as_str).filter(|status| is_word(status));
    EventFacts { event_type: format!("com.signingtoday.{noun}.{}", status.unwrap_or("unknown")), subject, time: None }
}

// A status becomes part of the event's type, so it must be one.
fn is_word(status: &str) -> bool {
    !status.is_empty() && status.len() <= 40 && status.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_bad_request_lists_every_field() {
        let body =
            br#"[{"code":"BadArgument","message":"too young","target":"age"},{"code":"Missing","target":"name"}]"#;
        let error = read_error(body);
        assert_eq!(error.code.as_deref(), Some("BadArgument"));
        assert_eq!(error.details.len(), 2);
        assert_eq!(error.details[1].target.as_deref(), Some("name"));
    }

    #[test]
    fn an_oauth_error_is_read_too() {
        let error = read_error(br#"{"error":"invalid_grant","error_description":"Bad credentials"}"#);
        assert_eq!(error.code.as_deref(), Some("invalid_grant"));
        assert_eq!(error.message.as_deref(), Some("Bad credentials"));
    }

    #[test]
    fn what_is_no_json_is_no_error_body() {
        assert_eq!(read_error(b"<html>502</html>"), ErrorBody::default());
    }

    #[test]
    fn the_two_payloads_are_told_apart_by_the_type_of_dst() {
        let whole = read_event(&json!({"status": "toSign", "dst": "20b772dc", "reason": null}));
        assert_eq!(whole.event_type, "com.signingtoday.dst.toSign");
        assert_eq!(whole.subject.as_deref(), Some("20b772dc"));
        let one = read_event(&json!({"status": "performed", "dst": {"id": "20b772dc", "title": "Sales"}}));
        assert_eq!(one.event_type, "com.signingtoday.signature.performed");
        assert_eq!(one.subject.as_deref(), Some("20b772dc"));
    }

    #[test]
    fn an_unheard_of_payload_is_an_event_all_the_same() {
        let facts = read_event(&json!({"hello": "world", "status": "a b"}));
        assert_eq!(facts.event_type, "com.signingtoday.notice.unknown");
        assert_eq!(facts.subject, None);
    }
}
