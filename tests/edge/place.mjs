// Where an edge under test lives: its own copy of the Worker, a configuration and secrets, in a folder of its own.

import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

// Kept from every call home: no metrics, no look for a newer version, no sample `cf` object.
Object.assign(process.env, {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  X_LOCAL_EXPLORER: "false",
  NO_COLOR: "1",
  CI: "1",
});

/**
 * Makes a place. The Worker is copied, so that an edit or a build during the run changes nothing.
 *
 * @param {{ vars: object, secrets: Record<string, string>, entry?: string }} environment
 * @returns {Promise<{ folder: string, config: string, remove: () => Promise<void> }>}
 */
export async function makePlace({ vars, secrets, entry = "tests/edge/clock.mjs" }) {
  await stat(join(ROOT, "worker/build/edge_bg.wasm")).catch(() => {
    throw new Error("the edge is not built: run `cargo xtask build edge`");
  });
  // Below the checkout: the bundler looks for a package.json in every folder above.
  const parent = join(ROOT, "target/edge-tests");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "place-"));
  process.env.WRANGLER_LOG_PATH = join(folder, "wrangler-logs");
  process.env.WRANGLER_CACHE_DIR = join(folder, "cache");
  process.env.WRANGLER_REGISTRY_PATH = join(folder, "registry");
  for (const part of ["worker/entry.mjs", "worker/shell", "worker/build", "tests/edge/clock.mjs"]) {
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  }
  await mkdir(join(folder, "console"));
  await writeFile(join(folder, "console/index.html"), "<!doctype html><title>console</title>");
  const config = join(folder, "wrangler.json");
  await writeFile(config, JSON.stringify({ ...(await productConfig()), main: entry, vars }));
  const lines = Object.entries(secrets).map(([name, value]) => `${name}='${value}'\n`);
  await writeFile(join(folder, ".dev.vars"), lines.join(""));
  return { folder, config, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

/** What the product's own configuration says, but for its connections, its build and its console. */
async function productConfig() {
  // Loading wrangler takes seconds, so what it reads is kept until wrangler.toml changes.
  const [source, kept] = [join(ROOT, "wrangler.toml"), join(ROOT, "target/edge-tests/product.json")];
  const [asWritten, asKept] = await Promise.all([stat(source), stat(kept).catch(() => null)]);
  if (asKept?.mtimeMs > asWritten.mtimeMs) return JSON.parse(await readFile(kept, "utf8"));
  const { unstable_readConfig: readConfig } = await import("wrangler");
  const config = readConfig({ config: source }, { hideWarnings: true });
  const { compatibility_date, compatibility_flags, durable_objects, migrations, rules, assets } = config;
  const product = {
    name: "countersign-edge-test",
    compatibility_date,
    compatibility_flags,
    durable_objects,
    migrations,
    rules,
    assets: { ...assets, directory: "console" },
    send_metrics: false,
  };
  const fresh = `${kept}.${process.pid}`;
  await writeFile(fresh, JSON.stringify(product));
  await rename(fresh, kept);
  return product;
}
