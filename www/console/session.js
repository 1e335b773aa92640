/**
 * Who is signed in: OpenID Connect, authorization code with PKCE.
 *
 * The identity provider's token is kept in sessionStorage: it survives a reload of this tab and a
 * trip to the sign-in page, is not shared with other tabs and ends with the tab. It never enters a
 * URL. A script that could read it could also use this page, and the strict policy of the page
 * lets none in.
 */

const SESSION = "countersign.session";
const ATTEMPT = "countersign.sign-in";

/** The login has run out, or was never there. */
export class SessionEndedError extends Error {
  constructor(message = "Your session has ended.", options) {
    super(message, options);
    this.name = "SessionEndedError";
  }
}

/** The identity provider refused, or its answer does not belong to this sign-in. */
export class SignInError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "SignInError";
  }
}

/**
 * @typedef {{ token: string, expiresAt: number, subject: string, name: string, email: string, role: string }} Session
 */

/** @returns {Session | null} the session of this tab, if it is still good */
export function currentSession(now = Date.now()) {
  const session = readJson(SESSION);
  if (!session || typeof session.token !== "string" || session.expiresAt <= now) return null;
  return session;
}

/** @returns {string} the identity provider's token; throws {@link SessionEndedError} */
export function subjectToken(now = Date.now()) {
  const session = currentSession(now);
  if (!session) throw new SessionEndedError();
  return session.token;
}

/** Forgets the login in this tab. */
export function signOut() {
  sessionStorage.removeItem(SESSION);
  sessionStorage.removeItem(ATTEMPT);
}

/**
 * Leaves for the identity provider; the person comes back to `returnTo`.
 *
 * @param {{ authorize_url: string, client_id: string }} config
 * @param {string} returnTo the hash of the page to come back to
 */
export async function signIn(config, returnTo = location.hash) {
  const attempt = { state: randomText(), verifier: randomText(), nonce: randomText(), returnTo };
  sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt));
  const url = new URL(config.authorize_url, location.href);
  const parameters = {
    response_type: "code",
    client_id: config.client_id,
    redirect_uri: redirectUri(),
    scope: "openid profile email",
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await challengeOf(attempt.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

/**
 * Finishes a sign-in when the address carries the provider's answer, and cleans the address.
 *
 * @param {{ token_url: string, client_id: string }} config
 * @returns {Promise<boolean>} whether a sign-in was completed
 */
export async function completeSignIn(config) {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) return false;
  const attempt = readJson(ATTEMPT);
  sessionStorage.removeItem(ATTEMPT);
  history.replaceState(null, "", `${location.pathname}${attempt?.returnTo ?? ""}`);
  if (answer.has("error")) {
    throw new SignInError(answer.get("error_description") ?? `The identity provider said ${answer.get("error")}.`);
  }
  if (!attempt || attempt.state !== answer.get("state")) {
    throw new SignInError("This sign-in was not started in this tab.");
  }
  const token = await redeemCode(config, answer.get("code"), attempt.verifier);
  keepSession(token, attempt.nonce);
  return true;
}

async function redeemCode(config, code, verifier) {
  let response;
  try {
    response = await fetch(new URL(config.token_url, location.href), {
      method: "POST",
      headers: { accept: "application/json" },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code,
        code_verifier: verifier,
        client_id: config.client_id,
        redirect_uri: redirectUri(),
      }),
    });
  } catch (cause) {
    throw new SignInError("The identity provider cannot be reached.", { cause });
  }
  const grant = await response.json().catch(() => ({}));
  if (!response.ok || typeof grant.id_token !== "string") {
    throw new SignInError(grant.error_description ?? "The identity provider did not accept the sign-in.");
  }
  return grant.id_token;
}

function keepSession(token, nonce) {
  const claims = readClaims(token);
  if (!claims || typeof claims.exp !== "number") throw new SignInError("The identity token cannot be read.");
  if (claims.nonce !== undefined && claims.nonce !== nonce) {
    throw new SignInError("The identity token belongs to another sign-in.");
  }
  const session = {
    token,
    expiresAt: claims.exp * 1000,
    subject: String(claims.sub ?? ""),
    name: String(claims.name ?? claims.email ?? claims.sub ?? "Somebody"),
    email: String(claims.email ?? ""),
    role: String(claims.role ?? ""),
  };
  sessionStorage.setItem(SESSION, JSON.stringify(session));
}

/**
 * The claims of a JWT, for showing a name and knowing the end; the edge is who verifies it.
 *
 * @param {string} token
 * @returns {Record<string, unknown> | null}
 */
export function readClaims(token) {
  try {
    const text = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0))));
  } catch {
    return null;
  }
}

/** The S256 challenge of a PKCE verifier (RFC 7636). */
export async function challengeOf(verifier) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(digest));
}

function randomText() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function redirectUri() {
  return `${location.origin}/`;
}

function readJson(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}
