/** The notes of a document: read, and add one. */

import { fill, h } from "../dom.js";
import { fullTime, relativeTime } from "../format.js";
import { isAbort } from "../errors.js";
import { errorNotice, placeholder } from "./notice.js";

/**
 * @param {import("../main.js").App} app
 * @param {string} id the transaction
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement }}
 */
export function notesCard(app, id, signal) {
  const list = h("div", { class: "notes-list" }, placeholder(2, "Loading the notes"));
  const said = h("div", { class: "outcome" });
  const text = h("textarea", { id: "note", name: "note", rows: "2", required: true, maxlength: "2000", "aria-label": "New note", placeholder: "Write a note…" });
  const button = h("button", { class: "button", type: "submit", text: "Add note" });
  const form = h("form", { class: "note-form" }, text, button, said);

  async function load() {
    try {
      const notes = (await app.signing.call("GET /DST/{id}/note", { id, signal })) ?? [];
      fill(list, notes.length === 0 ? h("p", { class: "empty", text: "No notes yet." }) : h("ul", { class: "notes" }, notes.map(noteRow)));
    } catch (error) {
      if (isAbort(error) || app.sessionEnded(error)) return;
      fill(list, errorNotice(error, { doing: "load the notes", retry: load }));
    }
  }

  async function add() {
    const words = text.value.trim();
    if (!words) return text.focus();
    button.disabled = true;
    fill(said);
    try {
      await app.signing.call("POST /DST/{id}/note", { id, body: { text: words }, signal });
      text.value = "";
      app.announce("Note added.");
      await load();
    } catch (error) {
      if (isAbort(error) || app.sessionEnded(error)) return;
      fill(said, errorNotice(error, { doing: "add the note", safe: false, retry: add }));
    } finally {
      button.disabled = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add();
  });
  load();
  return { element: h("section", { class: "card", "aria-labelledby": "notes-heading" }, h("h2", { id: "notes-heading", text: "Notes" }), list, form) };
}

function noteRow(note) {
  return h(
    "li",
    {},
    h("p", { class: "note-text", text: note.text ?? "" }),
    h("time", { class: "quiet", datetime: note.createdAt, title: fullTime(note.createdAt), text: relativeTime(note.createdAt) }),
  );
}
