import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { build } from "esbuild";
import { createTestHarness } from "wrangler";

import { folder, makeApp, run } from "./support/package.mjs";
import { json, startVendor } from "./support/server.mjs";

const app = makeApp();
const vendor = await startVendor((_, response) => json(response, 200, { id: "d" }));
after(() => vendor.close());

const CALL = `await init();
  const client = createClient("signing-today", { baseUrl: "${vendor.url}", token: "t" });
  const result = { ...(await client.call("GET /DST/{id}", { id: "d" })), operations: operations().length > 0 };`;

async function bundle(code, conditions, options = {}) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: app },
    bundle: true,
    format: "esm",
    write: false,
    outdir: join(app, "out"),
    conditions,
    logLevel: "silent",
    ...options,
  });
  return outputFiles;
}

for (const entry of ["countersign", "countersign/server"]) {
  test(`${entry} works in Node by its name`, () => {
    const code = `import { init, createClient, operations } from "${entry}"; ${CALL.replace(/await client.call[^)]*\)/, "{ id: 'd' }")}
      console.log(JSON.stringify(result));`;
    assert.deepEqual(run(app, code), { status: 0, stdout: '{"id":"d","operations":true}\n', stderr: "" });
  });

  test(`${entry} runs in workerd, bundled by wrangler as it is`, async () => {
    const name = entry.replace("/", "-");
    writeFileSync(
      join(app, `${name}.mjs`),
      `import { init, createClient, operations } from "${entry}";
       export default { async fetch() { ${CALL} return Response.json(result); } };`,
    );
    const config = { name, main: `${name}.mjs`, compatibility_date: "2026-01-01" };
    writeFileSync(join(app, `${name}.json`), JSON.stringify(config));
    const harness = createTestHarness({ root: app, workers: [{ configPath: `${name}.json` }] });
    await harness.listen();
    try {
      for (let round = 0; round < 3; round += 1) {
        const response = await harness.fetch("/");
        assert.deepEqual(await response.json(), { id: "d", operations: true });
      }
    } finally {
      await harness.close();
    }
  });
}

test("the browser's bundle has the package and no way to give it a credential", async () => {
  const [{ text }] = await bundle(`export * from "countersign";`, ["browser"], { platform: "browser", minify: true });
  assert.match(text, /countersign_bg\.wasm/);
  assert.doesNotMatch(text, /\.direct\(/);
  assert.doesNotMatch(text, /client_secret|from"node:/);
});

test("the server's entry cannot be bundled for a browser", async () => {
  const bundled = bundle(`export * from "countersign/server";`, ["browser"], { platform: "browser" });
  await assert.rejects(bundled, /countersign\/server/);
});

test("what is not used is not bundled", async () => {
  const [{ text }] = await bundle(`import { RequestError } from "countersign"; console.log(RequestError.name);`, ["browser"]);
  assert.doesNotMatch(text, /WebAssembly/);
});

test("the entry for Vercel takes the module under Vercel's name", async () => {
  const found = [];
  const plugin = {
    name: "vercel",
    setup(build) {
      build.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => {
        found.push(path);
        return { path, external: true };
      });
    },
  };
  await bundle(`export * from "countersign";`, ["edge-light"], { plugins: [plugin] });
  assert.deepEqual(found, ["./wasm/countersign_bg.wasm?module"]);
});

test("there is one wasm", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  assert.deepEqual(files.filter((file) => file.endsWith(".wasm")), ["wasm/countersign_bg.wasm"]);
});

test("no declaration says `any`", () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".d.ts"));
  assert.ok(files.length >= 4);
  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8").replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
    assert.doesNotMatch(text, /\bany\b/, file);
  }
});

test("no class of the module is declared to users", () => {
  assert.doesNotMatch(readFileSync(join(folder, "index.d.ts"), "utf8"), /free\(\)|Symbol\.dispose/);
});

test("an app in TypeScript finds the types by the package's name", () => {
  writeFileSync(join(app, "app.ts"), `import { createClient } from "countersign";\nexport const c = createClient("signing-today", { baseUrl: "/v/a" });\n`);
  const tsc = new URL("../../node_modules/typescript/bin/tsc", import.meta.url).pathname;
  const options = ["--strict", "--noEmit", "--target", "es2024", "--module", "nodenext", "--lib", "es2024,dom,dom.iterable"];
  const outcome = spawnSync(process.execPath, [tsc, ...options, "app.ts"], { cwd: app, encoding: "utf8" });
  assert.equal(outcome.stdout, "");
});
