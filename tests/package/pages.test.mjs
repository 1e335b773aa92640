import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { createClient, errors, init } from "./support/package.mjs";
import { json, startVendor } from "./support/server.mjs";

let vendor;
let client;

before(async () => {
  await init();
  vendor = await startVendor((request, response) => {
    const query = new URL(request.url, "http://vendor.example").searchParams;
    const [top, skip] = [Number(query.get("$top")), Number(query.get("$skip") ?? 0)];
    const values = Array.from({ length: Math.max(0, Math.min(top, 7 - skip)) }, (_, index) => ({ id: `d${skip + index}` }));
    json(response, 200, request.url.includes("broken") ? [] : { count: 7, values });
  });
  client = createClient("signing-today", { baseUrl: vendor.url });
});
after(() => vendor.close());
beforeEach(() => {
  vendor.requests.length = 0;
});

async function collect(items) {
  const all = [];
  for await (const item of items) all.push(item.id);
  return all;
}

test("every item comes once, and a short page is the last", async () => {
  const ids = await collect(client.pages("GET /DSTs", { $top: 3 }));
  assert.deepEqual(ids, ["d0", "d1", "d2", "d3", "d4", "d5", "d6"]);
  assert.equal(vendor.requests.length, 3);
});

test("without a page size there is one, and the other parameters stay", async () => {
  await collect(client.pages("GET /DSTs", { $orderBy: "updatedAt,desc" }));
  assert.equal(vendor.requests[0].url, "/DSTs?%24top=50&%24orderBy=updatedAt%2Cdesc");
});

test("a page is asked for when it is needed", async () => {
  for await (const item of client.pages("GET /DSTs", { $top: 3 })) if (item.id === "d1") break;
  assert.equal(vendor.requests.length, 1);
});

test("cancelling ends the walk", async () => {
  const controller = new AbortController();
  const walk = async () => {
    for await (const item of client.pages("GET /DSTs", { $top: 3, signal: controller.signal })) {
      if (item.id === "d2") controller.abort();
    }
  };
  await assert.rejects(walk(), { name: "AbortError" });
  assert.equal(vendor.requests.length, 1);
});

test("an answer that is no page is a decode error", async () => {
  await assert.rejects(collect(client.pages("GET /DSTs", { $filter: "broken" })), errors.DecodeError);
});

test("an operation that does not page is refused", async () => {
  await assert.rejects(collect(client.pages("GET /auth/user")), errors.RequestError);
});
