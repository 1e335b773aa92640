//! The picture that an identity shows in its signatures.
//! <https://developer.signing.today/v2/#:~:text=Download%20an%20identity%20appearance%20resource>

use serde::{Deserialize, Serialize};

use super::{
    ids::{IdentityId, UserId},
    resources::{Resource, ResourceType},
};
use crate::endpoint::{Bytes, Empty, FilePart, Multipart, endpoints};

endpoints! { SIGNING_TODAY, resource "identity_appearances", page "https://developer.signing.today/v2/#:~:text=Download%20an%20identity%20appearance%20resource";
    /// Downloads the appearance of an identity.
    DownloadAppearance: download_one GET "/user/{id}/identity/{identity-id}/appearance" => Bytes;
    /// Gives an identity an appearance.
    AddAppearance: create_one POST "/user/{id}/identity/{identity-id}/appearance" takes Multipart => Resource;
    /// Deletes the appearance of an identity.
    DeleteAppearance: delete_one DELETE "/user/{id}/identity/{identity-id}/appearance" => Empty;
}

/// The identity whose appearance is downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadAppearance {
    /// The user.
    pub id: UserId,
    /// The identity.
    #[serde(rename = "identity-id")]
    pub identity_id: IdentityId,
}

/// An identity's new appearance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddAppearance {
    /// The user.
    pub id: UserId,
    /// The identity.
    #[serde(rename = "identity-id")]
    pub identity_id: IdentityId,
    /// The picture or PDF.
    pub body: AppearanceUpload,
}

/// The identity whose appearance is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteAppearance {
    /// The user.
    pub id: UserId,
    /// The identity.
    #[serde(rename = "identity-id")]
    pub identity_id: IdentityId,
}

/// A picture or PDF to show in signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppearanceUpload {
    /// The file.
    #[serde(skip)]
    pub file: FilePart,
    /// Its name, with the extension.
    pub filename: String,
    /// What it is.
    pub resource_type: ResourceType,
    /// A title for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

impl Multipart for AppearanceUpload {
    fn files(&self) -> Vec<FilePart> {
        vec![FilePart { field: "file", ..self.file.clone() }]
    }
}
