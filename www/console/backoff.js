/** How long to wait before the next attempt. */

/**
 * Exponential growth with full jitter: a random wait between nothing and the ceiling, so a
 * thousand consoles do not knock at a restarted edge in the same instant.
 *
 * @param {number} attempt 0 for the first wait
 * @param {() => number} random a number in [0, 1)
 * @param {{ base?: number, cap?: number, floor?: number }} [limits] milliseconds
 * @returns {number} milliseconds
 */
export function backoffDelay(attempt, random, { base = 500, cap = 20_000, floor = 100 } = {}) {
  const ceiling = Math.min(cap, base * 2 ** Math.min(attempt, 30));
  return Math.max(floor, Math.round(ceiling * random()));
}
