// What the edge says about itself: its operations, its description, its health, its console; and what it never says.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";

import { assertProblem, caller, edgeToken, exchange, postWebhook } from "./calls.mjs";
import { startHarness, startProcess } from "./edge.mjs";
import { CANARIES, ORIGIN, WEBHOOK_HEADERS, connection, environment, issuerTable } from "./environment.mjs";
import { startIssuer } from "./issuer.mjs";
import { ROOT } from "./place.mjs";
import { json, startVendor } from "./vendor.mjs";

let issuer;
let vendor;
let edge;

before(async () => {
  [issuer, vendor] = await Promise.all([startIssuer(), startVendor()]);
  const connections = {
    robot: ["robot", connection(vendor.base("robot"))],
    login: ["password", connection(vendor.base("login"))],
  };
  const console = {
    issuer: "app",
    client_id: "console",
    authorize_url: "https://idp.example/authorize",
    token_url: "https://idp.example/token",
    connection: "robot",
  };
  edge = await startHarness(environment(connections, { app: issuerTable(issuer) }, { CONSOLE: console }));
});

after(() => Promise.all([edge?.stop(), issuer?.stop(), vendor?.stop()]));

async function getJson(path) {
  const reply = await edge.fetch(path);
  assert.equal(reply.status, 200, path);
  assert.match(reply.headers.get("content-type"), /^application\/json/);
  return reply.json();
}

describe("/operations", () => {
  it("lists every operation with all that a caller needs to know", async () => {
    const operations = await getJson("/operations");
    assert.ok(operations.length > 30, `${operations.length}`);
    assert.equal(new Set(operations.map(({ vendor: name, id }) => `${name} ${id}`)).size, operations.length);
    assert.equal(new Set(operations.map(({ vendor: name, route }) => `${name} ${route}`)).size, operations.length);
    for (const operation of operations) {
      assert.equal(operation.vendor, "signing-today");
      assert.match(operation.id, /^[A-Z][A-Za-z]+$/);
      assert.match(operation.route, /^(GET|POST|PUT|PATCH|DELETE) \//);
      assert.match(`${operation.resource}:${operation.action}`, /^[a-z_]+:[a-z_]+$/);
      assert.match(operation.retry, /^(safe|unsafe)$/);
      assert.match(operation.auth, /^(token|client|none)$/);
      assert.match(operation.doc, /^https:\/\//);
      assert.ok(operation.summary.length > 0);
    }
  });

  it("lists what the edge passes on: every one is known to it, and needs its scope", async () => {
    const call = caller(
      edge,
      await edgeToken(edge, issuer.login({ role: "signer" }), "robot", "dst_notes:no_such"),
      "robot",
    );
    for (const { route, resource, action, auth } of await getJson("/operations")) {
      const [method, template] = route.split(" ");
      const reply = await call(template.replace(/\{\?.*\}/, "").replaceAll(/\{[^}]+\}/g, "1"), { method });
      const problem = await assertProblem(reply, 403, auth === "client" ? "not-passed-on" : "insufficient-scope");
      if (auth !== "client") assert.equal(problem.scope, `${resource}:${action}`, route);
    }
  });
});

describe("/openapi.json", () => {
  it("is OpenAPI 3.1 and describes every operation and every route of the edge", async () => {
    const [description, operations] = [await getJson("/openapi.json"), await getJson("/operations")];
    assert.match(description.openapi, /^3\.1\.\d$/);
    assert.ok(description.info.title && description.info.version && description.info.license);
    const described = Object.entries(description.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, entry]) => ({ path, method, ...entry })),
    );
    const ids = described.flatMap(({ operationId }) => operationId ?? []);
    assert.deepEqual(ids.toSorted(), operations.map(({ vendor: name, id }) => `${name}.${id}`).toSorted());
    for (const { vendor: name, id, route, resource, action } of operations) {
      const { path, method, parameters, security, responses } = described.find(
        ({ operationId }) => operationId === `${name}.${id}`,
      );
      assert.equal(`${method.toUpperCase()} ${path}`, route.replace(/\{\?.*\}/, "").replace(" ", " /v/{connection}"));
      assert.deepEqual(security, [{ edgeToken: [`${resource}:${action}`] }]);
      const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, parameter]) => parameter);
      const required = parameters.filter((parameter) => parameter.in === "path").map((parameter) => parameter.name);
      assert.deepEqual(required.toSorted(), inPath.toSorted(), route);
      assert.ok(responses.default, route);
    }
    for (const path of [
      "/oauth/token",
      "/webhooks/{connection}",
      "/events/{connection}",
      "/operations",
      "/openapi.json",
      "/healthz",
      "/readyz",
    ]) {
      assert.ok(description.paths[path], path);
    }
  });

  it("leads nowhere with its references", async () => {
    const description = await getJson("/openapi.json");
    for (const [, reference] of JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g)) {
      const found = reference
        .slice(2)
        .split("/")
        .reduce((value, key) => value?.[key], description);
      assert.ok(found, reference);
    }
  });

  it("lists every kind of problem the edge gives", async () => {
    const { components } = await getJson("/openapi.json");
    const kinds = components.schemas.Problem.properties.type.enum;
    for (const slug of [
      "unauthorized",
      "insufficient-scope",
      "unknown-route",
      "too-large",
      "vendor-timeout",
      "not-configured",
      "internal",
    ]) {
      assert.ok(kinds.includes(`/problems/${slug}`), slug);
    }
  });
});

describe("the edge's own routes", () => {
  it("say that it runs and that it is configured", async () => {
    for (const path of ["/healthz", "/readyz"]) {
      assert.equal((await getJson(path)).status, "ok");
      const head = await edge.fetch(path, { method: "HEAD" });
      assert.deepEqual([head.status, await head.text()], [200, ""]);
    }
  });

  it("tell the console where people sign in, and no secret", async () => {
    assert.deepEqual(await getJson("/console.json"), {
      issuer: issuer.name,
      audience: "countersign",
      authorize_url: "https://idp.example/authorize",
      token_url: "https://idp.example/token",
      client_id: "console",
      connection: "robot",
      vendor: "signing-today",
    });
  });

  it("serve the console with a strict policy, whatever the status", async () => {
    for (const [path, status] of [
      ["/", 200],
      ["/no-such-page", 404],
    ]) {
      const { status: given, headers } = await edge.fetch(path);
      assert.equal(given, status, path);
      const policy = headers.get("content-security-policy");
      assert.match(policy, /default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
      assert.match(policy, /connect-src 'self' https:\/\/idp\.example;/);
      assert.match(policy, /frame-ancestors 'none'; base-uri 'none'; form-action 'none'/);
      assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval'? '(?!wasm)|\*/);
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.equal(headers.get("referrer-policy"), "no-referrer");
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
    }
  });

  it("take GET and HEAD only", async () => {
    for (const path of ["/", "/operations", "/healthz", "/readyz", "/openapi.json"]) {
      await assertProblem(await edge.fetch(path, { method: "POST", body: "x" }), 405, "method-not-allowed");
    }
  });

  it("have no way to make it panic unless it is told to have one", async () => {
    assert.equal((await edge.fetch("/testing/panic")).status, 404);
    assert.doesNotMatch(edge.log(), /panic/);
  });
});

describe("a configuration with faults", () => {
  const secret = "canary-in-a-broken-secret";

  async function withConfiguration(configuration, check) {
    const broken = await startProcess(configuration);
    try {
      await check(broken);
      assert.ok(!broken.log().includes(secret), broken.log());
    } finally {
      await broken.stop();
    }
  }

  it("is refused on every route with every fault named and no secret in it, and is still healthy", async () => {
    const table = (more) => connection("https://vendor.example/api", more);
    const connections = {
      "no-vendor": ["robot", table({ vendor: "acme" })],
      "plain-http": ["robot", table({ base_url: "http://vendor.example/api" })],
      "any-origin": ["robot", table({ origins: ["*"] })],
      nobody: ["robot", table({ callers: [] })],
      stranger: ["robot", table({ callers: [{ issuer: "unheard-of", scopes: ["*:*"] }] })],
      "odd-scope": ["robot", table({ callers: [{ issuer: "app", scopes: ["everything"] }] })],
      misspelt: ["robot", { ...table(), timeout: 5 }],
      Shouting: ["robot", table()],
      "no-secret": ["robot", table()],
      "not-json": ["robot", table()],
      "robot-text": ["robot", table()],
      "half-login": ["robot", table()],
      "odd-webhook": ["robot", table()],
    };
    const broken = environment(connections, {
      app: issuerTable(issuer, { algorithms: ["HS256"] }),
      far: issuerTable(issuer, { jwks_url: "http://idp.example/jwks" }),
    });
    broken.vars.CONSOLE = {
      issuer: "unheard-of",
      client_id: "console",
      authorize_url: "x",
      token_url: "https://idp.example/token",
      connection: "nowhere",
    };
    delete broken.secrets.CREDENTIAL_NO_SECRET;
    Object.assign(broken.secrets, {
      EDGE_KEYS: `k1:${secret}`,
      CREDENTIAL_NOT_JSON: secret,
      CREDENTIAL_ROBOT_TEXT: JSON.stringify({ robot: secret }),
      CREDENTIAL_HALF_LOGIN: JSON.stringify({
        password: { username: "jdo", password: secret, client_secret: [secret] },
      }),
      CREDENTIAL_ODD_WEBHOOK: JSON.stringify({
        robot: { token: secret },
        webhook: { headers: secret, basic: { username: secret, password: 1 } },
      }),
    });
    const named = [
      "CONNECTIONS.no-vendor",
      "CONNECTIONS.plain-http",
      "CONNECTIONS.any-origin",
      "CONNECTIONS.nobody",
      "CONNECTIONS.stranger",
      "CONNECTIONS.odd-scope",
      "CONNECTIONS.misspelt",
      "CONNECTIONS.Shouting",
      "CREDENTIAL_NO_SECRET",
      "CREDENTIAL_NOT_JSON",
      "CREDENTIAL_ROBOT_TEXT",
      "CREDENTIAL_HALF_LOGIN",
      "CREDENTIAL_ODD_WEBHOOK",
      "EDGE_KEYS",
      "ISSUERS.app",
      "ISSUERS.far",
      "CONSOLE.issuer",
      "CONSOLE.authorize_url",
    ];
    await withConfiguration(broken, async (place) => {
      for (const [path, method] of [
        ["/readyz"],
        ["/"],
        ["/operations"],
        ["/v/robot/DSTs"],
        ["/events/robot"],
        ["/webhooks/robot", "POST"],
        ["/oauth/token", "POST"],
      ]) {
        const problem = await assertProblem(await place.fetch(path, { method }), 503, "not-configured");
        for (const name of named)
          assert.ok(
            problem.faults.some((fault) => fault.includes(name)),
            `${path} names no fault of ${name}: ${problem.faults.join("\n")}`,
          );
        assert.ok(!JSON.stringify(problem).includes(secret), JSON.stringify(problem));
      }
      assert.equal((await place.fetch("/healthz")).status, 200);
    });
  });

  it("is the lack of any", async () => {
    await withConfiguration({ vars: {}, secrets: {} }, async (place) => {
      const { faults } = await assertProblem(await place.fetch("/readyz"), 503, "not-configured");
      assert.match(faults.join("\n"), /CONNECTIONS/);
      assert.match(faults.join("\n"), /EDGE_KEYS/);
    });
  });
});

describe("the product's own configuration", () => {
  it("is taken as it is, with the secrets that `cargo xtask dev` writes", async (context) => {
    const file = await readFile(join(ROOT, ".dev.vars"), "utf8").catch(() => null);
    if (file === null) return context.skip("there is no .dev.vars yet; `cargo xtask test --only edge` writes it");
    const secrets = Object.fromEntries(
      [...file.matchAll(/^(\w+)=(["']?)(.*)\2$/gm)].map(([, name, , value]) => [name, value]),
    );
    const { vars } = readConfig({ config: join(ROOT, "wrangler.toml") }, { hideWarnings: true });
    const own = await startProcess({ vars: JSON.parse(JSON.stringify(vars)), secrets });
    const reply = await own.fetch("/readyz");
    const text = await reply.text();
    await own.stop();
    assert.equal(reply.status, 200, text);
  });
});

describe("no secret", () => {
  it("is in any answer, any log or any stored event, however the edge is asked", async () => {
    const token = await edgeToken(edge, issuer.login(), "robot");
    const login = await edgeToken(edge, issuer.login(), "login");
    const refusing = vendor.script((response, request) =>
      json(response, 401, { token: request.headers.authorization }),
    );
    const echo = { error: "invalid_grant", error_description: `${CANARIES.password} ${CANARIES.clientSecret}` };
    vendor.tokenScripts.set("login", (response) => json(response, 400, echo));
    await postWebhook(edge, "robot", { dst: randomUUID() });
    const bearer = (value) => ({ headers: { authorization: `Bearer ${value}`, origin: ORIGIN } });
    const calls = [
      ["/v/robot/DSTs", bearer(token)],
      ["/v/robot/nope", bearer(token)],
      ["/v/login/DSTs", bearer(login)],
      [`/v/robot/DST/${refusing}`, bearer(token)],
      ["/v/login/DSTs", bearer(token)],
      ["/v/robot/DSTs", bearer("x")],
      ["/v/robot/oauth/token", { ...bearer(token), method: "POST" }],
      ["/events/robot", bearer(token)],
      ["/events/robot/live", bearer(token)],
      ["/webhooks/robot", { method: "POST", body: "{}", headers: { ...WEBHOOK_HEADERS, "x-webhook-key": "x" } }],
      ["/oauth/token", { method: "POST", body: "grant_type=x" }],
      ["/operations", {}],
      ["/openapi.json", {}],
      ["/console.json", {}],
      ["/readyz", {}],
      ["/", {}],
      ["/no-such-page", {}],
    ];
    const said = [JSON.stringify((await exchange(edge, issuer.login(), "robot")).body)];
    for (const [path, init] of calls) {
      const reply = await edge.fetch(path, init);
      said.push(`${path}: ${reply.status} ${JSON.stringify([...reply.headers])} ${await reply.text()}`);
    }
    const inbox = await edge.worker.getDurableObjectStorage("INBOX", { name: "robot" });
    const rows = await inbox.exec(
      "SELECT id, source, type, subject, time, headers, CAST(body AS TEXT) AS body FROM events",
    );
    assert.ok(rows.length > 0);
    said.push(edge.log(), JSON.stringify(rows));
    const basic = Buffer.from(`client:${CANARIES.clientSecret}`).toString("base64");
    for (const [name, secret] of Object.entries({
      ...CANARIES,
      basic,
      webhookBasic: WEBHOOK_HEADERS.authorization.slice(6),
    })) {
      for (const text of said) assert.ok(!text.includes(secret), `${name} is in ${text.slice(0, 600)}`);
    }
  });
});
