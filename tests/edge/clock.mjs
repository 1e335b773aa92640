// The edge's entry with a clock that a test can move: `POST /testing/clock` with the milliseconds to add.

import edge from "../../worker/entry.mjs";

export { Inbox, TokenVault } from "../../worker/entry.mjs";

const real = Date.now;
let ahead = 0;
Date.now = () => real() + ahead;

export default {
  async fetch(request, env, context) {
    if (!request.url.endsWith("/testing/clock")) return edge.fetch(request, env, context);
    ahead += Number(await request.text());
    return new Response(null, { status: 204 });
  },
};
