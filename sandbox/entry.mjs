// Starts the wasm and hands requests to it. One panic ends a wasm instance, so
// after one the instance is reset and the objects are made anew; what they know
// is in their storage.
import module from "./build/sandbox_bg.wasm";
import * as wasm from "./build/sandbox.js";

wasm.initSync({ module });

let generation = 0;

async function guarded(act) {
  const started = generation;
  try {
    return await act();
  } catch (error) {
    // Traps are RuntimeErrors; everything else is an ordinary failure.
    if (error instanceof WebAssembly.RuntimeError && started === generation) {
      generation += 1;
      wasm.__wbg_reset_state();
    }
    throw error;
  }
}

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
