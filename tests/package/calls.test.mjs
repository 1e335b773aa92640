import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { createClient, init, operations } from "./support/package.mjs";
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
  answer = (_, response) => json(response, 200, { ok: true });
});

function client(options = {}) {
  return createClient("signing-today", { baseUrl: `${vendor.url}/v/acme/`, token: "t0ken", ...options });
}

test("path and query parameters stand where the route says, and the token is sent", async () => {
  await client().call("GET /DSTs", { $top: 5, $filter: 'title=="a b"', template: false });
  const [request] = vendor.requests;
  assert.equal(request.method, "GET");
  assert.equal(request.url, "/v/acme/DSTs?template=false&%24top=5&%24filter=title%3D%3D%22a%20b%22");
  assert.equal(request.headers.authorization, "Bearer t0ken");
  assert.equal(request.headers.accept, "application/json");
});

test("a value cannot leave its place in the path", async () => {
  await client().call("GET /DST/{id}", { id: "../users?x=#é" });
  assert.equal(vendor.requests[0].url, "/v/acme/DST/..%2Fusers%3Fx%3D%23%C3%A9");
});

test("a JSON body arrives as written, and the answer is parsed once", async () => {
  answer = (_, response) => json(response, 200, { id: 1, text: "é", unnamed: { kept: [true, null] } });
  const note = await client().call("POST /DST/{id}/note", { id: "d", body: { text: "é" } });
  assert.deepEqual(note, { id: 1, text: "é", unnamed: { kept: [true, null] } });
  assert.equal(vendor.requests[0].headers["content-type"], "application/json");
  assert.deepEqual(JSON.parse(vendor.requests[0].body), { text: "é" });
});

test("an answer without content is undefined", async () => {
  answer = (_, response) => response.writeHead(204).end();
  assert.equal(await client().call("DELETE /DST/{id}", { id: "d" }), undefined);
});

test("status and header fields can be had", async () => {
  answer = (_, response) => json(response, 201, {}, { "X-Request-Id": "r-1" });
  const { value, status, headers } = await client().callWithResponse("POST /DSTs", { body: {} });
  assert.deepEqual(value, {});
  assert.equal(status, 201);
  assert.equal(headers["x-request-id"], "r-1");
});

test("the functions of a client need no `this`", async () => {
  const { call } = client();
  assert.deepEqual(await call("GET /auth/user"), { ok: true });
});

test("without a token none is sent", async () => {
  await client({ token: undefined }).call("GET /auth/user");
  assert.equal(vendor.requests[0].headers.authorization, undefined);
});

test("the caller's own fetch is used, without `this`", async () => {
  let seen;
  async function own(request) {
    seen = { self: this, url: request.url };
    return Response.json({ own: true });
  }
  assert.deepEqual(await client({ fetch: own }).call("GET /auth/user"), { own: true });
  assert.deepEqual(seen, { self: undefined, url: `${vendor.url}/v/acme/auth/user` });
  assert.equal(vendor.requests.length, 0);
});

test("a hundred calls run side by side", async () => {
  answer = (request, response) => json(response, 200, { id: request.url.split("/").at(-1) });
  const ids = Array.from({ length: 100 }, (_, index) => `d${index}`);
  const answers = await Promise.all(ids.map((id) => client().call("GET /DST/{id}", { id })));
  assert.deepEqual(answers.map((dst) => dst.id), ids);
});

test("the catalogue lists every operation with its facts", () => {
  const all = operations();
  assert.equal(all.length, operations("signing-today").length);
  const note = all.find((operation) => operation.route === "PUT /DST/{id}/note/{noteId}");
  assert.deepEqual(Object.keys(note), [
    "vendor", "id", "route", "resource", "action", "auth", "paging", "retry", "consumes", "produces", "summary", "doc",
  ]);
  assert.equal(`${note.resource}:${note.action}`, "dst_notes:update_one");
  assert.equal(operations("nobody").length, 0);
  assert.throws(() => all[0].route = "x", TypeError);
});

test("an object from outside cannot change the prototype of anything", async () => {
  const params = JSON.parse('{"id":"d","__proto__":{"polluted":true}}');
  await client().call("GET /DST/{id}", params).catch(() => {});
  assert.equal({}.polluted, undefined);
});
