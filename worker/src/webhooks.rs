//! Receiving webhooks: proved first, read second, stored before the answer.

use base64ct::{Base64, Encoding};
use countersign::{
    event::EventFacts,
    http::Headers,
    time::{Timestamp, UnixMillis},
    webhook::{self, Delivery},
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    config::Connection,
    problem::{Kind, Problem},
};

/// The largest delivery, in bytes.
pub const MAX_BODY: u64 = 1024 * 1024;

/// A proved delivery, ready to be stored: the CloudEvent without its sequence number, and the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Received {
    /// The event's id.
    pub id: String,
    /// The event's source.
    pub source: String,
    /// The event's type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What it happened to.
    pub subject: Option<String>,
    /// When it happened, or else when it arrived.
    pub time: Timestamp,
    /// `application/json`, or `None` if the body is something else.
    pub datacontenttype: Option<&'static str>,
    /// The header fields as evidence, without those that carry a secret.
    pub headers: Vec<(String, String)>,
}

/// Proves a delivery and reads what it says about itself.
///
/// # Errors
///
/// The delivery proves nothing. Every cause gives the same answer.
pub fn receive(
    name: &str,
    connection: &Connection,
    headers: &Headers,
    body: &[u8],
    now: UnixMillis,
) -> Result<Received, Problem> {
    webhook::verify(Delivery { headers, body }, &connection.webhook)
        .map_err(|_| Problem::new(Kind::UNVERIFIED, "the delivery does not prove that it comes from the vendor"))?;
    let source = format!("/connections/{name}");
    let payload: Option<Value> = serde_json::from_slice(body).ok();
    let facts = match &payload {
        Some(payload) => (connection.vendor.read_event)(payload),
        None => EventFacts { event_type: connection.vendor.unreadable_event.to_owned(), ..EventFacts::default() },
    };
    Ok(Received {
        id: webhook::body_id(&source, body),
        source,
        event_type: facts.event_type,
        subject: facts.subject,
        time: facts.time.unwrap_or_else(|| now.into()),
        datacontenttype: payload.map(|_| "application/json"),
        headers: evidence(connection, headers),
    })
}

fn evidence(connection: &Connection, headers: &Headers) -> Vec<(String, String)> {
    let configured = connection.webhook.headers.iter().map(|header| header.name.as_str());
    let secret: Vec<_> = ["authorization", "cookie"].into_iter().chain(configured).collect();
    let is_secret = |name: &str| secret.iter().any(|secret| secret.eq_ignore_ascii_case(name));
    headers.iter().filter(|(name, _)| !is_secret(name)).map(|(name, value)| (name.into(), value.into())).collect()
}

/// Writes a stored event as CloudEvents JSON. The vendor's payload goes in as it came.
pub fn write_event(received: &StoredEvent<'_>, into: &mut String) {
    let envelope = serde_json::json!({
        "specversion": "1.0",
        "id": received.id,
        "source": received.source,
        "type": received.event_type,
        "time": received.time,
        "sequence": received.sequence,
    });
    into.push_str(envelope.to_string().trim_end_matches('}'));
    let mut member = |name: &str, json: &str| {
        into.push_str(",\"");
        into.push_str(name);
        into.push_str("\":");
        into.push_str(json);
    };
    if let Some(subject) = received.subject {
        member("subject", &Value::from(subject).to_string());
    }
    match (received.is_json, std::str::from_utf8(received.body)) {
        (true, Ok(json)) => {
            member("datacontenttype", "\"application/json\"");
            member("data", json);
        }
        _ => member("data_base64", &Value::from(Base64::encode_string(received.body)).to_string()),
    }
    into.push('}');
}

/// An event as the inbox keeps it.
#[derive(Clone, Copy, Debug)]
pub struct StoredEvent<'e> {
    /// Its place.
    pub sequence: u64,
    /// Its id.
    pub id: &'e str,
    /// Its source.
    pub source: &'e str,
    /// Its type.
    pub event_type: &'e str,
    /// What it happened to.
    pub subject: Option<&'e str>,
    /// When it happened.
    pub time: &'e str,
    /// Whether the body is JSON.
    pub is_json: bool,
    /// The vendor's payload, untouched.
    pub body: &'e [u8],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, tests::environment};
    use countersign::event::CloudEvent;

    const NOW: UnixMillis = UnixMillis::from_seconds(1_700_000_000);

    fn received(key: &str, body: &str) -> Result<Received, Problem> {
        let config = Config::read(&environment()).expect("a configuration");
        let headers: Headers = [("x-key", key), ("authorization", "Basic x"), ("x-try", "2")].into_iter().collect();
        receive("acme-signing", &config.connections["acme-signing"], &headers, body.as_bytes(), NOW)
    }

    #[test]
    fn a_proved_delivery_becomes_an_event() {
        let event = received("k3y", r#"{"status":"toSign","dst":"20b772dc","reason":null}"#).expect("an event");
        assert_eq!(event.event_type, "com.signingtoday.dst.toSign");
        assert_eq!(event.subject.as_deref(), Some("20b772dc"));
        assert_eq!(event.time.instant(), Some(NOW));
        assert_eq!(event.source, "/connections/acme-signing");
        assert_eq!(event.headers, [("x-try".to_owned(), "2".to_owned())], "no secret is kept");
    }

    #[test]
    fn a_delivery_without_proof_is_refused_before_it_is_read() {
        assert_eq!(received("wrong", "{}").expect_err("a refusal").kind, Kind::UNVERIFIED);
    }

    #[test]
    fn a_proved_delivery_that_is_no_json_is_kept_all_the_same() {
        let event = received("k3y", "not json").expect("an event");
        assert_eq!(event.event_type, "com.signingtoday.unreadable");
        assert_eq!(event.datacontenttype, None);
    }

    #[test]
    fn a_stored_event_is_written_as_a_cloud_event_with_its_payload_untouched() {
        let payload = r#"{"status": "toSign",  "dst":"20b772dc", "n": 1.10}"#;
        let stored = StoredEvent {
            sequence: 7,
            id: "e1",
            source: "/connections/acme-signing",
            event_type: "com.signingtoday.dst.toSign",
            subject: Some("a\"b"),
            time: "2026-11-22T00:00:00.000Z",
            is_json: true,
            body: payload.as_bytes(),
        };
        let mut json = String::new();
        write_event(&stored, &mut json);
        assert!(json.contains(payload));
        let event: CloudEvent = serde_json::from_str(&json).expect("a CloudEvent");
        assert_eq!((event.sequence, event.subject.as_deref()), (7, Some("a\"b")));
    }

    #[test]
    fn a_payload_that_is_no_json_travels_in_base64() {
        let stored = StoredEvent {
            sequence: 1,
            id: "e",
            source: "s",
            event_type: "t",
            subject: None,
            time: "2026-11-22T00:00:00Z",
            is_json: false,
            body: b"\xff\x00",
        };
        let mut json = String::new();
        write_event(&stored, &mut json);
        let event: CloudEvent = serde_json::from_str(&json).expect("a CloudEvent");
        assert_eq!(event.data_base64.as_deref(), Some("/wA="));
    }
}
