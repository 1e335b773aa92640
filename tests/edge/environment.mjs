// What the edge under test is told: connections, issuers and secrets.
// Every secret is a canary that must never be seen again.

export const ORIGIN = "http://127.0.0.1:18600";

/** Secrets. None of them may ever be in an answer or a log. */
export const CANARIES = {
  edgeKey: "Y2FuYXJ5LWVkZ2Uta2V5LWNhbmFyeS1lZGdlLWtleS0",
  robotToken: "canary-robot-token-5d1f",
  clientSecret: "canary-client-secret-77aa",
  password: "canary-password-c0ff",
  webhookKey: "canary-webhook-key-9b2e",
  webhookPassword: "canary-webhook-password-31fe",
};

/** What the vendor sends along with a webhook. */
export const WEBHOOK_HEADERS = {
  "x-webhook-key": CANARIES.webhookKey,
  authorization: `Basic ${Buffer.from(`countersign:${CANARIES.webhookPassword}`).toString("base64")}`,
};

const webhook = {
  headers: [{ name: "X-Webhook-Key", value: CANARIES.webhookKey }],
  basic: { username: "countersign", password: CANARIES.webhookPassword },
};

const CREDENTIALS = {
  robot: { robot: { token: CANARIES.robotToken }, webhook },
  password: {
    password: {
      client_id: "client",
      client_secret: CANARIES.clientSecret,
      username: "jdo@demo",
      password: CANARIES.password,
    },
    webhook,
  },
};

/** A connection's table; `more` replaces fields. */
export function connection(baseUrl, more = {}) {
  return {
    vendor: "signing-today",
    base_url: baseUrl,
    origins: [ORIGIN],
    timeout_ms: 10_000,
    max_body_bytes: 25 * 1024 * 1024,
    callers: [
      { issuer: "app", claims: { role: "instructor" }, scopes: ["*:*"] },
      { issuer: "app", claims: { role: "signer" }, scopes: ["dsts:read_one", "dst_notes:*"] },
      { issuer: "app", claims: { role: "admin" }, scopes: ["*:*", "passwords:*"] },
    ],
    ...more,
  };
}

/** An issuer's table; `more` replaces fields. */
export function issuerTable(issuer, more = {}) {
  return {
    issuer: issuer.name,
    audience: "countersign",
    jwks_url: issuer.jwksUrl,
    algorithms: ["ES256", "RS256", "EdDSA"],
    ...more,
  };
}

/**
 * Variables and secrets.
 *
 * @param {Record<string, [kind: "robot" | "password", table: object]>} connections
 * @param {Record<string, object>} issuers
 * @param {object} more further variables
 */
export function environment(connections, issuers, more = {}) {
  const secrets = { EDGE_KEYS: `k1:${CANARIES.edgeKey}` };
  const tables = {};
  for (const [name, [kind, table]] of Object.entries(connections)) {
    tables[name] = table;
    secrets[`CREDENTIAL_${name.toUpperCase().replaceAll("-", "_")}`] = JSON.stringify(CREDENTIALS[kind]);
  }
  return { vars: { CONNECTIONS: tables, ISSUERS: issuers, ...more }, secrets };
}
