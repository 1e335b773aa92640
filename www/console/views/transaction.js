/** One document: its travel, the download, its notes and its record. */

import { byteSize, fullTime, relativeTime } from "../format.js";
import { fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { isAbort } from "../errors.js";
import { saveFile, signedName } from "../document.js";
import { eventText, progressOf, statusOf, travelOf } from "../travel.js";
import { badge } from "./badge.js";
import { errorNotice, placeholder } from "./notice.js";
import { notesCard } from "./notes.js";
import { recordCards } from "./record.js";
import { timeline } from "./timeline.js";

const SETTLE_MS = 120;

/**
 * @param {import("../main.js").App} app
 * @param {string} id
 * @param {object} [known] the answer that created it, so the page stands at once
 * @returns {{ element: HTMLElement, title: string, close: () => void }}
 */
export function transactionView(app, id, known) {
  const abort = new AbortController();
  const { signal } = abort;
  const body = h("div", { class: "document" }, placeholder(6, "Loading the document"));
  const element = h("div", { class: "page" }, h("a", { class: "back", href: "#/" }, icon("back"), h("span", { text: "All documents" })), body);
  let parts;
  let dst;
  let timer;

  function show(next) {
    dst = next;
    if (!parts) {
      parts = documentParts(app, id, signal);
      fill(body, parts.element);
    }
    parts.update(dst);
  }

  async function load() {
    try {
      show(await app.signing.call("GET /DST/{id}", { id, signal }));
      parts.notice();
    } catch (error) {
      if (isAbort(error) || app.sessionEnded(error)) return;
      const notice = errorNotice(error, { doing: "load the document", retry: load, action: h("a", { class: "button small", href: "#/", text: "All documents" }) });
      if (parts) parts.notice(notice);
      else fill(body, h("h1", { class: "hidden-text", tabindex: "-1", text: "Document" }), notice);
    }
  }

  const unwatch = app.inbox.watch((events, fresh) => {
    const own = events.filter((event) => event.subject === id);
    if (own.length === 0) return;
    if (dst) parts.update(dst);
    if (!fresh) return;
    for (const event of own) app.announce(`${eventText(event, dst)}.`);
    clearTimeout(timer);
    timer = setTimeout(load, SETTLE_MS);
  });

  if (known) show(known);
  load();
  return {
    element,
    title: known?.title ?? "Document",
    close() {
      clearTimeout(timer);
      unwatch();
      abort.abort();
    },
  };
}

function documentParts(app, id, signal) {
  const heading = h("h1", { tabindex: "-1" });
  const state = h("span", { class: "document-state" });
  const under = h("p", { class: "quiet document-under" });
  const notice = h("div", { class: "document-notice" });
  const outcome = h("div", { class: "document-outcome" });
  const steps = timeline([]);
  const facts = h("dl", { class: "facts" });
  const notes = notesCard(app, id, signal);
  const record = recordCards(app, id, signal);
  let settled;

  const element = h(
    "div",
    { class: "document-parts" },
    h("header", { class: "document-head" }, h("div", { class: "document-title" }, heading, state), under),
    notice,
    h(
      "div",
      { class: "columns" },
      h("section", { class: "card", "aria-labelledby": "travel-heading" }, h("h2", { id: "travel-heading", text: "Progress" }), steps.element, outcome),
      h("div", { class: "column" }, h("section", { class: "card", "aria-labelledby": "facts-heading" }, h("h2", { id: "facts-heading", text: "Document" }), facts), notes.element),
    ),
    record.element,
  );

  return {
    element,
    notice: (node) => fill(notice, node),
    update(dst) {
      const events = app.inbox.of(id);
      const status = statusOf(dst, events);
      const title = dst.title || "Untitled document";
      heading.textContent = title;
      document.title = `${title} · countersign`;
      fill(state, badge(status));
      under.textContent = underline(dst);
      steps.update(travelOf(dst, events));
      fill(facts, ...factRows(dst, id));
      const print = `${status} ${signedDocuments(dst).join()}`;
      if (print !== settled) {
        settled = print;
        fill(outcome, outcomeOf(app, dst, status, signal));
      }
      record.update(dst, events);
    },
  };
}

function outcomeOf(app, dst, status, signal) {
  if (status === "signed") return downloadPart(app, dst, signal);
  if (!["rejected", "expired", "error"].includes(status)) return null;
  return h("p", { class: "row outcome-end" }, h("a", { class: "button", href: "#/" }, icon("send"), h("span", { text: "Send another document" })));
}

function downloadPart(app, dst, signal) {
  const said = h("div", { class: "outcome", role: "status" });
  const label = h("span", { text: "Download the signed PDF" });
  const button = h("button", { class: "button primary large", type: "button", id: "download" }, icon("download"), label);
  button.disabled = signedDocuments(dst).length === 0;

  async function download() {
    button.disabled = true;
    fill(said);
    try {
      for (const uuid of signedDocuments(dst)) {
        const blob = await app.signing.call("GET /resource/{id}", { id: uuid, signal });
        const name = signedName(dst.title);
        saveFile(new Blob([blob], { type: "application/pdf" }), name);
        fill(said, h("p", { class: "quiet", text: `Saved “${name}”, ${byteSize(blob.size)}.` }));
      }
    } catch (error) {
      if (!isAbort(error) && !app.sessionEnded(error)) fill(said, errorNotice(error, { doing: "download the document", retry: download }));
    } finally {
      button.disabled = false;
    }
  }

  button.addEventListener("click", download);
  return h("div", { class: "download" }, button, said);
}

function signedDocuments(dst) {
  return (dst.documents ?? []).map((document) => document?.signedDocumentUuid).filter(Boolean);
}

function underline(dst) {
  const { signed, total } = progressOf(dst);
  return [dst.createdAt ? `Sent ${relativeTime(dst.createdAt)}` : "", total ? `${signed} of ${total} signed` : ""].filter(Boolean).join(" · ");
}

function factRows(dst, id) {
  const resources = dst.resources ?? [];
  const original = resources.find((resource) => resource?.id === dst.documents?.[0]?.plainDocumentUuid) ?? resources[0];
  const rows = [
    ["File", original?.filename],
    ["Pages", original?.pages],
    ["Size", original?.size && byteSize(original.size)],
    ["Created", fullTime(dst.createdAt)],
    ["Expires", fullTime(dst.expiresAt)],
  ];
  return [
    ...rows.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", { text: name }), h("dd", { text: String(value) })]),
    h("dt", { text: "Id" }),
    h("dd", {}, h("code", { text: id })),
  ];
}
