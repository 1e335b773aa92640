//! The notices a robot's webhook receives.
//!
//! The page does not describe them; these are the two payloads of the vendor's older schema. Nothing in them proves
//! where they come from: a receiver checks the headers and the login of the robot's configuration.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{dst_documents::FillableForm, ids::DstId};
use crate::open_enum::open_enum;

open_enum! {
    /// What became of a transaction. The words differ from [`super::dsts::DstStatus`]: complete is `performed`.
    pub enum DstNotice {
        /// Forms now wait to be filled.
        ToFill = "toFill",
        /// Signatures now wait to be made.
        ToSign = "toSign",
        /// Its time ran out.
        Expired = "expired",
        /// Every signature is made.
        Performed = "performed",
        /// Something failed.
        Error = "error",
    }
}

open_enum! {
    /// What became of one signature or form.
    pub enum SignatureNotice {
        /// It waits for its signer.
        Pending = "pending",
        /// It is done.
        Performed = "performed",
        /// Its time ran out.
        Expired = "expired",
        /// Something failed.
        Error = "error",
        /// Its signer declined.
        Declined = "declined",
    }
}

open_enum! {
    /// What a signer was to do.
    pub enum SignerAction {
        /// Fill a form.
        Fill = "fill",
        /// Sign.
        Sign = "sign",
    }
}

/// A notice about a whole transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DstStatusChanged {
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<DstNotice>,
    /// The transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst: Option<DstId>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Fields the schema does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A notice about one signature or form of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignatureStatusChanged {
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<SignatureNotice>,
    /// The place of its signer's group in the sign plan, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<i64>,
    /// What was to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<SignerAction>,
    /// The transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst: Option<DstSummary>,
    /// The form, if one was filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fillable_form: Option<FillableForm>,
    /// The signature request's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<i64>,
    /// The signer, for example `jdo@demo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentSummary>,
    /// Whether a robot signs by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic: Option<bool>,
    /// The page of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// Fields the schema does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A transaction in a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DstSummary {
    /// The transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<DstId>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Fields the schema does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A document in a notice. Only here the vendor writes names with underscores.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentSummary {
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Its place among the documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
    /// Fields the schema does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A notice of either kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// About a whole transaction.
    Dst(Box<DstStatusChanged>),
    /// About one signature or form.
    Signature(Box<SignatureStatusChanged>),
}

impl Notice {
    /// Reads a payload; `None` if it is neither of the two.
    // They have no field that names the kind: `dst` is a text in one and an object in the other.
    pub fn read(payload: &Value) -> Option<Self> {
        match payload.get("dst")? {
            Value::String(_) => DstStatusChanged::deserialize(payload).ok().map(Box::new).map(Self::Dst),
            Value::Object(_) => SignatureStatusChanged::deserialize(payload).ok().map(Box::new).map(Self::Signature),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_as_dst_is_a_notice_about_the_transaction() {
        let payload = json!({"status": "toSign", "dst": "20b772dc-5ec2-4ae0-9c06-95238d40c6bc", "reason": null});
        let Some(Notice::Dst(notice)) = Notice::read(&payload) else { panic!("a notice about a transaction") };
        assert_eq!(notice.status, Some(DstNotice::ToSign));
        assert_eq!(notice.dst, Some(DstId::from("20b772dc-5ec2-4ae0-9c06-95238d40c6bc")));
        assert_eq!(notice.reason, None);
    }

    #[test]
    fn an_object_as_dst_is_a_notice_about_a_signature() {
        let payload = json!({
            "status": "performed", "group": 0, "action": "sign",
            "dst": {"id": "20b772dc-5ec2-4ae0-9c06-95238d40c6bc", "title": "Sales"},
            "signature": 1, "signer": "jdo@demo",
            "document": {"display_name": "Contract", "id": 0, "order": 0},
            "automatic": false, "page": 1,
        });
        let Some(Notice::Signature(notice)) = Notice::read(&payload) else { panic!("a notice about a signature") };
        assert_eq!(notice.status, Some(SignatureNotice::Performed));
        assert_eq!(notice.action, Some(SignerAction::Sign));
        assert_eq!(serde_json::to_value(&notice).expect("a notice"), payload);
    }

    #[test]
    fn what_is_neither_is_no_notice() {
        for payload in [json!({}), json!({"dst": 7}), json!([]), json!({"dst": "20b772dc", "status": 7})] {
            assert_eq!(Notice::read(&payload), None, "{payload}");
        }
    }
}
