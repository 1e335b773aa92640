//! Groups of users, who are asked to sign together.
//! <https://developer.signing.today/v2/#:~:text=Retrieve%20UserGroups>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::filter::{Filter, OrderBy};
use crate::{
    endpoint::{Empty, endpoints},
    page::Page,
};

endpoints! { SIGNING_TODAY, resource "user_groups", page "https://developer.signing.today/v2/#:~:text=Retrieve%20UserGroups";
    /// Lists the groups of the organization.
    ListUserGroups: read_many GET "/users/groups{?$top,$skip,$count,$orderBy,$filter}" paged Offset => Page<UserGroup>;
    /// Creates groups.
    CreateUserGroups: create_many POST "/users/groups" takes Json => Empty;
}

/// Says which groups are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListUserGroups {
    /// How many to give, after `$skip`.
    #[serde(rename = "$top")]
    pub top: Option<i64>,
    /// How many to leave out from the beginning.
    #[serde(rename = "$skip")]
    pub skip: Option<i64>,
    /// Whether to count all of them.
    #[serde(rename = "$count")]
    pub count: Option<bool>,
    /// In which order, for example `name,desc`.
    #[serde(rename = "$orderBy")]
    pub order_by: Option<OrderBy>,
    /// Which ones, for example `name=="Marketing"`.
    #[serde(rename = "$filter")]
    pub filter: Option<Filter>,
}

/// New groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateUserGroups {
    /// The groups.
    pub body: Vec<UserGroup>,
}

/// A group of users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserGroup {
    /// The group's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The organization it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
