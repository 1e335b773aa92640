/** The entry for Workers, which take a module only as an import. */

import module from "./wasm/countersign_bg.wasm";

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
