/** What is on record: the vendor's audit trail, and the events as they reached the edge. */

import { clockTime, fullTime } from "../format.js";
import { fill, h } from "../dom.js";
import { isAbort } from "../errors.js";
import { eventText } from "../travel.js";
import { errorNotice, placeholder } from "./notice.js";

const AUDIT = {
  event_published: "Published",
  event_form_fill: "A form was filled in",
  event_signature: "Signature",
  event_rejection: "Declined",
  event_replacement: "Replaced",
  event_note_add: "Note added",
  event_note_modify: "Note changed",
  event_note_delete: "Note deleted",
  event_solicitation: "Reminder sent",
  stage_to_fill: "Waiting for details",
  stage_to_sign: "Waiting for signatures",
  stage_expired: "Expired",
  stage_signed: "Completed",
  stage_rejected: "Declined by everybody",
  event_upload_alfresco: "Archived",
};

/**
 * @param {import("../main.js").App} app
 * @param {string} id the transaction
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, update: (dst: object, events: import("../live.js").CloudEvent[]) => void }}
 */
export function recordCards(app, id, signal) {
  const audit = h("div", {}, placeholder(3, "Loading the audit trail"));
  const stream = h("ol", { class: "events", reversed: true });
  const silence = h("p", { class: "empty", text: "Nothing has arrived yet." });
  const shown = new Set();
  let version;

  async function loadAudit() {
    try {
      const records = (await app.signing.call("GET /DST/{id}/audit", { id, signal })) ?? [];
      fill(audit, records.length === 0 ? h("p", { class: "empty", text: "Nothing on record yet." }) : h("ol", { class: "audit" }, records.map(auditRow)));
    } catch (error) {
      if (isAbort(error) || app.sessionEnded(error)) return;
      fill(audit, errorNotice(error, { doing: "load the audit trail", retry: loadAudit }));
    }
  }

  return {
    element: h(
      "div",
      { class: "columns even" },
      h("section", { class: "card", "aria-labelledby": "events-heading" }, h("h2", { id: "events-heading", text: "Events" }), h("p", { class: "quiet", text: "Webhooks from the vendor, numbered by the edge as they arrived." }), silence, stream),
      h("section", { class: "card", "aria-labelledby": "audit-heading" }, h("h2", { id: "audit-heading", text: "Audit trail" }), h("p", { class: "quiet", text: "The vendor’s own record." }), audit),
    ),
    update(dst, events) {
      // Rows stay, so that an opened one stays open when the next event arrives.
      for (const event of events) {
        if (shown.has(event.sequence)) continue;
        shown.add(event.sequence);
        stream.prepend(eventRow(event, dst));
      }
      silence.hidden = shown.size > 0;
      const next = `${dst.updatedAt} ${dst.status} ${dst.signatures?.length}`;
      if (next === version) return;
      version = next;
      loadAudit();
    },
  };
}

function eventRow(event, dst) {
  return h(
    "li",
    { class: "event", "data-sequence": event.sequence },
    h(
      "details",
      {},
      h(
        "summary",
        {},
        h("span", { class: "event-number", text: `#${event.sequence}` }),
        h("span", { class: "event-words" }, h("span", { text: eventText(event, dst) }), h("code", { text: event.type })),
        h("time", { class: "quiet", datetime: event.time, title: fullTime(event.time), text: clockTime(event.time) }),
      ),
      h("pre", { tabindex: "0", "aria-label": `Event ${event.sequence} as JSON`, text: JSON.stringify(event, null, 2) }),
    ),
  );
}

function auditRow(record) {
  const signer = record.signer;
  const who = signer ? [signer.name, signer.surname].filter(Boolean).join(" ") || signer.email : "";
  return h(
    "li",
    {},
    h("span", { class: "audit-words" }, h("span", { text: [AUDIT[record.event] ?? record.event ?? "Entry", who].filter(Boolean).join(" · ") }), record.value && h("span", { class: "quiet", text: String(record.value) })),
    h("time", { class: "quiet", datetime: record.at, title: fullTime(record.at), text: clockTime(record.at) }),
  );
}
