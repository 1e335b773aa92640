// Carrying out decisions with the platform's own objects. Nothing here decides what is allowed.
import { inFlight, instance } from "./instance.mjs";

/** What a caller's request passes on to the vendor. Everything else stays behind: cookies, credentials, addresses. */
const PASSED_ON = [
  "accept",
  "accept-language",
  "content-type",
  "if-modified-since",
  "if-none-match",
  "range",
  "traceparent",
  "tracestate",
];

/** What a vendor's answer does not pass on to the caller: it speaks of the vendor's own connection or origin. */
const HELD_BACK = [
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
  "access-control-expose-headers",
  "access-control-max-age",
  "alt-svc",
  "clear-site-data",
  "connection",
  "content-security-policy",
  "keep-alive",
  "proxy-authenticate",
  "set-cookie",
  "strict-transport-security",
  "transfer-encoding",
  "www-authenticate",
];

/** Clients give up on headers that are much larger than this many bytes. */
const MAX_HEADER = 16 * 1024;

/** Bodies up to this many bytes are held in memory, so that a call can be repeated with a renewed token. */
const REPLAYABLE = 256 * 1024;

/** Asks for a decision. */
export function decide(request, env) {
  const edge = instance(env);
  const { method, url, headers } = request;
  if (env.TESTING === "panic" && url.endsWith("/testing/panic")) edge.panicForTest();
  const length = request.body === null ? null : headers.get("content-length");
  const upgrade = url.includes("/live") && headers.get("upgrade")?.toLowerCase() === "websocket";
  return JSON.parse(
    edge.decide(
      method,
      url,
      headers.get("authorization"),
      headers.get("origin"),
      upgrade ? headers.get("sec-websocket-protocol") : null,
      length === null ? null : Number(length),
      upgrade,
      Date.now(),
    ),
  );
}

/** Carries a decision out. */
export function carryOut(request, env, decision) {
  switch (decision.do) {
    case "forward":
      return forward(request, env, decision);
    case "needToken":
      return withToken(request, env, decision);
    case "answer":
      return answer(decision);
    case "receive":
      return receive(request, env, decision);
    case "events":
      return events(env, decision);
    case "live":
      return live(env, decision);
    case "exchange":
      return exchange(request, env, decision);
    case "assets":
      return assets(request, env, decision);
  }
}

/** Answers a problem the shell has met. */
export function refuse(env, slug, detail, allowOrigin = null) {
  return answer(refusal(env, slug, detail, allowOrigin));
}

function refusal(env, slug, detail, allowOrigin) {
  return JSON.parse(instance(env).refuse(slug, detail, allowOrigin));
}

function answer({ status, headers, body }) {
  return new Response(body, { status, headers });
}

async function forward(request, env, decision) {
  const { allowOrigin, maxBodyBytes, timeoutMs } = decision;
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = new AbortController();
  const signal = AbortSignal.any([deadline, request.signal, stop.signal]);
  try {
    const body = await requestBody(request, maxBodyBytes, stop);
    const reply = await send(request, decision, body, signal);
    const isRefusal = reply.status === 401 && decision.headers.length > 0;
    return isRefusal
      ? await withNewToken(request, env, decision, body, signal)
      : passBack(env, reply, signal, allowOrigin);
  } catch (error) {
    if (stop.signal.reason === TOO_LARGE) return tooLarge(env, maxBodyBytes, allowOrigin);
    if (stop.signal.aborted) {
      return refuse(env, "bad-body", "the body breaks off, or is not what its header says", allowOrigin);
    }
    if (deadline.aborted) {
      return refuse(env, "vendor-timeout", `no answer from the vendor within ${timeoutMs} ms`, allowOrigin);
    }
    return refuse(env, "vendor-unreachable", "the vendor could not be reached, or broke the connection", allowOrigin);
  }
}

/** Has the refused credential renewed if that is possible, and sends the call once more. */
async function withNewToken(request, env, decision, body, signal) {
  const { allowOrigin, connection, renewable } = decision;
  if (!renewable) {
    const detail = `the vendor answers 401: check the secret of \`${connection}\``;
    return refuse(env, "credential-refused", detail, allowOrigin);
  }
  const renewed = await renew(request, env, decision);
  if (renewed.do !== "forward") return answer(renewed);
  if (body instanceof ReadableStream) {
    const detail = "the vendor refused an outdated token and did nothing; a new one is ready";
    return refuse(env, "credential-renewed", detail, allowOrigin);
  }
  const reply = await send(request, renewed, body, signal);
  if (reply.status === 401) {
    const detail = `the vendor refuses a token it has just given to \`${connection}\``;
    return refuse(env, "credential-refused", detail, allowOrigin);
  }
  return passBack(env, reply, signal, allowOrigin);
}

function send(request, { url, headers: credential }, body, signal) {
  const headers = new Headers(credential);
  for (const name of PASSED_ON) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  // A packed answer would have to be unpacked to be bounded.
  headers.set("accept-encoding", "identity");
  return fetch(url, { method: request.method, headers, body, redirect: "manual", signal });
}

function passBack(env, reply, signal, allowOrigin) {
  if (reply.status >= 300 && reply.status < 400 && reply.status !== 304) {
    const detail = `the vendor answers a redirect (${reply.status}), and redirects are not followed`;
    return refuse(env, "vendor-unreachable", detail, allowOrigin);
  }
  const headers = new Headers(reply.headers);
  for (const name of HELD_BACK) headers.delete(name);
  if (sizeOf(headers) > MAX_HEADER) {
    return refuse(env, "vendor-unreachable", `the vendor's answer has a header over ${MAX_HEADER} bytes`, allowOrigin);
  }
  allow(headers, env, allowOrigin);
  return new Response(ending(reply, signal), { status: reply.status, statusText: reply.statusText, headers });
}

/** The body of an answer, which ends with `signal`: a bare body would outlive the signals of its call. */
function ending(reply, signal) {
  if (reply.body === null) return null;
  const length = reply.headers.get("content-length");
  // A length beside another coding is not the body's (RFC 9112, 6.3).
  const isPlain = length !== null && !["content-encoding", "transfer-encoding"].some((name) => reply.headers.has(name));
  const { readable, writable } = isPlain ? new FixedLengthStream(Number(length)) : new IdentityTransformStream();
  reply.body.pipeTo(writable, { signal }).catch(() => {});
  return readable;
}

function sizeOf(headers) {
  let size = 0;
  for (const [name, value] of headers) size += name.length + value.length;
  return size;
}

function allow(headers, env, allowOrigin) {
  headers.append("vary", "origin");
  if (allowOrigin === null) return;
  headers.set("access-control-allow-origin", allowOrigin);
  headers.set("access-control-expose-headers", instance(env).exposedHeaders());
}

/** Gets the vendor token an isolate does not have yet, then decides again. */
async function withToken(request, env, { connection, allowOrigin }) {
  return carryOut(request, env, await decideWithToken(request, env, connection, allowOrigin, null));
}

/** Has a refused token replaced, then decides again. */
function renew(request, env, { connection, allowOrigin, headers }) {
  const refused = headers.find(([name]) => name === "authorization")?.[1].replace(/^Bearer /, "");
  instance(env).forget(connection);
  return decideWithToken(request, env, connection, allowOrigin, refused);
}

/** A decision that has its token; a vendor whose tokens are over when they arrive is not asked for ever. */
async function decideWithToken(request, env, connection, allowOrigin, refused) {
  const granted = JSON.parse(await env.TOKEN_VAULT.getByName(connection).token(connection, refused));
  if (granted.problem) return refusal(env, granted.problem, granted.detail, allowOrigin);
  instance(env).remember(connection, granted.token, granted.useUntil);
  const decision = decide(request, env);
  if (decision.do !== "needToken") return decision;
  const detail = `the vendor gives \`${connection}\` tokens that are already over`;
  return refusal(env, "credential-refused", detail, allowOrigin);
}

async function receive(request, env, { connection }) {
  const edge = instance(env);
  const limit = edge.maxWebhookBody();
  const body = await readWhole(request.body, limit);
  if (body === TOO_LARGE) return tooLarge(env, limit, null);
  const verdict = JSON.parse(edge.receive(connection, JSON.stringify([...request.headers]), body, Date.now()));
  if (verdict.do === "answer") return answer(verdict);
  const isNew = await env.INBOX.getByName(connection).accept(verdict.received, body);
  return Response.json({ id: verdict.received.id, duplicate: !isNew }, { status: isNew ? 202 : 200 });
}

async function events(env, { connection, after, limit, allowOrigin }) {
  const page = await env.INBOX.getByName(connection).events(after, limit);
  const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
  allow(headers, env, allowOrigin);
  return new Response(page, { headers });
}

function live(env, { connection, after }) {
  const url = `https://inbox/live?after=${after}`;
  return env.INBOX.getByName(connection).fetch(url, { headers: { upgrade: "websocket" } });
}

async function exchange(request, env, { allowOrigin }) {
  const edge = instance(env);
  const form = await readWhole(request.body, edge.maxForm());
  if (form === TOO_LARGE) return tooLarge(env, edge.maxForm(), allowOrigin);
  const { status, headers: fields, body } = JSON.parse(await inFlight(edge.exchange(form)));
  const headers = new Headers(fields);
  allow(headers, env, allowOrigin);
  return new Response(body, { status, headers });
}

async function assets(request, env, { headers: fields }) {
  const asset = await env.ASSETS.fetch(request);
  const headers = new Headers(asset.headers);
  for (const [name, value] of fields) headers.set(name, value);
  return new Response(asset.body, { status: asset.status, headers });
}

const TOO_LARGE = Symbol("too large");

function tooLarge(env, limit, allowOrigin) {
  return refuse(env, "too-large", `at most ${limit} bytes are taken`, allowOrigin);
}

/** The body to pass on: in memory if it is small, as the stream it is if it is not, counted if nobody said how long. */
async function requestBody(request, limit, stop) {
  // Some clients send an empty body with a GET; `fetch` takes none.
  if (request.body === null || request.method === "GET") return null;
  const length = request.headers.get("content-length");
  if (length === null) return stopping(request.body, counter(limit, stop), stop);
  if (Number(length) > REPLAYABLE) return stopping(request.body, new FixedLengthStream(Number(length)), stop);
  return request.arrayBuffer().catch((error) => {
    stop.abort(error);
    throw error;
  });
}

// The call to the vendor is stopped before its body fails: workerd would otherwise end the body properly, and the vendor
// would take half a document for a whole one.
function stopping(stream, { readable, writable }, stop) {
  stream.pipeTo(writable, { preventAbort: true }).catch((error) => {
    stop.abort(error);
    writable.abort(error).catch(() => {});
  });
  return readable;
}

function counter(limit, stop) {
  let length = 0;
  return new TransformStream({
    transform(chunk, controller) {
      length += chunk.byteLength;
      if (length > limit) {
        stop.abort(TOO_LARGE);
        controller.error(TOO_LARGE);
      } else {
        controller.enqueue(chunk);
      }
    },
  });
}

async function readWhole(stream, limit) {
  const chunks = [];
  let length = 0;
  for await (const chunk of stream ?? []) {
    length += chunk.byteLength;
    if (length > limit) return TOO_LARGE;
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
