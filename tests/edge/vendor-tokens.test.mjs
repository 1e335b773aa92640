// Connections with a password grant: one token for all, renewed once, kept, and never seen by anybody.

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { assertProblem, caller, edgeToken } from "./calls.mjs";
import { startProcess } from "./edge.mjs";
import { CANARIES, connection, environment, issuerTable } from "./environment.mjs";
import { startIssuer } from "./issuer.mjs";
import { makePlace } from "./place.mjs";
import { json, startVendor } from "./vendor.mjs";

const HOUR = 3_600_000;
// Each test has a connection of its own, so that none sees the token of another.
const NAMES = Array.from({ length: 12 }, (_, index) => `login-${index}`);

let issuer;
let vendor;
let place;
let edge;
const free = [...NAMES];

before(async () => {
  [issuer, vendor] = await Promise.all([startIssuer(), startVendor()]);
  const connections = Object.fromEntries(
    NAMES.map((name) => [name, ["password", connection(vendor.base(name), { timeout_ms: 4_000 })]]),
  );
  place = await makePlace(environment(connections, { app: issuerTable(issuer) }));
  edge = await startProcess(undefined, place);
});

after(async () => {
  await Promise.all([edge?.stop(), issuer?.stop(), vendor?.stop()]);
  await place?.remove();
});

/** A function that calls through a connection, with an edge token of this moment. */
async function callerOf(name) {
  const exp = Math.floor(Date.now() / 1000) + 86_400;
  return caller(edge, await edgeToken(edge, issuer.login({ exp }), name), name);
}

/** A connection nobody has used, and a function that calls through it. */
async function fresh() {
  const name = free.pop();
  return { name, call: await callerOf(name) };
}

const grants = (name) => vendor.asked(`/${name}/oauth/token`);
const good = (response, more) =>
  json(response, 200, { access_token: randomUUID(), token_type: "bearer", expires_in: 30623, ...more });

function assertNoSecret(text) {
  for (const [name, secret] of Object.entries(CANARIES)) assert.ok(!text.includes(secret), `${name} is in ${text}`);
  assert.ok(!text.includes("vendor-token-"), text);
}

describe("a cold connection", () => {
  it("asks for one token for 50 calls at once, as the vendor's page says", async () => {
    const { name, call } = await fresh();
    const statuses = await Promise.all(Array.from({ length: 50 }, async (_, n) => (await call(`/DST/${n}`)).status));
    assert.deepEqual([...new Set(statuses)], [200]);
    const [grant, ...more] = grants(name);
    assert.equal(more.length, 0);
    assert.equal(
      grant.headers.authorization,
      `Basic ${Buffer.from(`client:${CANARIES.clientSecret}`).toString("base64")}`,
    );
    assert.match(grant.headers["content-type"], /^multipart\/form-data; boundary=/);
    for (const field of ["username", "password", "grant_type"])
      assert.match(grant.body.toString(), new RegExp(`name="${field}"`));
    const used = new Set(vendor.asked(`/${name}/DST/`).map((request) => request.headers.authorization));
    assert.deepEqual([...used], [`Bearer ${[...vendor.tokens.get(name)][0]}`]);
  });

  it("uses its token again, and a new one once it is about to end", async () => {
    const { name, call } = await fresh();
    for (let n = 0; n < 3; n += 1) assert.equal((await call("/DSTs")).status, 200);
    assert.equal(grants(name).length, 1);
    await edge.advance(8.6 * HOUR);
    try {
      const later = await callerOf(name);
      const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await later("/DSTs")).status));
      assert.deepEqual([...new Set(statuses)], [200]);
      assert.equal(grants(name).length, 2);
    } finally {
      await edge.advance(-8.6 * HOUR);
    }
  });

  it("does not ask for ever if the vendor gives tokens that are already over", async () => {
    const { name, call } = await fresh();
    vendor.tokenScripts.set(name, (response) => good(response, { expires_in: 0 }));
    const reply = await call("/DSTs", { signal: AbortSignal.timeout(10_000) });
    await reply.text();
    assert.ok(grants(name).length <= 3, `the vendor was asked ${grants(name).length} times`);
  });

  it("keeps a token that names no end", async () => {
    const { name, call } = await fresh();
    const token = randomUUID();
    vendor.tokenScripts.set(name, (response) => json(response, 200, { access_token: token }));
    assert.equal((await call("/DSTs")).status, 200);
    assert.equal((await call("/DSTs")).status, 200);
    assert.equal(grants(name).length, 1);
  });
});

describe("a token the vendor refuses", () => {
  it("is replaced once, and the call is sent again with its body", async () => {
    const { name, call } = await fresh();
    await call("/DSTs");
    vendor.revoke(name);
    const id = randomUUID();
    const body = randomBytes(200 * 1024);
    const reply = await call(`/DST/${id}`, { method: "PUT", body, headers: { "content-type": "application/json" } });
    assert.equal(reply.status, 200);
    const [first, second, ...more] = vendor.asked(id);
    assert.equal(more.length, 0);
    assert.deepEqual(first.body, body);
    assert.deepEqual(second.body, body);
    assert.notEqual(first.headers.authorization, second.headers.authorization);
    assert.equal(grants(name).length, 2);
  });

  it("is replaced once for 50 calls at once", async () => {
    const { name, call } = await fresh();
    await call("/DSTs");
    vendor.revoke(name);
    const statuses = await Promise.all(Array.from({ length: 50 }, async (_, n) => (await call(`/DST/${n}`)).status));
    assert.deepEqual([...new Set(statuses)], [200]);
    assert.equal(grants(name).length, 2);
  });

  it("is replaced, but a body too large to be kept is the caller's to send again", async () => {
    const { name, call } = await fresh();
    await call("/DSTs");
    vendor.revoke(name);
    const body = randomBytes(1024 * 1024);
    const first = await call("/DST/1", { method: "PUT", body });
    await assertProblem(first, 503, "credential-renewed");
    assert.equal(first.headers.get("retry-after"), "0");
    assert.equal((await call("/DST/1", { method: "PUT", body })).status, 200);
    assert.equal(grants(name).length, 2);
  });

  it("is not replaced for ever: a second refusal is the end", async () => {
    const { name, call } = await fresh();
    const id = vendor.script((response) => json(response, 401, { error_description: "no" }));
    const problem = await assertProblem(await call(`/DST/${id}`), 502, "credential-refused");
    assertNoSecret(JSON.stringify(problem));
    assert.ok(vendor.asked(id).length <= 2);
    assert.ok(grants(name).length <= 2);
  });
});

describe("a vendor that gives no token", () => {
  it("is a credential-refused problem after one try, without any secret in it", async () => {
    for (const status of [400, 401, 403]) {
      const { name, call } = await fresh();
      const echo = `Bad credentials: ${CANARIES.password} for client ${CANARIES.clientSecret}`;
      vendor.tokenScripts.set(name, (response) =>
        json(response, status, { error: "invalid_grant", error_description: echo }),
      );
      const problem = await assertProblem(await call("/DSTs"), 502, "credential-refused");
      assertNoSecret(JSON.stringify(problem));
      assert.equal(grants(name).length, 1, "a refused login is not repeated");
      vendor.tokenScripts.delete(name);
      assert.equal((await call("/DSTs")).status, 200, "once it is mended, it works");
    }
  });

  it("leaves no secret in the log", () => assertNoSecret(edge.log()));
});

describe("a renewed token", () => {
  it("is kept across a restart: the vendor sees no further token request", async () => {
    const { name, call } = await fresh();
    await call("/DSTs");
    vendor.revoke(name);
    assert.equal((await call("/DSTs")).status, 200);
    assert.equal(grants(name).length, 2);
    await edge.kill();
    edge = await startProcess(undefined, place);
    assert.equal((await (await callerOf(name))("/DSTs")).status, 200);
    assert.equal(grants(name).length, 2);
  });
});
