// A vendor on loopback that keeps its own log of what it was asked: the witness of every test.

import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import { createServer } from "node:http";

import { closeNow } from "./issuer.mjs";

/**
 * Starts a vendor. Below `/<name>/` it is the vendor of the connection with that name.
 *
 * A test gives the answer to a call of its own with `script`; every other call is answered with what was asked.
 */
export async function startVendor() {
  const vendor = {
    /** Every request, bodies included. */
    requests: [],
    scripts: new Map(),
    /** The tokens given out, by connection. */
    tokens: new Map(),
    /** How a token call of a connection is answered, if not with a token. */
    tokenScripts: new Map(),
    /** Answers every request whose path or query holds the id it gives. */
    script(handler) {
      const id = randomUUID();
      vendor.scripts.set(id, handler);
      return id;
    },
    /** The requests whose URL has this in it. */
    asked: (part) => vendor.requests.filter((request) => request.url.includes(part)),
    /** Makes every token of a connection void. */
    revoke: (connection) => vendor.tokens.set(connection, new Set()),
    /** Resolves when the head of a request with this in its URL is here, or when its connection has ended. */
    arrival: null,
    departure: null,
    base: (connection) => `${vendor.url}/${connection}`,
  };
  const comings = new EventEmitter();
  vendor.arrival = (part) => heard(comings, "arrival", part);
  vendor.departure = (part) => heard(comings, "departure", part);
  const server = createServer(async (request, response) => {
    comings.emit("arrival", request.url);
    response.once("close", () => comings.emit("departure", request.url));
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // The edge broke the request off; what arrived of it proves nothing.
    }
    const { method, url, headers, rawHeaders } = request;
    const seen = { method, url, headers, rawHeaders, body: Buffer.concat(chunks) };
    vendor.requests.push(seen);
    answer(vendor, seen, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  vendor.url = `http://127.0.0.1:${server.address().port}`;
  vendor.stop = () => closeNow(server);
  return vendor;
}

function heard(comings, name, part) {
  return new Promise((resolve) => {
    comings.on(name, (url) => url.includes(part) && resolve());
  });
}

function answer(vendor, request, response) {
  const [, connection, ...path] = request.url.split("?")[0].split("/");
  if (path.join("/") === "oauth/token") return giveToken(vendor, connection, request, response);
  const held = vendor.tokens.get(connection);
  if (held && !held.has(request.headers.authorization?.replace("Bearer ", ""))) {
    return json(response, 401, { error: "invalid_token", error_description: request.headers.authorization });
  }
  const script = request.url
    .split(/[/?=&]/)
    .map((part) => vendor.scripts.get(part))
    .find(Boolean);
  if (script) return script(response, request);
  json(response, 200, { asked: request.url, bytes: request.body.length });
}

function giveToken(vendor, connection, request, response) {
  const script = vendor.tokenScripts.get(connection);
  if (script) return script(response, request);
  const token = `vendor-token-${randomUUID()}`;
  vendor.tokens.set(connection, (vendor.tokens.get(connection) ?? new Set()).add(token));
  json(response, 200, {
    access_token: token,
    token_type: "bearer",
    refresh_token: randomUUID(),
    expires_in: 30623,
    scope: "all",
  });
}

/** Answers JSON. */
export function json(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
