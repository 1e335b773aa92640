import assert from "node:assert/strict";
import { before, test } from "node:test";

import { errors, init, verifyWebhook } from "./support/package.mjs";

before(() => init());

const credential = { headers: { "X-Webhook-Key": "k3y" }, basic: { username: "robot", password: "pässword" } };
const basic = `Basic ${Buffer.from("robot:pässword").toString("base64")}`;
const body = JSON.stringify({ status: "toSign", dst: "20b772dc" });

for (const [what, headers] of [
  ["a Headers", new Headers({ "x-webhook-key": "k3y", authorization: basic })],
  ["pairs", [["X-Webhook-Key", "k3y"], ["Authorization", basic]]],
  ["the object of Node", { "x-webhook-key": ["k3y"], authorization: basic, other: undefined }],
]) {
  test(`a delivery with ${what} as header fields is verified and read`, async () => {
    assert.deepEqual(await verifyWebhook({ headers, body, credential }), JSON.parse(body));
  });
}

test("the body may be bytes, and need not be JSON", async () => {
  const headers = { "x-webhook-key": "k3y", authorization: basic };
  assert.equal(await verifyWebhook({ headers, body: Buffer.from("plain"), credential }), "plain");
});

for (const [what, headers] of [
  ["no proof", {}],
  ["a wrong header", { "x-webhook-key": "key", authorization: basic }],
  ["a wrong password", { "x-webhook-key": "k3y", authorization: `Basic ${btoa("robot:x")}` }],
]) {
  test(`a delivery with ${what} is refused`, async () => {
    await assert.rejects(verifyWebhook({ headers, body, credential }), errors.WebhookError);
  });
}

test("without a credential nothing is accepted", async () => {
  await assert.rejects(verifyWebhook({ headers: {}, body, credential: {} }), errors.WebhookError);
});

test("a credential with a misspelt field is refused as a mistake", async () => {
  await assert.rejects(verifyWebhook({ headers: {}, body, credential: { header: {} } }), errors.RequestError);
});

test("a body that was parsed is refused as a mistake", async () => {
  await assert.rejects(verifyWebhook({ headers: {}, body: JSON.parse(body), credential }), errors.RequestError);
});
