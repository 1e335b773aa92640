// A client of the live stream that keeps everything it was given.

import { request } from "node:http";
import { once } from "node:events";

import { until } from "./calls.mjs";

/** Opens a live stream and waits until it is open. */
export async function openLive(edge, connection, token, after = 0) {
  const socket = edge.live(connection, token, after);
  const live = {
    socket,
    /** Every event, in the order it came. */
    events: [],
    /** Everything it said that is no event. */
    said: [],
    get sequences() {
      return live.events.map(({ sequence }) => sequence);
    },
    /** Resolves with the close event. */
    closed: new Promise((resolve) => socket.addEventListener("close", resolve)),
    /** Waits until so many events are here. */
    has: (count) => until(`${count} events on the live stream`, () => live.events.length >= count),
    async close() {
      socket.close(1000);
      await live.closed;
    },
  };
  socket.addEventListener("message", ({ data }) => {
    if (data.startsWith("{")) live.events.push(JSON.parse(data));
    else live.said.push(data);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", (event) => reject(new Error(`the live stream did not open: ${event.message}`)));
  });
  return live;
}

/** Asks for the upgrade by hand and gives the answer, whatever it is. */
export async function askUpgrade(edge, path, headers) {
  const { hostname, port } = new URL(edge.url);
  const handshake = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const upgrade = request({ hostname, port, path, headers: { ...handshake, ...headers } });
  upgrade.end();
  const [reply, socket] = await Promise.race([once(upgrade, "response"), once(upgrade, "upgrade")]);
  if (reply.statusCode === 101) {
    socket.destroy();
    return new Response(null, {
      status: 200,
      headers: { upgraded: "yes", "sec-websocket-protocol": reply.headers["sec-websocket-protocol"] ?? "" },
    });
  }
  return new Response(Buffer.concat(await reply.toArray()), { status: reply.statusCode, headers: reply.headers });
}
