//! The notifications a user finds in the vendor's application. Not the webhooks: see [`super::webhooks`].
//! <https://developer.signing.today/v2/#:~:text=The%20Notifications%20APIs%20set>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ids::{DstId, UserId};
use crate::{
    endpoint::{Empty, endpoints},
    open_enum::open_enum,
    page::Page,
    time::Timestamp,
};

endpoints! { SIGNING_TODAY, resource "notifications", page "https://developer.signing.today/v2/#:~:text=The%20Notifications%20APIs%20set";
    /// Lists the current user's notifications, newest first.
    ListNotifications: read_many GET "/notifications/dsts{?$top,$skip,$count}" paged Offset => Page<Notification>;
    /// Marks all notifications about a transaction as seen.
    DeleteNotifications: delete_many DELETE "/notifications/dst/{id}" => Empty;
}

/// Says which notifications are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListNotifications {
    /// How many to give, after `$skip`.
    #[serde(rename = "$top")]
    pub top: Option<i64>,
    /// How many to leave out from the beginning.
    #[serde(rename = "$skip")]
    pub skip: Option<i64>,
    /// Whether to count all of them.
    #[serde(rename = "$count")]
    pub count: Option<bool>,
}

/// The transaction whose notifications were seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteNotifications {
    /// The transaction.
    pub id: DstId,
}

open_enum! {
    /// What a notification is about.
    pub enum NotificationEvent {
        /// The transaction was published.
        Published = "dst_status_published",
        /// It expired.
        Expired = "dst_status_expired",
        /// It was rejected.
        Rejected = "dst_status_rejected",
        /// Every signature is made.
        Signed = "dst_status_signed",
        /// Something failed.
        Error = "dst_status_error",
        /// A form waits for the user.
        Fill = "dst_alert_fill",
        /// A signature waits for the user.
        Sign = "dst_alert_sign",
        /// A note was added.
        NoteAdded = "dst_alert_note_added",
        /// A note was changed.
        NoteModified = "dst_alert_note_modified",
        /// A note was deleted.
        NoteDeleted = "dst_alert_note_deleted",
    }
}

/// A notification for a user (`NotificationEvent`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Notification {
    /// The notification's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The transaction it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_id: Option<DstId>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The transaction's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_title: Option<String>,
    /// The name of the user it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The mail address of the user it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<NotificationEvent>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
