/**
 * The events of one connection, in order and without gaps: first what is stored (GET), then what
 * arrives (WebSocket). Every connect starts with the GET, because a browser hides why a WebSocket
 * was refused and a GET does not; where WebSockets are blocked the GETs alone keep the page alive.
 */

import { backoffDelay } from "./backoff.js";
import { EdgeError, isFinal } from "./errors.js";

const PAGE = 200;
/** An open that lasted this long was a good one: the next wait starts small again. */
const STEADY_MS = 10_000;

/** Hidden for longer than this, a tab does not trust its socket. */
const SLEPT_MS = 60_000;

/**
 * @typedef {{ specversion: string, id: string, source: string, type: string, subject?: string, time?: string, data?: unknown, sequence: number }} CloudEvent
 * @typedef {{ phase: "connecting" | "live" | "waiting" | "refused" | "stopped", retryAt?: number, error?: unknown }} LiveState
 */

/**
 * Follows the events until `stop()`.
 *
 * @param {object} options
 * @param {string} options.connection
 * @param {(reason?: string) => Promise<string>} options.token an edge token
 * @param {(events: CloudEvent[], fresh: boolean) => void} options.onEvents in order of sequence, each once;
 *   `fresh` is false for what was stored before the page opened
 * @param {(state: LiveState) => void} options.onState
 * @param {number} [options.after] the last sequence already known
 * @param {string} [options.origin]
 * @returns {{ stop: () => void, refresh: () => void, last: () => number }}
 */
export function followEvents({ connection, token, onEvents, onState, after = 0, origin = location.origin }) {
  const abort = new AbortController();
  const path = `/events/${encodeURIComponent(connection)}`;
  let last = after;
  let caughtUp = false;
  let wake = () => {};
  let hangUp = () => {};
  let hiddenSince = 0;

  const take = (events, fresh) => {
    const next = inOrder(events, last);
    if (next.length === 0) return;
    last = next[next.length - 1].sequence;
    onEvents(next, fresh);
  };

  async function catchUp(reason) {
    for (;;) {
      const known = last;
      const page = await readPage(`${path}?after=${known}&limit=${PAGE}`, await token(reason), abort.signal);
      take(page.events ?? [], caughtUp);
      if ((page.events ?? []).length < PAGE || last === known) break;
    }
    caughtUp = true;
  }

  async function listen() {
    const call = new AbortController();
    hangUp = () => call.abort();
    const url = new URL(`${path}/live?after=${last}`, origin);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    await openSocket(url, await token(), AbortSignal.any([abort.signal, call.signal]), {
      onOpen: () => onState({ phase: "live" }),
      onEvent: (event) => take([event], true),
    });
  }

  async function run() {
    let attempt = 0;
    let reason;
    while (!abort.signal.aborted) {
      const startedAt = Date.now();
      let error;
      try {
        onState({ phase: "connecting" });
        await catchUp(reason);
        await listen();
      } catch (cause) {
        error = cause;
      }
      if (abort.signal.aborted) return;
      if (isFinal(error)) return onState({ phase: "refused", error });
      reason = error instanceof EdgeError && error.status === 401 ? "refused" : undefined;
      if (Date.now() - startedAt > STEADY_MS) attempt = 0;
      const delay = backoffDelay(attempt++, Math.random);
      onState({ phase: "waiting", retryAt: Date.now() + delay, error });
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, delay);
      });
    }
  }

  // A laptop that slept keeps a dead socket that looks open: hang up, and the loop finds the gap.
  const refresh = () => {
    hangUp();
    wake();
  };
  const onVisible = () => {
    if (document.visibilityState === "hidden") hiddenSince = Date.now();
    else if (Date.now() - hiddenSince > SLEPT_MS) refresh();
    else wake();
  };
  addEventListener("online", refresh);
  document.addEventListener("visibilitychange", onVisible);
  run();

  return {
    refresh,
    last: () => last,
    stop() {
      abort.abort();
      wake();
      removeEventListener("online", refresh);
      document.removeEventListener("visibilitychange", onVisible);
      onState({ phase: "stopped" });
    },
  };
}

/**
 * The events not seen yet, ascending, each once.
 *
 * @param {CloudEvent[]} events
 * @param {number} last
 * @returns {CloudEvent[]}
 */
export function inOrder(events, last) {
  let newest = last;
  return [...events]
    .filter((event) => Number.isFinite(event?.sequence))
    .sort((a, b) => a.sequence - b.sequence)
    .filter((event) => {
      const isNew = event.sequence > newest;
      if (isNew) newest = event.sequence;
      return isNew;
    });
}

async function readPage(url, token, signal) {
  const response = await fetch(url, {
    headers: { accept: "application/json", authorization: `Bearer ${token}` },
    signal,
  });
  if (!response.ok) throw await EdgeError.from(response);
  return response.json();
}

/** Resolves when the socket closes. The token travels as a subprotocol: never in the URL. */
function openSocket(url, token, signal, { onOpen, onEvent }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ["countersign.v1", `bearer.${token}`]);
    const close = () => {
      socket.close(1000, "the page hangs up");
      resolve();
    };
    signal.addEventListener("abort", close, { once: true });
    socket.onopen = onOpen;
    socket.onmessage = (message) => {
      try {
        onEvent(JSON.parse(message.data));
      } catch (cause) {
        socket.close(4400, "unreadable event");
        reject(cause);
      }
    };
    socket.onclose = () => {
      signal.removeEventListener("abort", close);
      resolve();
    };
  });
}
