/** How errors and outcomes look: what happened, what to do next, the facts behind a fold. */

import { describeError } from "../errors.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";

/**
 * @param {unknown} error
 * @param {{ doing?: string, safe?: boolean, retry?: () => void, retryLabel?: string, action?: Node }} [context]
 * @returns {HTMLElement}
 */
export function errorNotice(error, { doing, safe, retry, retryLabel = "Try again", action } = {}) {
  const text = describeError(error, { doing, safe });
  return h(
    "div",
    { class: "notice bad", role: "alert" },
    icon("warn"),
    h(
      "div",
      { class: "notice-body" },
      h("p", { class: "notice-title", text: text.title }),
      h("p", { text: text.message }),
      h("p", { class: "quiet", text: text.next }),
      (retry && text.retry) || action
        ? h(
            "p",
            { class: "row" },
            retry && text.retry && h("button", { class: "button small", type: "button", onclick: retry, text: retryLabel }),
            action,
          )
        : null,
      h(
        "details",
        { class: "fold" },
        h("summary", { text: "Details" }),
        h("dl", { class: "facts" }, text.facts.flatMap(([name, value]) => [h("dt", { text: name }), h("dd", {}, h("code", { text: value }))])),
      ),
    ),
  );
}

/**
 * Grey bars in the place of what is being loaded.
 *
 * @param {number} lines
 * @param {string} label for those who cannot see the bars
 */
export function placeholder(lines, label) {
  return h(
    "div",
    { class: "placeholder", role: "status" },
    h("span", { class: "hidden-text", text: label }),
    Array.from({ length: lines }, () => h("span", { class: "placeholder-line", "aria-hidden": "true" })),
  );
}
