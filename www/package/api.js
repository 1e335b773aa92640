/** What every entry of the package shares. */

import { connect } from "./client.js";
import { RequestError } from "./errors.js";

export {
  ApiError,
  CountersignError,
  DecodeError,
  RequestError,
  TimeoutError,
  TokenError,
  TransportError,
  WebhookError,
} from "./errors.js";
export { operations } from "./operations.js";
export { verifyWebhook } from "./webhook.js";

/**
 * A client whose calls carry the caller's own token.
 *
 * @param {string} vendor
 * @param {object} options
 */
export function createClient(vendor, options) {
  if (options && "credential" in options) {
    throw new RequestError('a vendor\'s credential does not belong in a page; servers import "countersign/server"');
  }
  return connect(vendor, options, (glue, { baseUrl, maxAttempts }, host) => {
    return glue.Core.open(vendor, baseUrl, maxAttempts, host);
  });
}
