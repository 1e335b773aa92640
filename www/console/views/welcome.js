/** What a newcomer sees: one sentence, one button, the way a document takes. */

import { h } from "../dom.js";
import { errorNotice } from "./notice.js";
import { timeline } from "./timeline.js";

const EXAMPLE = [
  { id: "created", title: "Created", detail: "Your PDF goes through the edge to the vendor.", state: "done" },
  { id: "published", title: "Published", detail: "The signers are asked, in order.", state: "done" },
  { id: "first", title: "Grace signs", detail: "On her own signature tray, in a second tab.", state: "current", order: 1 },
  { id: "second", title: "Linus signs", detail: "Once Grace has.", state: "waiting", order: 2 },
  { id: "completed", title: "Completed", detail: "You download the signed document.", state: "waiting" },
];

/**
 * @param {{ onSignIn: () => void, error?: unknown }} options
 * @returns {{ element: HTMLElement, title: string, close: () => void }}
 */
export function welcomeView({ onSignIn, error }) {
  const element = h(
    "div",
    { class: "page welcome" },
    h(
      "section",
      { class: "welcome-words" },
      h("h1", { tabindex: "-1", text: "Watch a document get signed, live." }),
      h("p", {
        class: "lead",
        text: "Send a PDF to two signers and follow every step as it happens. Webhooks reach the edge, the edge tells this page: nothing to reload, nothing to poll.",
      }),
      error ? errorNotice(error) : null,
      h(
        "p",
        { class: "row" },
        h("button", { class: "button primary large", type: "button", id: "sign-in", onclick: onSignIn, text: "Sign in to start" }),
      ),
      h("p", {
        class: "quiet small-print",
        text: "You sign in at your identity provider. This page never sees a password or a vendor secret, and your login ends with this tab.",
      }),
    ),
    h("section", { class: "card welcome-picture", "aria-label": "The way of a document" }, timeline(EXAMPLE).element),
  );
  return { element, title: "Welcome", close() {} };
}
