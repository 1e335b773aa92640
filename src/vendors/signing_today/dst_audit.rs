//! The audit trail of a transaction: who did what, and when.
//! <https://developer.signing.today/v2/#:~:text=/DST/%7Bid%7D/audit>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ids::{DstId, UserId};
use crate::{endpoint::endpoints, open_enum::open_enum, time::Timestamp};

endpoints! { SIGNING_TODAY, resource "dst_audit", page "https://developer.signing.today/v2/#:~:text=/DST/%7Bid%7D/audit";
    /// Lists what happened to a transaction.
    ListAuditRecords: read_many GET "/DST/{id}/audit" => Vec<AuditRecord>;
}

/// Names the transaction whose trail is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAuditRecords {
    /// The transaction.
    pub id: DstId,
}

open_enum! {
    /// What happened.
    pub enum AuditEvent {
        /// The transaction was published.
        Published = "event_published",
        /// A form was filled.
        FormFill = "event_form_fill",
        /// A signature was made.
        Signature = "event_signature",
        /// A signer declined.
        Rejection = "event_rejection",
        /// The transaction was replaced.
        Replacement = "event_replacement",
        /// A note was added.
        NoteAdd = "event_note_add",
        /// A note was changed.
        NoteModify = "event_note_modify",
        /// A note was deleted.
        NoteDelete = "event_note_delete",
        /// Signers were reminded.
        Solicitation = "event_solicitation",
        /// Forms now wait to be filled.
        ToFill = "stage_to_fill",
        /// Signatures now wait to be made.
        ToSign = "stage_to_sign",
        /// The transaction expired.
        Expired = "stage_expired",
        /// Every signature is made.
        Signed = "stage_signed",
        /// The transaction is rejected.
        Rejected = "stage_rejected",
        /// The documents were copied to the organization's archive.
        UploadAlfresco = "event_upload_alfresco",
    }
}

/// One entry of the audit trail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuditRecord {
    /// The vendor's internal number.
    #[serde(rename = "_instance_id", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<AuditEvent>,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<SignerRecord>,
    /// The vendor's own sentence about it. The page's sample is in Italian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_id: Option<DstId>,
    /// The document it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<i64>,
    /// The form it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fillable_form_id: Option<i64>,
    /// The signature request it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_request_id: Option<i64>,
    /// The note it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_id: Option<i64>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A person as the audit trail remembers them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignerRecord {
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The part they played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The user, if they are a member of the domain.
    #[serde(rename = "userUUID", skip_serializing_if = "Option::is_none")]
    pub user_uuid: Option<UserId>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
