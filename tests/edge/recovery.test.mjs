// What is left after a panic, and what hostile bytes can do: the next request works, and nothing stored is gone.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { assertProblem, caller, edgeToken, exchange, inParallel, postWebhook, storedEvents, until } from "./calls.mjs";
import { startProcess } from "./edge.mjs";
import { CANARIES, connection, environment, issuerTable } from "./environment.mjs";
import { hostileRequests, sendRaw } from "./hostile.mjs";
import { closeNow, startIssuer } from "./issuer.mjs";
import { openLive } from "./live.mjs";
import { json, startVendor } from "./vendor.mjs";

const SLOW_MS = 15_000;

let issuer;
let slowIssuer;
let vendor;
let edge;

before(async () => {
  [issuer, vendor, slowIssuer] = await Promise.all([startIssuer(), startVendor(), startSlowIssuer()]);
  const callers = ["app", "slow"].map((name) => ({ issuer: name, scopes: ["*:*"] }));
  const connections = {
    robot: ["robot", connection(vendor.base("robot"), { callers })],
    login: ["password", connection(vendor.base("login"))],
    "slow-login": ["password", connection(vendor.base("slow-login"))],
  };
  const issuers = { app: issuerTable(issuer), slow: issuerTable(issuer, { issuer: "slow", jwks_url: slowIssuer.url }) };
  edge = await startProcess(environment(connections, issuers, { TESTING: "panic" }));
});

after(() => Promise.all([edge?.stop(), issuer?.stop(), vendor?.stop(), slowIssuer?.stop()]));

/** A JWKS that is asked and does not answer. */
async function startSlowIssuer() {
  let asked = 0;
  const server = createServer(() => (asked += 1));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/jwks`, asked: () => asked, stop: () => closeNow(server) };
}

const panic = () => edge.fetch("/testing/panic");

async function assertWorks() {
  const call = caller(edge, await edgeToken(edge, issuer.login(), "robot"), "robot");
  assert.equal((await call("/DSTs")).status, 200);
}

/** A promise that must not hang: a panic must not keep a caller waiting for its timeout. */
function soon(promise, what) {
  const late = delay(SLOW_MS, null, { ref: false }).then(() => assert.fail(`${what} hangs`));
  return Promise.race([promise, late]);
}

describe("a panic", () => {
  it("is a 500 problem for the request that met it, and the next one works at once", async () => {
    await assertProblem(await panic(), 500, "internal");
    const began = performance.now();
    await assertWorks();
    assert.ok(performance.now() - began < 2_000, "recovered in time");
  });

  it("is survived twenty times in a row", async () => {
    for (let round = 0; round < 20; round += 1) {
      await assertProblem(await panic(), 500, "internal");
      assert.equal((await edge.fetch("/readyz")).status, 200);
    }
    await assertWorks();
  });

  it("is survived while others call: every call has an answer", async () => {
    const call = caller(edge, await edgeToken(edge, issuer.login(), "robot"), "robot");
    const statuses = [];
    await inParallel(
      Array.from({ length: 60 }, (_, n) => n),
      12,
      async (n) => {
        const reply = await soon(n % 6 === 0 ? panic() : call(`/DST/${n}`), `call ${n}`);
        await reply.text();
        statuses.push(n % 6 === 0 ? "panic" : reply.status);
      },
    );
    assert.deepEqual([...new Set(statuses)].sort(), [200, "panic"]);
  });

  it("leaves stored events, the inbox and its sequence as they were", async () => {
    const token = await edgeToken(edge, issuer.login(), "robot");
    const first = { dst: randomUUID() };
    assert.equal((await postWebhook(edge, "robot", first)).status, 202);
    const before = await storedEvents(edge, "robot", token);
    await panic();
    assert.deepEqual(await storedEvents(edge, "robot", token), before);
    assert.equal((await postWebhook(edge, "robot", first)).status, 200, "still a duplicate");
    assert.equal((await postWebhook(edge, "robot", { dst: randomUUID() })).status, 202);
    const after = await storedEvents(edge, "robot", token);
    assert.deepEqual(after.slice(0, -1), before);
    assert.ok(after.at(-1).sequence > before.at(-1).sequence);
  });

  it("leaves live sockets open, and new ones open", async () => {
    const token = await edgeToken(edge, issuer.login(), "robot");
    await postWebhook(edge, "robot", { dst: randomUUID() });
    const from = (await storedEvents(edge, "robot", token)).at(-1).sequence;
    const old = await openLive(edge, "robot", token, from);
    await panic();
    const fresh = await openLive(edge, "robot", token, from);
    await postWebhook(edge, "robot", { dst: randomUUID() });
    await Promise.all([old.has(1), fresh.has(1)]);
    assert.deepEqual([old.sequences, fresh.sequences], [[from + 1], [from + 1]]);
    await Promise.all([old.close(), fresh.close()]);
  });

  it("leaves the vendor token: no further one is asked for", async () => {
    const call = caller(edge, await edgeToken(edge, issuer.login(), "login"), "login");
    assert.equal((await call("/DSTs")).status, 200);
    const asked = vendor.asked("/login/oauth/token").length;
    await panic();
    assert.equal((await call("/DSTs")).status, 200);
    assert.equal(vendor.asked("/login/oauth/token").length, asked);
  });
});

describe("a request in flight while another one panics", () => {
  it("to the vendor is answered as if nothing had been", async () => {
    const waiting = [];
    const id = vendor.script((response) => waiting.push(response));
    const call = caller(edge, await edgeToken(edge, issuer.login(), "robot"), "robot");
    const replies = Array.from({ length: 10 }, () => call(`/DST/${id}`));
    await until("ten calls at the vendor", () => waiting.length === 10);
    await panic();
    for (const response of waiting) json(response, 200, { id });
    for (const reply of await soon(Promise.all(replies), "a proxied call")) assert.equal(reply.status, 200);
  });

  it("for a vendor token is told by a problem, and the next one gets a token", async () => {
    const waiting = [];
    vendor.tokenScripts.set("slow-login", (response) => waiting.push(response));
    const call = caller(edge, await edgeToken(edge, issuer.login(), "slow-login"), "slow-login");
    const reply = call("/DSTs");
    await until("the token call at the vendor", () => waiting.length > 0);
    await panic();
    await assertProblem(await soon(reply, "a call that waits for a token"), 500, "internal");
    vendor.tokenScripts.delete("slow-login");
    for (const response of waiting) response.destroy();
    assert.equal((await call("/DSTs")).status, 200);
  });

  it("for an exchange is told in JSON, and the next one is good", async () => {
    const asked = slowIssuer.asked();
    const pending = edge.fetch("/oauth/token", { method: "POST", body: slowLogin() });
    await until("the keys are asked for", () => slowIssuer.asked() > asked);
    await panic();
    const reply = await soon(pending, "an exchange");
    assert.equal(reply.status, 500);
    assert.match(reply.headers.get("content-type"), /json/);
    await reply.json();
    const { status } = await exchange(edge, issuer.login(), "robot");
    assert.equal(status, 200);
  });

  it("with a webhook has an answer, and what was answered 2xx is stored", async () => {
    const token = await edgeToken(edge, issuer.login(), "robot");
    const acknowledged = new Set();
    const statuses = new Set();
    const posts = Array.from({ length: 60 }, async (_, n) => {
      if (n % 20 === 10) await panic();
      const dst = randomUUID();
      const reply = await soon(postWebhook(edge, "robot", { dst }), "a webhook");
      statuses.add(reply.status);
      const text = await reply.text();
      if (reply.ok) acknowledged.add(dst);
      else assert.match(text, /"\/problems\/internal"/);
    });
    await Promise.all(posts);
    for (const status of statuses) assert.ok([202, 500].includes(status), `${status}`);
    const subjects = (await storedEvents(edge, "robot", token)).map(({ subject }) => subject);
    const lost = [...acknowledged].filter((dst) => !subjects.includes(dst));
    assert.deepEqual(lost, []);
    assert.equal(new Set(subjects).size, subjects.length, "nothing twice");
  });
});

function slowLogin() {
  return new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: issuer.login({ iss: "slow" }),
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    audience: "robot",
  });
}

describe("hostile bytes", () => {
  const SEED = Number(process.env.COUNTERSIGN_FUZZ_SEED ?? 20261122);
  const COUNT = Number(process.env.COUNTERSIGN_FUZZ_COUNT ?? 400);

  it(`in ${COUNT} requests (seed ${SEED}) are never a 5xx, and a good request works after each batch`, async () => {
    const token = await edgeToken(edge, issuer.login(), "robot");
    const requests = hostileRequests(SEED, COUNT, { token, connection: "robot" });
    const bad = [];
    for (let from = 0; from < requests.length; from += 50) {
      await inParallel(requests.slice(from, from + 50), 10, async (bytes) => {
        const { status, text } = await sendRaw(edge.url, bytes);
        // 501 is the runtime's own word for a method it does not know; the edge is not asked.
        if (status >= 500 && status !== 501)
          bad.push(`${status} for ${JSON.stringify(bytes.slice(0, 200))}\n  ${text.slice(-300)}`);
      });
      await assertWorks();
    }
    assert.deepEqual(bad, [], `seed ${SEED}`);
  });

  it("leave no panic and no secret in the log", () => {
    const log = edge.log().replaceAll(/panic: .*a panic was asked for.*/g, "");
    assert.doesNotMatch(log, /countersign: panic: (?!panicked at worker\/src\/shell\.rs)/);
    for (const [name, secret] of Object.entries(CANARIES)) assert.ok(!log.includes(secret), name);
  });
});
