/** The catalogue for people and tools: the module's facts, and words from a file that calls do not load. */

import { facts } from "./catalogue.js";
import { WORDS } from "./words.js";

let catalogue;

/**
 * Lists the operations of one vendor, or of all.
 *
 * @param {string} [vendor]
 */
export function operations(vendor) {
  catalogue ??= facts().map((operation) => {
    const [summary, doc] = WORDS[operation.vendor][operation.id];
    return Object.freeze({ ...operation, summary, doc });
  });
  return vendor === undefined ? [...catalogue] : catalogue.filter((operation) => operation.vendor === vendor);
}
