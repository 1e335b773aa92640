import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { createClient, errors, init } from "./support/package.mjs";
import { json, startVendor } from "./support/server.mjs";

const { ApiError, CountersignError, DecodeError, RequestError, TimeoutError, TokenError, TransportError } = errors;

let vendor;
let answer;

before(async () => {
  await init();
  vendor = await startVendor((request, response) => answer(request, response));
});
after(() => vendor.close());
beforeEach(() => {
  vendor.requests.length = 0;
});

function client(options = {}) {
  return createClient("signing-today", { baseUrl: vendor.url, maxAttempts: 1, ...options });
}

async function failure(promise) {
  const error = await promise.then(
    () => assert.fail("the call should have failed"),
    (thrown) => thrown,
  );
  assert.ok(error instanceof Error && error instanceof CountersignError, String(error));
  assert.equal(error.name, error.constructor.name);
  return error;
}

test("a refusal keeps status, code, message, details, request id and the raw body", async () => {
  const body = [
    { code: "BadArgument", message: "too young", target: "age" },
    { code: "Missing", target: "name" },
  ];
  answer = (_, response) => json(response, 400, body, { "x-request-id": "r-7" });
  const error = await failure(client().call("POST /DSTs", { body: {} }));
  assert.ok(error instanceof ApiError);
  assert.equal(error.status, 400);
  assert.equal(error.code, "BadArgument");
  assert.match(error.message, /too young/);
  assert.deepEqual(error.details, body);
  assert.equal(error.requestId, "r-7");
  assert.deepEqual(error.response, { status: 400, body: JSON.stringify(body) });
  assert.equal(error.retryable, false);
  assert.equal(error.attempts, 1);
  assert.equal(error.vendor, "signing-today");
  assert.equal(error.operation, "CreateDst");
  assert.equal(error.origin, "vendor");
});

test("the edge's problem details are told apart", async () => {
  answer = (_, response) => {
    response.writeHead(403, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ type: "/problems/scope", title: "Forbidden", status: 403, detail: "no scope" }));
  };
  const error = await failure(client().call("GET /DSTs"));
  assert.equal(error.origin, "edge");
  assert.equal(error.code, "scope");
});

test("429 says how long to wait", async () => {
  answer = (_, response) => json(response, 429, {}, { "retry-after": "7" });
  const error = await failure(client().call("GET /DSTs"));
  assert.equal(error.retryAfter, 7);
  assert.equal(error.retryable, true);
});

test("429 with a short wait is tried again", async () => {
  let first = true;
  answer = (_, response) => {
    if (!first) return json(response, 200, { values: [] });
    first = false;
    json(response, 429, {}, { "retry-after": "0" });
  };
  assert.deepEqual(await client({ maxAttempts: 2 }).call("GET /DSTs"), { values: [] });
  assert.equal(vendor.requests.length, 2);
});

test("500 is tried again for a safe call and not for one that may do harm twice", async () => {
  answer = (_, response) => json(response, 500, {});
  const safe = await failure(client({ maxAttempts: 3 }).call("GET /DSTs"));
  assert.equal(safe.attempts, 3);
  assert.equal(vendor.requests.length, 3);
  const unsafe = await failure(client({ maxAttempts: 3 }).call("POST /DSTs", { body: {} }));
  assert.equal(unsafe.attempts, 1);
  assert.equal(vendor.requests.length, 4);
});

test("an HTML page in place of an error keeps its text", async () => {
  answer = (_, response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
  const error = await failure(client().call("GET /DSTs"));
  assert.ok(error instanceof ApiError);
  assert.match(error.message, /HTML page/);
  assert.equal(error.response.body, "<h1>Bad gateway</h1>");
});

for (const [what, type, body, expected] of [
  ["an HTML page", "text/html", "<p>maintenance</p>", /got text\/html/],
  ["no content", "application/json", "", /got no content/],
  ["half a JSON text", "application/json", '{"values": [', /expected the documented JSON/],
]) {
  test(`success with ${what} in place of JSON is a decode error that keeps what came`, async () => {
    answer = (_, response) => response.writeHead(200, { "content-type": type }).end(body);
    const error = await failure(client().call("GET /DSTs"));
    assert.ok(error instanceof DecodeError);
    assert.match(error.message, expected);
    assert.equal(error.status, 200);
    assert.equal(error.response.body, body);
    assert.equal(error.response.headers["content-type"], type);
    assert.ok(error.cause instanceof SyntaxError);
  });
}

test("204 where JSON is documented is a decode error", async () => {
  answer = (_, response) => response.writeHead(204).end();
  const error = await failure(client().call("GET /DST/{id}", { id: "d" }));
  assert.ok(error instanceof DecodeError);
  assert.equal(error.status, 204);
});

test("a body cut off in the middle is a transport error of the body", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write('{"half":');
    setTimeout(() => response.destroy(), 20);
  };
  const error = await failure(client().call("GET /DSTs"));
  assert.ok(error instanceof TransportError);
  assert.equal(error.code, "body");
  assert.equal(error.retryable, true);
});

test("a reset before the status is a transport error of the sending", async () => {
  answer = (_, response) => response.destroy();
  const error = await failure(client().call("GET /DSTs"));
  assert.ok(error instanceof TransportError);
  assert.equal(error.code, "send");
});

test("a host that does not exist is a transport error", async () => {
  const error = await failure(client({ baseUrl: "http://nobody.invalid" }).call("GET /DSTs"));
  assert.ok(error instanceof TransportError);
});

test("no answer within the time is a timeout, and the connection is closed", async () => {
  answer = () => {};
  const arrived = vendor.next();
  const error = await failure(client({ timeout: 150 }).call("GET /DSTs"));
  assert.ok(error instanceof TimeoutError);
  assert.equal(error.retryable, true);
  await (await arrived).closed;
});

test("a call's own timeout goes before the client's", async () => {
  answer = () => {};
  const started = performance.now();
  const error = await failure(client({ timeout: 20_000 }).call("GET /DSTs", { timeout: 50 }));
  assert.ok(error instanceof TimeoutError);
  assert.ok(performance.now() - started < 5_000);
});

test("a redirect is not followed", async () => {
  answer = (_, response) => response.writeHead(302, { location: "https://evil.example" }).end();
  const error = await failure(client({ token: "s3cret" }).call("GET /DSTs"));
  assert.match(error.message, /redirect/);
  assert.equal(vendor.requests.length, 1);
});

test("a failing token function is a token error with its cause", async () => {
  const reason = new TypeError("no session");
  const token = () => {
    throw reason;
  };
  const error = await failure(client({ token }).call("GET /DSTs"));
  assert.ok(error instanceof TokenError);
  assert.equal(error.cause, reason);
  assert.match(error.message, /no session/);
  assert.equal(vendor.requests.length, 0);
});

for (const [what, thrown] of [["a text", "nope"], ["undefined", undefined], ["an object", { a: 1 }], ["null", null]]) {
  test(`a token function that throws ${what} breaks nothing`, async () => {
    const token = () => Promise.reject(thrown);
    const error = await failure(client({ token }).call("GET /DSTs"));
    assert.ok(error instanceof TokenError);
    assert.equal(error.cause, thrown);
  });
}

for (const [what, value] of [["nothing", undefined], ["a number", 5], ["an empty text", ""]]) {
  test(`a token function that gives ${what} is a token error`, async () => {
    assert.ok((await failure(client({ token: () => value }).call("GET /DSTs"))) instanceof TokenError);
  });
}

for (const [what, fetch] of [
  ["throws", () => { throw "a text"; }],
  ["rejects with nothing", () => Promise.reject()],
  ["answers no Response", async () => ({ ok: true })],
  ["answers nothing", () => undefined],
]) {
  test(`a fetch that ${what} is a transport error`, async () => {
    assert.ok((await failure(client({ fetch }).call("GET /DSTs"))) instanceof TransportError);
  });
}

for (const [what, route, params, expected] of [
  ["a route nobody knows", "GET /nothing", {}, /no operation "GET \/nothing"/],
  ["a value in the route", "GET /DST/7e49d963", {}, /write "GET \/DST\/\{id\}"/],
  ["a query in the route", "GET /DSTs?$top=1", {}, /write "GET \/DSTs"/],
  ["a route that is no text", 5, {}, /no operation 5/],
  ["a missing path parameter", "GET /DST/{id}", {}, /needs `id`/],
  ["an unknown parameter", "GET /DST/{id}", { id: "d", ids: 1 }, /no parameter `ids`; it takes id/],
  ["a parameter that is an object", "GET /DST/{id}", { id: {} }, /`id`/],
  ["a path of dots", "GET /DST/{id}", { id: ".." }, /cannot be `\.` or `\.\.`/],
  ["a body where none belongs", "GET /DST/{id}", { id: "d", body: {} }, /takes no body/],
  ["a body that is no JSON", "POST /DSTs", { body: { big: 1n } }, /cannot be written as JSON/],
  ["a timeout that is no number", "GET /DSTs", { timeout: "soon" }, /`timeout`/],
]) {
  test(`${what} is refused before anything is sent`, async () => {
    const error = await failure(client().call(route, params));
    assert.ok(error instanceof RequestError);
    assert.match(error.message, expected);
    assert.equal(vendor.requests.length, 0);
  });
}

for (const [what, vendorName, options] of [
  ["no options", "signing-today", undefined],
  ["a relative base URL outside a page", "signing-today", { baseUrl: "/v/acme" }],
  ["a base URL with a query", "signing-today", { baseUrl: "https://edge.example/?a=1" }],
  ["a base URL with a password", "signing-today", { baseUrl: "https://a:b@edge.example/" }],
  ["a base URL of another scheme", "signing-today", { baseUrl: "file:///etc" }],
  ["no attempts", "signing-today", { baseUrl: "https://edge.example", maxAttempts: 0 }],
  ["a token that is an object", "signing-today", { baseUrl: "https://edge.example", token: {} }],
  ["a credential in a page", "signing-today", { baseUrl: "https://edge.example", credential: {} }],
]) {
  test(`a client with ${what} is refused`, () => {
    assert.throws(() => createClient(vendorName, options), RequestError);
  });
}

test("a vendor nobody knows is refused with those there are", async () => {
  const error = await failure(createClient("acme", { baseUrl: vendor.url }).call("GET /DSTs"));
  assert.match(error.message, /there are signing-today/);
});

test("no error shows the token", async () => {
  answer = (_, response) => json(response, 403, {});
  const error = await failure(client({ token: "s3cret-t0ken" }).call("GET /DSTs"));
  assert.doesNotMatch(JSON.stringify(error) + error.stack, /s3cret/);
});
