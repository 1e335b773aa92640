/** The entry for Vercel's edge runtime, whose bundler takes a module under this name. */

import module from "./wasm/countersign_bg.wasm?module";

import { start } from "./runtime.js";

export * from "./api.js";

/**
 * Starts the package; once is enough.
 *
 * @param {unknown} [source] a `WebAssembly.Module`, or a promise of one
 * @returns {Promise<void>}
 */
export function init(source) {
  return start(source, () => module);
}
