/** The form that sends a document: a sample or an own PDF, two signers, one button. */

import { DocumentError, checkPdf, encodeBase64, titleOf } from "../document.js";
import { byteSize } from "../format.js";
import { fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { isAbort } from "../errors.js";
import { SAMPLE, sampleFile } from "../sample.js";
import { submissionOf } from "../submission.js";
import { errorNotice } from "./notice.js";

const SIGNERS = [
  { name: "Grace", surname: "Hopper", email: "grace@demo.example" },
  { name: "Linus", surname: "Pauling", email: "linus@demo.example" },
];

/**
 * @param {import("../main.js").App} app
 * @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export function sendForm(app, signal) {
  const title = h("input", { id: "title", name: "title", required: true, maxlength: "120", autocomplete: "off" });
  const outcome = h("div", { class: "outcome" });
  const button = h("button", { class: "button primary large", type: "submit", id: "send" });
  const chooser = fileChooser({
    onChoose: (file) => {
      title.value = file.isSample ? SAMPLE.title : titleOf(file.name);
      fill(outcome);
    },
    onRefuse: (error) => fill(outcome, errorNotice(error, { doing: "use this file" })),
  });
  const signers = signerFields();
  const form = h(
    "form",
    { class: "card send", "aria-labelledby": "send-heading" },
    h("h1", { id: "send-heading", tabindex: "-1", text: "Send a document" }),
    chooser.element,
    h("label", { class: "field" }, h("span", { text: "Title" }), title),
    signers.element,
    outcome,
    h("div", { class: "send-end" }, button, h("p", { class: "quiet small-print", text: "Each signs on their own signature tray; the second is asked once the first has signed." })),
  );

  const busy = (text) => {
    button.disabled = Boolean(text);
    button.setAttribute("aria-busy", String(Boolean(text)));
    fill(button, text ? h("span", { class: "spinner", "aria-hidden": "true" }) : icon("send"), h("span", { text: text || "Send for signature" }));
  };

  async function send() {
    fill(outcome);
    const file = chooser.file();
    try {
      busy(`Sending ${byteSize(file.size)}…`);
      app.announce("Sending the document.");
      const body = submissionOf({
        title: title.value.trim(),
        filename: file.name,
        base64: await encodeBase64(file),
        place: file.isSample ? SAMPLE.place : undefined,
        signers: signers.values(),
      });
      const dst = await app.signing.call("POST /robot/DSTs", { body, signal });
      app.open(dst);
    } catch (error) {
      busy("");
      if (isAbort(error) || app.sessionEnded(error)) return;
      fill(outcome, errorNotice(error, { doing: "send the document", safe: error instanceof DocumentError, retry: send }));
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  busy("");
  chooser.useSample();
  return form;
}

function fileChooser({ onChoose, onRefuse }) {
  let chosen;
  let address;
  const name = h("p", { class: "file-name" });
  const facts = h("p", { class: "quiet" });
  const look = h("a", { class: "text-button", target: "_blank", rel: "noopener", text: "Look at it" });
  const input = h("input", { class: "hidden-text", type: "file", id: "file", accept: "application/pdf,.pdf" });
  const back = h("button", { class: "text-button", type: "button", hidden: true, text: "Use the sample instead" });
  const element = h(
    "div",
    { class: "drop" },
    h("span", { class: "drop-icon", "aria-hidden": "true" }, icon("file")),
    h("div", { class: "drop-words" }, name, facts),
    h("div", { class: "drop-actions" }, h("label", { class: "text-button file-label", for: "file" }, input, h("span", { text: "Choose your own PDF" })), look, back),
    h("p", { class: "drop-hint", "aria-hidden": "true", text: "Drop the PDF here" }),
  );

  const use = (file, isSample) => {
    file.isSample = isSample;
    chosen = file;
    if (address) URL.revokeObjectURL(address);
    address = URL.createObjectURL(file);
    look.href = address;
    name.textContent = file.name;
    facts.textContent = isSample ? `A sample contract · ${SAMPLE.pages} pages · ${byteSize(file.size)}` : `Your PDF · ${byteSize(file.size)}`;
    back.hidden = isSample;
    onChoose(file);
  };
  const offer = async (file) => {
    if (!file) return;
    try {
      await checkPdf(file);
      use(file, false);
    } catch (error) {
      onRefuse(error);
    }
  };

  input.addEventListener("change", () => {
    offer(input.files[0]);
    input.value = "";
  });
  back.addEventListener("click", () => {
    use(sampleFile(), true);
    input.focus();
  });
  acceptDrops(element, offer);
  return { element, file: () => chosen, useSample: () => use(sampleFile(), true) };
}

function acceptDrops(element, offer) {
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
  element.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    element.classList.add("over");
  });
  element.addEventListener("dragleave", (event) => {
    if (!element.contains(event.relatedTarget)) element.classList.remove("over");
  });
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("over");
    offer(event.dataTransfer.files[0]);
  });
}

function signerFields() {
  const rows = SIGNERS.map((signer, index) => signerRow(signer, index));
  return {
    element: h(
      "fieldset",
      { class: "signers" },
      h("legend", { text: "Signers, in this order" }),
      h("ol", { class: "signer-list" }, rows.map((row) => row.element)),
    ),
    values: () => rows.map((row) => row.value()),
  };
}

function signerRow(signer, index) {
  const inputs = {};
  const who = h("span", { class: "signer-name" });
  const mail = h("span", { class: "quiet signer-mail" });
  const show = () => {
    who.textContent = `${inputs.name.value} ${inputs.surname.value}`.trim();
    mail.textContent = inputs.email.value;
  };
  const field = (key, label, type) => {
    inputs[key] = h("input", { type, value: signer[key], required: true, autocomplete: "off", maxlength: "80", oninput: show });
    return h("label", { class: "field" }, h("span", { text: label }), inputs[key]);
  };
  const fold = h(
    "details",
    { class: "signer" },
    h("summary", {}, h("span", { class: "signer-order", text: String(index + 1) }), h("span", { class: "signer-words" }, who, mail), h("span", { class: "text-button", text: "Change" })),
    h("div", { class: "signer-fields" }, field("name", "First name", "text"), field("surname", "Last name", "text"), field("email", "Email", "email")),
  );
  // A required field inside a closed fold could not be shown when it is missing.
  fold.addEventListener("invalid", () => (fold.open = true), true);
  show();
  return {
    element: h("li", {}, fold),
    value: () => ({ name: inputs.name.value.trim(), surname: inputs.surname.value.trim(), email: inputs.email.value.trim() }),
  };
}
