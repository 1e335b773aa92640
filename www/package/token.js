/** The caller's token: kept until it is refused, and asked for once however many calls wait. */

/**
 * @param {undefined | string | ((reason: "needed" | "refused") => string | Promise<string>)} token
 */
export function tokenSource(token) {
  const callback = typeof token === "function" ? token : undefined;
  let current = callback ? undefined : (token ?? "");
  let pending;

  async function ask(reason) {
    try {
      const answer = await callback(reason);
      if (typeof answer !== "string" || answer === "") {
        throw new TypeError("the token function must give a text that is not empty");
      }
      current = answer;
      return answer;
    } catch (error) {
      source.failure = error;
      throw error;
    } finally {
      pending = undefined;
    }
  }

  const source = {
    /** What the token function threw last. */
    failure: undefined,
    /** Whether a refused token can be replaced. */
    renewable: callback !== undefined,
    /**
     * A token other than the refused one.
     *
     * @param {string} [refused]
     * @returns {Promise<string>}
     */
    async token(refused) {
      if (current !== undefined && (!callback || current !== refused)) return current;
      // In a turn of its own: a callback that throws at once must find `pending` set.
      pending ??= Promise.resolve(refused === undefined ? "needed" : "refused").then(ask);
      return pending;
    },
  };
  return source;
}
