//! The vendor's objects as they go over the wire.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::{self, Millis};
use crate::lenient;

/// A Digital Signature Transaction.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Dst {
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) title: Option<String>,
    pub(crate) replaces: Option<String>,
    pub(crate) replaced_by: Option<String>,
    pub(crate) created_by_user: String,
    pub(crate) created_at: String,
    pub(crate) documents: Vec<Document>,
    pub(crate) published_at: Option<String>,
    pub(crate) expires_at: Option<String>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) signatures: Vec<Signature>,
    pub(crate) status: Status,
    pub(crate) error_message: Option<String>,
    pub(crate) deleted_at: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) template: bool,
    pub(crate) public_template: bool,
    pub(crate) extra_data: Map<String, Value>,
    pub(crate) visible_to: Vec<String>,
    pub(crate) cc_groups: Vec<String>,
    pub(crate) cc_users: Vec<String>,
    pub(crate) urgent: bool,
    pub(crate) updated_at: String,
}

/// The state of a transaction.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Status {
    #[default]
    Draft,
    DownloadingInDraft,
    DownloadingInPublished,
    Published,
    ToFill,
    ToSign,
    Expired,
    Signed,
    Rejected,
    Error,
}

impl Status {
    /// The status as the vendor writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::DownloadingInDraft => "downloadingInDraft",
            Status::DownloadingInPublished => "downloadingInPublished",
            Status::Published => "published",
            Status::ToFill => "toFill",
            Status::ToSign => "toSign",
            Status::Expired => "expired",
            Status::Signed => "signed",
            Status::Rejected => "rejected",
            Status::Error => "error",
        }
    }

    /// Whether signers are waited for.
    pub(crate) fn is_active(self) -> bool {
        matches!(self, Status::ToFill | Status::ToSign)
    }
}

/// One document of a transaction, with its own signature flow.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Document {
    #[serde(rename = "_instance_id")]
    pub(crate) instance_id: i64,
    pub(crate) id: i64,
    pub(crate) plain_document_uuid: Option<String>,
    pub(crate) filled_document_uuid: Option<String>,
    pub(crate) signed_document_uuid: Option<String>,
    pub(crate) status: DocumentStatus,
    pub(crate) forms: Vec<FillableForm>,
    pub(crate) signature_requests: Vec<SignatureRequest>,
    pub(crate) signer_groups: Vec<SignersGroup>,
    pub(crate) extra_data: Map<String, Value>,
}

/// The state of a document.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DocumentStatus {
    #[default]
    Plain,
    Filled,
    Signed,
}

/// A place in a document: to write in, to sign in, or to have read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct FillableForm {
    #[serde(rename = "_instance_id", deserialize_with = "lenient::integer")]
    pub(crate) instance_id: Option<i64>,
    #[serde(deserialize_with = "lenient::integer")]
    pub(crate) id: Option<i64>,
    #[serde(deserialize_with = "lenient::integer")]
    pub(crate) document_id: Option<i64>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "lenient::number")]
    pub(crate) position_x: Option<f64>,
    #[serde(deserialize_with = "lenient::number")]
    pub(crate) position_y: Option<f64>,
    #[serde(deserialize_with = "lenient::number")]
    pub(crate) width: Option<f64>,
    #[serde(deserialize_with = "lenient::number")]
    pub(crate) height: Option<f64>,
    #[serde(deserialize_with = "lenient::integer")]
    pub(crate) page: Option<i64>,
    #[serde(deserialize_with = "lenient::integer")]
    pub(crate) signer_id: Option<i64>,
    #[serde(deserialize_with = "lenient::boolean")]
    pub(crate) to_fill: bool,
    #[serde(deserialize_with = "lenient::boolean")]
    pub(crate) filled: bool,
    #[serde(deserialize_with = "lenient::boolean")]
    pub(crate) invisible: bool,
    #[serde(deserialize_with = "lenient::map")]
    pub(crate) extra_data: Map<String, Value>,
}

impl FillableForm {
    /// The signature request this form shows, given as `0` or `"0"`.
    pub(crate) fn signature_request(&self) -> Option<i64> {
        match self.extra_data.get("signatureRequestId")? {
            Value::String(text) => text.trim().parse().ok(),
            number => number.as_i64(),
        }
    }

    /// Whether someone has to write in it before the signatures start. The
    /// samples also set `toFill` on signature forms; those are signed, not filled.
    pub(crate) fn awaits_text(&self) -> bool {
        self.to_fill && !self.filled && !matches!(self.kind.as_deref(), Some("SignatureForm" | "ClauseForm"))
    }

    /// What was written in it.
    pub(crate) fn value(&self) -> Option<String> {
        match self.extra_data.get("value").or_else(|| self.extra_data.get("text"))? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }
}

/// A signature asked of one signer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SignatureRequest {
    #[serde(rename = "_instance_id", deserialize_with = "lenient::integer")]
    pub(crate) instance_id: Option<i64>,
    #[serde(deserialize_with = "lenient::integer")]
    pub(crate) id: Option<i64>,
    pub(crate) reason: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(deserialize_with = "lenient::integer")]
    pub(crate) signer_id: Option<i64>,
    pub(crate) sign_profile: Option<String>,
    #[serde(deserialize_with = "lenient::boolean")]
    pub(crate) with_timestamp: bool,
    #[serde(deserialize_with = "lenient::boolean")]
    pub(crate) declinable: bool,
    pub(crate) restrictions: Option<Vec<Value>>,
    #[serde(deserialize_with = "lenient::map")]
    pub(crate) extra_data: Map<String, Value>,
}

/// Signers who may sign in any order; the groups themselves sign in order.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SignersGroup {
    #[serde(rename = "_instance_id", deserialize_with = "lenient::integer")]
    pub(crate) instance_id: Option<i64>,
    pub(crate) label: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) signers: Vec<Signer>,
}

/// A member of the domain, an outsider, or a template's role.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Signer {
    #[serde(rename = "_instance_id", deserialize_with = "lenient::integer")]
    pub(crate) instance_id: Option<i64>,
    #[serde(deserialize_with = "lenient::integer")]
    pub(crate) id: Option<i64>,
    pub(crate) name: Option<String>,
    pub(crate) surname: Option<String>,
    pub(crate) email: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) phone: Option<String>,
    pub(crate) role: Option<String>,
    #[serde(rename = "userUUID")]
    pub(crate) user_uuid: Option<String>,
    pub(crate) template_label: Option<String>,
}

impl Signer {
    /// `Ada Lovelace`, or the best there is.
    pub(crate) fn full_name(&self) -> String {
        let names = [self.name.as_deref(), self.surname.as_deref()];
        let name = names.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        if !name.is_empty() {
            return name;
        }
        let other = self.email.as_deref().or(self.template_label.as_deref()).or(self.role.as_deref());
        other.unwrap_or("someone").to_owned()
    }
}

/// A signature given or refused.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Signature {
    #[serde(rename = "_instance_id")]
    pub(crate) instance_id: i64,
    pub(crate) document_id: i64,
    pub(crate) signature_request_id: i64,
    pub(crate) signed_at: Option<String>,
    pub(crate) declined_reason: Option<String>,
    pub(crate) status: SignatureStatus,
    pub(crate) extra_data: Map<String, Value>,
}

/// Whether a signature was given or refused.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SignatureStatus {
    #[default]
    Signed,
    Declined,
}

/// A file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) domain: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) dst_uuid: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) filename: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) size: i64,
    pub(crate) created_at: String,
    pub(crate) mimetype: String,
    pub(crate) pages: i64,
    #[serde(deserialize_with = "lenient::map")]
    pub(crate) extra_data: Map<String, Value>,
}

/// One line of the audit trail.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AuditRecord {
    #[serde(rename = "_instance_id")]
    pub(crate) instance_id: i64,
    pub(crate) at: String,
    pub(crate) event: String,
    pub(crate) signer: Option<SignerRecord>,
    pub(crate) value: Option<String>,
    pub(crate) dst_id: String,
    pub(crate) document_id: Option<i64>,
    pub(crate) fillable_form_id: Option<i64>,
    pub(crate) signature_request_id: Option<i64>,
    pub(crate) note_id: Option<i64>,
}

/// Who did something, as the audit trail keeps it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SignerRecord {
    pub(crate) name: Option<String>,
    pub(crate) surname: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) role: Option<String>,
    #[serde(rename = "userUUID")]
    pub(crate) user_uuid: Option<String>,
}

impl From<&Signer> for SignerRecord {
    fn from(signer: &Signer) -> SignerRecord {
        SignerRecord {
            name: signer.name.clone(),
            surname: signer.surname.clone(),
            email: signer.email.clone(),
            role: signer.role.clone(),
            user_uuid: signer.user_uuid.clone(),
        }
    }
}

impl Dst {
    /// A document by its id.
    pub(crate) fn document(&self, id: i64) -> Option<&Document> {
        self.documents.iter().find(|document| document.id == id)
    }

    /// A resource by its id.
    pub(crate) fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.id == id)
    }

    /// The answer to one signature request, once there is one.
    pub(crate) fn signature(&self, document: i64, request: i64) -> Option<&Signature> {
        self.signatures
            .iter()
            .find(|signature| signature.document_id == document && signature.signature_request_id == request)
    }

    /// When it expires.
    pub(crate) fn expires(&self) -> Option<Millis> {
        self.expires_at.as_deref().and_then(clock::parse)
    }

    /// A text value of `extraData`, such as `dst_urlback`.
    pub(crate) fn extra(&self, name: &str) -> Option<&str> {
        self.extra_data.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

impl Document {
    /// The newest form of the file: signed, else filled, else plain.
    pub(crate) fn current_resource(&self) -> Option<&str> {
        let newest = self.signed_document_uuid.as_ref().or(self.filled_document_uuid.as_ref());
        newest.or(self.plain_document_uuid.as_ref()).map(String::as_str)
    }

    /// The signers of every group.
    pub(crate) fn signers(&self) -> impl Iterator<Item = &Signer> {
        self.signer_groups.iter().flat_map(|group| &group.signers)
    }

    /// A signer by its id.
    pub(crate) fn signer(&self, id: Option<i64>) -> Option<&Signer> {
        self.signers().find(|signer| signer.id.is_some() && signer.id == id)
    }

    /// The index of the group a signer is in.
    pub(crate) fn group_of(&self, signer: Option<i64>) -> Option<usize> {
        self.signer_groups.iter().position(|group| group.signers.iter().any(|one| one.id.is_some() && one.id == signer))
    }

    /// A signature request by its id.
    pub(crate) fn request(&self, id: i64) -> Option<&SignatureRequest> {
        self.signature_requests.iter().find(|request| request.id == Some(id))
    }

    /// The form that shows where a signature goes.
    pub(crate) fn form_of(&self, request: i64) -> Option<&FillableForm> {
        self.forms
            .iter()
            .find(|form| form.kind.as_deref() == Some("SignatureForm") && form.signature_request() == Some(request))
    }
}
