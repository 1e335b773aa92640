// Where the product is: what `cargo xtask test` started, or a stack of our own.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A cold build takes minutes. */
const START_LIMIT_MS = 10 * 60_000;

/**
 * @typedef {{ edge: string, sandbox: string, stop: () => Promise<void> }} Stack
 * @returns {Promise<Stack>}
 */
export async function startStack() {
  const edge = process.env.COUNTERSIGN_EDGE_URL;
  if (edge) {
    const sandbox = process.env.COUNTERSIGN_SANDBOX_URL ?? edge.replace(/\d+$/, (port) => String(Number(port) + 1));
    await assertReady(edge);
    return { edge, sandbox, stop: async () => {} };
  }
  const port = await freePair();
  const child = spawn("cargo", ["xtask", "dev", "--port", String(port)], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await ready(child);
  await assertReady(`http://127.0.0.1:${port}`);
  return {
    edge: `http://127.0.0.1:${port}`,
    sandbox: `http://127.0.0.1:${port + 1}`,
    // It ends its own Workers on SIGINT, as on Ctrl-C.
    async stop() {
      child.kill("SIGINT");
      await ended;
    },
  };
}

/** A stack that is not configured would fail every test, each after its own wait. */
async function assertReady(edge) {
  const response = await fetch(`${edge}/readyz`);
  if (!response.ok) throw new Error(`${edge}/readyz answers ${response.status}: ${await response.text()}`);
}

function ready(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    const limit = setTimeout(() => fail("it did not say `ready` in time"), START_LIMIT_MS);
    const fail = (why) => {
      clearTimeout(limit);
      child.kill("SIGINT");
      reject(new Error(`cargo xtask dev: ${why}\n${said.slice(-4_000)}`));
    };
    const hear = (bytes) => {
      said += bytes;
      if (!/^ready http/m.test(said)) return;
      clearTimeout(limit);
      resolve();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => fail(`it ended with ${code}`));
    child.once("error", (error) => fail(error.message));
  });
}

/** Two neighboring ports that are free now: the sandbox takes the second. */
async function freePair() {
  for (let port = 18_300; port < 18_400; port += 2) {
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
  throw new Error("no two neighboring ports are free between 18300 and 18400");
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
