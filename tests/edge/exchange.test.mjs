// POST /oauth/token: the app's login in, a short-lived narrow token for one connection out (RFC 8693).

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { assertProblem, caller, edgeToken, exchange, exchangeForm } from "./calls.mjs";
import { startHarness } from "./edge.mjs";
import { CANARIES, ORIGIN, connection, environment, issuerTable } from "./environment.mjs";
import { bareToken, macToken, makeKey, signToken, startIssuer } from "./issuer.mjs";
import { startVendor } from "./vendor.mjs";

const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const MINUTE = 60_000;

let issuer;
let es256Only;
let vendor;
let edge;

before(async () => {
  [issuer, es256Only, vendor] = await Promise.all([startIssuer(), startIssuer(), startVendor()]);
  const connections = {
    robot: ["robot", connection(vendor.base("robot"))],
    other: ["robot", connection(vendor.base("other"))],
  };
  const issuers = { app: issuerTable(issuer), narrow: issuerTable(es256Only, { algorithms: ["ES256"] }) };
  edge = await startHarness(environment(connections, issuers));
});

after(() => Promise.all([edge?.stop(), issuer?.stop(), es256Only?.stop(), vendor?.stop()]));

async function assertRefused(token, error, more = {}, target = "robot") {
  const { status, headers, body } = await exchange(edge, token, target, more);
  assert.equal(status, 400, JSON.stringify(body));
  assert.equal(body.error, error, JSON.stringify(body));
  assert.match(headers.get("cache-control"), /no-store/);
  assert.ok(body.error_description.length > 0);
  assert.ok(!token || !JSON.stringify(body).includes(token), "the token is not echoed");
  return body;
}

const claimsOf = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

describe("a good login", () => {
  for (const algorithm of ["ES256", "RS256", "EdDSA"]) {
    it(`signed with ${algorithm} is exchanged for a token that opens the connection`, async () => {
      const { status, headers, body } = await exchange(edge, issuer.login({}, algorithm), "robot");
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(
        { ...body, access_token: undefined },
        {
          access_token: undefined,
          issued_token_type: ACCESS_TOKEN,
          token_type: "Bearer",
          expires_in: 300,
          scope: "*:*",
        },
      );
      assert.match(headers.get("cache-control"), /no-store/);
      const reply = await caller(edge, body.access_token, "robot")("/DSTs");
      assert.equal(reply.status, 200);
    });
  }

  it("may name the token type id_token or access_token, and the audience as one of several", async () => {
    for (const type of ["id_token", "access_token"]) {
      const more = { subject_token_type: `urn:ietf:params:oauth:token-type:${type}` };
      const { status } = await exchange(edge, issuer.login({ aud: ["another-app", "countersign"] }), "robot", more);
      assert.equal(status, 200);
    }
  });

  it("gives a token that says no more of the person than the subject", async () => {
    const token = await edgeToken(edge, issuer.login({ email: "ada@demo.example", name: "Ada Lovelace" }), "robot");
    const claims = claimsOf(token);
    assert.deepEqual(Object.keys(claims).sort(), ["aud", "exp", "iat", "iss", "jti", "scope", "sub"]);
    assert.equal(claims.aud, "robot");
  });

  it("gives a token that ends no later than the login", async () => {
    const exp = Math.floor(Date.now() / 1000) + 90;
    const { body } = await exchange(edge, issuer.login({ exp }), "robot");
    assert.ok(body.expires_in <= 90, `${body.expires_in}`);
    assert.ok(claimsOf(body.access_token).exp <= exp);
  });

  it("gives a token for its connection only", async () => {
    const token = await edgeToken(edge, issuer.login(), "robot");
    await assertProblem(await caller(edge, token, "other")("/DSTs"), 403, "wrong-connection");
    assert.equal(vendor.asked("/other/").length, 0);
  });
});

describe("scopes", () => {
  it("are those of the rule that fits the login's claims", async () => {
    const { body } = await exchange(edge, issuer.login({ role: "signer" }), "robot");
    assert.equal(body.scope, "dsts:read_one dst_notes:*");
  });

  it("are narrowed to what is asked for, and the token then allows nothing else", async () => {
    const { body } = await exchange(edge, issuer.login(), "robot", { scope: "dsts:read_one" });
    assert.equal(body.scope, "dsts:read_one");
    const call = caller(edge, body.access_token, "robot");
    assert.equal((await call("/DST/1")).status, 200);
    const problem = await assertProblem(await call("/DSTs"), 403, "insufficient-scope");
    assert.equal(problem.scope, "dsts:read_many");
  });

  it("are never widened by asking for more", async () => {
    const { body } = await exchange(edge, issuer.login({ role: "signer" }), "robot", { scope: "*:*" });
    assert.equal(body.scope, "dsts:read_one dst_notes:*");
  });

  it("that are malformed or not allowed are invalid_scope", async () => {
    for (const scope of ["openid", "dsts", "a:b:c", "dsts:read_one openid", "DSTS:read_one", "dsts:"]) {
      await assertRefused(issuer.login(), "invalid_scope", { scope });
    }
    await assertRefused(issuer.login({ role: "signer" }), "invalid_scope", { scope: "users:read_one" });
  });

  it("are refused as a whole to a login no rule fits", async () => {
    await assertRefused(issuer.login({ role: "visitor" }), "invalid_target");
    await assertRefused(issuer.login({ role: undefined }), "invalid_target");
    await assertRefused(es256Only.login(), "invalid_target");
  });
});

describe("a bad login", () => {
  const now = () => Math.floor(Date.now() / 1000);
  const other = (token, at, text) => token.split(".").with(at, text).join(".");

  it("is refused for each wrong claim, and the answer says which", async () => {
    const cases = [
      [{ exp: now() - 60 }, /expired/],
      [{ exp: undefined }, /expiry/],
      [{ exp: "tomorrow" }, /expiry/],
      [{ exp: -1 }, /expiry/],
      [{ nbf: now() + 120 }, /not valid yet/],
      [{ aud: "another-app" }, /audience/],
      [{ aud: undefined }, /audience/],
      [{ aud: { countersign: true } }, /audience/],
      [{ iss: "https://evil.example" }, /issuer/],
      [{ iss: `${issuer.name}/` }, /issuer/],
      [{ iss: undefined }, /issuer/],
    ];
    for (const [claims, said] of cases) {
      const { error_description } = await assertRefused(issuer.login(claims), "invalid_request");
      assert.match(error_description, said, JSON.stringify(claims));
    }
  });

  it("is refused without a real signature of a published key", async () => {
    const key = issuer.keys.ES256;
    const claims = issuer.claims();
    const good = signToken(key, claims);
    const signature = Buffer.from(good.split(".")[2], "base64url");
    const flipped = Buffer.from(signature).fill(signature[7] ^ 1, 7, 8);
    const publicPem = issuer.keys.RS256.publicKey.export({ type: "spki", format: "pem" });
    const cases = {
      none: bareToken({ alg: "none", kid: key.kid }, claims),
      "None with a signature": other(good, 0, Buffer.from('{"alg":"None"}').toString("base64url")),
      "HS256 with the public RSA key": macToken(publicPem, claims, { alg: "HS256", kid: "rs256-1" }),
      "HS256 with the published JWK": macToken(JSON.stringify(issuer.keys.RS256.jwk), claims, {
        alg: "HS256",
        kid: "rs256-1",
      }),
      "HS256 with nothing": macToken("", claims, { alg: "HS256" }),
      "a changed signature": other(good, 2, flipped.toString("base64url")),
      "a cut signature": good.slice(0, -8),
      "an empty signature": other(good, 2, ""),
      "all-zero signature": other(good, 2, Buffer.alloc(64).toString("base64url")),
      "a DER signature": other(
        good,
        2,
        Buffer.concat([Buffer.from("30440220", "hex"), signature]).toString("base64url"),
      ),
      "changed claims": other(
        good,
        1,
        Buffer.from(JSON.stringify({ ...claims, role: "instructor", sub: "eve" })).toString("base64url"),
      ),
      "a foreign key under a known id": signToken(makeKey("ES256", key.kid), claims),
      "a key of another kind": signToken(key, claims, { kid: "rs256-1" }),
      "an algorithm of another kind": signToken(key, claims, { alg: "RS256" }),
      "its own key in the header": signToken(makeKey("ES256", "mine"), claims, { jwk: makeKey("ES256", "mine").jwk }),
      "an address of keys in the header": signToken(makeKey("ES256", "x"), claims, {
        jku: "http://127.0.0.1:1/jwks",
        kid: "x",
      }),
      "a critical extension": signToken(key, claims, { crit: ["b64"], b64: true }),
      "no key id where several keys fit none": signToken(makeKey("ES256", "x"), claims, { kid: undefined }),
      "a path for a key id": signToken(key, claims, { kid: "../../dev/null" }),
      "a number for an algorithm": signToken(key, claims, { alg: 256 }),
    };
    for (const [name, token] of Object.entries(cases)) {
      const { status, body } = await exchange(edge, token, "robot");
      assert.equal(status, 400, `${name}: ${JSON.stringify(body)}`);
      assert.equal(body.error, "invalid_request", name);
    }
  });

  it("is refused if the issuer does not use its algorithm, although it publishes such a key", async () => {
    const { error_description } = await assertRefused(es256Only.login({}, "EdDSA"), "invalid_request");
    assert.match(error_description, /algorithm/);
  });

  it("is refused if it is no token at all", async () => {
    const long = `${"a".repeat(4_000)}.${"b".repeat(4_000)}.${"c".repeat(4_000)}`;
    for (const token of ["x", "a.b", "..", "a.b.c", "e30.e30.", "é.é.é", "{}", "%00.%00.%00", long, "a.b.c.d.e"]) {
      const { status, body } = await exchange(edge, token, "robot");
      assert.deepEqual([status, body.error], [400, "invalid_request"], token.slice(0, 40));
    }
  });
});

describe("an edge token", () => {
  it("is refused after its end, changed, forged, or with the login in its place", async () => {
    const token = await edgeToken(edge, issuer.login(), "robot");
    const claims = claimsOf(token);
    const header = { alg: "HS256", typ: "at+jwt", kid: "k1" };
    const forgeries = [
      issuer.login(),
      bareToken({ ...header, alg: "none" }, claims),
      macToken("guess", claims, header),
      macToken(Buffer.from(CANARIES.edgeKey, "base64url"), { ...claims, exp: 1 }, header),
      macToken(Buffer.from(CANARIES.edgeKey, "base64url"), claims, { ...header, kid: "k2" }),
      `${token}x`,
      token
        .split(".")
        .with(1, Buffer.from(JSON.stringify({ ...claims, aud: "other" })).toString("base64url"))
        .join("."),
    ];
    for (const forged of forgeries) {
      const reply = await caller(edge, forged, "robot")("/DSTs");
      await assertProblem(reply, 401, "unauthorized");
      assert.match(reply.headers.get("www-authenticate"), /^Bearer .*invalid_token/);
    }
  });
});

describe("the form", () => {
  it("is refused with the missing or wrong field named", async () => {
    const token = issuer.login();
    const cases = [
      [{ grant_type: undefined }, "invalid_request", /grant_type/],
      [{ grant_type: "password" }, "unsupported_grant_type", /grant_type/],
      [{ subject_token: undefined }, "invalid_request", /subject_token/],
      [{ subject_token: "" }, "invalid_request", /subject_token/],
      [{ subject_token_type: undefined }, "invalid_request", /subject_token_type/],
      [{ subject_token_type: "urn:ietf:params:oauth:token-type:saml2" }, "invalid_request", /subject_token_type/],
      [{ audience: undefined }, "invalid_request", /audience/],
    ];
    for (const [more, error, said] of cases) {
      const { error_description } = await assertRefused(token, error, more);
      assert.match(error_description, said);
    }
  });

  it("is refused if it is JSON, noise, empty or has a field twice", async () => {
    const twice = exchangeForm(issuer.login(), "robot");
    twice.append("audience", "other");
    for (const body of [twice, "{}", "%zz=%", "\u0000", "", "a".repeat(1000), new Uint8Array([0xff, 0xfe])]) {
      const reply = await edge.fetch("/oauth/token", { method: "POST", body });
      assert.equal(reply.status, 400);
      assert.match((await reply.json()).error, /^(invalid_request|unsupported_grant_type)$/);
    }
  });

  it("for a connection that does not exist is invalid_target", async () => {
    for (const target of ["nobody", "ROBOT", "robot/../other", "__proto__"]) {
      await assertRefused(issuer.login(), "invalid_target", {}, target);
    }
  });

  it("above 32 KiB is refused with and without a length", async () => {
    const stream = () => new Blob(["a=", "b".repeat(40_000)]).stream();
    for (const body of [`a=${"b".repeat(40_000)}`, stream()]) {
      const reply = await edge.fetch("/oauth/token", { method: "POST", body });
      assert.equal(reply.status, 413);
      await reply.json();
    }
  });

  it("is taken by POST only", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      await assertProblem(await edge.fetch("/oauth/token", { method }), 405, "method-not-allowed");
    }
  });
});

describe("pages of other origins", () => {
  it("may exchange from a configured origin, with that origin named and never a star", async () => {
    const preflight = await edge.fetch("/oauth/token", {
      method: "OPTIONS",
      headers: { origin: ORIGIN, "access-control-request-method": "POST" },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), ORIGIN);
    const reply = await edge.fetch("/oauth/token", {
      method: "POST",
      headers: { origin: ORIGIN },
      body: exchangeForm(issuer.login(), "robot"),
    });
    assert.equal(reply.headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal(reply.headers.get("access-control-allow-credentials"), null);
    assert.match(reply.headers.get("vary"), /origin/i);
  });

  it("may not from any other", async () => {
    for (const origin of [
      "https://evil.example",
      "null",
      `${ORIGIN}.evil.example`,
      ORIGIN.replace("http", "https"),
      `${ORIGIN}0`,
    ]) {
      const preflight = await edge.fetch("/oauth/token", { method: "OPTIONS", headers: { origin } });
      await assertProblem(preflight, 403, "origin-not-allowed");
      const reply = await edge.fetch("/oauth/token", { method: "POST", headers: { origin }, body: "" });
      assert.equal(reply.headers.get("access-control-allow-origin"), null, origin);
    }
  });
});

// Each test has an issuer of its own: what the edge knows of its keys is the point.
describe("the issuer's keys", () => {
  let own;
  let place;

  before(async () => {
    own = await Promise.all(Array.from({ length: 4 }, startIssuer));
    const issuers = Object.fromEntries(own.map((one, index) => [`app${index || ""}`, issuerTable(one)]));
    const callers = Object.keys(issuers).map((name) => ({ issuer: name, scopes: ["*:*"] }));
    place = await startHarness(
      environment({ robot: ["robot", connection(vendor.base("robot"), { callers })] }, issuers),
    );
  });

  after(() => Promise.all([place?.stop(), ...(own ?? []).map((one) => one.stop())]));

  const take = async (token) => (await exchange(place, token, "robot")).status;

  it("are asked for once and kept", async () => {
    const statuses = [];
    for (let call = 0; call < 5; call += 1) statuses.push(await take(own[0].login()));
    assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
    assert.equal(own[0].asked, 1);
  });

  it("are asked for again at an unknown key id, at most once a minute", async () => {
    const [, rotating] = own;
    assert.equal(await take(rotating.login()), 200);
    const next = makeKey("ES256", "es256-2");
    rotating.published = [next.jwk];
    const login = () => signToken(next, rotating.claims());
    await Promise.all(Array.from({ length: 20 }, () => take(login())));
    assert.equal(rotating.asked, 1, "within the minute nobody is asked");
    await place.advance(MINUTE + 1_000);
    assert.equal(await take(login()), 200, "the new key is found");
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => take(signToken(next, rotating.claims(), { kid: `guess-${n}` }))),
    );
    assert.equal(rotating.asked, 2);
    assert.equal(await take(rotating.login()), 400, "the old key is gone");
  });

  it("stay in use while the issuer is down", async () => {
    const [, , failing] = own;
    assert.equal(await take(failing.login()), 200);
    failing.down = true;
    await place.advance(11 * MINUTE);
    assert.equal(await take(failing.login({ exp: Math.floor(Date.now() / 1000) + 86_400 })), 200);
    assert.ok(failing.asked >= 2, "it was asked again");
  });

  it("are asked for at most once a minute at unknown key ids while the issuer is down, too", async () => {
    const [, , , failing] = own;
    assert.equal(await take(failing.login()), 200);
    failing.down = true;
    await place.advance(MINUTE + 1_000);
    const guess = (n) =>
      signToken(failing.keys.ES256, failing.claims({ exp: Math.floor(Date.now() / 1000) + 86_400 }), {
        kid: `guess-${n}`,
      });
    const statuses = [];
    for (let call = 0; call < 5; call += 1) statuses.push(await take(guess(call)));
    // Not the caller's fault: the key may well exist.
    assert.deepEqual(statuses, [503, 503, 503, 503, 503]);
    assert.equal(failing.asked, 2);
  });
});
