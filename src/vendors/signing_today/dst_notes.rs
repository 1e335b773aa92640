//! Notes attached to a digital signature transaction.
//! <https://developer.signing.today/v2/#:~:text=The%20DSTNote%20model>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ids::{DstId, UserId};
use crate::{
    endpoint::{Empty, endpoints},
    time::Timestamp,
};

endpoints! { SIGNING_TODAY, resource "dst_notes", page "https://developer.signing.today/v2/#:~:text=The%20DSTNote%20model";
    /// Lists the notes of a transaction.
    ListNotes: read_many GET "/DST/{id}/note" => Vec<Note>;
    /// Adds a note to a transaction.
    CreateNote: create_one POST "/DST/{id}/note" takes Json => Note;
    /// Replaces a note's text.
    UpdateNote: update_one PUT "/DST/{id}/note/{noteId}" takes Json => Note;
    /// Deletes a note.
    DeleteNote: delete_one DELETE "/DST/{id}/note/{noteId}" => Empty;
}

/// Names the transaction whose notes are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListNotes {
    /// The transaction.
    pub id: DstId,
}

/// A new note and its transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateNote {
    /// The transaction.
    pub id: DstId,
    /// The note; only `text` is read.
    pub body: Note,
}

/// A note's new text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateNote {
    /// The transaction.
    pub id: DstId,
    /// The note.
    pub note_id: i64,
    /// The note as it shall be.
    pub body: Note,
}

/// The note to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteNote {
    /// The transaction.
    pub id: DstId,
    /// The note.
    pub note_id: i64,
}

/// A note (`DSTNote`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Note {
    /// The note's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The transaction it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_id: Option<DstId>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// When it was written; the page shows `2018-12-19 09:26:03.478039`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
