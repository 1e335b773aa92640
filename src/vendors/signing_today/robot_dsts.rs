//! Transactions made in one call by an application's service account (robot).
//! <https://developer.signing.today/v2/#:~:text=Create%20a%20new%20DST%20in%20one%20call>

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    dst_documents::{FillableForm, SignatureRequest, SignersGroup},
    dsts::Dst,
    ids::{DstId, UserId},
    lenient,
    resources::ResourceType,
};
use crate::{endpoint::endpoints, open_enum::open_enum, time::Timestamp};

endpoints! { SIGNING_TODAY, resource "robot_dsts", page "https://developer.signing.today/v2/#:~:text=Create%20a%20new%20DST%20in%20one%20call";
    /// Creates a transaction with its documents, forms and signers, and starts it if asked.
    CreateRobotDst: create_one POST "/robot/DSTs" takes Json => Dst;
    /// Makes a transaction from a template, with signers for its roles.
    // The page's quick start prints `/robot/{TEMPLATE-ID}/instantiate`; its list of operations, followed here, does not.
    InstantiateRobotDst: instantiate_one POST "/robot/DST/{id}/instantiate" takes Json => Dst;
}

/// A transaction to create.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateRobotDst {
    /// The transaction.
    pub body: NewDst,
}

/// A template and what is filled into it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstantiateRobotDst {
    /// The template.
    pub id: DstId,
    /// Changes and signers.
    pub body: TemplateInstance,
}

open_enum! {
    /// What becomes of a new transaction.
    pub enum NewDstStatus {
        /// It is kept, to be changed and published later.
        Draft = "draft",
        /// It starts, and the first signers are told.
        Published = "published",
    }
}

open_enum! {
    /// Where a document comes from.
    pub enum SourceType {
        /// Out of the request itself.
        Embedded = "Embedded",
        /// From an address.
        Url = "URL",
    }
}

/// A transaction to create in one call (`CreateDigitalSignatureTransaction`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NewDst {
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documents: Option<Vec<NewDocument>>,
    /// Whether it starts at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<NewDstStatus>,
    /// When it expires. The organization's default is 30 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Whether it is a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<bool>,
    /// Whether it is a template for everybody who may create transactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_template: Option<bool>,
    /// The groups that are kept informed, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cc_groups: Option<Vec<String>>,
    /// The users who are kept informed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cc_users: Option<Vec<UserId>>,
    /// Whether it is flagged as urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent: Option<bool>,
    /// `email_disabled`: true sends no mail; `dst_urlback`: where the last signer goes, null keeps them in the tray.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Map<String, Value>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A document to create.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NewDocument {
    /// Its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<NewResource>,
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

/// The file of a document to create.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NewResource {
    /// Its name once downloaded, with the extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// What it is: `PDF_Document`. A list of one is read too, as an older schema has it; one text is sent.
    #[serde(deserialize_with = "lenient::one", skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<ResourceType>,
    /// Its title in the signature tray.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where its content comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<DocumentSource>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Where the content of a document comes from. [`DocumentSource::embedded`] and [`DocumentSource::url`] write it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DocumentSource {
    /// Which of the two it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub source_type: Option<SourceType>,
    /// The content in base64, for `Embedded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedded_data: Option<String>,
    /// The address, for `URL`. The vendor fetches it with the robot's own headers and login.
    #[serde(rename = "sourceURL", skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl DocumentSource {
    /// A document that travels in the request.
    pub fn embedded(content: &[u8]) -> Self {
        Self {
            source_type: Some(SourceType::Embedded),
            embedded_data: Some(Base64::encode_string(content)),
            ..Self::default()
        }
    }

    /// A document the vendor fetches.
    pub fn url(address: impl Into<String>) -> Self {
        Self { source_type: Some(SourceType::Url), source_url: Some(address.into()), ..Self::default() }
    }
}

/// What a transaction differs in from its template (`InstantiateDSTTemplate`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TemplateInstance {
    /// Changes to the template's own data, for example the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_patches: Option<NewDst>,
    /// Who takes which role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles_mapping: Option<Vec<RoleMapping>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A role of the template and the signer who takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleMapping {
    /// The role, spelled as in the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_name: Option<String>,
    /// The signer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<SignerInstance>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The signer who takes a role.
///
/// A member of the domain is named by `user_uuid` or by `email`; somebody from outside needs name, surname, email and
/// phone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SignerInstance {
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
    /// A member of the domain.
    #[serde(rename = "userUUID", skip_serializing_if = "Option::is_none")]
    pub user_uuid: Option<UserId>,
    /// The part they play. Only the page's quick start sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_source_names_its_kind() {
        let embedded = serde_json::to_value(DocumentSource::embedded(b"%PDF-1.4")).expect("a source");
        assert_eq!(embedded, json!({"type": "Embedded", "embeddedData": "JVBERi0xLjQ="}));
        let url = serde_json::to_value(DocumentSource::url("http://files.example/sample.pdf")).expect("a source");
        assert_eq!(url, json!({"type": "URL", "sourceURL": "http://files.example/sample.pdf"}));
    }

    #[test]
    fn a_resource_type_in_a_list_is_sent_as_one_text() {
        let resource: NewResource =
            serde_json::from_value(json!({"resourceType": ["PDF_Document"]})).expect("the older schema's form");
        assert_eq!(serde_json::to_value(resource).expect("a resource"), json!({"resourceType": "PDF_Document"}));
    }
}
