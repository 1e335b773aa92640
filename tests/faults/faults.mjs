// 28 ways a server can fail, byte by byte. Each takes the socket, the good answer's body and its type.

import { setTimeout as delay } from "node:timers/promises";

const CRLF = "\r\n";

const head = (status, ...fields) => [`HTTP/1.1 ${status}`, ...fields, "", ""].join(CRLF);
const typed = (good) => `Content-Type: ${good.type}`;
const sized = (good) => `Content-Length: ${good.body.length}`;
const closing = "Connection: close";
const whole = (good, ...fields) => head("200 OK", typed(good), sized(good), ...fields, closing) + good.body;
const half = (good) => good.body.slice(0, Math.ceil(good.body.length / 2));
const text = (status, type, body, ...fields) =>
  head(status, `Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`, ...fields, closing) + body;

/** Writes bytes one by one, a little apart, until the other side is gone. */
async function trickle(socket, bytes, millis = 50) {
  for (const byte of bytes) {
    if (socket.destroyed) return;
    socket.write(byte);
    await delay(millis);
  }
}

async function forever(socket, chunk) {
  while (!socket.destroyed) {
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), delay(200)]);
    await delay(5);
  }
}

const broken = (good) => head("200 OK", typed(good), sized(good), closing) + half(good);

/** What is sent is a whole answer, if an unusual one: a caller may be given it. */
const ANSWERS = {
  latency: async (socket, good) => {
    await delay(100);
    socket.end(whole(good));
  },
  "early-hints": (socket, good) => socket.end(head("103 Early Hints", "Link: </x>; rel=preload") + whole(good)),
  "huge-header": (socket, good) => socket.end(whole(good, `X-Huge: ${"h".repeat(300 * 1024)}`)),
  "bare-lf": (socket, good) => socket.end(whole(good).replaceAll(CRLF, "\n")),
  "length-and-chunked": (socket, good) =>
    socket.end(
      head("200 OK", typed(good), "Content-Length: 3", "Transfer-Encoding: chunked", closing) +
        `${good.body.length.toString(16)}${CRLF}${good.body}${CRLF}0${CRLF}${CRLF}`,
    ),
  "extra-bytes": (socket, good) => socket.end(`${whole(good)}HTTP/1.1 200 OK${CRLF}smuggled`),
  html: (socket) => socket.end(text("200 OK", "text/html", "<!doctype html><h1>Maintenance</h1>")),
  "html-502": (socket) => socket.end(text("502 Bad Gateway", "text/html", "<html>nginx</html>")),
  "not-json": (socket) => socket.end(text("200 OK", "application/json", '{"cut":')),
  empty: (socket, good) => socket.end(text("200 OK", good.type, "")),
  "no-content": (socket) => socket.end(head("204 No Content", closing)),
  "too-many": (socket) =>
    socket.end(text("429 Too Many Requests", "application/json", '{"code":"Slow"}', "Retry-After: 1")),
  "server-error": (socket) => socket.end(text("500 Internal Server Error", "application/json", '{"code":"Oops"}')),
  unavailable: (socket) => socket.end(head("503 Service Unavailable", "Content-Length: 0", closing)),
};

/** There is no answer: the head never comes, or is none. */
const SILENCES = {
  never: () => {},
  "slow-head": (socket, good) => trickle(socket, whole(good).padEnd(4_000)),
  "reset-at-once": (socket) => socket.resetAndDestroy(),
  "end-at-once": (socket) => socket.end(),
  "reset-in-head": (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Ty", () => socket.resetAndDestroy()),
  garbage: (socket) => socket.end("\u0000\u0001SSH-2.0-OpenSSH_9.6\r\n\r\n"),
  "two-lengths": (socket, good) =>
    socket.end(head("200 OK", typed(good), sized(good), "Content-Length: 5", closing) + good.body),
  "redirect-loop": (socket, _, url) => socket.end(head("302 Found", `Location: ${url}`, "Content-Length: 0", closing)),
};

/** The head is good and the body is not. */
const BROKEN_BODIES = {
  "slow-body": (socket, good) => {
    socket.write(head("200 OK", typed(good), "Content-Length: 4000", closing));
    return trickle(socket, good.body.padEnd(4_000));
  },
  "endless-body": (socket, good) => {
    socket.write(head("200 OK", typed(good), "Transfer-Encoding: chunked", closing));
    return forever(socket, `400${CRLF}${"e".repeat(1024)}${CRLF}`);
  },
  "reset-in-body": (socket, good) => socket.write(broken(good), () => setTimeout(() => socket.resetAndDestroy(), 30)),
  "cut-body": (socket, good) => socket.end(broken(good)),
  "bad-chunk": (socket, good) =>
    socket.end(head("200 OK", typed(good), "Transfer-Encoding: chunked", closing) + `5${CRLF}${half(good)}zz${CRLF}`),
  "bad-gzip": (socket, good) =>
    socket.end(head("200 OK", typed(good), sized(good), "Content-Encoding: gzip", closing) + good.body),
};

/** Every fault by name, and what it leaves of an answer. */
export const FAULTS = Object.fromEntries(
  Object.entries({ answer: ANSWERS, silence: SILENCES, "broken body": BROKEN_BODIES }).flatMap(([leaves, faults]) =>
    Object.entries(faults).map(([name, send]) => [name, { leaves, send }]),
  ),
);
