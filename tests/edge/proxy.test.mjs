// ANY /v/{connection}/…: the credential is attached, everything else goes through untouched, and nothing leaks.
// On a real workerd with its own network, because streaming and redirects are what is tested.

import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import { assertProblem, caller, edgeToken } from "./calls.mjs";
import { startProcess } from "./edge.mjs";
import { CANARIES, ORIGIN, connection, environment, issuerTable } from "./environment.mjs";
import { closeNow, startIssuer } from "./issuer.mjs";
import { json, startVendor } from "./vendor.mjs";

const MEGABYTE = 1024 * 1024;
const CHUNK = Buffer.alloc(64 * 1024, 1);

let issuer;
let vendor;
let edge;
let call;

before(async () => {
  [issuer, vendor] = await Promise.all([startIssuer(), startVendor()]);
  const connections = {
    robot: ["robot", connection(vendor.base("robot"))],
    unreachable: ["robot", connection("http://127.0.0.1:1")],
  };
  edge = await startProcess(environment(connections, { app: issuerTable(issuer) }));
  call = caller(edge, await edgeToken(edge, issuer.login(), "robot"), "robot");
});

after(() => Promise.all([edge?.stop(), issuer?.stop(), vendor?.stop()]));

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The one request that reached the vendor with this in its URL. */
function witnessed(part) {
  const requests = vendor.asked(part);
  assert.equal(requests.length, 1, `${part} reached the vendor ${requests.length} times`);
  return requests[0];
}

/** Calls with the path as it stands: `fetch` would rewrite it first. */
async function callVerbatim(path, headers = {}, body = undefined) {
  const token = await edgeToken(edge, issuer.login(), "robot");
  const { hostname, port } = new URL(edge.url);
  const options = { hostname, port, path: `/v/robot${path}`, headers: { authorization: `Bearer ${token}`, ...headers } };
  const [reply] = await once(request(options).end(body), "response");
  return { status: reply.statusCode, text: Buffer.concat(await reply.toArray()).toString() };
}

function* chunks(size) {
  for (let sent = 0; sent < size; sent += CHUNK.length) yield CHUNK;
}

/** Uploads `size` bytes until there is an answer: one that comes early may close the connection on the rest. */
async function upload(path, size, headers) {
  const token = await edgeToken(edge, issuer.login(), "robot");
  const { hostname, port } = new URL(edge.url);
  const put = request({ hostname, port, method: "PUT", path: `/v/robot${path}`, headers: { authorization: `Bearer ${token}`, ...headers } });
  const answered = new Promise((resolve) => put.once("response", resolve));
  put.on("error", () => {}).flushHeaders();
  Readable.from(chunks(size)).pipe(put, { end: !headers["content-length"] });
  const reply = await answered;
  return { status: reply.statusCode, problem: JSON.parse(Buffer.concat(await reply.toArray()).toString()) };
}

async function bytesOf(reply) {
  assert.equal(reply.status, 200);
  return Buffer.from(await reply.arrayBuffer());
}

describe("a call", () => {
  it("reaches the vendor with the connection's credential instead of the caller's", async () => {
    const reply = await call(`/DST/${randomUUID()}?who=me`);
    const { asked } = await reply.json();
    const { headers } = witnessed(asked);
    assert.equal(headers.authorization, `Bearer ${CANARIES.robotToken}`);
  });

  it("passes no cookie, address, credential or other header of the caller on", async () => {
    const id = randomUUID();
    const secret = "callers-own-secret";
    const names = ["cookie", "proxy-authorization", "x-forwarded-for", "x-api-key", "x-real-ip", "forwarded", "referer", "origin", "x-custom", "cf-connecting-ip", "authorization-2"];
    await call(`/DST/${id}`, { headers: Object.fromEntries(names.map((name) => [name, secret])) });
    const { rawHeaders, headers } = witnessed(id);
    assert.ok(!rawHeaders.join("\n").includes(secret), rawHeaders.join("\n"));
    assert.ok(!rawHeaders.join("\n").includes("eyJ"), "no edge token");
    for (const name of names.slice(0, 8)) assert.equal(headers[name], undefined, name);
  });

  it("passes content type, accept, ranges, validators and the trace on", async () => {
    const id = randomUUID();
    const passed = {
      accept: "application/pdf",
      "accept-language": "it",
      "content-type": "application/x.strange; charset=utf-8",
      "if-none-match": '"v1"',
      range: "bytes=0-9",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };
    await call(`/DST/${id}`, { method: "PUT", headers: passed, body: "x" });
    const { headers } = witnessed(id);
    for (const [name, value] of Object.entries(passed)) assert.equal(headers[name], value, name);
  });

  it("keeps path and query as they were written, byte for byte", async () => {
    const id = randomUUID();
    const queries = ["?$top=5&$filter=status%20eq%20%27toSign%27", "?a=%C3%A9+b&a=%2B&&=", "?x=1?y=2;z", "?%5B0%5D=%7B%7D", `?deep=${"q".repeat(2000)}`];
    for (const target of [...queries.map((query) => `/DSTs${query}&id=${id}`), `/DST/a%20b'(1)~%C3%A9-${id}`]) {
      const { status, text } = await callVerbatim(target);
      assert.equal(status, 200, text);
      assert.equal(JSON.parse(text).asked, `/robot${target}`);
    }
  });

  it("keeps the body byte for byte, whatever it is", async () => {
    const bodies = [Buffer.from('{ "title" : "\\u00e9", "n": 1.10, "n": 2 }'), Buffer.from([0, 255, 13, 10, 0, 128]), Buffer.alloc(0), randomBytes(255 * 1024), randomBytes(257 * 1024)];
    for (const body of bodies) {
      const id = randomUUID();
      const reply = await call(`/DST/${id}`, { method: "PUT", headers: { "content-type": "application/json" }, body });
      assert.equal(reply.status, 200);
      assert.deepEqual(witnessed(id).body, body);
    }
  });

  it("streams 5 MB with a length and 5 MB without, and both arrive whole", async () => {
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

  it("gives a download back identical, with its type and its name", async () => {
    const document = randomBytes(5 * MEGABYTE);
    const id = vendor.script((response) => {
      response.writeHead(200, { "content-type": "application/pdf", "content-disposition": 'attachment; filename="a.pdf"' });
      response.end(document);
    });
    const reply = await call(`/resource/${id}`);
    assert.equal(reply.headers.get("content-type"), "application/pdf");
    assert.equal(reply.headers.get("content-disposition"), 'attachment; filename="a.pdf"');
    assert.equal(hash(await bytesOf(reply)), hash(document));
  });

  it("gives a packed download back readable, although it was asked for unpacked", async () => {
    const text = "packed ".repeat(1000);
    const id = vendor.script((response) => {
      response.writeHead(200, { "content-type": "text/plain", "content-encoding": "gzip" }).end(gzipSync(text));
    });
    assert.equal(String(await bytesOf(await call(`/resource/${id}`))), text);
  });

  it("gives the vendor's own refusal back with status, body and retry-after", async () => {
    for (const status of [400, 403, 404, 409, 422, 429, 500, 503]) {
      const refusal = { code: "BadArgument", message: `status ${status}`, target: "title" };
      const id = vendor.script((response) => json(response, status, refusal, { "retry-after": "7", "x-request-id": "r-1" }));
      const reply = await call(`/DST/${id}`);
      assert.equal(reply.status, status);
      assert.deepEqual(await reply.json(), refusal);
      assert.equal(reply.headers.get("retry-after"), "7");
      assert.equal(reply.headers.get("x-request-id"), "r-1");
    }
  });

  it("passes 204, 304 and an empty 200 as they are", async () => {
    for (const status of [204, 304, 200]) {
      const id = vendor.script((response) => response.writeHead(status, { etag: '"v2"' }).end());
      const reply = await call(`/DST/${id}`);
      assert.deepEqual([reply.status, await reply.text(), reply.headers.get("etag")], [status, "", '"v2"']);
    }
  });

  it("holds back what speaks of the vendor's own connection, origin or sessions", async () => {
    const held = {
      "set-cookie": ["session=vendors; Path=/", "b=2"],
      "strict-transport-security": "max-age=1",
      "clear-site-data": '"*"',
      "access-control-allow-origin": "*",
      "access-control-allow-credentials": "true",
      "alt-svc": 'h3=":443"',
      "content-security-policy": "default-src *",
      "www-authenticate": "Basic",
    };
    const id = vendor.script((response) => json(response, 200, {}, held));
    const reply = await call(`/DST/${id}`);
    await reply.text();
    for (const name of Object.keys(held)) assert.equal(reply.headers.get(name), null, name);
  });
});

describe("a GET with a body", () => {
  it("of no bytes reaches the vendor as a GET", async () => {
    const { status, text } = await callVerbatim(`/DST/${randomUUID()}`, { "content-length": "0" });
    assert.equal(status, 200, text);
  });

  it("of some bytes is not blamed on the vendor", async () => {
    const { status, text } = await callVerbatim(`/DST/${randomUUID()}`, { "content-length": "2" }, "{}");
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
    const token = await edgeToken(edge, issuer.login(), "robot");
    const options = { hostname, port, method: "PUT", path: `/v/robot/DST/${id}`, headers: { authorization: `Bearer ${token}` } };
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

describe("what is not passed on", () => {
  it("is a route the vendor does not document", async () => {
    const count = vendor.requests.length;
    for (const path of ["", "/", "/nope", "/DST", "/DST/", "/DST/1/", "/DST/1/unknown", "/dsts", "/admin", "/DSTs/x/y/z"]) {
      await assertProblem(await call(path), 404, "unknown-route");
    }
    assert.equal(vendor.requests.length, count, "the vendor was not asked");
  });

  it("is a method the route does not have, and the answer lists those it has", async () => {
    const problem = await assertProblem(await call("/DSTs", { method: "DELETE" }), 405, "method-not-allowed");
    assert.deepEqual(problem.allow, ["GET", "POST"]);
    for (const method of ["HEAD", "PURGE", "PROPFIND"]) {
      assert.equal((await call("/DSTs", { method })).status, 405, method);
    }
  });

  it("is a connection nobody configured, with and without a token for it", async () => {
    const token = await edgeToken(edge, issuer.login(), "robot");
    await assertProblem(await caller(edge, token, "nobody")("/DSTs"), 404, "unknown-connection");
    await assertProblem(await edge.fetch("/v/nobody/DSTs"), 401, "unauthorized");
  });

  it("is a path that another server could read differently", async () => {
    const count = vendor.requests.length;
    const paths = ["/DST/..%2fusers", "/DST/..%5Cusers", "/DST/%2e%2e%2fx", "/DST/a%5cb", "/DST/a%00", "/DST/a%0d%0aX-Evil:%201", "/DST/a%252fb", "/DST//1", "//evil.example/DSTs", "/DST/..;/x"];
    for (const path of paths) {
      const { status, text } = await callVerbatim(path);
      assert.ok([400, 404].includes(status), `${path}: ${status} ${text}`);
      assert.match(text, /"\/problems\//, path);
    }
    assert.equal(vendor.requests.length, count, "the vendor was not asked");
  });

  it("is the vendor's own token endpoint", async () => {
    await assertProblem(await call("/oauth/token", { method: "POST", body: "x" }), 403, "not-passed-on");
    assert.equal(vendor.asked("/robot/oauth/token").length, 0);
  });

  it("is a call without a token", async () => {
    for (const authorization of ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer x", `Bearer ${CANARIES.robotToken}`]) {
      await assertProblem(await edge.fetch("/v/robot/DSTs", { headers: { authorization } }), 401, "unauthorized");
    }
  });
});

describe("a vendor's answer that leads elsewhere", () => {
  it("is never followed: another host gets neither call, credential nor body", async () => {
    const hits = [];
    const canary = createServer((request, response) => {
      hits.push(request.url);
      response.end();
    });
    await new Promise((resolve) => canary.listen(0, "127.0.0.1", resolve));
    const { port } = canary.address();
    const targets = [`http://127.0.0.1:${port}/x`, `//127.0.0.1:${port}/x`, `http://localhost:${port}/x`, "/robot/DST/elsewhere", `http://user:pw@127.0.0.1:${port}/x`];
    for (const status of [301, 302, 303, 307, 308]) {
      for (const location of targets) {
        const id = vendor.script((response) => response.writeHead(status, { location }).end());
        const reply = await call(`/DST/${id}`, { method: "PUT", body: "a secret body" });
        const { detail } = await assertProblem(reply, 502, "vendor-unreachable");
        assert.match(detail, new RegExp(`${status}`));
        assert.equal(reply.headers.get("location"), null);
      }
    }
    assert.deepEqual(hits, []);
    assert.equal(vendor.asked("elsewhere").length, 0);
    await closeNow(canary);
  });
});

describe("a vendor that cannot be reached", () => {
  it("is a vendor-unreachable problem", async () => {
    const token = await edgeToken(edge, issuer.login(), "unreachable");
    await assertProblem(await caller(edge, token, "unreachable")("/DSTs"), 502, "vendor-unreachable");
  });
});

describe("a lifetime token the vendor refuses", () => {
  it("is a credential-refused problem that says where to look and quotes nothing", async () => {
    const id = vendor.script((response) => json(response, 401, { error_description: `Invalid access token: ${CANARIES.robotToken}` }));
    const reply = await call(`/DST/${id}`);
    const problem = await assertProblem(reply, 502, "credential-refused");
    assert.match(problem.detail, /robot/);
    assert.ok(!JSON.stringify(problem).includes(CANARIES.robotToken));
    witnessed(id);
  });
});

describe("an operation that takes no credential", () => {
  it("is sent without one, and its 401 is the vendor's own answer", async () => {
    const id = vendor.script((response) => json(response, 401, { code: "ExpiredToken", message: "ask for a new mail" }));
    const admin = caller(edge, await edgeToken(edge, issuer.login({ role: "admin" }), "robot"), "robot");
    const reply = await admin(`/auth/changePassword?passwordToken=${id}`, { method: "POST", headers: { "content-type": "text/plain" }, body: "new" });
    assert.equal(witnessed(id).headers.authorization, undefined);
    assert.deepEqual([reply.status, (await reply.json()).code], [401, "ExpiredToken"]);
  });
});

describe("pages of other origins", () => {
  const preflight = (origin, name = "robot") =>
    edge.fetch(`/v/${name}/DSTs`, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" } });

  it("may call from a configured origin, and read what they need of the answer", async () => {
    const reply = await preflight(ORIGIN);
    assert.equal(reply.status, 204);
    assert.equal(reply.headers.get("access-control-allow-origin"), ORIGIN);
    assert.match(reply.headers.get("access-control-allow-headers"), /authorization/);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) assert.match(reply.headers.get("access-control-allow-methods"), new RegExp(method));
    const answer = await call("/DSTs", { headers: { origin: ORIGIN } });
    assert.equal(answer.headers.get("access-control-allow-origin"), ORIGIN);
    assert.match(answer.headers.get("access-control-expose-headers"), /retry-after/);
    assert.match(answer.headers.get("vary"), /origin/i);
  });

  it("may read a problem, too", async () => {
    const reply = await call("/nope", { headers: { origin: ORIGIN } });
    assert.equal(reply.headers.get("access-control-allow-origin"), ORIGIN);
    await assertProblem(reply, 404, "unknown-route");
  });

  it("may not from any other origin, nor for an unknown connection", async () => {
    for (const origin of ["https://evil.example", "null", `${ORIGIN}.evil.example`, ""]) {
      await assertProblem(await preflight(origin), 403, "origin-not-allowed");
      const reply = await call("/DSTs", { headers: { origin } });
      assert.equal(reply.headers.get("access-control-allow-origin"), null);
    }
    await assertProblem(await preflight(ORIGIN, "nobody"), 403, "origin-not-allowed");
  });
});
