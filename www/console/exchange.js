/**
 * The app's login in, a short-lived edge token out (RFC 8693). The edge token lives in this
 * module's closure only: a reload asks for a new one, and nothing on disk ever holds it.
 */

import { ExchangeError } from "./errors.js";

const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT = "urn:ietf:params:oauth:token-type:jwt";
/** Renew this long before the end, so a token never expires on the way. */
const SKEW_MS = 20_000;

/**
 * @param {object} options
 * @param {string} options.connection
 * @param {string[]} options.scopes what the console needs and nothing more
 * @param {() => string} options.subjectToken the identity provider's JWT; throws when the session ended
 * @param {string} [options.endpoint]
 * @returns {{ token: (reason?: string) => Promise<string>, forget: () => void }}
 */
export function createExchange({ connection, scopes, subjectToken, endpoint = "/oauth/token" }) {
  let held = null;
  let pending = null;

  async function exchange() {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { accept: "application/json" },
      body: new URLSearchParams({
        grant_type: GRANT,
        subject_token: subjectToken(),
        subject_token_type: JWT,
        audience: connection,
        scope: scopes.join(" "),
      }),
    });
    if (!response.ok) throw await ExchangeError.from(response);
    const grant = await response.json();
    const lifetime = Number(grant.expires_in ?? 60) * 1000;
    held = { token: grant.access_token, renewAt: Date.now() + lifetime - Math.min(SKEW_MS, lifetime / 2) };
    return held.token;
  }

  return {
    /**
     * The package's `token` callback: called when a token is needed or was refused. Calls that
     * arrive together share one exchange.
     */
    token(reason) {
      const mayReuse = held && Date.now() < held.renewAt && !isRefusal(reason);
      if (mayReuse) return Promise.resolve(held.token);
      pending ??= exchange().finally(() => {
        pending = null;
      });
      return pending;
    },
    forget() {
      held = null;
    },
  };
}

/**
 * The scopes behind a list of routes, read from the package's catalogue.
 *
 * @param {string[]} routes
 * @param {Array<{ route: string, resource: string, action: string }>} catalogue
 * @returns {string[]}
 */
export function scopesOf(routes, catalogue) {
  const scopes = routes.map((route) => {
    const operation = catalogue.find((entry) => entry.route === route);
    if (!operation) throw new Error(`The package does not know ${route}.`);
    return `${operation.resource}:${operation.action}`;
  });
  return [...new Set([...scopes, "events:read_many"])].sort();
}

function isRefusal(reason) {
  return reason !== undefined && reason !== null && reason !== "needed" && reason !== "missing";
}
