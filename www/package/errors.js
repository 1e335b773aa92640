/**
 * What a call can fail with: one class for each place where it can go wrong. An `AbortError` is
 * none of them; what the caller's signal says is thrown as it is.
 */

/** The base of all errors of this package. */
export class CountersignError extends Error {
  // Written out, so that it survives a minifier.
  static NAME = "CountersignError";

  /**
   * @param {string} message
   * @param {object} [facts] the properties that `index.d.ts` lists
   */
  constructor(message, { cause, ...facts } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.NAME;
    this.details = [];
    this.retryable = false;
    this.attempts = 0;
    Object.assign(this, facts);
  }
}

/** The vendor, or the edge before it, refused. */
export class ApiError extends CountersignError {
  static NAME = "ApiError";
}

/** No complete answer arrived. `code` says how far the call came: `build`, `send` or `body`. */
export class TransportError extends CountersignError {
  static NAME = "TransportError";
}

/** The call's time was used up. */
export class TimeoutError extends CountersignError {
  static NAME = "TimeoutError";
}

/** No token could be had; `cause` is what the token function threw, or the refusal of the token call. */
export class TokenError extends CountersignError {
  static NAME = "TokenError";
}

/** The answer says success but is not what the vendor documents; `response.body` is what came. */
export class DecodeError extends CountersignError {
  static NAME = "DecodeError";
}

/** The request was never sent: something in it is missing, unknown or of the wrong kind. */
export class RequestError extends CountersignError {
  static NAME = "RequestError";
}

/** A webhook delivery does not come from the vendor. */
export class WebhookError extends CountersignError {
  static NAME = "WebhookError";
}

const BY_KIND = {
  api: ApiError,
  transport: TransportError,
  timeout: TimeoutError,
  token: TokenError,
  decode: DecodeError,
  request: RequestError,
};

/**
 * Makes an error of the core's report, whose order is that of `src/bindings/report.rs`.
 *
 * @param {unknown[]} report
 * @param {unknown} [tokenFailure] what the token function threw last
 */
export function errorOf(report, tokenFailure) {
  const [kind, message, vendor, operation, attempts, retryable, status, code, details, ...evidence] = report;
  const [requestId, retryAfter, origin, body, cause] = evidence;
  // The exchange of a credential has already said everything.
  if (kind === "token" && tokenFailure instanceof TokenError) return tokenFailure;
  const facts = { vendor, operation, attempts, retryable, status, code, requestId, retryAfter, origin };
  return new BY_KIND[kind](message, {
    ...known(facts),
    details: details.map(([code, message, target]) => known({ code, message, target })),
    ...(body !== undefined && { response: { status, body } }),
    ...(kind === "token" && { cause: cause ? errorOf(cause) : tokenFailure }),
  });
}

function known(facts) {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
