// What a caller of the edge does, and what it looks for in an answer.

import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

import { WEBHOOK_HEADERS } from "./environment.mjs";

/** The form of a token exchange; `more` replaces fields, and `undefined` leaves one out. */
export function exchangeForm(token, connection, more = {}) {
  const fields = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: token,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    audience: connection,
    ...more,
  };
  return new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Exchanges a token and gives the whole answer. */
export async function exchange(edge, token, connection, more) {
  const reply = await edge.fetch("/oauth/token", { method: "POST", body: exchangeForm(token, connection, more) });
  const text = await reply.text();
  assert.match(reply.headers.get("content-type"), /json/, text);
  return { status: reply.status, headers: reply.headers, body: JSON.parse(text) };
}

/** An edge token for a connection. */
export async function edgeToken(edge, login, connection, scope) {
  const { status, body } = await exchange(edge, login, connection, { scope });
  assert.equal(status, 200, JSON.stringify(body));
  return body.access_token;
}

/** A function that calls a vendor's path through a connection. */
export function caller(edge, token, connection) {
  return (path, { headers, ...init } = {}) =>
    edge.fetch(`/v/${connection}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...headers } });
}

/** Calls a path of the connection `robot` as it stands: `fetch` would rewrite it first. */
export async function callVerbatim(edge, token, path, headers = {}, body = undefined) {
  const { hostname, port } = new URL(edge.url);
  const authorization = `Bearer ${token}`;
  const asked = request({ hostname, port, path: `/v/robot${path}`, headers: { authorization, ...headers } });
  const [reply] = await once(asked.end(body), "response");
  return { status: reply.statusCode, text: Buffer.concat(await reply.toArray()).toString() };
}

/** Checks that an answer is a problem of this kind (RFC 9457) and gives it. */
export async function assertProblem(reply, status, slug) {
  const text = await reply.text();
  assert.equal(reply.status, status, text);
  assert.match(reply.headers.get("content-type"), /^application\/problem\+json/, text);
  assert.match(reply.headers.get("cache-control") ?? "", /no-store/);
  const problem = JSON.parse(text);
  assert.equal(problem.type, `/problems/${slug}`, text);
  assert.equal(problem.status, status);
  for (const member of ["title", "detail"]) assert.ok(problem[member]?.length > 0, `${member}: ${text}`);
  return problem;
}

/** Posts a webhook as the vendor does; `headers` replaces those that prove it. */
export function postWebhook(edge, connection, body, headers = WEBHOOK_HEADERS) {
  const content = body instanceof Uint8Array || typeof body === "string" || body instanceof ReadableStream;
  return edge.fetch(`/webhooks/${connection}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: content ? body : JSON.stringify(body),
  });
}

/** Every stored event after a sequence number, read page by page. */
export async function storedEvents(edge, connection, token, after = 0) {
  const events = [];
  for (;;) {
    const reply = await edge.fetch(`/events/${connection}?after=${after}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await reply.text();
    assert.equal(reply.status, 200, text);
    const page = JSON.parse(text);
    if (page.events.length === 0) return events;
    events.push(...page.events);
    after = page.next;
  }
}

/** Waits for a condition, with a deadline. */
export async function until(what, condition, limit = 20_000) {
  const end = Date.now() + limit;
  for (;;) {
    const outcome = await condition();
    if (outcome) return outcome;
    if (Date.now() > end) assert.fail(`not within ${limit} ms: ${what}`);
    await delay(10);
  }
}

/** Does `work` for every item, `width` at a time. */
export async function inParallel(items, width, work) {
  const queue = [...items];
  const lane = async () => {
    while (queue.length > 0) await work(queue.shift());
  };
  await Promise.all(Array.from({ length: width }, lane));
}
