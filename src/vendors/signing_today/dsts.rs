//! Digital signature transactions (DSTs): documents, who signs them, where and in which order.
//! <https://developer.signing.today/v2/#:~:text=The%20Digital%20Signature%20Transaction%20model>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    dst_documents::{Document, FillableForm, Signature},
    filter::{Filter, OrderBy},
    ids::{DstId, UserId},
    resources::Resource,
};
use crate::{
    endpoint::{Empty, FilePart, Multipart, endpoints},
    open_enum::open_enum,
    page::Page,
    time::Timestamp,
};

endpoints! { SIGNING_TODAY, resource "dsts", page "https://developer.signing.today/v2/#:~:text=The%20Digital%20Signature%20Transaction%20model";
    /// Lists the transactions of the organization, or its templates.
    ListDsts: read_many GET "/DSTs{?template,userId,$top,$skip,$count,$orderBy,$filter}" paged Offset => Page<Dst>;
    /// Creates a transaction in draft; files are added one by one afterwards.
    CreateDst: create_one POST "/DSTs" takes Json => Dst;
    /// Creates a template from a file.
    CreateTemplateByFile: import_one POST "/DSTs/byFile" takes Multipart => Dst;
    /// Gives one transaction with all that is known about it.
    GetDst: read_one GET "/DST/{id}" => Dst;
    /// Replaces a transaction's data.
    UpdateDst: update_one PUT "/DST/{id}" takes Json => Dst;
    /// Marks a transaction as deleted; it disappears from the lists but stays in the vendor's database.
    DeleteDst: delete_one DELETE "/DST/{id}" => Empty;
    /// Starts a transaction: it becomes published and goes on to be filled and signed by itself.
    PublishDst: publish_one POST "/DST/{id}/publish" => Dst;
    /// Reminds everybody who has not filled or signed yet.
    NotifyDst: notify_one POST "/DST/{id}/notify" => Empty;
    /// Takes a published template back to draft, so that it can be changed.
    ModifyDst: modify_one POST "/DST/{id}/modify" => Dst;
    /// Makes a transaction from a template.
    InstantiateDst: instantiate_one POST "/DST/{id}/instantiate" => Dst;
    /// Makes a new template from a transaction; so far only published templates can be taken.
    TemplatizeDst: templatize_one POST "/DST/{id}/templatize" => Dst;
    /// Makes a new transaction, in draft, in place of a rejected one.
    ReplaceDst: replace_one POST "/DST/{id}/replace" => Dst;
    /// Makes a copy of a transaction.
    CloneDst: clone_one POST "/DST/{id}/clone" => Dst;
    /// Fills one form of a transaction.
    FillDst: fill_one PATCH "/DST/{id}/fill" takes Json => Dst;
    /// Exchanges the places of two documents.
    SwapDocuments: swap_one POST "/DST/{id}/doc/{docId}/swap{?targetDocId}" => Dst;
    /// Gives the address where the current user performs a signature.
    GetSigningAddress: sign_one GET "/DST/{id}/sign/{docId}/{signId}" => SigningAddress;
}

/// Says which transactions are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListDsts {
    /// `true` lists templates, `false` what was made from them or without one. Default `false`.
    pub template: Option<bool>,
    /// Whose transactions. Default: the current user's.
    pub user_id: Option<UserId>,
    /// How many to give, after `$skip`.
    #[serde(rename = "$top")]
    pub top: Option<i64>,
    /// How many to leave out from the beginning.
    #[serde(rename = "$skip")]
    pub skip: Option<i64>,
    /// Whether to count all of them.
    #[serde(rename = "$count")]
    pub count: Option<bool>,
    /// In which order, for example `updatedAt,desc`.
    #[serde(rename = "$orderBy")]
    pub order_by: Option<OrderBy>,
    /// Which ones, for example `title=="Sales"`.
    #[serde(rename = "$filter")]
    pub filter: Option<Filter>,
}

/// A new transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateDst {
    /// The transaction. With `template` it is a template, with `publicTemplate` everybody who may create can use it.
    pub body: Dst,
}

/// A new template and the file it is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateTemplateByFile {
    /// The file.
    pub body: TemplateFile,
}

/// A file that describes a template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateFile {
    /// The file; the page's sample is a CSV.
    #[serde(skip)]
    pub file: FilePart,
}

impl Multipart for TemplateFile {
    fn files(&self) -> Vec<FilePart> {
        vec![FilePart { field: "file", ..self.file.clone() }]
    }
}

/// The transaction to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetDst {
    /// The transaction.
    pub id: DstId,
}

/// A transaction's new data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateDst {
    /// The transaction.
    pub id: DstId,
    /// The transaction as it shall be.
    pub body: Dst,
}

/// The transaction to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteDst {
    /// The transaction.
    pub id: DstId,
}

/// The transaction to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishDst {
    /// The transaction.
    pub id: DstId,
}

/// The transaction whose signers are reminded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyDst {
    /// The transaction.
    pub id: DstId,
}

/// The template to take back to draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyDst {
    /// The template.
    pub id: DstId,
}

/// The template to make a transaction from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstantiateDst {
    /// The template.
    pub id: DstId,
}

/// The transaction to make a template from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatizeDst {
    /// The transaction.
    pub id: DstId,
}

/// The rejected transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaceDst {
    /// The transaction.
    pub id: DstId,
}

/// The transaction to copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloneDst {
    /// The transaction.
    pub id: DstId,
}

/// A filled form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FillDst {
    /// The transaction.
    pub id: DstId,
    /// The form as it shall be.
    pub body: FillableForm,
}

/// The documents that exchange places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SwapDocuments {
    /// The transaction.
    pub id: DstId,
    /// One document's number.
    pub doc_id: i64,
    /// The other document's number.
    pub target_doc_id: i64,
}

/// The signature to perform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetSigningAddress {
    /// The transaction.
    pub id: DstId,
    /// The document's number.
    pub doc_id: i64,
    /// The signature request's number.
    pub sign_id: i64,
}

/// Where a signature is performed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SigningAddress {
    /// The address of the signature tray.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

open_enum! {
    /// How far a transaction is.
    pub enum DstStatus {
        /// Being prepared.
        Draft = "draft",
        /// In draft; the vendor fetches the documents named by URL.
        DownloadingInDraft = "downloadingInDraft",
        /// To be published; the vendor fetches the documents named by URL.
        DownloadingInPublished = "downloadingInPublished",
        /// Started.
        Published = "published",
        /// Forms wait to be filled.
        ToFill = "toFill",
        /// Signatures wait to be made.
        ToSign = "toSign",
        /// Its time ran out.
        Expired = "expired",
        /// Every signature is made.
        Signed = "signed",
        /// A signer declined.
        Rejected = "rejected",
        /// Something failed; `error_message` says what.
        Error = "error",
    }
}

/// A digital signature transaction, or a template of one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Dst {
    /// The transaction's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<DstId>,
    /// The organization it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The transaction it replaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<DstId>,
    /// The transaction that replaced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<DstId>,
    /// Who created it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by_user: Option<UserId>,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Its documents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documents: Option<Vec<Document>>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Timestamp>,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Its files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<Resource>>,
    /// The signatures made or declined so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Vec<Signature>>,
    /// How far it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<DstStatus>,
    /// What failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Whether it is a template. The page's field table says "made from a template"; its text and its lists say this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<bool>,
    /// Whether it is a template for everybody who may create transactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_template: Option<bool>,
    /// `email_disabled`: true sends no mail; `dst_urlback`: where the last signer goes. In answers also `st_uuid`,
    /// `st_status` and `user_action`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Map<String, Value>>,
    /// The users who can see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visible_to: Option<Vec<UserId>>,
    /// The groups that are kept informed, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cc_groups: Option<Vec<String>>,
    /// The users who are kept informed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cc_users: Option<Vec<UserId>>,
    /// Whether it is flagged as urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgent: Option<bool>,
    /// When it last changed, for example by a signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
