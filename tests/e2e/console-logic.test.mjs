// The console's pure parts: what events mean, how long to wait, how times read, what is sent.

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { backoffDelay } from "../../www/console/backoff.js";
import { checkPdf, signedName, titleOf } from "../../www/console/document.js";
import { EdgeError, ExchangeError, describeError, isFinal, isSessionEnd } from "../../www/console/errors.js";
import { scopesOf } from "../../www/console/exchange.js";
import { byteSize, parseTime, relativeTime } from "../../www/console/format.js";
import { createInbox } from "../../www/console/inbox.js";
import { inOrder } from "../../www/console/live.js";
import { textWidth, wrapText, writePdf } from "../../www/console/pdf.js";
import { sampleFile } from "../../www/console/sample.js";
import { challengeOf, readClaims } from "../../www/console/session.js";
import { submissionOf } from "../../www/console/submission.js";
import { eventText, partiesOf, progressOf, statusOf, travelOf } from "../../www/console/travel.js";

const DST = "20b772dc-5ec2-4ae0-9c06-95238d40c6bc";

function transaction(changes = {}) {
  const signer = (id, name, surname) => ({ id, name, surname, email: `${name.toLowerCase()}@demo.example` });
  const request = (id) => ({ id, signerId: id, declinable: true, extraData: { st_signatureTicketUrl: `http://127.0.0.1:8788/std/t${id}/signature` } });
  return {
    id: DST,
    title: "Lease",
    status: "toSign",
    createdAt: "2026-01-02T03:04:05Z",
    publishedAt: "2026-01-02T03:04:05Z",
    documents: [
      {
        id: 0,
        signatureRequests: [request(1), request(2)],
        signerGroups: [{ signers: [signer(1, "Grace", "Hopper")] }, { signers: [signer(2, "Linus", "Pauling")] }],
      },
    ],
    signatures: [],
    ...changes,
  };
}

let sequence = 0;
const heard = (kind, status, data = {}) => ({ type: `com.signingtoday.${kind}.${status}`, subject: DST, sequence: (sequence += 1), time: "2026-01-02T03:05:00Z", data });
const states = (dst, events) => travelOf(dst, events).map((step) => step.state);

describe("the travel of a document", () => {
  it("waits for publication while it is a draft", () => {
    assert.deepEqual(states(transaction({ status: "draft", publishedAt: null })), ["done", "waiting", "waiting", "waiting", "waiting"]);
  });

  it("shows whose turn it is, with the ticket", () => {
    const steps = travelOf(transaction());
    assert.deepEqual(steps.map((step) => step.state), ["done", "done", "current", "waiting", "waiting"]);
    assert.equal(steps[2].ticket, "http://127.0.0.1:8788/std/t1/signature");
    assert.equal(steps[3].ticket, undefined);
    assert.equal(steps[3].detail, "Signs after Grace Hopper.");
  });

  it("moves on an event, before the answer is read again", () => {
    const event = heard("signature", "performed", { signature: 1, document: { id: 0 } });
    const steps = travelOf(transaction(), [event]);
    assert.deepEqual(steps.map((step) => step.state), ["done", "done", "done", "current", "waiting"]);
    assert.equal(steps[2].sequence, event.sequence);
  });

  it("moves on the answer, without an event", () => {
    const signatures = [{ documentId: 0, signatureRequestId: 1, status: "signed", signedAt: "2026-01-02T03:06:00Z" }];
    assert.deepEqual(states(transaction({ signatures })), ["done", "done", "done", "current", "waiting"]);
  });

  it("ends when everybody has signed", () => {
    const events = [heard("dst", "toSign"), heard("signature", "performed", { signature: 1 }), heard("signature", "performed", { signature: 2 }), heard("dst", "performed")];
    assert.deepEqual(states(transaction({ status: "published" }), events), ["done", "done", "done", "done", "done"]);
    assert.equal(statusOf(transaction(), events), "signed");
  });

  it("hands the turn on after a decline", () => {
    const signatures = [{ documentId: 0, signatureRequestId: 1, status: "declined", declinedReason: "too dear" }];
    const steps = travelOf(transaction({ signatures }));
    assert.deepEqual(steps.map((step) => step.state), ["done", "done", "failed", "current", "waiting"]);
    assert.equal(steps[2].detail, "Declined: “too dear”");
  });

  it("ends as declined when nobody signed", () => {
    const events = [
      heard("signature", "declined", { signature: 1 }),
      heard("signature", "declined", { signature: 2 }),
      heard("dst", "error", { status: "error", reason: "rejected: no; no" }),
    ];
    assert.equal(statusOf(transaction(), events), "rejected");
    assert.deepEqual(states(transaction(), events), ["done", "done", "failed", "failed", "failed"]);
    assert.equal(eventText(events[2]), "Declined by everybody");
  });

  it("never turns an event of old against a later answer", () => {
    assert.equal(statusOf(transaction({ status: "signed" }), [heard("dst", "toSign"), heard("dst", "error")]), "signed");
    assert.equal(statusOf(transaction({ status: "toSign" }), [heard("dst", "toSign")]), "toSign");
  });

  it("matches a signature by its request, or else by its signer", () => {
    const dst = transaction();
    assert.equal(eventText(heard("signature", "performed", { signature: 2, signer: "linus@demo" }), dst), "Linus Pauling signed");
    assert.equal(eventText(heard("signature", "pending", { signer: "grace@demo.example" }), dst), "Grace Hopper is asked to sign");
    assert.equal(eventText(heard("signature", "pending", { signature: 2, document: { id: 7 } }), dst), "A signer is asked to sign");
  });

  it("makes no link of what is not a web address", () => {
    const dst = transaction();
    dst.documents[0].signatureRequests[0].extraData.st_signatureTicketUrl = "javascript:alert(1)";
    assert.equal(travelOf(dst)[2].ticket, undefined);
  });

  it("bears an answer with nothing in it", () => {
    assert.deepEqual(states({}), ["done", "current", "waiting"]);
    assert.deepEqual(partiesOf({ documents: [null, {}, { signerGroups: [null, {}] }] }), []);
    assert.deepEqual(progressOf({}), { signed: 0, total: 0 });
  });
});

describe("events", () => {
  it("are taken in order, each once", () => {
    const numbers = inOrder([{ sequence: 4 }, { sequence: 2 }, { sequence: 3 }, { sequence: 3 }, {}], 2).map((event) => event.sequence);
    assert.deepEqual(numbers, [3, 4]);
  });

  it("are kept by document and reach every watcher", () => {
    const inbox = createInbox();
    const seen = [];
    const unwatch = inbox.watch((events, fresh) => seen.push([events.length, fresh]));
    inbox.add([heard("dst", "toSign"), heard("dst", "performed")], false);
    unwatch();
    inbox.add([heard("dst", "expired")], true);
    assert.deepEqual(seen, [[2, false]]);
    assert.equal(inbox.of(DST).length, 3);
    assert.deepEqual(inbox.of("other"), []);
  });

  it("forget the document that was silent longest", () => {
    const inbox = createInbox();
    const many = (subject, count) => Array.from({ length: count }, () => ({ subject, sequence: (sequence += 1) }));
    inbox.add(many("old", 3_000), false);
    inbox.add(many("new", 3_000), false);
    assert.equal(inbox.of("old").length, 0);
    assert.equal(inbox.of("new").length, 3_000);
  });
});

describe("the wait before the next attempt", () => {
  it("grows to its cap and never exceeds it", () => {
    const longest = (attempt) => backoffDelay(attempt, () => 1);
    assert.deepEqual([0, 1, 2, 3].map(longest), [500, 1000, 2000, 4000]);
    assert.equal(longest(50), 20_000);
    assert.equal(longest(5_000), 20_000);
  });

  it("is spread over the whole range, above a floor", () => {
    assert.equal(backoffDelay(3, () => 0), 100);
    assert.equal(backoffDelay(3, () => 0.5), 2_000);
  });
});

describe("errors", () => {
  it("know when the login has ended", () => {
    assert.ok(isSessionEnd(new ExchangeError("subject_token: it has expired", { status: 400, code: "invalid_request" })));
    assert.ok(!isSessionEnd(new ExchangeError("`audience` is missing", { status: 400, code: "invalid_request" })));
    const wrapped = new Error("no token", { cause: new ExchangeError("expired", { status: 400, code: "invalid_grant" }) });
    assert.ok(isSessionEnd(wrapped));
  });

  it("know when asking again cannot help", () => {
    assert.ok(isFinal(new ExchangeError("no rule", { status: 400, code: "invalid_target" })));
    assert.ok(isFinal(new EdgeError("not yours", { status: 403 })));
    assert.ok(!isFinal(new EdgeError("later", { status: 503 })));
    assert.ok(!isFinal(new EdgeError("refused", { status: 401 })));
    assert.ok(!isFinal(new TypeError("Failed to fetch")));
    assert.ok(!isFinal(undefined));
  });

  it("say what happened, what to do next, and the facts", () => {
    const error = Object.assign(new Error("25 MB are allowed"), { name: "ApiError", status: 413, requestId: "r-1" });
    const text = describeError(error, { doing: "send the document" });
    assert.equal(text.title, "The document is too large");
    assert.equal(text.message, "25 MB are allowed.");
    assert.equal(text.retry, false);
    assert.deepEqual(text.facts, [["Error", "ApiError"], ["Status", "413"], ["Request", "r-1"]]);
  });

  it("warn before a repetition that could do it twice", () => {
    assert.match(describeError(new TypeError("Failed to fetch"), { safe: false }).next, /may have arrived/);
    const clear = Object.assign(new Error("bad"), { status: 400 });
    assert.doesNotMatch(describeError(clear, { safe: false }).next, /may have arrived/);
  });
});

describe("times and sizes", () => {
  it("read the vendor's several forms", () => {
    assert.equal(parseTime("2021-10-17T07:26Z").toISOString(), "2021-10-17T07:26:00.000Z");
    assert.equal(parseTime("2018-12-19 09:26:03.478039").toISOString(), "2018-12-19T09:26:03.478Z");
    assert.equal(parseTime("2030-04-25T12:00:00+02:00").toISOString(), "2030-04-25T10:00:00.000Z");
    assert.equal(parseTime("soon"), null);
    assert.equal(parseTime(null), null);
  });

  it("read as people say them", () => {
    const now = Date.parse("2026-01-02T12:00:00Z");
    assert.equal(relativeTime("2026-01-02T11:59:30Z", now), "just now");
    assert.equal(relativeTime("2026-01-02T11:55:00Z", now), "5 minutes ago");
    assert.equal(relativeTime("2026-01-01T11:55:00Z", now), "yesterday");
    assert.equal(relativeTime(undefined, now), "");
    assert.deepEqual([312, 7_400, 5_242_880].map(byteSize), ["312 bytes", "7 kB", "5.2 MB"]);
  });
});

describe("what is sent", () => {
  const signers = [{ name: "Grace", surname: "Hopper", email: "grace@demo.example" }, { name: "Linus", surname: "Pauling", email: "linus@demo.example" }];

  it("is a published transaction whose signers sign one after the other", () => {
    const body = submissionOf({ title: "Lease", filename: "lease.pdf", base64: "JVBERi0=", signers });
    const [document] = body.documents;
    assert.equal(body.status, "published");
    assert.deepEqual(document.resource.source, { type: "Embedded", embeddedData: "JVBERi0=" });
    assert.deepEqual(document.signerGroups.map((group) => group.signers.map((signer) => signer.id)), [[1], [2]]);
    assert.deepEqual(document.forms.map((form) => [form.signerId, form.extraData.signatureRequestId]), [[1, 1], [2, 2]]);
    assert.ok(document.signatureRequests.every((request) => request.declinable));
  });

  it("is checked by its first bytes", async () => {
    await checkPdf(sampleFile());
    await assert.rejects(checkPdf(new File(["hello"], "a.pdf")), /a\.pdf is not a PDF/);
    await assert.rejects(checkPdf(new File([], "a.pdf")), /is empty/);
    await assert.rejects(checkPdf(new File([new Uint8Array(18_000_001)], "a.pdf")), /the limit is 18 MB/);
  });

  it("is named after the file, and saved under a name every system takes", () => {
    assert.equal(titleOf("Lease_2026.PDF"), "Lease 2026");
    assert.equal(signedName("A/B: “c”?"), "A B “c” - signed.pdf");
    assert.equal(signedName(""), "document - signed.pdf");
  });

  it("asks for the scopes of its routes and the events", () => {
    const catalogue = [{ route: "GET /DSTs", resource: "dsts", action: "read_many" }, { route: "POST /DSTs", resource: "dsts", action: "create_one" }];
    assert.deepEqual(scopesOf(["GET /DSTs"], catalogue), ["dsts:read_many", "events:read_many"]);
    assert.throws(() => scopesOf(["GET /nothing"], catalogue), /does not know GET \/nothing/);
  });
});

describe("the sample", () => {
  it("is a PDF whose cross-reference table points at its objects", async () => {
    const text = new TextDecoder("latin1").decode(await sampleFile().arrayBuffer());
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)[1]);
    assert.equal(text.slice(start, start + 4), "xref");
    const offsets = [...text.slice(start).matchAll(/^(\d{10}) 00000 n /gm)].map((row) => Number(row[1]));
    offsets.forEach((offset, index) => assert.ok(text.startsWith(`${index + 1} 0 obj\n`, offset)));
    assert.match(text, /\/Count 3 /);
  });

  it("breaks lines that fit, and escapes what PDF would read", () => {
    const lines = wrapText("one two three four five six", 10, 60);
    assert.ok(lines.length > 1 && lines.every((line) => textWidth(line, 10) <= 60));
    const file = new TextDecoder().decode(writePdf([[{ text: "a(b)\\ é", at: [0, 0], size: 9 }]]));
    assert.ok(file.includes("(a\\(b\\)\\\\ ?) Tj"));
  });
});

describe("the sign-in", () => {
  it("answers the challenge of RFC 7636", async () => {
    assert.equal(await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  });

  it("reads a token's claims, in any script, and no nonsense", () => {
    const claims = Buffer.from(JSON.stringify({ name: "Ådå" })).toString("base64url");
    assert.deepEqual(readClaims(`x.${claims}.y`), { name: "Ådå" });
    assert.equal(readClaims("nonsense"), null);
  });
});
