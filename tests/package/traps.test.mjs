import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { createClient, errors, folder, init, operations } from "./support/package.mjs";
import { json, startVendor } from "./support/server.mjs";

const glue = await import(pathToFileURL(join(folder, "wasm/countersign.js")).href);
const { poll } = glue.Call.prototype;
const unhandled = [];

let vendor;
let client;

before(async () => {
  process.on("unhandledRejection", (reason) => unhandled.push(reason));
  await init();
  vendor = await startVendor((request, response) => {
    const wait = request.url === "/DST/slow" ? 100 : 0;
    setTimeout(() => json(response, 200, { id: request.url.split("/").at(-1) }), wait);
  });
  client = createClient("signing-today", { baseUrl: vendor.url, token: async () => "t" });
});
after(() => vendor.close());
afterEach(() => {
  glue.Call.prototype.poll = poll;
});

/** The next poll traps, as after a panic. */
function trapOnce() {
  glue.Call.prototype.poll = function () {
    glue.Call.prototype.poll = poll;
    throw new WebAssembly.RuntimeError("unreachable");
  };
}

test("a trap fails the call, and the next one works", async () => {
  await client.call("GET /DST/{id}", { id: "warm" });
  trapOnce();
  const error = await client.call("GET /DST/{id}", { id: "a" }).catch((thrown) => thrown);
  assert.ok(error instanceof errors.CountersignError);
  assert.equal(error.code, "trap");
  assert.ok(error.cause instanceof WebAssembly.RuntimeError);
  assert.deepEqual(await client.call("GET /DST/{id}", { id: "b" }), { id: "b" });
  assert.ok(operations().length > 0);
});

test("a trap fails the other calls of its instance at once, and leaves nothing behind", async () => {
  const slow = client.call("GET /DST/{id}", { id: "slow" });
  await new Promise((resolve) => setTimeout(resolve, 40));
  trapOnce();
  await assert.rejects(client.call("GET /DST/{id}", { id: "a" }), { code: "trap" });
  await assert.rejects(slow, { code: "trap" });
  const next = ["x", "y", "z"].map((id) => client.call("GET /DST/{id}", { id }));
  assert.deepEqual(await Promise.all(next), [{ id: "x" }, { id: "y" }, { id: "z" }]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(unhandled, []);
  assert.equal(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length, 0);
});

test("many traps in a row are survived", async () => {
  for (let round = 0; round < 20; round += 1) {
    trapOnce();
    await assert.rejects(client.call("GET /DST/{id}", { id: "a" }), { code: "trap" });
  }
  assert.deepEqual(await client.call("GET /DST/{id}", { id: "b" }), { id: "b" });
  assert.deepEqual(unhandled, []);
});
