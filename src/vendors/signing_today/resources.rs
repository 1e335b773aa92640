//! The files of transactions: upload, download, previews.
//! <https://developer.signing.today/v2/#:~:text=The%20Resources%20APIs%20set>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    dsts::Dst,
    ids::{DstId, ResourceId},
};
use crate::{
    endpoint::{Bytes, Empty, FilePart, Multipart, endpoints},
    open_enum::open_enum,
    time::Timestamp,
};

endpoints! { SIGNING_TODAY, resource "resources", page "https://developer.signing.today/v2/#:~:text=The%20Resources%20APIs%20set";
    /// Downloads a file.
    DownloadResource: download_one GET "/resource/{id}" => Bytes;
    /// Replaces a file's description; the content stays.
    UpdateResource: update_one PUT "/resource/{id}" takes Json => Empty;
    /// Deletes a file and gives its transaction.
    DeleteResource: delete_one DELETE "/DST/resource/{id}" => Dst;
    /// Replaces the file of a document.
    ReplaceDocumentResource: replace_one POST "/DST/{id}/doc/{docId}/resource" takes Multipart => Dst;
    /// Downloads all files of a transaction as one zip archive.
    DownloadDstResources: download_many GET "/DST/{id}/resources" => Bytes;
    /// Adds a file to a transaction.
    AddResource: create_one PATCH "/DST/{id}/resources" takes Multipart => Dst;
    /// Gives a picture of one page of a PDF.
    GetThumbnail: preview_one GET "/pdfResource/{id}/thumbs{?page,width}" => Bytes;
}

/// The file to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadResource {
    /// The file.
    pub id: ResourceId,
}

/// A file's new description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateResource {
    /// The file.
    pub id: ResourceId,
    /// The description as it shall be.
    pub body: Resource,
}

/// The file to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteResource {
    /// The file.
    pub id: ResourceId,
}

/// A document's new file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceDocumentResource {
    /// The transaction.
    pub id: DstId,
    /// The document's number.
    pub doc_id: i64,
    /// The file and what is done with the old one.
    pub body: DocumentUpload,
}

/// The transaction whose files are downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadDstResources {
    /// The transaction.
    pub id: DstId,
}

/// A new file of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddResource {
    /// The transaction.
    pub id: DstId,
    /// The file.
    pub body: ResourceUpload,
}

/// The page to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetThumbnail {
    /// The PDF.
    pub id: ResourceId,
    /// The page's number.
    pub page: i64,
    /// The picture's width in pixels.
    #[serde(default)]
    pub width: Option<i64>,
}

open_enum! {
    /// What an uploaded file is.
    pub enum ResourceType {
        /// A PDF.
        PdfDocument = "PDF_Document",
        /// A picture; only for the appearance of a signature.
        Image = "Image",
    }
}

open_enum! {
    /// What becomes of the file a document had.
    pub enum ResourceAction {
        /// The new file takes its place.
        Replace = "replace",
        /// It is copied first, then replaced.
        CloneAndReplace = "clone_and_replace",
    }
}

/// A file to add to a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceUpload {
    /// The file.
    #[serde(skip)]
    pub file: FilePart,
    /// Its name, with the extension.
    pub filename: String,
    /// What it is; the page allows only `PDF_Document`.
    pub resource_type: ResourceType,
    /// A title for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Data of the application, sent as JSON text. `toSign` says whether the file is to be signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Map<String, Value>>,
}

impl Multipart for ResourceUpload {
    fn files(&self) -> Vec<FilePart> {
        vec![FilePart { field: "file", ..self.file.clone() }]
    }
}

/// A file to replace that of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentUpload {
    /// The file.
    #[serde(skip)]
    pub file: FilePart,
    /// Its name, with the extension.
    pub filename: String,
    /// What it is; the page allows only `PDF_Document`.
    pub resource_type: ResourceType,
    /// A title for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What becomes of the old file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_type: Option<ResourceAction>,
}

impl Multipart for DocumentUpload {
    fn files(&self) -> Vec<FilePart> {
        vec![FilePart { field: "file", ..self.file.clone() }]
    }
}

/// A file's description (`LFResource`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Resource {
    /// The file's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ResourceId>,
    /// The organization it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// What it is. The page says `PDFResource` in one place and shows `PDF_Document` in another.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// The transaction it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_uuid: Option<DstId>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its name, with the extension.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// When it was uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mimetype: Option<String>,
    /// How many pages it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<i64>,
    /// `toSign` says whether it is to be signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Map<String, Value>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
