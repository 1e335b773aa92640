// Starting the edge under test: by wrangler's harness, on workerd itself, or as `wrangler dev` does.
// The last two can be killed.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { makePlace } from "./place.mjs";
import { startWorkerd } from "./workerd.mjs";

const START_LIMIT_MS = 60_000;

// A test run that is ended must not leave an edge behind.
const running = new Set();
process.once("exit", () => {
  for (const killNow of running) killNow();
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** A running edge. */
export class Edge {
  /** @param {string} url @param {() => string} log @param {() => Promise<void>} stop */
  constructor(url, log, stop) {
    this.url = url.replace(/\/$/, "");
    this.log = log;
    this.stop = stop;
  }

  /** Sends a request; redirects are not followed. */
  fetch(path, init = {}) {
    return fetch(this.url + path, { redirect: "manual", duplex: "half", ...init });
  }

  /** Moves the edge's clock. */
  async advance(millis) {
    await this.fetch("/testing/clock", { method: "POST", body: String(millis) });
  }

  /** Opens the live stream of a connection. */
  live(connection, token, after = 0, protocols = ["countersign.v1", `bearer.${token}`]) {
    return new WebSocket(`${this.url.replace("http", "ws")}/events/${connection}/live?after=${after}`, protocols);
  }
}

/** Starts the edge in wrangler's harness. Its calls go out through this process; its state ends with it. */
export async function startHarness(environment) {
  const place = await makePlace(environment);
  const { createTestHarness } = await import("wrangler");
  const harness = createTestHarness({ root: place.folder, workers: [{ configPath: place.config }] });
  const { url } = await harness.listen();
  const log = () =>
    harness
      .getLogs()
      .map((entry) => `${entry.level}: ${entry.message}`)
      .join("\n");
  const edge = new Edge(String(url), log, async () => {
    await harness.close();
    await place.remove();
  });
  edge.worker = harness.getWorker();
  await answering(edge);
  return edge;
}

/** Starts the edge on workerd itself, with its own network. `place` is one made before, with its state. */
export async function startProcess(environment, place = undefined) {
  const own = place ?? (await makePlace(environment));
  const { url, log, kill, killNow } = await startWorkerd(own);
  return started(url, log, kill, killNow, place ? undefined : own);
}

/** The edge of a process; `owned` is the place that goes with it. */
async function started(url, log, kill, killNow, owned) {
  running.add(killNow);
  const edge = new Edge(url, log, async () => {
    await edge.kill();
    await owned?.remove();
  });
  edge.kill = async () => {
    await kill();
    running.delete(killNow);
  };
  await answering(edge);
  return edge;
}

/** Starts the edge as `wrangler dev` does. `place` is one made before, with its state. */
export async function startWrangler(environment, place = undefined) {
  const own = place ?? (await makePlace(environment));
  const child = spawn(
    process.execPath,
    [...wranglerDev(), "--config", own.config, "--persist-to", join(own.folder, "state")],
    {
      cwd: own.folder,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that a signal reaches wrangler and workerd alike.
      detached: true,
    },
  );
  let said = "";
  child.stdout.on("data", (bytes) => (said += bytes));
  child.stderr.on("data", (bytes) => (said += bytes));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const killNow = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  const kill = () => {
    killNow();
    return ended;
  };
  const url = await ready(child, () => said).catch(async (error) => {
    await kill();
    throw error;
  });
  return started(url, () => said, kill, killNow, place ? undefined : own);
}

function wranglerDev() {
  const wrangler = dirname(createRequire(import.meta.url).resolve("wrangler/package.json"));
  const quiet = ["--show-interactive-dev-session", "false", "--inspector-port", "0"];
  return [join(wrangler, "bin/wrangler.js"), "dev", "--ip", "127.0.0.1", "--port", "0", ...quiet];
}

function ready(child, said) {
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`wrangler dev: ${why}\n${said().slice(-4_000)}`));
    const limit = setTimeout(() => fail("it was not ready in time"), START_LIMIT_MS);
    child.stdout.on("data", () => {
      const [, url] = /Ready on (http:\/\/[\d.:]+)/.exec(said()) ?? [];
      if (!url) return;
      clearTimeout(limit);
      resolve(url);
    });
    child.once("exit", (code) => {
      clearTimeout(limit);
      fail(`it ended with ${code}`);
    });
    child.once("error", reject);
  });
}

/** Waits until the edge answers, not only listens. */
async function answering(edge) {
  const limit = Date.now() + START_LIMIT_MS;
  for (;;) {
    const status = await edge.fetch("/healthz").then(
      (reply) => reply.status,
      () => 0,
    );
    if (status === 200) return;
    if (Date.now() > limit) throw new Error(`the edge does not answer /healthz\n${edge.log().slice(-4_000)}`);
    await delay(50);
  }
}
