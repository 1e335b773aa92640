// Starts the wasm and hands requests to it. A panic ends a wasm instance: what
// waits in it is told so, and the next request starts a new one. The objects
// are made anew with it; what they know is in their storage.
import module from "./build/sandbox_bg.wasm";
import * as wasm from "./build/sandbox.js";

let generation = 0;
let alive = true;
const waiting = new Set();

globalThis.sandboxPanicked = (message) => {
  console.error(`sandbox: ${message}`);
  end();
};

wasm.initSync({ module });

function end() {
  alive = false;
  for (const reject of waiting) reject(new Error("the sandbox's instance ended"));
  waiting.clear();
}

/** Runs `act` on the living instance; its promise is rejected if the instance ends first. */
function guarded(act) {
  if (!alive) {
    wasm.__wbg_reset_state();
    generation += 1;
    alive = true;
  }
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    Promise.resolve()
      .then(act)
      .then(resolve, (error) => {
        if (error instanceof WebAssembly.RuntimeError && alive) end();
        reject(error);
      })
      .finally(() => waiting.delete(reject));
  });
}

/** A Durable Object whose inside lives in the current instance. */
const durable = (name) =>
  class {
    #context;
    #env;
    #object;
    #generation = -1;

    constructor(context, env) {
      this.#context = context;
      this.#env = env;
    }

    #current() {
      if (this.#generation !== generation) {
        this.#object = new wasm[name](this.#context, this.#env);
        this.#generation = generation;
      }
      return this.#object;
    }

    fetch(request) {
      return guarded(() => this.#current().fetch(request));
    }

    alarm() {
      return guarded(() => this.#current().alarm());
    }
  };

export const SigningToday = durable("SigningToday");
export const IdentityProvider = durable("IdentityProvider");

export default {
  fetch(request, env, context) {
    return guarded(() => wasm.fetch(request, env, context));
  },
};
