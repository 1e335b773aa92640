//! Notes on a transaction: `/DST/{id}/note`.

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Outcome, bad_argument, forbidden, not_found};
use crate::call::Call;
use crate::clock;

use super::desk::Desk;
use super::flow;
use super::model::Dst;
use super::store::bind;

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    id: i64,
    #[serde(rename(deserialize = "dst"))]
    dst_id: String,
    #[serde(rename(deserialize = "user"))]
    user_id: String,
    #[serde(rename(deserialize = "created"))]
    created_at: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct NoteInput {
    text: Option<String>,
}

/// `GET /DST/{id}/note`.
pub(crate) fn list(desk: &Desk, call: &Call) -> Outcome {
    let dst = desk.dst(call.parameter("id"))?;
    let notes: Vec<Note> = desk.store.rows("SELECT * FROM note WHERE dst = ? ORDER BY id", bind![dst.id])?;
    Ok(Answer::json(200, &notes))
}

/// `POST /DST/{id}/note`.
pub(crate) fn create(desk: &Desk, call: &Call) -> Outcome {
    let dst = desk.dst(call.parameter("id"))?;
    let text = text(call)?;
    let note: Option<Note> = desk.store.row(
        "INSERT INTO note (dst, user, created, text) VALUES (?, ?, ?, ?) RETURNING *",
        bind![dst.id.as_str(), desk.user.id.as_str(), clock::spaced(desk.now), text],
    )?;
    let note = note.ok_or_else(|| crate::answer::failure("the note was not kept"))?;
    record(desk, &dst, "event_note_add", &note)?;
    Ok(Answer::json(200, &note))
}

/// `PUT /DST/{id}/note/{noteId}`: only its writer may change a note.
pub(crate) fn update(desk: &Desk, call: &Call) -> Outcome {
    let (dst, mut note) = own_note(desk, call)?;
    note.text = text(call)?;
    desk.store.run("UPDATE note SET text = ? WHERE id = ?", bind![note.text.as_str(), note.id])?;
    record(desk, &dst, "event_note_modify", &note)?;
    Ok(Answer::json(200, &note))
}

/// `DELETE /DST/{id}/note/{noteId}`.
pub(crate) fn delete(desk: &Desk, call: &Call) -> Outcome {
    let (dst, note) = own_note(desk, call)?;
    desk.store.run("DELETE FROM note WHERE id = ?", bind![note.id])?;
    record(desk, &dst, "event_note_delete", &note)?;
    Ok(Answer::empty(204))
}

fn own_note(desk: &Desk, call: &Call) -> Result<(Dst, Note), Answer> {
    let dst = desk.dst(call.parameter("id"))?;
    let query = "SELECT * FROM note WHERE dst = ? AND id = ?";
    let note: Option<Note> = desk.store.row(query, bind![dst.id.as_str(), call.number_parameter("noteId")?])?;
    let note = note.ok_or_else(not_found)?;
    if note.user_id != desk.user.id && !desk.user.is_admin() {
        return Err(forbidden("the note is somebody else's"));
    }
    Ok((dst, note))
}

fn text(call: &Call) -> Result<String, Answer> {
    let input: NoteInput = call.json()?;
    input.text.filter(|text| !text.trim().is_empty()).ok_or_else(|| bad_argument("text", "the text is missing"))
}

fn record(desk: &Desk, dst: &Dst, event: &str, note: &Note) -> Result<(), Answer> {
    let mut record = flow::about(dst);
    record.event = event.into();
    record.note_id = Some(note.id);
    record.value = Some(note.text.clone());
    record.signer = Some(flow::author(desk));
    flow::record(desk, record)
}
