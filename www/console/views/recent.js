/** The list of documents, newest first, refreshed as events arrive. */

import { fill, h } from "../dom.js";
import { relativeTime } from "../format.js";
import { isAbort } from "../errors.js";
import { progressOf, statusOf } from "../travel.js";
import { badge } from "./badge.js";
import { errorNotice, placeholder } from "./notice.js";

const PAGE = 8;
/** A burst of events asks once. */
const SETTLE_MS = 250;

/**
 * @param {import("../main.js").App} app
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function recentList(app, signal) {
  const body = h("div", { class: "recent-body" }, placeholder(4, "Loading the documents"));
  let wanted = PAGE;
  let timer;
  let round = 0;

  async function load() {
    const own = (round += 1);
    try {
      const { items, more } = await newest(app.signing, wanted, signal);
      if (own === round) show(items, more);
    } catch (error) {
      if (own !== round || isAbort(error) || app.sessionEnded(error)) return;
      fill(body, errorNotice(error, { doing: "load the documents", retry: load }));
    }
  }

  function show(items, more) {
    if (items.length === 0) {
      fill(body, h("p", { class: "empty", text: "No document yet. The first one you send appears here." }));
      return;
    }
    fill(
      body,
      h("ul", { class: "recent-list" }, items.map((dst) => h("li", {}, row(dst, app.inbox.of(dst.id))))),
      more && h("button", { class: "button wide", type: "button", text: "Show more", onclick: () => ((wanted += PAGE), load()) }),
    );
  }

  const unwatch = app.inbox.watch((_, fresh) => {
    if (!fresh) return;
    clearTimeout(timer);
    timer = setTimeout(load, SETTLE_MS);
  });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    unwatch();
  });
  load();
  return h("section", { class: "card recent", "aria-labelledby": "recent-heading" }, h("h2", { id: "recent-heading", text: "Recent documents" }), body);
}

/** One more than asked for is read, to know whether there are more. */
async function newest(signing, wanted, signal) {
  const items = [];
  for await (const dst of signing.pages("GET /DSTs", { $top: PAGE + 1, $orderBy: "updatedAt,desc", signal })) {
    items.push(dst);
    if (items.length > wanted) break;
  }
  return { items: items.slice(0, wanted), more: items.length > wanted };
}

function row(dst, events) {
  const { signed, total } = progressOf(dst);
  return h(
    "a",
    { class: "recent-row", href: `#/documents/${encodeURIComponent(dst.id)}` },
    h(
      "span",
      { class: "recent-words" },
      h("span", { class: "recent-title", text: dst.title || "Untitled document" }),
      h("span", { class: "quiet", text: [total ? `${signed} of ${total} signed` : "", relativeTime(dst.updatedAt ?? dst.createdAt)].filter(Boolean).join(" · ") }),
    ),
    badge(statusOf(dst, events)),
  );
}
