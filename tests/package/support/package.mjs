/** The built package, as an app has it: by its name, through its `exports`. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the built package. */
export const folder = process.env.COUNTERSIGN_PACKAGE ?? fileURLToPath(new URL("../../../pkg", import.meta.url));

const apps = fileURLToPath(new URL("../../../target/test/package", import.meta.url));

/** An app's folder in which the package is installed; removed when the process ends. */
export function makeApp() {
  mkdirSync(apps, { recursive: true });
  const app = realpathSync(mkdtempSync(join(apps, "app-")));
  mkdirSync(join(app, "node_modules"));
  writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }\n');
  symlinkSync(folder, join(app, "node_modules", "countersign"), "dir");
  process.on("exit", () => rmSync(app, { recursive: true, force: true }));
  return app;
}

/** Runs a module in a process of its own; `init` happens once a process. */
export function run(app, code, ...options) {
  const outcome = spawnSync(process.execPath, [...options, "--input-type=module", "--eval", code], {
    cwd: app,
    encoding: "utf8",
    timeout: 30_000,
  });
  return { status: outcome.status, stdout: outcome.stdout, stderr: outcome.stderr };
}

export const { init, createClient, operations, verifyWebhook, ...errors } = await import(join(folder, "node.js"));
export const server = await import(join(folder, "server.js"));
