// The whole journey, as a newcomer makes it, in a real browser against the running product.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";

import { largePdf } from "./documents.mjs";
import { startStack } from "./stack.mjs";
import { Visitor, launchBrowser } from "./visitor.mjs";

let stack;
let browser;

before(async () => {
  stack = await startStack();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** A visit that always ends, so that no context outlives its test. */
async function visit(options, journey) {
  const visitor = await Visitor.arrive(browser, stack, options);
  try {
    await journey(visitor, visitor.page);
  } catch (error) {
    await visitor.picture("failure").catch(() => {});
    throw error;
  } finally {
    await visitor.leave();
  }
}

describe("a newcomer", () => {
  it("sends the sample with one button, sees it signed by both, and downloads it", () =>
    visit({ colorScheme: "light" }, async (visitor, page) => {
      await page.getByRole("heading", { name: /Watch a document get signed/ }).waitFor();
      await visitor.picture("1-welcome");
      await visitor.enter();
      await visitor.picture("2-home");

      const id = await visitor.send();
      await visitor.step("published", "done");
      await page.locator(".event", { hasText: "com.signingtoday.dst.toSign" }).waitFor();
      await visitor.picture("3-sent");
      await visitor.sign(1);
      await visitor.picture("4-first-signed");
      await visitor.sign(2);
      const last = await visitor.step("completed", "done");
      await last.getByText(/^event \d+$/).waitFor();

      const bytes = await download(page, "Restoration agreement - signed.pdf");
      assert.equal(bytes.subarray(0, 5).toString("latin1"), "%PDF-");
      await visitor.picture("5-signed");
      assert.equal(decodeURIComponent(new URL(page.url()).hash), `#/documents/${id}`);
      await visitor.assertNeverReloaded();
      await visitor.assertClean();
    }));

  it("sends a PDF of 5 MB and many pages, whose bytes come back signed", () =>
    visit({ colorScheme: "dark" }, async (visitor, page) => {
      const original = largePdf({ pages: 12, bytes: 5_000_000 });
      assert.ok(original.length > 5_000_000);
      await visitor.enter();
      await page.locator("#file").setInputFiles({ name: "Annual report.pdf", mimeType: "application/pdf", buffer: original });
      await page.getByText("Your PDF · 5.0 MB").waitFor();
      assert.equal(await page.getByLabel("Title").inputValue(), "Annual report");

      await visitor.send();
      await visitor.sign(1);
      await visitor.sign(2);
      const signed = await download(page, "Annual report - signed.pdf");
      await visitor.picture("6-large-dark");
      assert.ok(signed.length > original.length, "the signatures were added");
      assert.ok(signed.subarray(0, original.length).equals(original), "the bytes that were signed are the bytes that were sent");
      await visitor.assertNeverReloaded();
      await visitor.assertClean();
    }));

  it("sees a document that both decline end as declined", () =>
    visit({}, async (visitor, page) => {
      await visitor.enter();
      await page.getByLabel("Title").fill("An offer to refuse");
      await visitor.send();
      await visitor.decline(1, "The price is wrong");
      await page.getByText("Declined: “The price is wrong”").waitFor();
      await visitor.decline(2, "I follow Grace");
      await visitor.step("completed", "failed");
      await page.locator('.document-state [data-status="rejected"]').waitFor();
      assert.equal(await page.locator("#download").count(), 0);
      await visitor.picture("7-declined");

      await page.getByRole("link", { name: "Send another document" }).click();
      const row = page.getByRole("link", { name: /An offer to refuse/ });
      await row.getByText("Declined").waitFor();
      await visitor.assertNeverReloaded();
      await visitor.assertClean();
    }));

  it("finds a document again, with its notes, its events and the vendor's record", () =>
    visit({}, async (visitor, page) => {
      await visitor.enter();
      await page.getByLabel("Title").fill("A document with notes");
      await visitor.send();
      await page.getByLabel("New note").fill("Sent after our call.");
      await page.getByRole("button", { name: "Add note" }).click();
      await page.locator(".note-text", { hasText: "Sent after our call." }).waitFor();
      await visitor.step("signer-0-1", "current");

      await page.getByRole("link", { name: "All documents" }).click();
      await page.getByRole("link", { name: /A document with notes/ }).click();
      await page.locator(".note-text", { hasText: "Sent after our call." }).waitFor();
      await page.locator(".audit li", { hasText: "Waiting for signatures" }).waitFor();
      const event = page.locator(".event", { hasText: "dst.toSign" });
      await event.locator("summary").click();
      const shown = JSON.parse(await event.locator("pre").textContent());
      assert.equal(shown.specversion, "1.0");
      assert.equal(shown.type, "com.signingtoday.dst.toSign");
      assert.ok(Number.isInteger(shown.sequence));
      await visitor.assertNeverReloaded();
      await visitor.assertClean();
    }));
});

describe("on a phone", () => {
  it("nothing sticks out at the side, from the welcome to the download", () =>
    visit({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, colorScheme: "dark" }, async (visitor, page) => {
      await visitor.assertNoSidewaysScroll();
      await visitor.picture("8-phone-welcome");
      await visitor.enter();
      await visitor.assertNoSidewaysScroll();
      await visitor.picture("9-phone-home");
      await visitor.send();
      await visitor.step("signer-0-1", "current");
      await page.locator(".event summary").first().click();
      await visitor.assertNoSidewaysScroll();
      await visitor.sign(1);
      await visitor.sign(2);
      await download(page, "Restoration agreement - signed.pdf");
      await visitor.assertNoSidewaysScroll();
      await visitor.picture("10-phone-signed");
      await visitor.assertClean();
    }));
});

describe("by keyboard alone", () => {
  it("a person signs in, sends a document and reaches the first tray", () =>
    visit({ reducedMotion: "reduce" }, async (visitor, page) => {
      await page.getByRole("button", { name: "Sign in to start" }).waitFor();
      await page.keyboard.press("Tab");
      assert.equal(await focusedText(page), "Skip to the content");
      await tabTo(page, /^Sign in to start$/);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: /Ada Lovelace/ }).waitFor();
      await tabTo(page, /Ada Lovelace/);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Send for signature" }).waitFor();
      await tabTo(page, /^Send for signature$/);
      await page.keyboard.press("Enter");
      await visitor.step("signer-0-1", "current");
      // A new page is announced by its heading, and the tray is the next stop but one after it.
      assert.equal(await focusedText(page), "Restoration agreement");
      await tabTo(page, /^Open Grace’s signature tray/);
      const opened = visitor.context.waitForEvent("page");
      await page.keyboard.press("Enter");
      await (await opened).close();
      await visitor.assertClean();
    }));
});

async function download(page, name) {
  const button = page.getByRole("button", { name: "Download the signed PDF" });
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  assert.equal(file.suggestedFilename(), name);
  return readFile(await file.path());
}

/** The body has the focus when nothing else has: its text is nobody's. */
function focusedText(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    return !element || element === document.body ? "" : element.textContent.trim();
  });
}

/** Presses Tab until the focus is on what is wanted; a trap or a gap fails. */
async function tabTo(page, wanted) {
  for (let presses = 0; presses < 40; presses += 1) {
    if (wanted.test(await focusedText(page))) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never reached ${wanted}`);
}
