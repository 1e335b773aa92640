/** The first page after the sign-in: send a document, and the recent ones. */

import { h } from "../dom.js";
import { recentList } from "./recent.js";
import { sendForm } from "./send.js";

/**
 * @param {import("../main.js").App} app
 * @returns {{ element: HTMLElement, title: string, close: () => void }}
 */
export function homeView(app) {
  const abort = new AbortController();
  return {
    element: h("div", { class: "page columns home" }, sendForm(app, abort.signal), recentList(app, abort.signal)),
    title: "Documents",
    close: () => abort.abort(),
  };
}
