//! Events: every notice from every vendor as one CloudEvents 1.0 object.
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;

/// A stored event. `id` and `source` name it once and for all; `sequence` is its place in the connection's inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// Always `1.0`.
    pub specversion: String,
    /// Stable across channels and repeated deliveries.
    pub id: String,
    /// `/connections/<name>`.
    pub source: String,
    /// The vendor's reverse domain name, its resource and what happened.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The id of what it happened to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// When the vendor says it happened, or else when it arrived.
    pub time: Timestamp,
    /// The media type of `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datacontenttype: Option<String>,
    /// The arrival number: 1, 2, 3, … within the connection.
    pub sequence: u64,
    /// The vendor's payload, untouched, if it is JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// The vendor's payload in base64, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_base64: Option<String>,
}

/// What a vendor's payload says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFacts {
    /// The event's type.
    pub event_type: String,
    /// The id of what it happened to.
    pub subject: Option<String>,
    /// When it happened, if the payload says so.
    pub time: Option<Timestamp>,
}
