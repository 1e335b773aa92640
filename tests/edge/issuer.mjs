// An identity provider on loopback: real keys of all three kinds, a JWKS that can misbehave, tokens signed by hand.

import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";

const KINDS = {
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};

/** A signing key under a key id. */
export function makeKey(algorithm, kid) {
  const { privateKey, publicKey } = KINDS[algorithm]();
  return {
    algorithm,
    kid,
    privateKey,
    publicKey,
    jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" },
  };
}

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Signs a token with a key; `header` replaces fields of the usual one. */
export function signToken(key, claims, header = {}) {
  const signed = `${encode({ alg: key.algorithm, typ: "JWT", kid: key.kid, ...header })}.${encode(claims)}`;
  const digest = key.algorithm === "EdDSA" ? null : "sha256";
  const signature = sign(digest, Buffer.from(signed), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

/** A token that is MACed with `secret` instead of signed. */
export function macToken(secret, claims, header) {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** A token with no signature at all. */
export function bareToken(header, claims) {
  return `${encode(header)}.${encode(claims)}.`;
}

/** Starts a provider with one key of each kind. */
export async function startIssuer() {
  const keys = Object.keys(KINDS).map((algorithm) => makeKey(algorithm, `${algorithm.toLowerCase()}-1`));
  const issuer = {
    /** What the JWKS holds now. */
    published: keys.map((key) => key.jwk),
    /** Whether the JWKS is out of order. */
    down: false,
    /** How often the JWKS was asked for. */
    asked: 0,
    keys: Object.fromEntries(keys.map((key) => [key.algorithm, key])),
    /** The claims of a good login. */
    claims(more = {}) {
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: issuer.name, aud: "countersign", sub: "ada", iat: now, exp: now + 3600, role: "instructor" };
      return { ...usual, ...more };
    },
    /** A good login, with these claims besides. */
    login(more = {}, algorithm = "ES256") {
      return signToken(issuer.keys[algorithm], issuer.claims(more));
    },
  };
  const server = createServer((_, response) => {
    issuer.asked += 1;
    if (issuer.down) return response.writeHead(503).end("down");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: issuer.published }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer.name = `http://127.0.0.1:${server.address().port}`;
  issuer.jwksUrl = `${issuer.name}/jwks`;
  issuer.stop = () => closeNow(server);
  return issuer;
}

/** Ends a server and the connections it still has. */
export function closeNow(server) {
  server.closeAllConnections?.();
  return new Promise((resolve) => server.close(resolve));
}
