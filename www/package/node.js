/** The entry for Node, Deno and Bun: the module is read from the disk. */

import { readFile } from "node:fs/promises";

import { start } from "./runtime.js";

export * from "./api.js";

/**
 * Starts the package; once is enough.
 *
 * @param {unknown} [source] a URL, a `Response`, a `WebAssembly.Module`, bytes, or a promise of one of them
 * @returns {Promise<void>}
 */
export function init(source) {
  return start(source, () => readFile(new URL("./wasm/countersign_bg.wasm", import.meta.url)));
}
