/**
 * Errors as a person can use them: what happened, and what to do next. The package throws typed
 * errors; the edge's own routes (token, events) get their two classes here.
 */

const OURS = new Set(["SessionEndedError", "SignInError", "ExchangeError", "EdgeError", "DocumentError"]);

/** A problem document (RFC 9457) from one of the edge's own routes. */
export class EdgeError extends Error {
  constructor(message, { status, code, requestId, retryAfter } = {}) {
    super(message);
    this.name = "EdgeError";
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }

  /** @param {Response} response */
  static async from(response) {
    const problem = await readBody(response);
    return new EdgeError(problem.detail ?? problem.title ?? `The edge answered ${response.status}.`, {
      status: response.status,
      code: problem.type,
      requestId: requestIdOf(response),
      retryAfter: response.headers.get("retry-after") ?? undefined,
    });
  }
}

/** A refused token exchange (RFC 6749, section 5.2). */
export class ExchangeError extends Error {
  constructor(message, { status, code, requestId } = {}) {
    super(message);
    this.name = "ExchangeError";
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }

  /** @param {Response} response */
  static async from(response) {
    const body = await readBody(response);
    return new ExchangeError(body.error_description ?? body.detail ?? `The edge answered ${response.status}.`, {
      status: response.status,
      code: body.error,
      requestId: requestIdOf(response),
    });
  }
}

/**
 * Whether asking again cannot help: the login ended, or this person may not use the connection.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
export function isFinal(error) {
  const root = rootOf(error);
  if (isSessionEnd(root)) return true;
  if (root?.name === "ExchangeError") return root.status >= 400 && root.status < 500 && root.status !== 429;
  return root?.name === "EdgeError" && (root.status === 403 || root.status === 404);
}

/**
 * Whether the person must sign in again: the login ended here, or the edge found it expired.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
export function isSessionEnd(error) {
  const root = rootOf(error);
  if (root?.name === "SessionEndedError") return true;
  if (root?.name !== "ExchangeError") return false;
  // RFC 8693 has one code for every fault of the form; the description says whether it was the login.
  return root.code === "invalid_grant" || (root.code === "invalid_request" && root.message.startsWith("subject_token"));
}

/** Whether the work was called off on purpose. */
export function isAbort(error) {
  return error?.name === "AbortError";
}

/**
 * @typedef {{ title: string, message: string, next: string, retry: boolean, facts: Array<[string, string]> }} ErrorText
 * @param {unknown} error
 * @param {{ doing?: string, safe?: boolean }} [context] what was tried ("send the document"), and whether
 *   trying again can do it twice
 * @returns {ErrorText}
 */
export function describeError(error, { doing = "do this", safe = true } = {}) {
  const root = rootOf(error);
  const status = Number(root?.status) || 0;
  const { title, next, retry } = adviceFor(root, status);
  const unsure = !safe && (status === 0 || status >= 500);
  return {
    title: title ?? `Could not ${doing}`,
    message: asSentence(String(root?.message || root || "Unknown error")),
    next: unsure ? "It may have arrived all the same: look at the list of documents before you try again." : next,
    retry,
    facts: factsOf(root, status),
  };
}

/** Programs say "no rule fits"; people read "No rule fits." */
function asSentence(text) {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}

function adviceFor(root, status) {
  if (root?.name === "ExchangeError") {
    return { title: "This account may not use this connection", next: "Sign in with another account. In the sandbox, Ada Lovelace may use it.", retry: status >= 500 };
  }
  if (root?.name === "SignInError") return { title: "Sign-in did not finish", next: "Start the sign-in again.", retry: true };
  if (root?.name === "DocumentError") return { next: "Choose another file.", retry: false };
  switch (status) {
    case 400:
    case 422: return { next: "Check what you entered; the details name the field.", retry: true };
    case 401: return { next: "Try again; if it stays, sign out and in.", retry: true };
    case 403: return { title: "Not allowed", next: "This account’s role does not cover this. Sign in with another one, or ask who runs the connection.", retry: false };
    case 404: return { title: "Not found", next: "It may have been deleted. Go back to the list of documents.", retry: false };
    case 409: return { title: "The document has moved on", next: "Its state changed in the meantime. Load it again.", retry: true };
    case 413: return { title: "The document is too large", next: "Choose a smaller PDF.", retry: false };
    case 429: return { title: "Too many requests", next: "Wait a moment, then try again.", retry: true };
    case 0: return { next: "Check the network and that the edge is running, then try again.", retry: true };
    default: return { next: status >= 500 ? "The other side has a problem. Try again in a moment." : "Try again.", retry: true };
  }
}

function factsOf(root, status) {
  const facts = [["Error", root?.name ?? typeof root]];
  if (status) facts.push(["Status", String(status)]);
  if (root?.code) facts.push(["Code", String(root.code)]);
  if (root?.requestId) facts.push(["Request", String(root.requestId)]);
  if (root?.retryAfter) facts.push(["Retry after", String(root.retryAfter)]);
  return facts;
}

/** The package wraps what its token callback threw; that reason is what the person needs. */
function rootOf(error) {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    if (OURS.has(at.name)) return at;
  }
  return error;
}

async function readBody(response) {
  try {
    const body = await response.json();
    return body && typeof body === "object" ? body : {};
  } catch {
    return {};
  }
}

function requestIdOf(response) {
  return response.headers.get("x-request-id") ?? response.headers.get("cf-ray") ?? undefined;
}
