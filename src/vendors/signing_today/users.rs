//! The users of an organization.
//! <https://developer.signing.today/v2/#:~:text=The%20User%20model>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    filter::{Filter, OrderBy},
    hidden::Hidden,
    ids::UserId,
    lenient,
    user_groups::UserGroup,
};
use crate::{
    endpoint::{Empty, endpoints},
    open_enum::open_enum,
    page::Page,
    time::Timestamp,
};

endpoints! { SIGNING_TODAY, resource "users", page "https://developer.signing.today/v2/#:~:text=The%20User%20model";
    /// Lists the users of the organization.
    ListUsers: read_many GET "/users{?$top,$skip,$count,$orderBy,$filter}" paged Offset => Page<User>;
    /// Creates a user.
    CreateUser: create_one POST "/users" takes Json => CreatedUser;
    /// Gives one user.
    GetUser: read_one GET "/user/{id}" => User;
    /// Replaces a user's data.
    UpdateUser: update_one PUT "/user/{id}" takes Json => Empty;
    /// Disables a user, or enables one again.
    DeleteUser: delete_one DELETE "/user/{id}{?enabled}" => Empty;
    /// Gives a user another role, with the capabilities that come with it.
    UpdateUserRole: assign_one PUT "/user/{id}/role{?newRole}" => Empty;
}

/// Says which users are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListUsers {
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
    /// Which ones, for example `name=="Milk"`.
    #[serde(rename = "$filter")]
    pub filter: Option<Filter>,
}

/// A new user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateUser {
    /// The user and their password.
    pub body: NewUser,
}

/// The user to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetUser {
    /// The user.
    pub id: UserId,
}

/// A user's new data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateUser {
    /// The user.
    pub id: UserId,
    /// The user as they shall be.
    pub body: User,
}

/// The user to disable or enable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteUser {
    /// The user.
    pub id: UserId,
    /// `true` enables. Default `false`.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// A user's new role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateUserRole {
    /// The user.
    pub id: UserId,
    /// The role.
    pub new_role: UserRole,
}

open_enum! {
    /// What a user may do.
    pub enum UserRole {
        /// Creates users, sees every transaction of the organization, creates and signs.
        Admin = "admin",
        /// Creates transactions and templates and signs; sees those they are involved in.
        Instructor = "instructor",
        /// Signs; sees those they are involved in.
        Signer = "signer",
    }
}

open_enum! {
    /// The languages of the vendor's application.
    pub enum Language {
        /// Italian.
        Italian = "it",
        /// English.
        English = "en",
        /// Spanish.
        Spanish = "es",
        /// French.
        French = "fr",
    }
}

open_enum! {
    /// One thing a user may do beyond their role.
    pub enum Capability {
        /// Clear passwords.
        ClearPasswords = "user.pwd.clear",
        /// Create users.
        CreateUsers = "user.create.all",
        /// See users.
        AccessUsers = "user.access.all",
        /// Delete users.
        DeleteUsers = "user.delete.all",
        /// List every transaction.
        ListDsts = "dst.list.all",
        /// Delete every transaction.
        DeleteDsts = "dst.delete.all",
        /// Create and modify transactions.
        ModifyDsts = "dst.create.modify_all",
        /// List every device.
        ListDevices = "devices.list.all",
        /// Delete every device.
        DeleteDevices = "devices.delete.all",
        /// Write the users of organizations.
        WriteOrganizationUsers = "organizations.access.write.user",
    }
}

/// The id of a new user.
///
/// The page shows a list of one id, its older schema a bare one; both are read as a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CreatedUser(#[serde(deserialize_with = "lenient::texts")] pub Vec<String>);

impl CreatedUser {
    /// The new user's id.
    pub fn id(&self) -> Option<UserId> {
        self.0.first().map(|id| UserId::from(id.as_str()))
    }
}

/// A user to create.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewUser {
    /// The user.
    pub user: User,
    /// The password for the web interface. Without one the user gets a mail with a link to set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Hidden>,
}

/// A user of an organization, a person or a robot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct User {
    /// The user's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<UserId>,
    /// The name they log in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The organization they belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Their language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Phone number with its country code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What they may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<UserRole>,
    /// Their groups. A group named as signer means that all its members must sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<UserGroup>>,
    /// What they may do in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<Capability>>,
    /// Who created them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
    /// When they were created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When they were deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Whether it is a robot that signs by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic: Option<bool>,
    /// Data of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_data: Option<Map<String, Value>>,
    /// Data that templates can use, for example `taxNumber`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_data: Option<Map<String, Value>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
