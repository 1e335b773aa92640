// ANY /v/{connection}/…: the credential is attached, everything else goes through untouched, and nothing leaks.
// On a real workerd with its own network, because redirects are among what is tested.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { assertProblem, callVerbatim, caller, edgeToken } from "./calls.mjs";
import { startProcess } from "./edge.mjs";
import { CANARIES, ORIGIN, connection, environment, issuerTable } from "./environment.mjs";
import { closeNow, startIssuer } from "./issuer.mjs";
import { json, startVendor } from "./vendor.mjs";

let issuer;
let vendor;
let edge;
let token;
let call;

before(async () => {
  [issuer, vendor] = await Promise.all([startIssuer(), startVendor()]);
  const connections = {
    robot: ["robot", connection(vendor.base("robot"))],
    unreachable: ["robot", connection("http://127.0.0.1:1")],
  };
  edge = await startProcess(environment(connections, { app: issuerTable(issuer) }));
  token = await edgeToken(edge, issuer.login(), "robot");
  call = caller(edge, token, "robot");
});

after(() => Promise.all([edge?.stop(), issuer?.stop(), vendor?.stop()]));

/** The one request that reached the vendor with this in its URL. */
function witnessed(part) {
  const requests = vendor.asked(part);
  assert.equal(requests.length, 1, `${part} reached the vendor ${requests.length} times`);
  return requests[0];
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
    const names = [
      "cookie",
      "proxy-authorization",
      "x-forwarded-for",
      "x-api-key",
      "x-real-ip",
      "forwarded",
      "referer",
      "origin",
      "x-custom",
      "cf-connecting-ip",
      "authorization-2",
    ];
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
    const queries = [
      "?$top=5&$filter=status%20eq%20%27toSign%27",
      "?a=%C3%A9+b&a=%2B&&=",
      "?x=1?y=2;z",
      "?%5B0%5D=%7B%7D",
      `?deep=${"q".repeat(2000)}`,
    ];
    for (const target of [...queries.map((query) => `/DSTs${query}&id=${id}`), `/DST/a%20b'(1)~%C3%A9-${id}`]) {
      const { status, text } = await callVerbatim(edge, token, target);
      assert.equal(status, 200, text);
      assert.equal(JSON.parse(text).asked, `/robot${target}`);
    }
  });

  it("gives the vendor's own refusal back with status, body and retry-after", async () => {
    for (const status of [400, 403, 404, 409, 422, 429, 500, 503]) {
      const refusal = { code: "BadArgument", message: `status ${status}`, target: "title" };
      const id = vendor.script((response) =>
        json(response, status, refusal, { "retry-after": "7", "x-request-id": "r-1" }),
      );
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

describe("what is not passed on", () => {
  it("is a route the vendor does not document", async () => {
    const count = vendor.requests.length;
    for (const path of [
      "",
      "/",
      "/nope",
      "/DST",
      "/DST/",
      "/DST/1/",
      "/DST/1/unknown",
      "/dsts",
      "/admin",
      "/DSTs/x/y/z",
    ]) {
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
    await assertProblem(await caller(edge, token, "nobody")("/DSTs"), 404, "unknown-connection");
    await assertProblem(await edge.fetch("/v/nobody/DSTs"), 401, "unauthorized");
  });

  it("is a path that another server could read differently", async () => {
    const count = vendor.requests.length;
    const paths = [
      "/DST/..%2fusers",
      "/DST/..%5Cusers",
      "/DST/%2e%2e%2fx",
      "/DST/a%5cb",
      "/DST/a%00",
      "/DST/a%0d%0aX-Evil:%201",
      "/DST/a%252fb",
      "/DST//1",
      "//evil.example/DSTs",
      "/DST/..;/x",
    ];
    for (const path of paths) {
      const { status, text } = await callVerbatim(edge, token, path);
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
    const targets = [
      `http://127.0.0.1:${port}/x`,
      `//127.0.0.1:${port}/x`,
      `http://localhost:${port}/x`,
      "/robot/DST/elsewhere",
      `http://user:pw@127.0.0.1:${port}/x`,
    ];
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
    const own = await edgeToken(edge, issuer.login(), "unreachable");
    await assertProblem(await caller(edge, own, "unreachable")("/DSTs"), 502, "vendor-unreachable");
  });
});

describe("a lifetime token the vendor refuses", () => {
  it("is a credential-refused problem that says where to look and quotes nothing", async () => {
    const id = vendor.script((response) =>
      json(response, 401, { error_description: `Invalid access token: ${CANARIES.robotToken}` }),
    );
    const reply = await call(`/DST/${id}`);
    const problem = await assertProblem(reply, 502, "credential-refused");
    assert.match(problem.detail, /robot/);
    assert.ok(!JSON.stringify(problem).includes(CANARIES.robotToken));
    witnessed(id);
  });
});

describe("an operation that takes no credential", () => {
  it("is sent without one, and its 401 is the vendor's own answer", async () => {
    const id = vendor.script((response) =>
      json(response, 401, { code: "ExpiredToken", message: "ask for a new mail" }),
    );
    const admin = caller(edge, await edgeToken(edge, issuer.login({ role: "admin" }), "robot"), "robot");
    const reply = await admin(`/auth/changePassword?passwordToken=${id}`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: "new",
    });
    assert.equal(witnessed(id).headers.authorization, undefined);
    assert.deepEqual([reply.status, (await reply.json()).code], [401, "ExpiredToken"]);
  });
});

describe("pages of other origins", () => {
  const preflight = (origin, name = "robot") =>
    edge.fetch(`/v/${name}/DSTs`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
    });

  it("may call from a configured origin, and read what they need of the answer", async () => {
    const reply = await preflight(ORIGIN);
    assert.equal(reply.status, 204);
    assert.equal(reply.headers.get("access-control-allow-origin"), ORIGIN);
    assert.match(reply.headers.get("access-control-allow-headers"), /authorization/);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"])
      assert.match(reply.headers.get("access-control-allow-methods"), new RegExp(method));
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
