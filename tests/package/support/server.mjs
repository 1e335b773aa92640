/** A vendor on the loopback: each test says what it answers, and reads what it was asked. */

import { once } from "node:events";
import { createServer } from "node:http";

/**
 * @param {(request: object, response: import("node:http").ServerResponse) => void} answer
 * @returns {Promise<{ url: string, requests: object[], next(): Promise<object>, close(): Promise<void> }>}
 */
export async function startVendor(answer) {
  const requests = [];
  const waiting = [];
  const server = createServer(async (incoming, response) => {
    const chunks = [];
    const request = {
      method: incoming.method,
      url: incoming.url,
      headers: incoming.headers,
      body: Buffer.alloc(0),
      closed: once(response, "close"),
    };
    for await (const chunk of incoming) chunks.push(chunk);
    request.body = Buffer.concat(chunks);
    requests.push(request);
    waiting.shift()?.(request);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    /** The next request that arrives. */
    next: () => new Promise((resolve) => waiting.push(resolve)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Answers a value as JSON. */
export function json(response, status, value, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(value));
}
