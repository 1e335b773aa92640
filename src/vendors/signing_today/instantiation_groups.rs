//! Instantiation groups: the transactions made from a template and a file with one row for each.
//! <https://developer.signing.today/v2/#:~:text=Retrieve%20DSTs%20instantiated%20by%20file>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    filter::OrderBy,
    ids::{DstId, InstantiationGroupId, UserId},
};
use crate::{
    endpoint::{Bytes, FilePart, Multipart, endpoints},
    page::Page,
    time::Timestamp,
};

endpoints! { SIGNING_TODAY, resource "instantiation_groups", page "https://developer.signing.today/v2/#:~:text=Retrieve%20DSTs%20instantiated%20by%20file";
    /// Lists the groups of transactions that were made from files.
    ListInstantiationGroups: read_many GET "/DSTs/byFile{?userId,$top,$skip,$count,$orderBy}" paged Offset => Page<InstantiationGroup>;
    /// Makes transactions from a template and a CSV or XLSX file.
    InstantiateDstByFile: instantiate_many POST "/DST/{id}/instantiate/byFile{?publish}" takes Multipart => InstantiatedGroup;
    /// Downloads all files of a group's transactions as one zip archive.
    DownloadInstantiationGroup: download_many GET "/DSTs/instantiationGroup/{id}/resources" => Bytes;
}

/// Says which groups are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListInstantiationGroups {
    /// Whose groups. Default: the current user's.
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
}

/// A template and the file that fills it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstantiateDstByFile {
    /// The template.
    pub id: DstId,
    /// Whether the transactions start at once.
    #[serde(default)]
    pub publish: Option<bool>,
    /// The file.
    pub body: InstancesFile,
}

/// The group to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadInstantiationGroup {
    /// The group.
    pub id: InstantiationGroupId,
}

/// A file with one row for each transaction. The page does not say what a row holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InstancesFile {
    /// The file, CSV or XLSX.
    #[serde(skip)]
    pub file: FilePart,
    /// A title for the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Tags in place of the template's, sent as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

impl Multipart for InstancesFile {
    fn files(&self) -> Vec<FilePart> {
        vec![FilePart { field: "file", ..self.file.clone() }]
    }
}

/// What was made from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstantiatedGroup {
    /// The group, if the vendor made one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instantiation_group: Option<InstantiationGroupId>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The new transactions.
    #[serde(rename = "dstIDs", skip_serializing_if = "Option::is_none")]
    pub dst_ids: Option<Vec<DstId>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A group and how far its transactions are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InstantiationGroup {
    /// The group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instantiation_group_id: Option<InstantiationGroupId>,
    /// The template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_id: Option<DstId>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated_at: Option<Timestamp>,
    /// How many transactions it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_size: Option<i64>,
    /// How many are signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_state_signed: Option<i64>,
    /// How many failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_state_error: Option<i64>,
    /// How many were rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_state_rejected: Option<i64>,
    /// How many expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_state_expired: Option<i64>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
