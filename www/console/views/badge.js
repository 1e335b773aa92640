/** A document's state in a word and a color. */

import { h } from "../dom.js";

const BADGES = {
  draft: ["Draft", "plain"],
  downloadingInDraft: ["Fetching", "wait"],
  downloadingInPublished: ["Fetching", "wait"],
  published: ["Published", "wait"],
  toFill: ["To fill in", "wait"],
  toSign: ["Being signed", "wait"],
  signed: ["Signed", "good"],
  rejected: ["Declined", "bad"],
  expired: ["Expired", "bad"],
  error: ["Failed", "bad"],
};

/**
 * @param {string} status
 * @returns {HTMLElement}
 */
export function badge(status) {
  const [label, tone] = BADGES[status] ?? [status || "Unknown", "plain"];
  return h("span", { class: `badge ${tone}`, "data-status": status, text: label });
}
