/** Tokens: kept while they may be used, and asked for once however many calls wait. */

/**
 * The caller's own token.
 *
 * @param {undefined | string | ((reason: "needed" | "refused") => string | Promise<string>)} token
 */
export function callersTokens(token) {
  if (typeof token !== "function") return fixedToken(token ?? "");
  return tokenSource(async (reason) => {
    const answer = await token(reason);
    if (typeof answer === "string" && answer !== "") return { token: answer, fresh: Infinity };
    throw new TypeError("the token function must give a text that is not empty");
  });
}

/**
 * Tokens that somebody is asked for.
 *
 * @param {(reason: "needed" | "refused") => Promise<{ token: string, fresh: number }>} ask gives a token and the
 *   milliseconds it may be used
 */
export function tokenSource(ask) {
  let current = { token: undefined, until: 0 };
  let pending;

  async function renew(reason) {
    try {
      const { token, fresh } = await ask(reason);
      current = { token, until: Date.now() + fresh };
      return token;
    } catch (error) {
      source.failure = error;
      throw error;
    } finally {
      pending = undefined;
    }
  }

  const source = {
    /** What the last failure to get a token was. */
    failure: undefined,
    /** Whether a refused token can be replaced. */
    renewable: true,
    /**
     * A token other than the refused one.
     *
     * @param {string} [refused]
     * @returns {Promise<string>}
     */
    async token(refused) {
      if (Date.now() < current.until && current.token !== refused) return current.token;
      // In a turn of its own: a failure at once must find `pending` set.
      pending ??= Promise.resolve(refused === undefined ? "needed" : "refused").then(renew);
      return pending;
    },
  };
  return source;
}

function fixedToken(token) {
  return { failure: undefined, renewable: false, token: async () => token };
}
