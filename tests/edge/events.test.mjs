// GET /events/{connection} and its live stream: everything that was stored, once, in order.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { assertProblem, edgeToken, inParallel, postWebhook, storedEvents, until } from "./calls.mjs";
import { startHarness } from "./edge.mjs";
import { ORIGIN, connection, environment, issuerTable } from "./environment.mjs";
import { startIssuer } from "./issuer.mjs";
import { askUpgrade, openLive } from "./live.mjs";

// Each test has an inbox of its own.
const NAMES = Array.from({ length: 20 }, (_, index) => `inbox-${index}`);

let issuer;
let edge;
const free = [...NAMES];

before(async () => {
  issuer = await startIssuer();
  const connections = Object.fromEntries(NAMES.map((name) => [name, ["robot", connection("http://127.0.0.1:1")]]));
  edge = await startHarness(environment(connections, { app: issuerTable(issuer) }));
});

after(() => Promise.all([edge?.stop(), issuer?.stop()]));

/** An inbox nobody has used, with `count` events in it. */
async function inboxWith(count) {
  const name = free.pop();
  const token = await edgeToken(edge, issuer.login(), name);
  const post = async (more) => {
    const reply = await postWebhook(edge, name, { status: "toSign", dst: randomUUID(), ...more });
    assert.equal(reply.status, 202);
  };
  for (let n = 0; n < count; n += 1) await post();
  const get = (query = "", headers = {}) =>
    edge.fetch(`/events/${name}${query}`, { headers: { authorization: `Bearer ${token}`, ...headers } });
  return { name, token, post, get };
}

const upTo = (last, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe("the list of events", () => {
  const sequences = (page) => page.events.map(({ sequence }) => sequence);

  it("is read page by page with `after` and `limit`, and `next` leads on", async () => {
    const { get } = await inboxWith(7);
    const first = await (await get("?limit=3")).json();
    assert.deepEqual([sequences(first), first.next], [[1, 2, 3], 3]);
    const second = await (await get("?limit=3&after=3")).json();
    assert.deepEqual([sequences(second), second.next], [[4, 5, 6], 6]);
    const last = await (await get(`?after=${second.next}`)).json();
    assert.deepEqual([sequences(last), last.next], [[7], 7]);
    const none = await (await get("?after=7")).json();
    assert.deepEqual([none.events, none.next], [[], 7]);
  });

  it("of an inbox nobody wrote to is empty", async () => {
    const { get } = await inboxWith(0);
    const reply = await get();
    assert.equal(reply.headers.get("content-type"), "application/json");
    assert.match(reply.headers.get("cache-control"), /no-store/);
    assert.deepEqual(await reply.json(), { events: [], next: 0 });
  });

  it("refuses parameters that are no numbers or out of bounds", async () => {
    const { get } = await inboxWith(1);
    for (const query of [
      "?limit=0",
      "?limit=1001",
      "?limit=x",
      "?limit=",
      "?limit=-1",
      "?after=-1",
      "?after=x",
      "?after=1.5",
      "?after=",
      "?after=99999999999999999999999",
    ]) {
      await assertProblem(await get(query), 400, "bad-parameter");
    }
    for (const query of ["?after=18446744073709551615", "?after=9007199254740993", "?unknown=1"])
      assert.equal((await get(query)).status, 200, query);
  });

  it("needs a token of this connection with the scope events:read_many", async () => {
    const { name, token } = await inboxWith(1);
    const list = (authorization) => edge.fetch(`/events/${name}`, { headers: authorization ? { authorization } : {} });
    await assertProblem(await list(), 401, "unauthorized");
    await assertProblem(await list("Bearer x"), 401, "unauthorized");
    const narrow = await edgeToken(edge, issuer.login(), name, "dsts:read_one");
    const problem = await assertProblem(await list(`Bearer ${narrow}`), 403, "insufficient-scope");
    assert.equal(problem.scope, "events:read_many");
    const exact = await edgeToken(edge, issuer.login(), name, "events:read_many");
    assert.equal((await list(`Bearer ${exact}`)).status, 200);
    const other = await inboxWith(0);
    await assertProblem(
      await edge.fetch(`/events/${other.name}`, { headers: { authorization: `Bearer ${token}` } }),
      403,
      "wrong-connection",
    );
    await assertProblem(
      await edge.fetch("/events/nobody", { headers: { authorization: `Bearer ${token}` } }),
      404,
      "unknown-connection",
    );
  });

  it("is read by GET only, and by pages of the connection's origins", async () => {
    const { name, token, get } = await inboxWith(0);
    for (const method of ["POST", "PUT", "DELETE"]) {
      const reply = await edge.fetch(`/events/${name}`, { method, headers: { authorization: `Bearer ${token}` } });
      await assertProblem(reply, 405, "method-not-allowed");
    }
    assert.equal((await get("", { origin: ORIGIN })).headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal((await get("", { origin: "https://evil.example" })).headers.get("access-control-allow-origin"), null);
    const preflight = await edge.fetch(`/events/${name}`, { method: "OPTIONS", headers: { origin: ORIGIN } });
    assert.equal(preflight.status, 204);
  });
});

describe("the live stream", () => {
  it("gives every stored event after N, then those that come", async () => {
    const { name, token, post } = await inboxWith(5);
    const live = await openLive(edge, name, token, 2);
    await live.has(3);
    await post({ dst: "live-one" });
    await live.has(4);
    assert.deepEqual(live.sequences, [3, 4, 5, 6]);
    assert.equal(live.events[3].subject, "live-one");
    assert.deepEqual(live.events, await storedEvents(edge, name, token, 2), "the same objects as in the list");
    await live.close();
  });

  it("gives more stored events than one batch holds", async () => {
    const { name, token } = await inboxWith(0);
    await inParallel(upTo(230), 64, () => postWebhook(edge, name, { dst: randomUUID() }));
    const live = await openLive(edge, name, token, 0);
    await live.has(230);
    assert.deepEqual(live.sequences, upTo(230));
    await live.close();
  });

  it("gives every event once and in order to each of 10 sockets while 100 webhooks come at once", async () => {
    const { name, token, post } = await inboxWith(3);
    const sockets = await Promise.all(upTo(10).map((n) => openLive(edge, name, token, n % 4)));
    await inParallel(upTo(100), 50, () => post());
    await Promise.all(sockets.map((live, index) => live.has(103 - ((index + 1) % 4))));
    for (const [index, live] of sockets.entries()) assert.deepEqual(live.sequences, upTo(103, ((index + 1) % 4) + 1));
    await Promise.all(sockets.map((live) => live.close()));
  });

  it("misses nothing between the old socket and the next one that goes on after its last event", async () => {
    const { name, token, post } = await inboxWith(0);
    const seen = [];
    const writing = inParallel(upTo(60), 4, () => post());
    for (let round = 0; round < 5; round += 1) {
      const live = await openLive(edge, name, token, seen.at(-1) ?? 0);
      await live.has(5);
      await live.close();
      seen.push(...live.sequences);
    }
    await writing;
    const last = await openLive(edge, name, token, seen.at(-1));
    await last.has(60 - seen.at(-1));
    assert.deepEqual([...seen, ...last.sequences], upTo(60));
    await last.close();
  });

  it("survives the hibernation of its object: the cursor stays, nothing comes twice", async () => {
    const { name, token, post } = await inboxWith(2);
    const [one, other] = [await openLive(edge, name, token, 0), await openLive(edge, name, token, 1)];
    await Promise.all([one.has(2), other.has(1)]);
    for (let round = 0; round < 3; round += 1) {
      await edge.worker.evictDurableObject("INBOX", { name, webSockets: "hibernate" });
      await post();
    }
    await Promise.all([one.has(5), other.has(4)]);
    assert.deepEqual([one.sequences, other.sequences], [upTo(5), upTo(5, 2)]);
    await Promise.all([one.close(), other.close()]);
  });

  it("is closed by an eviction, and the next one has everything", async () => {
    const { name, token, post } = await inboxWith(2);
    const live = await openLive(edge, name, token, 0);
    await live.has(2);
    await edge.worker.evictDurableObject("INBOX", { name, webSockets: "close" });
    await live.closed;
    await post();
    const next = await openLive(edge, name, token, live.sequences.at(-1));
    await next.has(1);
    assert.deepEqual(next.sequences, [3]);
    await next.close();
  });

  it("answers `ping` with `pong` and takes no harm from anything else a client says", async () => {
    const { name, token, post } = await inboxWith(0);
    const live = await openLive(edge, name, token, 0);
    for (const message of ["{}", "\u0000", "x".repeat(100_000), new Uint8Array([1, 2, 3]), "ping"])
      live.socket.send(message);
    await until("a pong", () => live.said.includes("pong"));
    await post();
    await live.has(1);
    assert.deepEqual(live.sequences, [1]);
    await live.close();
  });

  it("is opened for a page of a configured origin, and selects the subprotocol", async () => {
    const { name, token } = await inboxWith(0);
    const reply = await askUpgrade(edge, `/events/${name}/live`, {
      origin: ORIGIN,
      "sec-websocket-protocol": `countersign.v1, bearer.${token}`,
    });
    assert.equal(reply.headers.get("upgraded"), "yes", await reply.text());
    assert.equal(reply.headers.get("sec-websocket-protocol"), "countersign.v1");
  });

  it("is opened by a program that sends its token in the header", async () => {
    const { name, token } = await inboxWith(0);
    const headers = { authorization: `Bearer ${token}`, "sec-websocket-protocol": "countersign.v1" };
    assert.equal((await askUpgrade(edge, `/events/${name}/live`, headers)).headers.get("upgraded"), "yes");
  });

  it("is refused without a good token, the scope, the subprotocol, a configured origin or a number", async () => {
    const { name, token } = await inboxWith(1);
    const narrow = await edgeToken(edge, issuer.login(), name, "dsts:read_one");
    const path = `/events/${name}/live`;
    const protocol = (bearer) => ({ "sec-websocket-protocol": `countersign.v1, bearer.${bearer}` });
    const cases = [
      [path, {}, 401, "unauthorized"],
      [path, { "sec-websocket-protocol": "countersign.v1" }, 401, "unauthorized"],
      [path, protocol("x"), 401, "unauthorized"],
      [path, protocol(issuer.login()), 401, "unauthorized"],
      [path, protocol(narrow), 403, "insufficient-scope"],
      [path, { "sec-websocket-protocol": `bearer.${token}` }, 400, "bad-parameter"],
      [path, { ...protocol(token), origin: "https://evil.example" }, 403, "origin-not-allowed"],
      [path, { ...protocol(token), origin: "null" }, 403, "origin-not-allowed"],
      [`${path}?after=x`, protocol(token), 400, "bad-parameter"],
      [`/events/${free.at(-1)}/live`, protocol(token), 403, "wrong-connection"],
      ["/events/nobody/live", protocol(token), 404, "unknown-connection"],
    ];
    for (const [target, headers, status, slug] of cases) {
      const reply = await askUpgrade(edge, target, headers);
      assert.equal(reply.headers.get("upgraded"), null, `${target} ${JSON.stringify(headers)} was opened`);
      await assertProblem(reply, status, slug);
    }
  });

  it("asked for without an upgrade says what to ask for", async () => {
    const { name, token } = await inboxWith(0);
    const reply = await edge.fetch(`/events/${name}/live`, { headers: { authorization: `Bearer ${token}` } });
    await assertProblem(reply, 426, "upgrade-required");
  });
});
