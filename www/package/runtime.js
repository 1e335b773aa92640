/**
 * The one WebAssembly instance of this realm: it is started once, its calls are driven from here,
 * and after a trap it is replaced.
 */

import * as glue from "./wasm/countersign.js";
import { CountersignError, RequestError } from "./errors.js";
import { moduleFrom } from "./module.js";

let starting;
let usable = false;
let generation = 0;
let lastId = 0;
const runs = new Map();
const timers = new Set();

/**
 * Starts the module. Once it runs, or while it starts, another call changes nothing; after a
 * failure the next call tries again.
 *
 * @param {unknown} source what `init` was given
 * @param {() => unknown} fallback where the module is, if `init` was given nothing
 * @returns {Promise<void>}
 */
export function start(source, fallback) {
  starting ??= instantiate(source, fallback).catch((cause) => {
    starting = undefined;
    throw new CountersignError(`countersign: the WebAssembly module could not be started: ${messageOf(cause)}`, {
      code: "init-failed",
      cause,
    });
  });
  return starting;
}

async function instantiate(source, fallback) {
  const module = await moduleFrom(source ?? fallback());
  await glue.default({ module_or_path: module });
  restarted();
}

function restarted() {
  glue.on_wake((id) => runs.get(id)?.wake());
  usable = true;
}

/**
 * Waits for a start that is under way.
 *
 * @param {string} what is about to be done
 */
export async function ready(what) {
  // A settled promise is not awaited again: in a Worker it would belong to another request.
  if (usable) return;
  if (starting === undefined) throw notStarted(what);
  await starting;
}

/** The counter of instances: what was made in an earlier one is gone. */
export function currentGeneration() {
  return generation;
}

/**
 * Runs a function of the module that does not wait.
 *
 * @template T
 * @param {string} what is done, for the message if the module is not started
 * @param {(glue: typeof import("./wasm/countersign.js")) => T} action
 * @returns {T}
 */
export function enter(what, action) {
  if (!usable) throw notStarted(what);
  try {
    return action(glue);
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    // The core's own refusals are plain errors; everything else is a trap.
    if (error instanceof Error && Object.getPrototypeOf(error) === Error.prototype) {
      throw new RequestError(error.message, { cause: error });
    }
    throw trapped(error);
  }
}

/**
 * Drives one call to its end. When the signal fires, the call is dropped down to the wire and the
 * promise rejects with the signal's own reason.
 *
 * @param {(glue: object, id: number) => { poll(): unknown, free(): void }} open
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>} what `poll` answered
 */
export function drive(open, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    lastId = (lastId + 1) % 0xffff_ffff;
    const id = lastId;
    const call = enter("a call", (module) => open(module, id));
    if (call === undefined) throw new RequestError("the module knows no such operation");
    let polling = false;
    let scheduled = false;
    let ended = false;

    const end = (settle, value) => {
      if (ended) return;
      ended = true;
      runs.delete(id);
      signal?.removeEventListener("abort", cancel);
      settle(value);
      // While it is polled it cannot be freed; `poll` then does it.
      if (!polling) free(call);
    };
    const cancel = () => end(reject, signal.reason);

    const poll = () => {
      scheduled = false;
      if (ended) return;
      polling = true;
      let outcome;
      try {
        outcome = call.poll();
      } catch (error) {
        // It stays `polling`: what trapped cannot be freed.
        trapped(error);
        return;
      }
      polling = false;
      if (ended) free(call);
      else if (outcome !== undefined) end(resolve, outcome);
    };

    const wake = () => {
      if (scheduled || ended) return;
      scheduled = true;
      queueMicrotask(poll);
    };

    runs.set(id, { wake, fail: (error) => end(reject, error) });
    signal?.addEventListener("abort", cancel, { once: true });
    poll();
  });
}

/**
 * A timer for the core: `ended` resolves when it ends or is cleared.
 *
 * @param {number} milliseconds
 */
export function timer(milliseconds) {
  let finish;
  const ended = new Promise((resolve) => (finish = resolve));
  const fire = () => {
    timers.delete(stop);
    finish();
  };
  // A longer timer would fire at once.
  const handle = setTimeout(fire, Math.min(milliseconds, 0x7fff_ffff));
  const stop = () => clearTimeout(handle);
  timers.add(stop);
  return {
    ended,
    clear() {
      stop();
      fire();
    },
  };
}

/**
 * A promise that never settles once the instance that waits for it is gone: its callbacks would
 * reach into another instance.
 *
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
export function whileAlive(promise) {
  const born = generation;
  return new Promise((resolve, reject) => {
    promise.then(
      (value) => born === generation && resolve(value),
      (error) => born === generation && reject(error),
    );
  });
}

/** After a trap the instance's memory cannot be trusted: every call in it fails, the next gets a new one. */
function trapped(cause) {
  const failure = () =>
    new CountersignError(`countersign: the WebAssembly module stopped and was restarted: ${messageOf(cause)}`, {
      code: "trap",
      cause,
    });
  if (!usable) return failure();
  usable = false;
  generation += 1;
  for (const stop of timers) stop();
  timers.clear();
  for (const run of [...runs.values()]) run.fail(failure());
  starting = restart();
  return failure();
}

async function restart() {
  // The calls just dropped hear of their end first, in the instance they belong to.
  await new Promise((resolve) => setTimeout(resolve, 0));
  glue.__wbg_reset_state();
  restarted();
}

function free(call) {
  try {
    call.free();
  } catch (error) {
    trapped(error);
  }
}

function notStarted(what) {
  return new CountersignError(`countersign: call \`await init()\` before ${what}`, { code: "not-initialized" });
}

function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
