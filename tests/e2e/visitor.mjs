// A person at a browser: a context of its own, everything it asks for and complains about on record.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const PICTURES = fileURLToPath(new URL("./screenshots/", import.meta.url));
const LIMIT_MS = 30_000;
// Chromium must not talk to its maker; the tests run offline and often as root.
const SWITCHES = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--no-first-run"];

/** @returns {Promise<import("playwright-core").Browser>} */
export function launchBrowser() {
  mkdirSync(PICTURES, { recursive: true });
  return chromium.launch({ executablePath: process.env.COUNTERSIGN_CHROMIUM || "/usr/bin/chromium", args: SWITCHES });
}

/** What a journey asks of the browser, and what it must not have done at its end. */
export class Visitor {
  urls = [];
  complaints = [];
  violations = [];
  tokens = [];

  /**
   * @param {import("playwright-core").Browser} browser
   * @param {import("./stack.mjs").Stack} stack
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  static async arrive(browser, stack, options = {}) {
    const visitor = new Visitor();
    visitor.stack = stack;
    visitor.context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...options });
    visitor.context.setDefaultTimeout(LIMIT_MS);
    await visitor.#listen();
    visitor.page = await visitor.context.newPage();
    await visitor.page.goto(`${stack.edge}/`);
    return visitor;
  }

  async #listen() {
    const { context } = this;
    context.on("request", (request) => this.urls.push(request.url()));
    context.on("page", (page) => page.on("websocket", (socket) => this.urls.push(socket.url())));
    context.on("console", (message) => {
      // The sandbox's pages are not ours to judge here.
      const isOurs = message.page()?.url().startsWith(`${this.stack.edge}/`);
      if (isOurs && ["error", "warning"].includes(message.type())) this.complaints.push(`${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (event) => this.complaints.push(String(event.error().stack)));
    context.on("response", async (response) => {
      if (!/\/(oauth|idp)\/token$/.test(new URL(response.url()).pathname)) return;
      const answer = await response.json().catch(() => ({}));
      this.tokens.push(...[answer.access_token, answer.id_token].filter(Boolean));
    });
    await context.exposeBinding("reportViolation", (_, text) => this.violations.push(text));
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => globalThis.reportViolation(`${event.violatedDirective}: ${event.blockedURI}`));
    });
  }

  /** Signs in through the identity provider's page. */
  async signIn(name = "Ada Lovelace") {
    await this.page.getByRole("button", { name: "Sign in to start" }).click();
    await this.page.getByRole("button", { name: new RegExp(name) }).click();
  }

  /** Signs in as Ada and waits for live events. */
  async enter() {
    await this.signIn();
    await this.page.getByRole("heading", { name: "Send a document" }).waitFor();
    await this.page.locator('#live[data-phase="live"]').waitFor();
    // A reload or a navigation would lose it.
    await this.page.evaluate(() => { globalThis.neverReloaded = true; });
  }

  /** Presses the button and waits for the document's page; answers the document's id. */
  async send() {
    await this.page.getByRole("button", { name: "Send for signature" }).click();
    await this.page.waitForURL(/#\/documents\/./);
    await this.step("created", "done");
    return decodeURIComponent(new URL(this.page.url()).hash.split("/").at(-1));
  }

  /** Waits until a step of the travel is in a state. */
  async step(name, state) {
    const step = this.page.locator(`[data-step="${name}"][data-state="${state}"]`);
    await step.waitFor();
    return step;
  }

  /** Opens a signer's tray in a second tab, acts there, and comes back. */
  async atTray(order, act) {
    const step = await this.step(`signer-0-${order}`, "current");
    const opened = this.context.waitForEvent("page");
    await step.getByRole("link", { name: /signature tray/ }).click();
    const tray = await opened;
    await tray.waitForLoadState();
    await act(tray);
    await tray.close();
    // Chromium draws no frame for a page in the background, and Playwright looks once per frame.
    await this.page.bringToFront();
  }

  async sign(order) {
    await this.atTray(order, signAtTray);
    await this.step(`signer-0-${order}`, "done");
  }

  async decline(order, reason) {
    await this.atTray(order, (tray) => declineAtTray(tray, reason));
    await this.step(`signer-0-${order}`, "failed");
  }

  /** Keeps a picture for people to look at. */
  async picture(name) {
    await this.page.evaluate(() => scrollTo(0, 0));
    await this.page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: true });
  }

  /** No element may stick out at the side of a phone. */
  async assertNoSidewaysScroll() {
    const excess = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(excess, 0, `${this.page.url()} is ${excess} px too wide`);
  }

  async assertNeverReloaded() {
    assert.equal(await this.page.evaluate(() => globalThis.neverReloaded), true, "the page was reloaded on the way");
  }

  /** Nothing was refused by the policy, nothing complained, and no token was in an address or on disk. */
  async assertClean() {
    assert.deepEqual(this.violations, []);
    assert.deepEqual(this.complaints, []);
    assert.ok(this.tokens.length >= 2, "the tokens were seen");
    const leaking = this.urls.filter((url) => /eyJ[\w-]+\.[\w-]+|bearer/i.test(url) || this.tokens.some((token) => url.includes(token)));
    assert.deepEqual(leaking, [], "a token was in an address");
    const stored = await this.page.evaluate(() => JSON.stringify([{ ...localStorage }, document.cookie]));
    assert.ok(!this.tokens.some((token) => stored.includes(token)), "a token was kept beyond the tab");
  }

  leave() {
    return this.context.close();
  }
}

async function signAtTray(tray) {
  await tray.getByRole("button", { name: "Sign", exact: true }).click();
  await tray.getByRole("status").waitFor();
}

async function declineAtTray(tray, reason) {
  await tray.getByText("I do not want to sign").click();
  await tray.getByRole("textbox", { name: "Reason" }).fill(reason);
  await tray.getByRole("button", { name: "Decline", exact: true }).click();
  await tray.getByRole("status").waitFor();
}
