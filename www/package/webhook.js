/** Webhooks: proving that a delivery comes from the vendor, before anything in it is read. */

import { RequestError, WebhookError } from "./errors.js";
import { enter, ready } from "./runtime.js";

/**
 * Checks a delivery and answers its payload.
 *
 * @param {{ headers: unknown, body: unknown, credential: object }} delivery
 * @returns {Promise<unknown>} the payload: a value if it is JSON, its text if not
 */
export async function verifyWebhook({ headers, body, credential }) {
  await ready("`verifyWebhook`");
  const bytes = bytesOf(body);
  const sent = pairsOf(headers);
  const { expected, username, password } = expectedOf(credential);
  const refusal = enter("`verifyWebhook`", (glue) => glue.refuse_webhook(sent, bytes, expected, username, password));
  if (refusal !== undefined) throw new WebhookError(`the delivery is refused: ${refusal}`, { code: "not-verified" });
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function expectedOf(credential) {
  const { headers = {}, basic, ...others } = credential ?? {};
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new RequestError(`the credential has \`headers\` and \`basic\`, not \`${unknown}\``);
  const { username, password = "" } = basic ?? {};
  const expected = Object.entries(headers).flat();
  const texts = basic ? [...expected, username, password] : expected;
  if (!texts.every((text) => typeof text === "string")) throw new RequestError("the credential's values are texts");
  return { expected, username, password };
}

// A parsed and rewritten body proves nothing.
function bytesOf(body) {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  throw new RequestError("`body` is the raw body: bytes, or the text as it arrived");
}

// A `Headers`, pairs, or the object Node gives, whose values may be arrays. Names and values then alternate.
function pairsOf(headers) {
  if (typeof headers !== "object" || headers === null) throw new RequestError("`headers` is an object or a Headers");
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return pairs.flatMap(([name, value]) => [value ?? []].flat().flatMap((one) => [String(name), String(one)]));
}
