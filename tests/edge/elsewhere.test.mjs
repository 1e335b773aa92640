// The edge calls the hosts it is configured for and no other, whatever a caller writes and wherever an answer leads.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { caller, edgeToken, exchange, inParallel } from "./calls.mjs";
import { startProcess } from "./edge.mjs";
import { connection, environment, issuerTable } from "./environment.mjs";
import { sendRaw } from "./hostile.mjs";
import { closeNow, startIssuer } from "./issuer.mjs";
import { startVendor } from "./vendor.mjs";

const REDIRECTS = [301, 302, 303, 307, 308];

let issuer;
let vendor;
let canary;
let edge;

before(async () => {
  [issuer, vendor, canary] = await Promise.all([startIssuer(), startVendor(), startCanary()]);
  const connections = { robot: ["robot", connection(vendor.base("robot"))] };
  const issuers = { app: issuerTable(issuer) };
  for (const status of REDIRECTS) {
    connections[`login-${status}`] = ["password", connection(vendor.base(`login-${status}`))];
    issuers[`keys-${status}`] = issuerTable(issuer, {
      issuer: `keys-${status}`,
      jwks_url: `${vendor.url}/keys-${status}/oauth/token`,
    });
  }
  edge = await startProcess(environment(connections, issuers));
});

after(() => Promise.all([edge?.stop(), issuer?.stop(), vendor?.stop(), canary?.stop()]));

/** A server that nobody should call. */
async function startCanary() {
  const hits = [];
  const server = createServer((request, response) => {
    hits.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.end("canary");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { hits, port: server.address().port, stop: () => closeNow(server) };
}

describe("a caller", () => {
  it("reaches no other host by any spelling of an address, in any place of a request", async () => {
    const token = await edgeToken(edge, issuer.login(), "robot");
    const { port } = canary;
    const hosts = [
      "127.0.0.1",
      "2130706433",
      "0x7f000001",
      "0x7f.1",
      "0177.0.0.1",
      "127.1",
      "[::ffff:127.0.0.1]",
      "localhost",
      "localhost.",
      "robot@127.0.0.1",
    ];
    const places = (host) => [
      `/v/robot/http://${host}:${port}/DSTs`,
      `/v/robot//${host}:${port}/DSTs`,
      `/v/robot/\\\\${host}:${port}\\DSTs`,
      `/v/robot@${host}:${port}/DSTs`,
      `/v/robot/DST/@${host}:${port}`,
      `/v/robot/DST/..%2f..%2f..%2f@${host}:${port}`,
      `/v/robot/%2f%2f${host}:${port}/DSTs`,
      `/v/robot/DSTs?url=http://${host}:${port}/&$filter=http://${host}:${port}`,
      `/v/robot/DSTs#@${host}:${port}`,
      `/v/http:%2f%2f${host}:${port}/DSTs`,
      `//${host}:${port}/v/robot/DSTs`,
      `http://${host}:${port}/v/robot/DSTs`,
      `/v/robot.${host}:${port}/DSTs`,
      `/v/robot/DST/%0d%0aHost:%20${host}:${port}`,
      `/webhooks/${host}:${port}`,
      `/events/${host}:${port}`,
    ];
    const targets = hosts.flatMap((host) => places(host).map((target) => [target, host]));
    const requests = targets.flatMap(([target, host]) => [
      [`GET ${target} HTTP/1.1`, "Host: 127.0.0.1", `Authorization: Bearer ${token}`, "", ""],
      [
        `POST ${target} HTTP/1.1`,
        `Host: ${host}:${port}`,
        `X-Forwarded-Host: ${host}:${port}`,
        `Forwarded: host="${host}:${port}"`,
        `X-Original-URL: http://${host}:${port}/`,
        `Authorization: Bearer ${token}`,
        "Content-Length: 2",
        "",
        "{}",
      ],
    ]);
    assert.ok(requests.length >= 300, `${requests.length}`);
    await inParallel(requests, 16, (lines) => sendRaw(edge.url, lines.join("\r\n")));
    assert.deepEqual(canary.hits, []);
    for (const { headers, url } of vendor.requests) {
      assert.equal(headers.host, new URL(vendor.url).host, url);
      assert.ok(url.startsWith("/robot/"), url);
    }
  });
});

describe("a redirect", () => {
  const away = (status) => (response) =>
    response.writeHead(status, { location: `http://127.0.0.1:${canary.port}/oauth/token` }).end();

  it("of the vendor's token endpoint is not followed: no password goes elsewhere", async () => {
    for (const status of REDIRECTS) {
      const name = `login-${status}`;
      vendor.tokenScripts.set(name, away(status));
      const call = caller(edge, await edgeToken(edge, issuer.login(), name), name);
      const reply = await call("/DSTs");
      assert.equal(reply.status, 502);
      assert.match((await reply.json()).type, /^\/problems\/(vendor-unreachable|credential-refused)$/);
    }
    assert.deepEqual(canary.hits, []);
  });

  it("of an issuer's keys is not followed: no other host can vouch for a login", async () => {
    for (const status of REDIRECTS) {
      vendor.tokenScripts.set(`keys-${status}`, away(status));
      const { body } = await exchange(edge, issuer.login({ iss: `keys-${status}` }), "robot");
      assert.ok(body.error, JSON.stringify(body));
    }
    assert.deepEqual(canary.hits, []);
  });
});
