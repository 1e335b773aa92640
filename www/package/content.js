/** Bodies: from what the caller has to what goes on the wire, and back. */

import { DecodeError, RequestError } from "./errors.js";

const MEDIA_TYPES = {
  json: "application/json",
  form: "application/x-www-form-urlencoded",
  text: "text/plain",
  binary: "application/octet-stream",
};

/**
 * What to send as body. A document stays a `Blob` or a buffer; it is never copied into the module.
 *
 * @param {unknown} body
 * @param {{ route: string, consumes: string }} operation
 * @returns {Promise<{ value: unknown, mediaType: string }>}
 */
export async function contentOf(body, operation) {
  if (body === undefined || body === null) return { value: undefined, mediaType: "" };
  const { consumes, route } = operation;
  if (consumes === "empty") throw new RequestError(`${route} takes no body`);
  if (body instanceof FormData) return { value: body, mediaType: "" };
  // Browsers stream uploads over HTTP/2 only, and a stream cannot be sent a second time.
  const given = body instanceof ReadableStream ? await new Response(body).blob() : body;
  if (given instanceof Blob && given.type !== "" && consumes !== "json") return { value: given, mediaType: "" };
  if (consumes === "multipart") {
    if (!isFields(given)) throw new RequestError(`the body of ${route} is a FormData or an object of fields`);
    return { value: formDataOf(given), mediaType: "" };
  }
  return { value: written(given, operation), mediaType: MEDIA_TYPES[consumes] };
}

function written(given, { consumes, route }) {
  if (given instanceof Blob || isBytes(given)) return given;
  if (consumes === "json") return jsonOf(given, `the body of ${route}`);
  if (consumes === "form" && isFields(given)) return new URLSearchParams(textFields(given)).toString();
  if (typeof given === "string") return given;
  throw new RequestError(`the body of ${route} is a Blob, bytes or a text, not ${typeof given}`);
}

/**
 * Writes a value as JSON text.
 *
 * @param {unknown} value
 * @param {string} what it is
 */
export function jsonOf(value, what) {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new RequestError(`${what} cannot be written as JSON: ${cause?.message ?? cause}`, { cause });
  }
}

/**
 * Reads an answer as the operation documents it.
 *
 * @param {{ status: number, headers: Record<string, string>, body: unknown }} response
 * @param {{ vendor: string, id: string, produces: string }} operation
 * @returns {unknown}
 */
export function valueOf(response, operation) {
  switch (operation.produces) {
    case "empty":
      return undefined;
    case "json":
      return parsed(response, operation);
    default:
      return response.body;
  }
}

function parsed({ status, headers, body }, { vendor, id }) {
  try {
    return JSON.parse(body);
  } catch (cause) {
    const type = headers["content-type"]?.split(";")[0].trim();
    const found = body === "" ? "no content" : type && type !== "application/json" ? type : cause.message;
    throw new DecodeError(`${vendor} ${id}: expected the documented JSON, got ${found}`, {
      status,
      vendor,
      operation: id,
      attempts: 1,
      response: { status, headers, body },
      cause,
    });
  }
}

function formDataOf(fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const part of isParts(value) ? value : [value]) append(form, name, part);
  }
  return form;
}

function append(form, name, value) {
  if (value === undefined || value === null) return;
  if (value instanceof Blob) form.append(name, value);
  else if (isBytes(value)) form.append(name, new Blob([value]));
  else form.append(name, textOf(value));
}

function textFields(fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return given.map(([name, value]) => [name, textOf(value)]);
}

// Scalars as they are, dates and objects as JSON writes them.
function textOf(value) {
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? jsonOf(value, "a form field") : String(value);
}

// Several files under one name; any other array is one value.
function isParts(value) {
  return Array.isArray(value) && value.some((part) => part instanceof Blob || isBytes(part));
}

function isBytes(value) {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

function isFields(value) {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Blob) && !isBytes(value);
}
