// Bodies on their way through the edge: whole, untouched and of a bounded size,
// or broken so that nobody takes them for whole.

import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { request } from "node:http";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import { callVerbatim, caller, edgeToken } from "./calls.mjs";
import { startProcess } from "./edge.mjs";
import { connection, environment, issuerTable } from "./environment.mjs";
import { sendRaw } from "./hostile.mjs";
import { startIssuer } from "./issuer.mjs";
import { startVendor } from "./vendor.mjs";

const MEGABYTE = 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 1);

let issuer;
let vendor;
let edge;
let token;
let call;

before(async () => {
  [issuer, vendor] = await Promise.all([startIssuer(), startVendor()]);
  const connections = { robot: ["robot", connection(vendor.base("robot"))] };
  edge = await startProcess(environment(connections, { app: issuerTable(issuer) }));
  token = await edgeToken(edge, issuer.login(), "robot");
  call = caller(edge, token, "robot");
});

after(() => Promise.all([edge?.stop(), issuer?.stop(), vendor?.stop()]));

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The one request that reached the vendor with this in its URL. */
function witnessed(part) {
  const requests = vendor.asked(part);
  assert.equal(requests.length, 1, `${part} reached the vendor ${requests.length} times`);
  return requests[0];
}

function* chunks(size) {
  for (let sent = 0; sent < size; sent += CHUNK.length) yield CHUNK;
}

/** Uploads `size` bytes until there is an answer: one that comes early may close the connection on the rest. */
// Whoever answers before the whole body was read may close the connection, and a reset can overtake the answer on its
// way (RFC 9112, 9.6). The caller then has no answer and tries again.
async function upload(path, size, headers, tries = 8) {
  try {
    return await uploadOnce(path, size, headers);
  } catch (error) {
    if (tries > 1 && ["ECONNRESET", "EPIPE"].includes(error.code)) return upload(path, size, headers, tries - 1);
    throw error;
  }
}

async function uploadOnce(path, size, headers) {
  const { hostname, port } = new URL(edge.url);
  const put = request({
    hostname,
    port,
    method: "PUT",
    path: `/v/robot${path}`,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const answered = new Promise((resolve, reject) => put.once("response", resolve).on("error", reject));
  put.flushHeaders();
  Readable.from(chunks(size)).pipe(put, { end: !headers["content-length"] });
  const reply = await answered;
  return { status: reply.statusCode, problem: JSON.parse(Buffer.concat(await reply.toArray()).toString()) };
}

async function bytesOf(reply) {
  assert.equal(reply.status, 200);
  return Buffer.from(await reply.arrayBuffer());
}

describe("a body", () => {
  it("is kept byte for byte, whatever it is", async () => {
    const bodies = [
      Buffer.from('{ "title" : "\\u00e9", "n": 1.10, "n": 2 }'),
      Buffer.from([0, 255, 13, 10, 0, 128]),
      Buffer.alloc(0),
      randomBytes(255 * 1024),
      randomBytes(257 * 1024),
    ];
    for (const body of bodies) {
      const id = randomUUID();
      const reply = await call(`/DST/${id}`, { method: "PUT", headers: { "content-type": "application/json" }, body });
      assert.equal(reply.status, 200);
      assert.deepEqual(witnessed(id).body, body);
    }
  });

  it("of 5 MB streams through with a length and without, and arrives whole", async () => {
    const body = randomBytes(5 * MEGABYTE);
    for (const upload of [body, new Blob([body]).stream()]) {
      const id = randomUUID();
      const headers = { "content-type": "multipart/form-data; boundary=x" };
      const reply = await call(`/DST/${id}/resources`, { method: "PATCH", headers, body: upload });
      assert.equal(reply.status, 200);
      const seen = witnessed(id);
      assert.equal(hash(seen.body), hash(body));
      assert.equal(seen.headers["content-type"], headers["content-type"]);
    }
  });

  it("of a download comes back identical, with its type and its name", async () => {
    const document = randomBytes(5 * MEGABYTE);
    const id = vendor.script((response) => {
      response.writeHead(200, {
        "content-type": "application/pdf",
        "content-disposition": 'attachment; filename="a.pdf"',
      });
      response.end(document);
    });
    const reply = await call(`/resource/${id}`);
    assert.equal(reply.headers.get("content-type"), "application/pdf");
    assert.equal(reply.headers.get("content-disposition"), 'attachment; filename="a.pdf"');
    assert.equal(hash(await bytesOf(reply)), hash(document));
  });

  it("that the vendor packed comes back readable, although it was asked for unpacked", async () => {
    const text = "packed ".repeat(1000);
    const id = vendor.script((response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" }).end(gzipSync(text));
    });
    assert.equal(String(await bytesOf(await call(`/resource/${id}`))), text);
  });
});

describe("a body the caller gets wrong", () => {
  const head = (...fields) =>
    ["PUT /v/robot/DST/1 HTTP/1.1", "Host: 127.0.0.1", `Authorization: Bearer ${token}`, ...fields, "", ""].join("\r\n");

  it("is the caller's fault in the answer, not the vendor's, and never reaches the vendor whole", async () => {
    const count = vendor.requests.length;
    const wrong = {
      "ends before its length": head("Content-Length: 10") + "half",
      "ends before its length, and is large": head("Content-Length: 1000000") + "half",
      "has a chunk that is none": `${head("Transfer-Encoding: chunked")}5\r\nhello\r\nzz\r\n`,
      "ends within a chunk": `${head("Transfer-Encoding: chunked")}5\r\nhe`,
    };
    for (const [what, bytes] of Object.entries(wrong)) {
      const { status, text } = await sendRaw(edge.url, bytes);
      assert.equal(status, 400, `${what}: ${text}`);
    }
    assert.equal(vendor.requests.length, count);
  });
});

describe("a GET with a body", () => {
  it("of no bytes reaches the vendor as a GET", async () => {
    const { status, text } = await callVerbatim(edge, token, `/DST/${randomUUID()}`, { "content-length": "0" });
    assert.equal(status, 200, text);
  });

  it("of some bytes is not blamed on the vendor", async () => {
    const { status, text } = await callVerbatim(edge, token, `/DST/${randomUUID()}`, { "content-length": "2" }, "{}");
    assert.ok(status === 200 || status === 400, `${status} ${text}`);
  });
});

describe("a body over the limit", () => {
  it("is 413 with a length, and no byte of it reaches the vendor", async () => {
    const id = randomUUID();
    const { status, problem } = await upload(`/DST/${id}`, CHUNK.length, { "content-length": String(30 * MEGABYTE) });
    assert.deepEqual([status, problem.type, problem.limit], [413, "/problems/too-large", 25 * MEGABYTE]);
    assert.equal(vendor.asked(id).length, 0);
  });

  it("is 413 without a length, and the vendor never gets a whole request", async () => {
    const id = randomUUID();
    const { status, problem } = await upload(`/DST/${id}`, 30 * MEGABYTE, {});
    assert.deepEqual([status, problem.type], [413, "/problems/too-large"]);
    assert.equal(vendor.asked(id).length, 0);
  });

  it("leaves the edge ready for the next call", async () => {
    assert.equal((await call("/DST/1", { method: "PUT", body: new Blob([CHUNK]).stream() })).status, 200);
  });
});

describe("an upload the caller breaks off", () => {
  it("never reaches the vendor as a whole request", async () => {
    const id = randomUUID();
    const { hostname, port } = new URL(edge.url);
    const options = {
      hostname,
      port,
      method: "PUT",
      path: `/v/robot/DST/${id}`,
      headers: { authorization: `Bearer ${token}` },
    };
    const upload = request(options);
    upload.on("error", () => {});
    const arrived = vendor.arrival(id);
    for (let chunk = 0; chunk < 16; chunk += 1) upload.write(randomBytes(64 * 1024));
    await arrived;
    upload.destroy();
    await vendor.departure(id);
    assert.equal(vendor.asked(id).length, 0);
  });
});
