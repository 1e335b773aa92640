// workerd itself, with nothing in front of the edge: for raw sockets, faults and quick restarts.

import { spawn } from "node:child_process";
import { glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const START_LIMIT_MS = 60_000;

/** The path of the workerd that the installed wrangler uses. */
function workerdPath() {
  const wrangler = createRequire(import.meta.url).resolve("wrangler/package.json");
  return createRequire(wrangler)("workerd").default;
}

/**
 * Starts workerd on a place (`place.mjs`). Durable Objects are kept in its folder `state`.
 *
 * @returns {Promise<{ url: string, log: () => string, kill: () => Promise<unknown>, killNow: () => void }>}
 */
export async function startWorkerd({ folder, config }) {
  const capnp = join(folder, "workerd.capnp");
  await mkdir(join(folder, "state"), { recursive: true });
  await writeFile(capnp, await configuration(folder, JSON.parse(await readFile(config, "utf8"))));
  const child = spawn(workerdPath(), ["serve", "--experimental", "--control-fd=3", capnp], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (bytes) => (said += bytes));
  child.stderr.on("data", (bytes) => (said += bytes));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const killNow = () => child.kill("SIGKILL");
  const kill = () => {
    killNow();
    return ended;
  };
  try {
    const port = await listening(child, () => said);
    return { url: `http://127.0.0.1:${port}`, log: () => said, kill, killNow };
  } catch (error) {
    await kill();
    throw error;
  }
}

function listening(child, said) {
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`workerd: ${why}\n${said().slice(-4_000)}`));
    const limit = setTimeout(() => fail("it did not listen in time"), START_LIMIT_MS);
    child.stdio[3].on("data", (line) => {
      clearTimeout(limit);
      resolve(JSON.parse(line).port);
    });
    child.once("exit", (code) => {
      clearTimeout(limit);
      fail(`it ended with ${code}`);
    });
  });
}

const text = JSON.stringify;
const textBinding = (name, value) => `(name = ${text(name)}, text = ${text(value)})`;

/** workerd's configuration (Cap'n Proto text) for what `wrangler.json` and `.dev.vars` of the place say. */
async function configuration(folder, { main, vars, ...product }) {
  const secrets = [...(await readFile(join(folder, ".dev.vars"), "utf8")).matchAll(/^(\w+)='(.*)'$/gm)];
  const classes = product.durable_objects.bindings;
  const bindings = [
    ...Object.entries(vars).map(([name, value]) =>
      typeof value === "string" ? textBinding(name, value) : `(name = ${text(name)}, json = ${text(text(value))})`,
    ),
    ...secrets.map(([, name, value]) => textBinding(name, value)),
    ...classes.map(({ name, class_name }) => `(name = ${text(name)}, durableObjectNamespace = ${text(class_name)})`),
    `(name = "ASSETS", service = "console")`,
  ];
  const namespaces = classes.map(
    ({ class_name }) => `(className = ${text(class_name)}, uniqueKey = ${text(class_name)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "internet", network = (allow = ["local"])),
    (name = "console", disk = ${text(join(folder, "console"))}),
    (name = "state", disk = (path = ${text(join(folder, "state"))}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "edge")],
);
const edge :Workerd.Worker = (
  modules = [${(await modules(folder, main)).join(", ")}],
  compatibilityDate = ${text(product.compatibility_date)},
  compatibilityFlags = [${product.compatibility_flags.map(text).join(", ")}],
  bindings = [${bindings.join(", ")}],
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "state"),
);
`;
}

/** Every module of the copy, the entry first. */
async function modules(folder, main) {
  const names = [];
  for await (const name of glob(["worker/**/*.{js,mjs,wasm}", "tests/**/*.mjs"], { cwd: folder })) names.push(name);
  names.sort((one, other) => Number(other === main) - Number(one === main));
  return names.map(
    (name) => `(name = ${text(name)}, ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed ${text(name)})`,
  );
}
