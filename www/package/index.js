/** The entry for browsers: the module is fetched from beside this file. */

import { start } from "./runtime.js";

export * from "./api.js";

/**
 * Starts the package; once is enough.
 *
 * @param {unknown} [source] a URL, a `Response`, a `WebAssembly.Module`, bytes, or a promise of one of them
 * @returns {Promise<void>}
 */
export function init(source) {
  return start(source, () => new URL("./wasm/countersign_bg.wasm", import.meta.url));
}
