// What the console does when something goes wrong: a cut connection, a refusal, a vendor's failure.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

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

async function visit(journey) {
  const visitor = await Visitor.arrive(browser, stack);
  try {
    await journey(visitor, visitor.page);
  } catch (error) {
    await visitor.picture("failure").catch(() => {});
    throw error;
  } finally {
    await visitor.leave();
  }
}

describe("a cut live connection", () => {
  it("is taken up again after the last event, without a gap", () =>
    visit(async (visitor, page) => {
      const sockets = [];
      await page.routeWebSocket(/\/live\?after=/, (socket) => {
        socket.connectToServer();
        sockets.push(socket);
      });
      await visitor.enter();
      await visitor.send();
      await visitor.step("signer-0-1", "current");
      await page.locator(".event").first().waitFor();
      const known = sockets.length;
      await sockets.at(-1).close({ code: 1012, reason: "cut by the test" });
      await visitor.sign(1);
      await visitor.sign(2);
      await visitor.step("completed", "done");
      await page.locator('#live[data-phase="live"]').waitFor();

      assert.ok(sockets.length > known, "it connected again");
      const after = Number(new URL(sockets.at(-1).url()).searchParams.get("after"));
      assert.ok(after > 0, "it went on from the last event");
      const numbers = await page.locator(".event").evaluateAll((rows) => rows.map((row) => Number(row.dataset.sequence)));
      assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => b - a));
      await visitor.assertNeverReloaded();
    }));
});

describe("a person", () => {
  it("who may not use the connection is told so, and can leave", () =>
    visit(async (visitor, page) => {
      await visitor.signIn("Linus Pauling");
      const notice = page.getByRole("alert");
      await notice.getByText("This account may not use this connection").waitFor();
      await notice.getByText("Details").click();
      await notice.getByText("invalid_target").waitFor();
      await visitor.picture("11-refused");
      await page.getByRole("button", { name: "Sign in as somebody else" }).click();
      await page.getByRole("button", { name: "Sign in to start" }).waitFor();
      assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    }));

  it("who may only read follows the documents, and is told that sending is not theirs", () =>
    visit(async (visitor, page) => {
      await visitor.signIn("Grace Hopper");
      await page.locator('#live[data-phase="live"]').waitFor();
      await page.getByRole("heading", { name: "Recent documents" }).waitFor();
      await page.getByRole("button", { name: "Send for signature" }).click();
      await page.locator(".send").getByRole("alert").getByText("Not allowed").waitFor();
    }));

  it("whose session ends signs in again and is back on the same page", () =>
    visit(async (visitor, page) => {
      await visitor.enter();
      const id = await visitor.send();
      await page.evaluate(() => {
        sessionStorage.removeItem("countersign.session");
        document.dispatchEvent(new Event("visibilitychange"));
      });
      const dialog = page.getByRole("dialog", { name: "Your session has ended" });
      await dialog.waitFor();
      await visitor.picture("12-session-ended");
      await dialog.getByRole("button", { name: "Sign in again" }).click();
      await page.getByRole("button", { name: /Ada Lovelace/ }).click();
      await page.waitForURL((url) => decodeURIComponent(url.hash) === `#/documents/${id}` && url.search === "");
      await visitor.step("created", "done");
    }));

  it("who signs out leaves nothing behind", () =>
    visit(async (visitor, page) => {
      await visitor.enter();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("button", { name: "Sign in to start" }).waitFor();
      assert.equal(await page.evaluate(() => sessionStorage.length), 0);
      await visitor.assertClean();
    }));
});

describe("a failure", () => {
  it("of the vendor is explained, and trying again helps", () =>
    visit(async (visitor, page) => {
      await visitor.enter();
      await control("POST", "/control/faults", { match: "GET /DSTs", fault: "status:500", times: 50 });
      try {
        await visitor.send();
        await page.getByRole("link", { name: "All documents" }).click();
        await page.getByRole("alert").getByText("Could not load the documents").waitFor();
        await visitor.picture("13-vendor-failure");
      } finally {
        await control("DELETE", "/control/faults");
      }
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("link", { name: /Restoration agreement/ }).first().waitFor();
    }));

  it("of the choice of file is explained before anything is sent", () =>
    visit(async (visitor, page) => {
      await visitor.enter();
      await page.locator("#file").setInputFiles({ name: "notes.pdf", mimeType: "application/pdf", buffer: Buffer.from("just text") });
      await page.getByRole("alert").getByText("notes.pdf is not a PDF.").waitFor();
      await visitor.assertClean();
    }));

  it("to find a document leads back to the list", () =>
    visit(async (visitor, page) => {
      await visitor.enter();
      await page.evaluate(() => { location.hash = "#/documents/00000000-0000-4000-8000-000000000000"; });
      const notice = page.getByRole("alert").first();
      await notice.getByText("Not found").first().waitFor();
      await notice.getByRole("link", { name: "All documents" }).click();
      await page.getByRole("button", { name: "Send for signature" }).waitFor();
    }));
});

async function control(method, path, body) {
  const response = await fetch(`${stack.sandbox}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert.ok(response.ok, `${method} ${path} answered ${response.status}`);
}
