// A vendor, its token endpoint and an identity provider that fail in 28 ways: each is told plainly and in time,
// and the next good call works.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { FAULTS } from "../faults/faults.mjs";
import { startFaultServer } from "../faults/server.mjs";
import { caller, edgeToken, exchange } from "./calls.mjs";
import { startProcess } from "./edge.mjs";
import { connection, environment, issuerTable } from "./environment.mjs";
import { startIssuer } from "./issuer.mjs";

const TIMEOUT_MS = 1_000;
/** The edge waits so long for an identity provider (`worker/src/identity.rs`). */
const KEYS_TIMEOUT_MS = 5_000;
/** What a loaded machine may add. */
const SLACK_MS = 2_000;

const NAMES = Object.keys(FAULTS);
/** Faults whose answer is whole, if unusual. */
const WHOLE = ["latency", "early-hints", "huge-header", "bare-lf", "length-and-chunked", "extra-bytes"];
/** Faults that only a deadline ends. */
const ENDLESS = ["never", "slow-head", "slow-body", "endless-body"];
/** What becomes of a proxied call, by what the fault leaves of an answer. A header too large leaves nothing. */
const TOLD = {
  answer: "is given the vendor's answer whole",
  silence: "is told by a problem",
  "broken body": "is told by a broken body",
};
/** What the vendor says of itself, and the caller is told as it is. */
const OWN_WORDS = {
  html: [200, "text/html"],
  "html-502": [502, "text/html"],
  "not-json": [200, "application/json"],
  empty: [200, "application/json"],
  "no-content": [204, null],
  "too-many": [429, "application/json"],
  "server-error": [500, "application/json"],
  unavailable: [503, null],
};

let issuer;
let servers;
let edge;

before(async () => {
  issuer = await startIssuer();
  const good = (path) => {
    const token = { access_token: "a-vendor-token", expires_in: 30623 };
    const body = path.endsWith("/jwks")
      ? { keys: issuer.published }
      : path.endsWith("/oauth/token")
        ? token
        : { whole: "answer", path };
    return { type: "application/json", body: JSON.stringify(body) };
  };
  const start = (only) => startFaultServer({ good, only });
  const [vendor, tokens, keys] = await Promise.all([start("/DST/1"), start("/oauth/token"), start("/jwks")]);
  servers = { vendor, tokens, keys };
  const connections = {};
  const issuers = { app: issuerTable(issuer) };
  for (const name of NAMES) {
    connections[`call-${name}`] = ["robot", connection(`${vendor.url}/${name}`, { timeout_ms: TIMEOUT_MS })];
    connections[`token-${name}`] = ["password", connection(`${tokens.url}/${name}`, { timeout_ms: TIMEOUT_MS })];
    issuers[`app-${name}`] = issuerTable(issuer, {
      issuer: `${issuer.name}/${name}`,
      jwks_url: `${keys.url}/${name}/jwks`,
    });
  }
  const callers = NAMES.map((name) => ({ issuer: `app-${name}`, scopes: ["*:*"] }));
  connections.keys = ["robot", connection(vendor.url, { callers })];
  edge = await startProcess(environment(connections, issuers));
});

after(async () => {
  await edge?.stop();
  await Promise.all([issuer?.stop(), ...Object.values(servers ?? {}).map((server) => server.stop())]);
});

/** Does `work` with a signal that ends it, and checks that it did not come to that. */
async function within(deadline, work) {
  const began = performance.now();
  const outcome = await work(AbortSignal.timeout(deadline + SLACK_MS));
  const took = Math.round(performance.now() - began);
  assert.ok(took < deadline + SLACK_MS, `${took} ms, the deadline is ${deadline} ms`);
  return outcome;
}

async function assertHealthy() {
  assert.equal((await edge.fetch("/readyz")).status, 200);
  assert.doesNotMatch(edge.log(), /panic|unreachable executed|RuntimeError/);
}

const problemKinds = {
  502: /^\/problems\/(vendor-unreachable|credential-refused)$/,
  504: /^\/problems\/vendor-timeout$/,
};

/** Checks that an answer is one of the problems a failing vendor may cause. */
async function assertVendorProblem(reply, name) {
  const text = await reply.text();
  assert.match(
    reply.headers.get("content-type") ?? "",
    /^application\/problem\+json/,
    `${reply.status} ${text.slice(0, 300)}`,
  );
  const problem = JSON.parse(text);
  assert.match(problem.type, problemKinds[reply.status] ?? /never/, text);
  if (ENDLESS.includes(name)) assert.equal(problem.type, "/problems/vendor-timeout", text);
  assert.ok(problem.detail.length > 0);
}

describe("the fault server", () => {
  it("knows 28 faults", () => assert.equal(NAMES.length, 28));
});

describe("a proxied call to a vendor with the fault", { concurrency: 4 }, () => {
  for (const [name, { leaves }] of Object.entries(FAULTS)) {
    const told = TOLD[name === "huge-header" ? "silence" : leaves];
    it(`${name} ${told}, in time, and the next good one works`, async () => {
      const call = caller(edge, await edgeToken(edge, issuer.login(), `call-${name}`), `call-${name}`);
      await within(TIMEOUT_MS, async (signal) => {
        const reply = await call("/DST/1", { signal });
        if (told === TOLD.silence) return assertVendorProblem(reply, name);
        if (leaves === "broken body") return assertBroken(reply);
        if (name in OWN_WORDS) {
          assert.deepEqual([reply.status, reply.headers.get("content-type")], OWN_WORDS[name]);
          return reply.text();
        }
        assert.equal(reply.status, 200);
        assert.deepEqual(await reply.json(), { whole: "answer", path: `/${name}/DST/1` });
      });
      servers.vendor.mended.add(name);
      const reply = await call("/DST/1");
      assert.equal(reply.status, 200);
      assert.deepEqual(await reply.json(), { whole: "answer", path: `/${name}/DST/1` });
      await assertHealthy();
    });
  }
});

/** A body that breaks must not look like one that ended. */
async function assertBroken(reply) {
  if (reply.headers.get("content-type")?.startsWith("application/problem+json")) return assertVendorProblem(reply);
  assert.equal(reply.status, 200);
  await assert.rejects(reply.arrayBuffer(), (error) => {
    assert.notEqual(error.name, "TimeoutError", "nothing ends the body");
    return true;
  });
}

describe("a token call to a vendor with the fault", { concurrency: 4 }, () => {
  for (const name of NAMES) {
    const whole = WHOLE.includes(name);
    const told = whole ? "gives the token" : "is told by a problem";
    it(`${name} ${told}, in time, and the next good one works`, async () => {
      const call = caller(edge, await edgeToken(edge, issuer.login(), `token-${name}`), `token-${name}`);
      await within(TIMEOUT_MS, async (signal) => {
        const reply = await call("/DST/1", { signal });
        if (!whole) return assertVendorProblem(reply, name);
        assert.equal(reply.status, 200);
        assert.deepEqual(await reply.json(), { whole: "answer", path: `/${name}/DST/1` });
      });
      servers.tokens.mended.add(name);
      const reply = await call("/DST/1");
      assert.equal(reply.status, 200, await reply.clone().text());
      await assertHealthy();
    });
  }
});

describe("a login whose keys are behind the fault", { concurrency: 14 }, () => {
  for (const name of NAMES) {
    const whole = WHOLE.includes(name);
    const told = whole ? "is taken" : "is refused with an OAuth error";
    it(`${name} ${told}, in time, and the next good one works`, async () => {
      const login = issuer.login({ iss: `${issuer.name}/${name}` });
      await within(KEYS_TIMEOUT_MS, async () => {
        const { status, body } = await exchange(edge, login, "keys");
        if (whole) return assert.equal(status, 200, JSON.stringify(body));
        assert.ok(status >= 400 && status < 600, `${status}`);
        assert.ok(body.error.length > 0 && body.error_description.length > 0, JSON.stringify(body));
      });
      servers.keys.mended.add(name);
      const { status, body } = await exchange(edge, login, "keys");
      assert.equal(status, 200, JSON.stringify(body));
      await assertHealthy();
    });
  }
});
