/** The bar on top: the mark, the live state, the theme and who is signed in. */

import { fill, h } from "../dom.js";
import { icon, mark } from "../icons.js";

const PHASES = {
  connecting: ["Connecting", "wait"],
  live: ["Live", "good"],
  waiting: ["Reconnecting", "wait"],
  refused: ["Not connected", "bad"],
  stopped: ["Offline", "bad"],
};

/**
 * @param {Element} root
 * @param {{ onSignOut: () => void, onReconnect: () => void }} actions
 * @returns {{ person: (session: import("../session.js").Session | null) => void, live: (state: import("../live.js").LiveState) => void }}
 */
export function createBar(root, { onSignOut, onReconnect }) {
  const pill = h("button", { class: "pill", type: "button", hidden: true, onclick: onReconnect, id: "live" });
  const person = h("div", { class: "person" });
  fill(
    root,
    h(
      "div",
      { class: "bar-inner" },
      h("a", { class: "brand", href: "#/" }, mark(), h("span", { text: "countersign" })),
      h("div", { class: "bar-tools" }, pill, themeButton(), person),
    ),
  );

  return {
    person(session) {
      pill.hidden = !session;
      fill(
        person,
        session && h("span", { class: "person-name", text: session.name, title: session.email }),
        session && h("button", { class: "button quiet-button", type: "button", onclick: onSignOut, text: "Sign out" }),
      );
    },
    live({ phase, error }) {
      const [label, tone] = PHASES[phase];
      pill.className = `pill ${tone}`;
      pill.dataset.phase = phase;
      pill.setAttribute("aria-label", `Events: ${label}. Press to check again.`);
      pill.title = error?.message ?? (phase === "live" ? "Events arrive as they happen." : "");
      fill(pill, h("span", { class: "dot", "aria-hidden": "true" }), h("span", { class: "pill-text", text: label }));
    },
  };
}

function themeButton() {
  const button = h("button", { class: "button icon-button", type: "button" });
  const show = () => {
    const dark = isDark();
    fill(button, icon(dark ? "sun" : "moon"));
    button.setAttribute("aria-label", dark ? "Use the light theme" : "Use the dark theme");
  };
  button.addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("countersign.theme", next);
    } catch {
      // Without storage the choice lasts as long as the page.
    }
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
  return button;
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
