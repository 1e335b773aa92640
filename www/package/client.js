/** A client: plain functions around the core, which no caller sees. */

import { operationOf } from "./catalogue.js";
import { contentOf, jsonOf, valueOf } from "./content.js";
import { DecodeError, RequestError, errorOf } from "./errors.js";
import { currentGeneration, drive, enter, ready, timer, whileAlive } from "./runtime.js";
import { callersTokens, tokenSource } from "./token.js";

const DEFAULT_TIMEOUT = 60_000;
const DEFAULT_ATTEMPTS = 3;

/**
 * @param {string} vendor
 * @param {object} options as `ClientOptions` in `index.d.ts`
 * @param {(glue: object, settings: { vendor: string, baseUrl: string, maxAttempts: number }, host: object) => object} open
 *   makes the core
 * @param {boolean} [direct] whether the core has a credential to exchange for tokens
 */
export function connect(vendor, options, open, direct = false) {
  const settings = { vendor, ...checked(options) };
  const tokens = direct ? tokenSource(exchange) : callersTokens(options.token);
  const host = {
    fetch: options.fetch && ((request) => options.fetch.call(undefined, request)),
    renewable: tokens.renewable,
    token: (refused) => whileAlive(tokens.token(refused)).catch(rejectWithText),
    timer,
  };
  let core;
  let made;

  // A core of an earlier instance is gone with it.
  function coreOf(glue) {
    if (made !== currentGeneration()) {
      core = open(glue, settings, host);
      made = currentGeneration();
    }
    return core;
  }

  async function exchange() {
    const outcome = await drive((glue, id) => coreOf(glue).exchange(id));
    if (isFailure(outcome)) throw errorOf(outcome);
    const [fresh, token] = outcome;
    return { token, fresh };
  }

  async function callWithResponse(route, params = {}) {
    const { body, signal, timeout = settings.timeout, ...named } = params ?? {};
    signal?.throwIfAborted();
    await ready("`call`");
    const operation = operationOf(vendor, route);
    const text = jsonOf(named, `the parameters of ${route}`);
    const content = await contentOf(body, operation);
    const outcome = await drive(
      (glue, id) =>
        coreOf(glue).call(id, route, text, content.value, content.mediaType, duration(timeout, "timeout")),
      signal,
    );
    if (isFailure(outcome)) throw errorOf(outcome, tokens.failure);
    const [status, headers, answer] = outcome;
    const response = { status, headers: joined(headers), body: answer };
    return { value: valueOf(response, operation), status, headers: response.headers };
  }

  return Object.freeze({
    vendor,
    callWithResponse,
    async call(route, params) {
      return (await callWithResponse(route, params)).value;
    },
    pages: (route, params) => items(vendor, callWithResponse, route, params),
  });
}

async function* items(vendor, callWithResponse, route, params) {
  const { body, signal, timeout, ...named } = params ?? {};
  await ready("`pages`");
  const operation = operationOf(vendor, route);
  if (operation.paging === "none") throw new RequestError(`${route} does not page; use \`call\``, { vendor });
  const text = jsonOf(named, `the parameters of ${route}`);
  let next = enter("`pages`", (glue) => glue.next_page(vendor, route, text));
  while (next !== undefined) {
    const { value: page, status } = await callWithResponse(route, { ...JSON.parse(next), body, signal, timeout });
    const values = page?.values;
    if (!Array.isArray(values)) {
      throw new DecodeError(`${vendor} ${operation.id}: expected a page with \`values\``, {
        status,
        vendor,
        operation: operation.id,
        attempts: 1,
        response: { status, body: JSON.stringify(page) },
      });
    }
    yield* values;
    const last = next;
    next = enter("`pages`", (glue) => glue.next_page(vendor, route, last, values.length));
  }
}

function checked(options) {
  if (typeof options !== "object" || options === null) throw new RequestError("createClient needs options");
  const { token, fetch } = options;
  if (!["undefined", "string", "function"].includes(typeof token)) {
    throw new RequestError("`token` is a text or a function that gives one");
  }
  if (fetch !== undefined && typeof fetch !== "function") throw new RequestError("`fetch` is a function");
  const maxAttempts = options.maxAttempts ?? DEFAULT_ATTEMPTS;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw new RequestError("`maxAttempts` is a whole number of at least 1");
  }
  const timeout = duration(options.timeout ?? DEFAULT_TIMEOUT, "timeout");
  return { baseUrl: absolute(options.baseUrl), maxAttempts, timeout };
}

function duration(value, name) {
  if (typeof value === "number" && value > 0) return Math.min(value, 0x7fff_ffff);
  throw new RequestError(`\`${name}\` is a number of milliseconds above 0`);
}

// The core keeps texts only; `tokens.failure` keeps the rest.
function rejectWithText(error) {
  throw error instanceof Error ? error.message : String(error);
}

// In a page a base URL may be relative to it.
function absolute(baseUrl) {
  let url;
  try {
    url = new URL(baseUrl, globalThis.location?.href);
  } catch (cause) {
    throw new RequestError(`\`baseUrl\` is not an absolute URL: ${String(baseUrl)}`, { cause });
  }
  if (!/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new RequestError("`baseUrl` is an http(s) URL without user name, query and fragment");
  }
  return url.href;
}

// Names and values alternate.
function joined(fields) {
  const headers = {};
  for (let at = 0; at < fields.length; at += 2) {
    const [name, value] = [fields[at], fields[at + 1]];
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

// A report starts with the kind of failure, every other outcome with a number.
function isFailure([first]) {
  return typeof first === "string";
}
