// Requests nobody should send, made from a seed, and a socket that sends them as they are.

import { connect } from "node:net";

const ANSWER_LIMIT_MS = 5_000;

/** A small generator of random numbers (mulberry32): the same seed gives the same requests. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// Not CONNECT and not the target `*`: nothing on the way to a Worker passes them on.
const METHODS = [
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PROPFIND",
  "get",
  "G\u0000T",
  "",
  "POST POST",
  "\u00e9",
];
const PATHS = [
  "/v/CONNECTION/DSTs",
  "/v/CONNECTION/DST/1",
  "/v/CONNECTION",
  "/v/",
  "/v",
  "/v//",
  "/v/CONNECTION/..%2f..%2foauth/token",
  "/v/CONNECTION/%2e%2e/",
  "/v/CONNECTION/DST/%",
  "/v/CONNECTION/DST/%zz",
  "/v/CONNECTION/DST/%00",
  "/v/CONNECTION/DST/\\..\\x",
  "/v/CONNECTION/DST/%ff%fe",
  "/v/CONNECTION/DST/a;b=c",
  "/v/CONNECTION/DST/1?$top=%",
  "/webhooks/CONNECTION",
  "/webhooks/",
  "/webhooks",
  "/events/CONNECTION",
  "/events/CONNECTION/live",
  "/events/CONNECTION/live/x",
  "/events/CONNECTION?after=1e9&limit=0x10",
  "/events/CONNECTION?after=%30",
  "/oauth/token",
  "/oauth/token/",
  "/oauth",
  "/operations",
  "/openapi.json",
  "/console.json",
  "/healthz",
  "/readyz",
  "/..",
  "/../../etc/passwd",
  "//",
  "/%",
  "",
  "http://evil.example/v/CONNECTION/DSTs",
  "/v/CONNECTION/DSTs#x",
  "/\u00e9",
  "/v/__proto__/DSTs",
  "/events/constructor",
  `/${"a/".repeat(2000)}`,
  `/v/CONNECTION/DST/${"x".repeat(12_000)}`,
  "/?".padEnd(9000, "&a=b"),
];
const HEADERS = [
  "Authorization: Bearer TOKEN",
  "Authorization: Bearer",
  "Authorization: Basic !!!",
  "Authorization: Bearer \u00ff\u00fe",
  "authorization: bearer TOKEN",
  "Origin: null",
  "Origin: http://127.0.0.1:18600",
  "Origin: \u00ff",
  "Cookie: a=b",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Connection: close, keep-alive",
  "Sec-WebSocket-Key: x",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Protocol: countersign.v1, bearer.TOKEN",
  "Sec-WebSocket-Protocol: ,,,",
  "Content-Type: application/json",
  "Content-Type: \u00ff",
  "Content-Type: multipart/form-data",
  "Content-Encoding: gzip",
  "Expect: 100-continue",
  "Content-Length: 99999999999999999999",
  "Content-Length: -1",
  "Content-Length: 5",
  "Content-Length: 0x5",
  "Content-Length: 5, 5",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip",
  "Transfer-Encoding: chunked, chunked",
  "Range: bytes=9-1",
  "X-Webhook-Key: guess",
  "X: a\r b",
  "NoColon",
  " folded: x",
  "X-Null: a\u0000b",
  `X-Long: ${"y".repeat(7000)}`,
  'If-None-Match: "',
  "traceparent: 00",
  "Accept: */*;q=9",
];
const BODIES = [
  "",
  "{}",
  '{"dst":',
  "grant_type=&&&==%",
  "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=a.b.c&subject_token_type=x&audience=y",
  "5\r\nhello\r\n0\r\n\r\n",
  "zz\r\nhello",
  "ffffffffffffffff\r\n",
  "\u0000\u00ff\u00fe",
  "[".repeat(3000),
  "a".repeat(40_000),
  "0\r\nX-Trailer: y\r\n\r\n",
];

/** So many requests as text, one character a byte; the same for the same seed. */
export function hostileRequests(seed, count, { token, connection }) {
  const random = randomFrom(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const filled = (text) => text.replaceAll("TOKEN", token).replaceAll("CONNECTION", connection);
  return Array.from({ length: count }, () => {
    const fields = Array.from({ length: Math.floor(random() * 5) }, () => pick(HEADERS));
    if (random() < 0.5) fields.push("Authorization: Bearer TOKEN");
    // One host at most: with several, the URL that workerd gives the edge is none.
    if (random() < 0.95)
      fields.push(pick(["Host: 127.0.0.1", "Host: 127.0.0.1", "Host: evil.example", "Host: [::1]:1"]));
    const body = pick(BODIES);
    if (random() < 0.4) fields.push(`Content-Length: ${body.length}`);
    const version = random() < 0.95 ? "HTTP/1.1" : pick(["HTTP/1.0", "HTTP/9.9", "", "HTTP/1.1 x"]);
    const request = filled(`${pick(METHODS)} ${pick(PATHS)} ${version}\r\n${fields.join("\r\n")}\r\n\r\n${body}`);
    return random() < 0.1 ? mutated(request, random) : request;
  });
}

/** The request with a few bytes changed, dropped or doubled. */
function mutated(request, random) {
  const bytes = [...request];
  for (let change = 0; change < 5; change += 1) {
    const at = Math.floor(random() * bytes.length);
    bytes.splice(at, Math.floor(random() * 3), String.fromCharCode(Math.floor(random() * 256)));
  }
  return bytes.join("");
}

/** Sends bytes as they are and gives the status of the answer; 0 if the connection ended without one. */
export function sendRaw(url, request) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.end(Buffer.from(request, "latin1")));
    const done = () => {
      clearTimeout(limit);
      socket.destroy();
      const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(text) ?? [];
      resolve({ status: Number(status ?? 0), text });
    };
    const limit = setTimeout(done, ANSWER_LIMIT_MS);
    socket.setEncoding("latin1");
    socket.on("data", (bytes) => (text += bytes));
    socket.on("error", done);
    socket.on("close", done);
  });
}
