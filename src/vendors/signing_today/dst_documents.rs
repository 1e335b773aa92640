//! The documents of a transaction: what is filled and signed in them, where, by whom and in which order.
//! <https://developer.signing.today/v2/#:~:text=The%20documents%20field%20is%20an%20array>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    ids::{ResourceId, UserId},
    lenient,
};
use crate::{open_enum::open_enum, time::Timestamp};

open_enum! {
    /// How far a document is.
    pub enum DocumentStatus {
        /// As it was uploaded.
        Plain = "plain",
        /// Every form is filled.
        Filled = "filled",
        /// Every signature is made.
        Signed = "signed",
    }
}

open_enum! {
    /// What a form is.
    pub enum FormType {
        /// Text to be filled in before the signing starts; it may stay empty if it is not mandatory.
        TextForm = "TextForm",
        /// The place of a signature.
        SignatureForm = "SignatureForm",
        /// A part to be read and understood before a signature; it belongs to a signature form.
        ClauseForm = "ClauseForm",
    }
}

open_enum! {
    /// The format of a signature.
    pub enum SignProfile {
        /// A signature around a file of any kind.
        Cades = "CAdES",
        /// A signature within a PDF.
        Pades = "PAdES",
    }
}

open_enum! {
    /// What a signer did.
    pub enum SignatureStatus {
        /// They signed.
        Signed = "signed",
        /// They declined.
        Declined = "declined",
    }
}

/// A document of a transaction, with its forms and its sign plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Document {
    /// The vendor's internal number.
    #[serde(rename = "_instance_id", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,
    /// The document's number within the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The file as it was uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plain_document_uuid: Option<ResourceId>,
    /// The file with every form filled; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filled_document_uuid: Option<ResourceId>,
    /// The file with every signature; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_document_uuid: Option<ResourceId>,
    /// How far the document is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<DocumentStatus>,
    /// What can be filled and where signatures appear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forms: Option<Vec<FillableForm>>,
    /// The signatures asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_requests: Option<Vec<SignatureRequest>>,
    /// The sign plan: groups sign one after the other, the members of a group in any order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer_groups: Option<Vec<SignersGroup>>,
    /// Data of the application, in JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Map<String, Value>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A place in a document that is filled or signed.
///
/// The page prints positions and sizes as text (`"100.00"`); both forms are read, numbers are sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FillableForm {
    /// The vendor's internal number.
    #[serde(rename = "_instance_id", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,
    /// The form's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The document it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<i64>,
    /// What it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub form_type: Option<FormType>,
    /// Horizontal position, in percent of the page.
    #[serde(deserialize_with = "lenient::number", skip_serializing_if = "Option::is_none")]
    pub position_x: Option<f64>,
    /// Vertical position, in percent of the page.
    #[serde(deserialize_with = "lenient::number", skip_serializing_if = "Option::is_none")]
    pub position_y: Option<f64>,
    /// Width, in percent of the page.
    #[serde(deserialize_with = "lenient::number", skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// Height, in percent of the page.
    #[serde(deserialize_with = "lenient::number", skip_serializing_if = "Option::is_none")]
    pub height: Option<f64>,
    /// The page it lies on.
    #[serde(deserialize_with = "lenient::integer", skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// The signer, by their `id` in the sign plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer_id: Option<i64>,
    /// Whether the user has to fill it; `false` for a signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_fill: Option<bool>,
    /// Whether it has been filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filled: Option<bool>,
    /// Whether its appearance is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invisible: Option<bool>,
    /// `signatureRequestId` ties a signature form to its signature request; the page shows it as number and as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Map<String, Value>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A signature asked of one signer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignatureRequest {
    /// The vendor's internal number.
    #[serde(rename = "_instance_id", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,
    /// The request's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Why the signer signs, for example `As the Buyer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// A description for the signer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The signer, by their `id` in the sign plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer_id: Option<i64>,
    /// The signature's format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_profile: Option<SignProfile>,
    /// Whether a time stamp is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_timestamp: Option<bool>,
    /// Whether the signer may decline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declinable: Option<bool>,
    /// What the signer's certificate must satisfy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restrictions: Option<Vec<SignatureRestriction>>,
    /// `sign_urlback`: where the signer goes after signing; null keeps them in the tray, nothing sends them to the
    /// vendor's own application. In answers also `st_uuid` and `st_signatureTicketUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Map<String, Value>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl SignatureRequest {
    /// The signature ticket: the address of the tray where the signer signs without a login.
    // The page's printed output says `st_signatureTicketUrl`, its samples say `st_ticketUrl`.
    pub fn ticket_url(&self) -> Option<&str> {
        let extra = self.extra_data.as_ref()?;
        ["st_signatureTicketUrl", "st_ticketUrl"].into_iter().find_map(|name| extra.get(name)?.as_str())
    }
}

/// A condition on the certificate of a signature. The page documents no values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignatureRestriction {
    /// What is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How it is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// What it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Signers who may sign at the same time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignersGroup {
    /// The vendor's internal number.
    #[serde(rename = "_instance_id", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,
    /// The group's name, for example `Group 1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signers: Option<Vec<Signer>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Somebody who signs.
///
/// A member of the domain is named by `user_uuid` or by `email`; name, surname and phone then only override theirs.
/// Somebody from outside needs name, surname, email and phone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Signer {
    /// The vendor's internal number.
    #[serde(rename = "_instance_id", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,
    /// The number that forms and signature requests point to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Where the invitation goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number with its country code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The part they play, for example `Approver`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// A member of the domain.
    #[serde(rename = "userUUID", skip_serializing_if = "Option::is_none")]
    pub user_uuid: Option<UserId>,
    /// The role in the template that this signer took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_label: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A signature that was made or declined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Signature {
    /// The vendor's internal number.
    #[serde(rename = "_instance_id", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,
    /// The document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<i64>,
    /// The request it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_request_id: Option<i64>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Why the signer declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declined_reason: Option<String>,
    /// What the signer did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<SignatureStatus>,
    /// `st_uuid`: the vendor's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Map<String, Value>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_takes_numbers_as_text_and_gives_numbers() {
        let form: FillableForm = serde_json::from_value(json!({"positionX": "100.00", "width": 10.1, "page": "1"}))
            .expect("the page's sample");
        let sent = serde_json::to_value(&form).expect("a form");
        assert_eq!(sent, json!({"positionX": 100.0, "width": 10.1, "page": 1}));
    }

    #[test]
    fn a_ticket_is_found_under_both_names() {
        for name in ["st_signatureTicketUrl", "st_ticketUrl"] {
            let request: SignatureRequest =
                serde_json::from_value(json!({"extraData": {name: "https://web.example/std/1/signature"}}))
                    .expect("a signature request");
            assert_eq!(request.ticket_url(), Some("https://web.example/std/1/signature"));
        }
    }
}
