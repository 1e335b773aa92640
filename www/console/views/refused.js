/** The page for somebody who is signed in and may not use the connection. */

import { h } from "../dom.js";
import { errorNotice } from "./notice.js";

/**
 * @param {unknown} error
 * @param {() => void} onLeave
 * @returns {{ element: HTMLElement, title: string, close: () => void }}
 */
export function refusedView(error, onLeave) {
  const leave = h("button", { class: "button", type: "button", onclick: onLeave, text: "Sign in as somebody else" });
  return {
    element: h("div", { class: "page refused" }, h("h1", { tabindex: "-1", text: "You are signed in, but not let in" }), errorNotice(error, { doing: "use the connection", action: leave })),
    title: "Not allowed",
    close() {},
  };
}
