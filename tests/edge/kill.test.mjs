// kill -9 in the middle of the work: what was acknowledged is there afterwards, once, and the vendor token too.
//
// The acknowledged set is kept here, outside. COUNTERSIGN_KILL_ROUNDS sets the number of kills, 5 without it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { caller, edgeToken, postWebhook, storedEvents, until } from "./calls.mjs";
import { startProcess, startWrangler } from "./edge.mjs";
import { connection, environment, issuerTable } from "./environment.mjs";
import { startIssuer } from "./issuer.mjs";
import { openLive } from "./live.mjs";
import { makePlace } from "./place.mjs";
import { startVendor } from "./vendor.mjs";

const ROUNDS = Number(process.env.COUNTERSIGN_KILL_ROUNDS ?? 5);
const SENDERS = 32;
const ACKNOWLEDGED_PER_ROUND = 100;

let issuer;
let vendor;

before(async () => {
  [issuer, vendor] = await Promise.all([startIssuer(), startVendor()]);
});

after(() => Promise.all([issuer?.stop(), vendor?.stop()]));

/** Senders that post until they are answered 2xx, whatever happens to the edge meanwhile. */
class Senders {
  sent = new Set();
  acknowledged = new Set();
  /** Acknowledged as stored before: the first answer was lost in a kill. */
  repeated = 0;
  #stopped = false;
  #abandoned = false;
  #lanes;

  /** @param {() => import("./edge.mjs").Edge} edge the edge of this moment */
  constructor(edge, name) {
    this.#lanes = Array.from({ length: SENDERS }, async () => {
      while (!this.#stopped) {
        const dst = randomUUID();
        this.sent.add(dst);
        await this.#deliver(edge, name, dst);
      }
    });
  }

  async #deliver(edge, name, dst) {
    while (!this.#abandoned) {
      const reply = await postWebhook(edge(), name, { status: "toSign", dst }).catch(() => null);
      await reply?.arrayBuffer().catch(() => {});
      if (reply?.ok) {
        if (reply.status === 200) this.repeated += 1;
        this.acknowledged.add(dst);
        return;
      }
      await delay(20);
    }
  }

  /** Waits until `more` further deliveries are acknowledged. */
  async progress(more) {
    const goal = this.acknowledged.size + more;
    await until(`${more} further deliveries`, () => this.acknowledged.size >= goal, 60_000);
  }

  /** Ends once everything sent is acknowledged. */
  async stop() {
    this.#stopped = true;
    await Promise.all(this.#lanes);
  }

  /** Ends at once. */
  abandon() {
    this.#stopped = true;
    this.#abandoned = true;
  }
}

/** What is stored, against what was acknowledged and sent. */
function compare(senders, events) {
  const stored = events.map(({ subject }) => subject);
  const unique = new Set(stored);
  return {
    lost: [...senders.acknowledged].filter((dst) => !unique.has(dst)).length,
    double: stored.length - unique.size,
    phantom: stored.filter((dst) => !senders.sent.has(dst)).length,
  };
}

async function killRounds(start, rounds, context) {
  const name = "inbox";
  const connections = { inbox: ["password", connection(vendor.base(name))] };
  const place = await makePlace({
    ...environment(connections, { app: issuerTable(issuer) }),
    entry: "worker/entry.mjs",
  });
  let edge = await start(undefined, place);
  let senders;
  try {
    const token = await edgeToken(edge, issuer.login(), name);
    const useVendorToken = async () => assert.equal((await caller(edge, token, name)("/DSTs")).status, 200);
    const grants = () => vendor.asked(`/${name}/oauth/token`).length;
    await useVendorToken();
    const before = grants();
    senders = new Senders(() => edge, name);
    for (let round = 0; round < rounds; round += 1) {
      await senders.progress(ACKNOWLEDGED_PER_ROUND);
      await edge.kill();
      edge = await start(undefined, place);
      await useVendorToken();
    }
    await senders.progress(ACKNOWLEDGED_PER_ROUND);
    await senders.stop();
    const events = await storedEvents(edge, name, token);
    const outcome = compare(senders, events);
    context.diagnostic(
      JSON.stringify({
        kills: rounds,
        acknowledged: senders.acknowledged.size,
        repeated: senders.repeated,
        ...outcome,
      }),
    );
    assert.deepEqual(outcome, { lost: 0, double: 0, phantom: 0 });
    assert.equal(grants(), before, "the vendor was asked for another token");
    const live = await openLive(edge, name, token, 0);
    await live.has(events.length);
    assert.deepEqual(live.events, events, "the live stream tells the same");
    await live.close();
  } finally {
    senders?.abandon();
    await edge.stop();
    await place.remove();
  }
}

describe("kill -9 while 32 senders post", () => {
  it(`loses no acknowledged event, stores none twice and keeps the vendor token, ${ROUNDS} times over`, (context) =>
    killRounds(startProcess, ROUNDS, context));

  it("loses nothing under `wrangler dev --persist-to` either", (context) => killRounds(startWrangler, 1, context));
});
