import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { createClient, errors, init, server } from "./support/package.mjs";
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
  answer = (_, response) => json(response, 200, {});
});

/** A token function that gives t1, t2, … and notes why it was asked. */
function counting() {
  const reasons = [];
  async function token(reason) {
    reasons.push(reason);
    const name = `t${reasons.length}`;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return name;
  }
  return { token, reasons };
}

test("twenty calls at once ask for one token, and later calls for none", async () => {
  const { token, reasons } = counting();
  const client = createClient("signing-today", { baseUrl: vendor.url, token });
  await Promise.all(Array.from({ length: 20 }, () => client.call("GET /DSTs")));
  await client.call("GET /DSTs");
  assert.deepEqual(reasons, ["needed"]);
  assert.ok(vendor.requests.every((request) => request.headers.authorization === "Bearer t1"));
});

test("twenty refusals ask for one new token", async () => {
  answer = ({ headers }, response) => json(response, headers.authorization === "Bearer t2" ? 200 : 401, {});
  const { token, reasons } = counting();
  const client = createClient("signing-today", { baseUrl: vendor.url, token });
  await Promise.all(Array.from({ length: 20 }, () => client.call("POST /DSTs", { body: {} })));
  assert.deepEqual(reasons, ["needed", "refused"]);
});

test("a token that is refused twice ends the call", async () => {
  answer = (_, response) => json(response, 401, { code: "Unauthorized", message: "no" });
  const { token, reasons } = counting();
  const client = createClient("signing-today", { baseUrl: vendor.url, token });
  await assert.rejects(client.call("GET /DSTs"), { name: "ApiError", status: 401 });
  assert.deepEqual(reasons, ["needed", "refused"]);
  assert.equal(vendor.requests.length, 2);
});

test("after a failure the token function is asked again", async () => {
  let failed = false;
  const token = () => {
    if (failed) return "t";
    failed = true;
    throw new Error("offline");
  };
  const client = createClient("signing-today", { baseUrl: vendor.url, token });
  await assert.rejects(client.call("GET /DSTs"), errors.TokenError);
  await client.call("GET /DSTs");
});

test("a token that is a text is not renewed", async () => {
  answer = (_, response) => json(response, 401, {});
  const client = createClient("signing-today", { baseUrl: vendor.url, token: "fixed" });
  await assert.rejects(client.call("GET /DSTs"), { status: 401, attempts: 1 });
});

test("two clients have two tokens", async () => {
  const [one, two] = [counting(), counting()];
  for (const { token } of [one, two]) {
    await createClient("signing-today", { baseUrl: vendor.url, token }).call("GET /DSTs");
  }
  assert.deepEqual([one.reasons, two.reasons], [["needed"], ["needed"]]);
});

test("a server's robot token goes to the vendor", async () => {
  const client = server.createClient("signing-today", { baseUrl: vendor.url, credential: { robot: { token: "r0bot" } } });
  await client.call("GET /DSTs");
  assert.equal(vendor.requests[0].headers.authorization, "Bearer r0bot");
});

test("a server's login is exchanged once for a token", async () => {
  answer = (request, response) => {
    if (request.url !== "/oauth/token") return json(response, 200, {});
    json(response, 200, { access_token: "fresh", token_type: "bearer", expires_in: 3600 });
  };
  const password = { client_id: "client", client_secret: "secret", username: "jdo@demo", password: "pa55" };
  const client = server.createClient("signing-today", { baseUrl: vendor.url, credential: { password } });
  await Promise.all([client.call("GET /DSTs"), client.call("GET /DSTs"), client.call("GET /DSTs")]);
  const [login, ...calls] = vendor.requests;
  assert.equal(login.headers.authorization, `Basic ${btoa("client:secret")}`);
  const form = await new Response(login.body, { headers: { "content-type": login.headers["content-type"] } }).formData();
  assert.deepEqual(Object.fromEntries(form), { username: "jdo@demo", password: "pa55", grant_type: "password" });
  assert.deepEqual(calls.map((call) => call.headers.authorization), Array(3).fill("Bearer fresh"));
});

test("a refused login is a token error whose cause is the refusal", async () => {
  answer = (_, response) => json(response, 400, { error: "invalid_grant", error_description: "Bad credentials" });
  const password = { client_id: "client", client_secret: "secret", username: "jdo@demo", password: "pa55" };
  const client = server.createClient("signing-today", { baseUrl: vendor.url, credential: { password } });
  const error = await client.call("GET /DSTs").catch((thrown) => thrown);
  assert.ok(error instanceof errors.TokenError);
  assert.ok(error.cause instanceof errors.ApiError);
  assert.equal(error.cause.code, "invalid_grant");
  assert.doesNotMatch(JSON.stringify(error) + error.stack, /pa55/);
});

test("a credential of no known form is refused, and so is one over plain http", async () => {
  const client = server.createClient("signing-today", { baseUrl: vendor.url, credential: { robot: {} } });
  await assert.rejects(client.call("GET /DSTs"), errors.RequestError);
  const options = { baseUrl: "http://vendor.example", credential: { robot: { token: "t" } } };
  assert.throws(() => server.createClient("signing-today", options), errors.RequestError);
});
