// The one WebAssembly instance of an isolate, and its replacement after a panic.
//
// A panic ends an instance: whatever waits inside it never answers. So every
// promise that comes out of it is held by `inFlight`, a panic rejects them all
// at once, and the next request starts a new instance.
import module from "../build/edge_bg.wasm";
import * as edge from "../build/edge.js";

/** Counts instances, so that an object made by an earlier one is made anew. */
export let generation = 0;

let alive = false;
let configured = false;
const waiting = new Set();

globalThis.countersignHost = {
  panicked(message) {
    console.error(`countersign: panic: ${message}`);
    ended(new WebAssembly.RuntimeError("panic"));
  },
};

start();

/** The exports of the living instance, configured from the environment. */
export function instance(env) {
  if (!alive) start();
  if (!configured) {
    edge.configure(JSON.stringify(configuration(env)));
    configured = true;
  }
  return edge;
}

/** Ends the instance if `error` is its end: a trap leaves its memory in an unknown state. */
export function ended(error) {
  if (!(error instanceof WebAssembly.RuntimeError) || !alive) return;
  alive = false;
  for (const reject of waiting) reject(new Error("the instance was replaced"));
  waiting.clear();
}

/** A promise of the instance that is rejected if the instance ends first. */
export function inFlight(promise) {
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    promise.then(resolve, reject).finally(() => waiting.delete(reject));
  });
}

function start() {
  if (generation === 0) edge.initSync({ module });
  else edge.__wbg_reset_state();
  generation += 1;
  alive = true;
  configured = false;
}

function configuration(env) {
  const names = Object.keys(env).filter(
    (name) => ["CONNECTIONS", "ISSUERS", "CONSOLE", "EDGE_KEYS"].includes(name) || name.startsWith("CREDENTIAL_"),
  );
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
