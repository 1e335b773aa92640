import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { createClient, init } from "./support/package.mjs";
import { json, startVendor } from "./support/server.mjs";

let vendor;
let answer;

before(async () => {
  await init();
  vendor = await startVendor((request, response) => answer(request, response));
});
after(() => vendor.close());
beforeEach(() => {
  vendor.requests.length = 0;
  answer = () => {};
});

function client(options = {}) {
  return createClient("signing-today", { baseUrl: vendor.url, ...options });
}

test("cancelling reaches the wire and rejects with the signal's reason", async () => {
  const controller = new AbortController();
  const arrived = vendor.next();
  const call = client().call("GET /DSTs", { signal: controller.signal });
  const request = await arrived;
  controller.abort();
  await assert.rejects(call, { name: "AbortError" });
  await request.closed;
});

test("the reason is thrown untouched", async () => {
  const reason = { mine: true };
  const controller = new AbortController();
  const arrived = vendor.next();
  const call = client().call("GET /DSTs", { signal: controller.signal });
  await arrived;
  controller.abort(reason);
  assert.equal(await call.catch((error) => error), reason);
});

test("a signal that has fired sends nothing", async () => {
  const call = client().call("GET /DSTs", { signal: AbortSignal.abort() });
  await assert.rejects(call, { name: "AbortError" });
  assert.equal(vendor.requests.length, 0);
});

test("cancelling while a body arrives ends it", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-type": "application/pdf", "content-length": "1000" });
    response.write("%PDF");
  };
  const controller = new AbortController();
  const arrived = vendor.next();
  const call = client().call("GET /resource/{id}", { id: "r", signal: controller.signal });
  const request = await arrived;
  setTimeout(() => controller.abort(), 50);
  await assert.rejects(call, { name: "AbortError" });
  await request.closed;
});

test("cancelling while waiting for a repetition ends the waiting", async () => {
  answer = (_, response) => json(response, 429, {}, { "retry-after": "10" });
  const call = client().call("GET /DSTs", { signal: AbortSignal.timeout(100) });
  await assert.rejects(call, { name: "TimeoutError", code: 23 });
  assert.equal(vendor.requests.length, 1);
});

test("cancelling in the token function is possible", async () => {
  const controller = new AbortController();
  const token = () => {
    controller.abort();
    return "t";
  };
  const call = client({ token }).call("GET /DSTs", { signal: controller.signal });
  await assert.rejects(call, { name: "AbortError" });
  assert.equal(vendor.requests.length, 0);
});

test("cancelling one call leaves the others alone", async () => {
  const controller = new AbortController();
  answer = (request, response) => {
    if (request.url === "/DST/kept") setTimeout(() => json(response, 200, { id: "kept" }), 80);
  };
  const kept = client().call("GET /DST/{id}", { id: "kept" });
  const dropped = client().call("GET /DST/{id}", { id: "dropped", signal: controller.signal });
  controller.abort();
  await assert.rejects(dropped, { name: "AbortError" });
  assert.deepEqual(await kept, { id: "kept" });
});

test("the listener is taken off the signal when the call ends", async () => {
  answer = (_, response) => json(response, 200, {});
  const { signal } = new AbortController();
  const held = new Set();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type, listener, ...rest) => (held.add(listener), add(type, listener, ...rest));
  signal.removeEventListener = (type, listener) => (held.delete(listener), remove(type, listener));
  await client().call("GET /DSTs", { signal });
  assert.equal(held.size, 0);
});

test("a call that has ended keeps no timer alive", async () => {
  answer = (_, response) => json(response, 200, {});
  await client({ timeout: 60_000 }).call("GET /DSTs");
  assert.equal(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length, 0);
});
