/** What only servers have: a client that holds the vendor's own credential. */

import { createClient as createTokenClient } from "./api.js";
import { connect } from "./client.js";
import { jsonOf } from "./content.js";
import { RequestError } from "./errors.js";

/**
 * A client that calls the vendor directly, or one with a token as in the other entry.
 *
 * @param {string} vendor
 * @param {object} options
 */
export function createClient(vendor, options) {
  if (options?.credential === undefined) return createTokenClient(vendor, options);
  const { credential, ...others } = options;
  if (others.token !== undefined) throw new RequestError("give `credential` or `token`, not both");
  const text = jsonOf(credential, "the credential");
  const open = (glue, { baseUrl, maxAttempts }, host) => glue.Core.direct(vendor, baseUrl, maxAttempts, host, text);
  const client = connect(vendor, others, open, true);
  const { protocol, hostname } = new URL(others.baseUrl);
  if (protocol !== "https:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) {
    throw new RequestError("a credential is sent over https only, except to this machine");
  }
  return client;
}
