/** The travel of a document, drawn as a list of steps that fills as events arrive. */

import { clockTime, fullTime } from "../format.js";
import { fill, h } from "../dom.js";
import { icon } from "../icons.js";

const SPOKEN = { done: "Done", current: "In progress", waiting: "Still to come", failed: "Failed", skipped: "Skipped" };

/**
 * @param {import("../travel.js").Step[]} steps
 * @returns {{ element: HTMLElement, update: (steps: import("../travel.js").Step[]) => void }}
 *   the list keeps its elements across updates, so focus stays and changes can be animated
 */
export function timeline(steps) {
  const element = h("ol", { class: "travel" });
  const rows = new Map();

  function update(next) {
    const ids = new Set(next.map((step) => step.id));
    for (const [id, row] of rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      rows.delete(id);
    }
    next.forEach((step, index) => {
      const row = rows.get(step.id) ?? createRow();
      rows.set(step.id, row);
      if (element.children[index] !== row.element) element.insertBefore(row.element, element.children[index] ?? null);
      row.update(step);
    });
  }

  update(steps);
  return { element, update };
}

function createRow() {
  const marker = h("span", { class: "travel-marker", "aria-hidden": "true" });
  const title = h("span", { class: "travel-title" });
  const state = h("span", { class: "hidden-text" });
  const when = h("p", { class: "travel-when" });
  const detail = h("p", { class: "travel-detail" });
  const action = h("div", { class: "travel-action" });
  const element = h("li", { class: "travel-step" }, marker, h("div", { class: "travel-body" }, h("p", { class: "travel-head" }, title, state), detail, when, action));
  let shown = "";

  return {
    element,
    update(step) {
      const print = JSON.stringify(step);
      if (print === shown) return;
      shown = print;
      element.dataset.step = step.id;
      element.dataset.state = step.state;
      if (step.state === "current") element.setAttribute("aria-current", "step");
      else element.removeAttribute("aria-current");
      fill(marker, markerContent(step));
      title.textContent = step.title;
      state.textContent = ` – ${SPOKEN[step.state]}`;
      detail.textContent = step.detail;
      fill(when, ...whenContent(step));
      when.hidden = when.childNodes.length === 0;
      showTicket(action, step);
    },
  };
}

function markerContent(step) {
  if (step.state === "done") return icon("check");
  if (step.state === "failed") return icon("cross");
  return step.order ? h("span", { text: String(step.order) }) : null;
}

function whenContent(step) {
  if (step.state === "waiting" || step.state === "skipped") return [];
  return [
    step.at && h("time", { datetime: step.at, title: fullTime(step.at), text: clockTime(step.at) }),
    step.sequence && h("span", { class: "chip", title: "The webhook event that told this page", text: `event ${step.sequence}` }),
  ];
}

/** The link is kept while its address stays, so that focus returns to it from the second tab. */
function showTicket(action, step) {
  const known = action.querySelector("a");
  if (!step.ticket) {
    if (known) fill(action);
    return;
  }
  if (known?.getAttribute("href") === step.ticket) return;
  fill(
    action,
    h(
      "a",
      { class: "button primary", href: step.ticket, target: "_blank", rel: "noopener" },
      icon("pen"),
      h("span", { text: `Open ${firstName(step.title)}’s signature tray` }),
      h("span", { class: "hidden-text", text: " (opens a new tab)" }),
    ),
  );
}

function firstName(name) {
  return name.split(" ")[0];
}
