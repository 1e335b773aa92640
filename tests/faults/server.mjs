// A server that fails as it is told to: `http://127.0.0.1:PORT/<fault>/…` fails with that fault.
// Every other path is good.
//
// As a module: `startFaultServer()`. On its own: `node tests/faults/server.mjs [port]`.

import { createServer } from "node:net";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

import { FAULTS } from "./faults.mjs";

const JSON_TYPE = "application/json";

/**
 * Starts the server.
 *
 * @param {object} [options]
 * @param {number} [options.port] 0 takes a free one
 * @param {(path: string) => { type: string, body: string }} [options.good] the answer behind a fault
 * @param {string} [options.only] only paths that end so fail
 */
export async function startFaultServer({ port = 0, good = document, only = "" } = {}) {
  const sockets = new Set();
  const faultServer = {
    /** Faults that are mended: their paths answer well. */
    mended: new Set(),
    /** The paths asked for, in order. */
    asked: [],
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    onRequest(socket, (path) => {
      faultServer.asked.push(path);
      const fault = path.split("/")[1];
      const answer = good(path);
      if (!(fault in FAULTS) || !path.endsWith(only) || faultServer.mended.has(fault)) return sendGood(socket, answer);
      FAULTS[fault].send(socket, answer, `${faultServer.url}${path}`);
    });
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  faultServer.url = `http://127.0.0.1:${server.address().port}`;
  faultServer.stop = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return faultServer;
}

function document() {
  return { type: JSON_TYPE, body: JSON.stringify({ id: "20b772dc", title: "Sales", status: "draft" }) };
}

function sendGood(socket, { type, body }) {
  const head = ["HTTP/1.1 200 OK", `Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`];
  socket.end([...head, "Connection: close", "", body].join("\r\n"));
}

/** Reads one request, body included, and gives its path. */
function onRequest(socket, answer) {
  let read = "";
  let answered = false;
  socket.on("data", (bytes) => {
    read += bytes.toString("latin1");
    const end = read.indexOf("\r\n\r\n");
    if (answered || end < 0 || !isWhole(read.slice(0, end), read.slice(end + 4))) return;
    answered = true;
    answer(read.split(" ", 2)[1] ?? "/");
  });
}

function isWhole(head, body) {
  const length = /^content-length: *(\d+)/im.exec(head);
  if (length) return body.length >= Number(length[1]);
  return !/^transfer-encoding: *chunked/im.test(head) || body.endsWith("0\r\n\r\n");
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startFaultServer({ port: Number(argv[2] ?? 0) });
  console.log(`${url}/<fault>/… fails; the faults are ${Object.keys(FAULTS).join(", ")}`);
}
