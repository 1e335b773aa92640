/** The dialog that says a login has run out, over the page the person was on. */

import { h } from "../dom.js";

/**
 * @param {{ onSignIn: () => void, onLeave: () => void }} actions
 */
export function showSessionEnded({ onSignIn, onLeave }) {
  if (document.getElementById("session-ended")) return;
  const dialog = h(
    "dialog",
    { id: "session-ended", class: "dialog", "aria-labelledby": "session-heading" },
    h("h2", { id: "session-heading", text: "Your session has ended" }),
    h("p", { text: "Sign in again and you come back to this page. Documents that are on their way are not affected." }),
    h(
      "p",
      { class: "row" },
      h("button", { class: "button primary", type: "button", autofocus: true, onclick: onSignIn, text: "Sign in again" }),
      h("button", { class: "button", type: "button", onclick: () => dialog.close(), text: "Leave" }),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    onLeave();
  });
  document.body.append(dialog);
  dialog.showModal();
}
