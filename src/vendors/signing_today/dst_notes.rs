//! Notes attached to a digital signature transaction.
//! <https://developer.signing.today/v2/#:~:text=/DST/%7Bid%7D/note>

use serde::{Deserialize, Serialize};

use crate::{
    endpoint::{Empty, endpoints},
    time::Timestamp,
};

endpoints! { SIGNING_TODAY, resource "dst_notes", page "https://developer.signing.today/v2/#:~:text=/DST/%7Bid%7D/note";
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListNotes {
    /// The transaction.
    pub id: String,
}

/// A new note and its transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateNote {
    /// The transaction.
    pub id: String,
    /// The note; only `text` is read.
    pub body: Note,
}

/// A note's new text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateNote {
    /// The transaction.
    pub id: String,
    /// The note.
    pub note_id: i64,
    /// The note as it shall be.
    pub body: Note,
}

/// The note to delete.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteNote {
    /// The transaction.
    pub id: String,
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
    pub dst_id: Option<String>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// When it was written; the page shows `2018-12-19 09:26:03.478039`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
