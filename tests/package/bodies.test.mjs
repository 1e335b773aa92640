import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { createClient, errors, init } from "./support/package.mjs";
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

const PDF = new Uint8Array([0x25, 0x50, 0x44, 0x46, 0x00, 0xff, 0x0d, 0x0a]);

function client(options = {}) {
  return createClient("signing-today", { baseUrl: vendor.url, ...options });
}

async function formOf({ headers, body }) {
  return new Response(body, { headers: { "content-type": headers["content-type"] } }).formData();
}

test("an object with a file becomes a form with a real file part", async () => {
  const file = new File([PDF], "contract.pdf", { type: "application/pdf" });
  const body = { file, filename: "contract.pdf", resourceType: "PDF_Document", extraData: { toSign: true }, title: null };
  await client().call("PATCH /DST/{id}/resources", { id: "d", body });
  const form = await formOf(vendor.requests[0]);
  assert.deepEqual([...form.keys()], ["file", "filename", "resourceType", "extraData"]);
  assert.equal(form.get("file").name, "contract.pdf");
  assert.equal(form.get("file").type, "application/pdf");
  assert.deepEqual(new Uint8Array(await form.get("file").arrayBuffer()), PDF);
  assert.equal(form.get("extraData"), '{"toSign":true}');
});

test("bytes are a file too", async () => {
  const body = { file: PDF, filename: "a.pdf", resourceType: "PDF_Document" };
  await client().call("PATCH /DST/{id}/resources", { id: "d", body });
  const form = await formOf(vendor.requests[0]);
  assert.deepEqual(new Uint8Array(await form.get("file").arrayBuffer()), PDF);
});

test("a form of the caller's own is sent as it is", async () => {
  const body = new FormData();
  body.append("file", new Blob([PDF], { type: "application/pdf" }), "own.pdf");
  await client().call("PATCH /DST/{id}/resources", { id: "d", body });
  const form = await formOf(vendor.requests[0]);
  assert.equal(form.get("file").name, "own.pdf");
});

test("a form can be sent again after 401", async () => {
  let refused = false;
  answer = (_, response) => {
    if (refused) return json(response, 200, {});
    refused = true;
    json(response, 401, {});
  };
  const body = { file: new Blob([PDF]), filename: "a.pdf", resourceType: "PDF_Document" };
  await client({ token: async (reason) => reason }).call("PATCH /DST/{id}/resources", { id: "d", body });
  const [first, second] = await Promise.all(vendor.requests.map(formOf));
  assert.equal(vendor.requests[1].headers.authorization, "Bearer refused");
  assert.equal(first.get("filename"), second.get("filename"));
});

test("JSON may come as a Blob, as bytes or from a stream", async () => {
  const text = '{"title":"é"}';
  for (const body of [new Blob([text]), new TextEncoder().encode(text), new Blob([text]).stream()]) {
    await client().call("POST /DSTs", { body });
  }
  for (const request of vendor.requests) {
    assert.equal(request.headers["content-type"], "application/json");
    assert.equal(request.body.toString(), text);
  }
});

test("a form body that is a text is refused", async () => {
  const call = client().call("PATCH /DST/{id}/resources", { id: "d", body: "file" });
  await assert.rejects(call, errors.RequestError);
});

test("a download is a Blob with its type", async () => {
  const document = Buffer.concat(Array.from({ length: 4096 }, () => PDF));
  answer = (_, response) => response.writeHead(200, { "content-type": "application/pdf" }).end(document);
  const blob = await client().call("GET /resource/{id}", { id: "r" });
  assert.ok(blob instanceof Blob);
  assert.equal(blob.type, "application/pdf");
  assert.deepEqual(Buffer.from(await blob.arrayBuffer()), document);
});

test("a document cut off in the middle is an error, not a shorter document", async () => {
  answer = (_, response) => {
    response.writeHead(200, { "content-type": "application/pdf", "content-length": "1000" });
    response.write(PDF);
    setTimeout(() => response.destroy(), 20);
  };
  await assert.rejects(client({ maxAttempts: 1 }).call("GET /resource/{id}", { id: "r" }), errors.TransportError);
});

test("30 MB pass through without growing the module's memory", async () => {
  const big = new Blob([new Uint8Array(30 * 1024 * 1024)], { type: "application/pdf" });
  answer = (request, response) => response.writeHead(200, { "content-type": "application/pdf" }).end(request.body);
  const body = { file: big, filename: "big.pdf", resourceType: "PDF_Document" };
  answer = (_, response) => json(response, 200, {});
  const before = process.memoryUsage().external;
  await client().call("PATCH /DST/{id}/resources", { id: "d", body });
  assert.ok(vendor.requests[0].body.length > big.size);
  assert.ok(process.memoryUsage().external - before < 200 * 1024 * 1024);
});
