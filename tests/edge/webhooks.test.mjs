// POST /webhooks/{connection}: proved first, stored once, answered last.

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { assertProblem, edgeToken, inParallel, postWebhook, storedEvents } from "./calls.mjs";
import { startProcess } from "./edge.mjs";
import { CANARIES, WEBHOOK_HEADERS, connection, environment, issuerTable } from "./environment.mjs";
import { startIssuer } from "./issuer.mjs";

const MEGABYTE = 1024 * 1024;
// Each test has an inbox of its own.
const NAMES = Array.from({ length: 20 }, (_, index) => `inbox-${index}`);

let issuer;
let edge;
const free = [...NAMES];

before(async () => {
  issuer = await startIssuer();
  const connections = Object.fromEntries(NAMES.map((name) => [name, ["robot", connection("http://127.0.0.1:1")]]));
  const env = environment(connections, { app: issuerTable(issuer) });
  // A connection nobody gave a webhook secret.
  env.vars.CONNECTIONS.silent = connection("http://127.0.0.1:1");
  env.secrets.CREDENTIAL_SILENT = JSON.stringify({ robot: { token: CANARIES.robotToken } });
  edge = await startProcess(env);
});

after(() => Promise.all([edge?.stop(), issuer?.stop()]));

/** An inbox nobody has used: how to post to it, and what it holds. */
function fresh() {
  const name = free.pop();
  return {
    name,
    post: (body, headers) => postWebhook(edge, name, body, headers),
    stored: async () => storedEvents(edge, name, await edgeToken(edge, issuer.login(), name)),
  };
}

const event = (more = {}) => ({ status: "toSign", dst: randomUUID(), reason: null, ...more });
const streamOf = (bytes) => new Blob([bytes]).stream();

describe("a delivery with the right credentials", () => {
  it("is answered 202 and is in the list of events, its payload untouched", async () => {
    const { name, post, stored } = fresh();
    const dst = randomUUID();
    const payload = `{ "status":"toSign",\n "dst": "${dst}", "reason":null, "n": 1.10, "big": 12345678901234567890 }`;
    const reply = await post(payload);
    assert.equal(reply.status, 202);
    const { id, duplicate } = await reply.json();
    assert.equal(duplicate, false);
    const [stored1, ...more] = await stored();
    assert.equal(more.length, 0);
    assert.ok(!Number.isNaN(Date.parse(stored1.time)));
    assert.deepEqual(
      { ...stored1, time: "" },
      {
        specversion: "1.0",
        id,
        source: `/connections/${name}`,
        type: "com.signingtoday.dst.toSign",
        subject: dst,
        time: "",
        sequence: 1,
        datacontenttype: "application/json",
        data: JSON.parse(payload),
      },
    );
    const token = await edgeToken(edge, issuer.login(), name);
    const page = await edge.fetch(`/events/${name}`, { headers: { authorization: `Bearer ${token}` } });
    assert.ok((await page.text()).includes(payload), "byte for byte");
  });

  it("of one signature becomes an event about its transaction", async () => {
    const { post, stored } = fresh();
    await post({ status: "performed", dst: { id: "20b772dc", title: "Sales" }, signer: "ada" });
    const [{ type, subject }] = await stored();
    assert.deepEqual([type, subject], ["com.signingtoday.signature.performed", "20b772dc"]);
  });

  it("sent again is answered 200 as a duplicate with the same id, and is stored once", async () => {
    const { post, stored } = fresh();
    const body = event();
    const first = await (await post(body)).json();
    const again = await post(body);
    assert.equal(again.status, 200);
    assert.deepEqual(await again.json(), { id: first.id, duplicate: true });
    assert.equal((await stored()).length, 1);
  });

  it("sent again leaves no gap in the sequence: a gap would look like a loss", async () => {
    const { post, stored } = fresh();
    const body = event();
    for (const one of [body, body, body, event(), body, event()]) await post(one);
    assert.deepEqual(
      (await stored()).map(({ sequence }) => sequence),
      [1, 2, 3],
    );
  });

  it("sent to two connections is an event of each", async () => {
    const [one, other] = [fresh(), fresh()];
    const body = event();
    for (const inbox of [one, other]) assert.equal((await inbox.post(body)).status, 202);
    const [[first], [second]] = [await one.stored(), await other.stored()];
    assert.notEqual(first.id, second.id);
  });

  it("that is not JSON is stored all the same, as data_base64", async () => {
    const { post, stored } = fresh();
    const bodies = [
      randomBytes(1000),
      Buffer.from("status=toSign&dst=1"),
      Buffer.from('{"cut":'),
      Buffer.from([0xff, 0xfe, 0]),
      Buffer.alloc(0),
    ];
    for (const body of bodies) assert.equal((await post(body)).status, 202);
    const events = await stored();
    assert.deepEqual(
      events.map((one) => Buffer.from(one.data_base64, "base64")),
      bodies,
    );
    for (const one of events) {
      assert.equal(one.data, undefined);
      assert.equal(one.type, "com.signingtoday.unreadable");
    }
  });

  it("that is JSON of any other shape is stored as a notice", async () => {
    const { post, stored } = fresh();
    const bodies = [
      "null",
      "[]",
      '"text"',
      "1e999",
      '{"status":{"a":1},"dst":[]}',
      '{"status":"a b\\n","dst":"x\\"y"}',
      '{"dst":"\\ud800"}',
      `${"[".repeat(5000)}${"]".repeat(5000)}`,
    ];
    for (const body of bodies) {
      const reply = await post(body);
      assert.equal(reply.status, 202, `${body.slice(0, 40)}: ${await reply.text()}`);
    }
    const events = await stored();
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      bodies.map((_, index) => index + 1),
    );
    for (const { type } of events) assert.match(type, /^com\.signingtoday\.[a-z]+(\.\w+)?$/);
  });

  it("is stored although the type of its content is wrong or missing", async () => {
    const { post, stored } = fresh();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "é"]) {
      const headers = { ...WEBHOOK_HEADERS, "content-type": encodeURI(type) };
      assert.equal((await post(event(), headers)).status, 202);
    }
    assert.equal((await stored()).length, 4);
  });

  it("of exactly 1 MiB is stored", async () => {
    const { post, stored } = fresh();
    const body = JSON.stringify({ ...event(), pad: "" });
    const full = body.replace('"pad":""', `"pad":"${"x".repeat(MEGABYTE - body.length)}"`);
    assert.equal(full.length, MEGABYTE);
    assert.equal((await post(full)).status, 202);
    assert.equal((await stored()).length, 1);
  });
});

describe("many deliveries at once", () => {
  it("of one id are stored once: one 202, and 99 duplicates with a 200", async () => {
    const { post, stored } = fresh();
    const body = event();
    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await post(body)).status));
    assert.equal(statuses.filter((status) => status === 202).length, 1);
    assert.equal(statuses.filter((status) => status === 200).length, 99);
    assert.equal((await stored()).length, 1);
  });

  it("of 200 ids are all stored, each once, in a sequence without a gap", async () => {
    const { post, stored } = fresh();
    const sent = Array.from({ length: 200 }, () => event());
    const ids = [];
    await inParallel(sent, 200, async (body) => {
      const reply = await post(body);
      assert.equal(reply.status, 202);
      ids.push((await reply.json()).id);
    });
    const events = await stored();
    assert.deepEqual(
      events.map(({ sequence }) => sequence),
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
    assert.deepEqual(new Set(events.map(({ id }) => id)), new Set(ids));
    assert.deepEqual(new Set(events.map(({ subject }) => subject)), new Set(sent.map(({ dst }) => dst)));
  });

  it("of 10 ids, each sent 10 times, are stored 10 in all", async () => {
    const { post, stored } = fresh();
    const bodies = Array.from({ length: 10 }, () => event());
    const answers = { 200: 0, 202: 0 };
    await inParallel(
      bodies.flatMap((body) => Array(10).fill(body)),
      64,
      async (body) => {
        answers[(await post(body)).status] += 1;
      },
    );
    assert.deepEqual(answers, { 200: 90, 202: 10 });
    assert.equal((await stored()).length, 10);
  });
});

describe("a delivery that proves nothing", () => {
  const basic = (user, password) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const right = basic("countersign", CANARIES.webhookPassword);
  const key = CANARIES.webhookKey;
  const FORGERIES = {
    "no credentials": {},
    "no header": { authorization: right },
    "no Basic": { "x-webhook-key": key },
    "a wrong header": { "x-webhook-key": `${key}x`, authorization: right },
    "a part of the header": { "x-webhook-key": key.slice(0, -1), authorization: right },
    "an empty header": { "x-webhook-key": "", authorization: right },
    "the header twice over": { "x-webhook-key": `${key}, ${key}`, authorization: right },
    "another case": { "x-webhook-key": key.toUpperCase(), authorization: right },
    "a wrong password": { "x-webhook-key": key, authorization: basic("countersign", "wrong") },
    "a wrong user": { "x-webhook-key": key, authorization: basic("admin", CANARIES.webhookPassword) },
    "an empty password": { "x-webhook-key": key, authorization: basic("countersign", "") },
    "no base64": { "x-webhook-key": key, authorization: "Basic !!!" },
    "another scheme": { "x-webhook-key": key, authorization: `Bearer ${CANARIES.webhookPassword}` },
    "credentials swapped": { "x-webhook-key": CANARIES.webhookPassword, authorization: basic("countersign", key) },
    "a very long header": { "x-webhook-key": "k".repeat(7000), authorization: right },
  };

  it("is refused with one answer for every cause, and nothing is stored", async () => {
    const { post, stored } = fresh();
    const answers = new Set();
    for (const [name, headers] of Object.entries(FORGERIES)) {
      const reply = await post(event(), headers);
      const text = await reply.clone().text();
      await assertProblem(reply, 401, "unverified");
      assert.equal(reply.headers.get("www-authenticate"), null, name);
      answers.add(`${text} ${[...reply.headers].filter(([field]) => field !== "date").join()}`);
    }
    assert.equal(answers.size, 1, [...answers].join("\n"));
    assert.deepEqual(await stored(), []);
  });

  it("is refused 200 times over without a single other answer", async () => {
    const { post, stored } = fresh();
    const statuses = new Set();
    await inParallel(
      Array.from({ length: 200 }, (_, n) => n),
      32,
      async (n) => {
        const headers = {
          "x-webhook-key": randomBytes(n % 48).toString("base64"),
          authorization: n % 2 ? right : basic("countersign", randomUUID()),
        };
        statuses.add((await post(randomBytes(n), headers)).status);
      },
    );
    assert.deepEqual([...statuses], [401]);
    assert.deepEqual(await stored(), []);
  });

  it("is refused, whatever it sends, where no secret is configured", async () => {
    for (const headers of [{}, WEBHOOK_HEADERS, { "x-webhook-key": "", authorization: "Basic Og==" }]) {
      await assertProblem(await postWebhook(edge, "silent", event(), headers), 401, "unverified");
    }
  });
});

describe("a delivery that is refused unread", () => {
  it("is one above 1 MiB, with and without a length, proved or not", async () => {
    const { post, stored } = fresh();
    const large = new Uint8Array(MEGABYTE + 1);
    for (const body of [large, streamOf(large), streamOf(new Uint8Array(4 * MEGABYTE))]) {
      await assertProblem(await post(body), 413, "too-large");
    }
    await assertProblem(await post(large, {}), 413, "too-large");
    assert.deepEqual(await stored(), []);
  });

  it("is one for a connection nobody configured", async () => {
    for (const name of ["nobody", "INBOX-0", "constructor", "inbox-0%20"]) {
      await assertProblem(await postWebhook(edge, name, event()), 404, "unknown-connection");
    }
  });

  it("is one that is no POST", async () => {
    for (const method of ["GET", "PUT", "DELETE", "HEAD"]) {
      const reply = await edge.fetch("/webhooks/inbox-0", { method, headers: WEBHOOK_HEADERS });
      assert.equal(reply.status, 405, method);
    }
  });
});
