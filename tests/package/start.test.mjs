import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { folder, makeApp } from "./support/package.mjs";

const app = makeApp();
let server;
let origin;

before(async () => {
  const wasm = readFileSync(join(folder, "wasm/countersign_bg.wasm"));
  const types = { "/good.wasm": "application/wasm", "/typeless.wasm": "application/octet-stream" };
  server = createServer((request, response) => {
    const type = types[request.url];
    if (type) return response.writeHead(200, { "content-type": type }).end(wasm);
    if (request.url === "/page") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
    response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

/** Runs a module in a process of its own: `init` happens once a process. */
async function run(code) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { cwd: app });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  await new Promise((resolve) => child.on("close", resolve));
  assert.equal(err, "");
  return out.trim();
}

const HEAD = `import { init, createClient, operations, CountersignError } from "countersign"; import fs from "node:fs";
  const wasm = fs.readFileSync("node_modules/countersign/wasm/countersign_bg.wasm");`;

test("importing does nothing, and every use before init says what to do", async () => {
  const out = await run(`${HEAD}
    const client = createClient("signing-today", { baseUrl: "http://127.0.0.1:9" });
    const errors = [await client.call("GET /DSTs").catch((e) => e), await client.pages("GET /DSTs").next().catch((e) => e)];
    try { operations() } catch (error) { errors.push(error) }
    for (const e of errors) console.log(e instanceof CountersignError, e.code, e.message);`);
  assert.deepEqual(out.split("\n"), [
    "true not-initialized countersign: call `await init()` before `call`",
    "true not-initialized countersign: call `await init()` before `pages`",
    "true not-initialized countersign: call `await init()` before `operations()`",
  ]);
});

test("init can be called any number of times, at once and again", async () => {
  const out = await run(`${HEAD}
    await Promise.all([init(), init(), init("http://127.0.0.1:9/never")]); await init(); console.log(operations().length > 0);`);
  assert.equal(out, "true");
});

test("a call waits for an init that is under way", async () => {
  const out = await run(`${HEAD}
    init(); const client = createClient("signing-today", { baseUrl: "http://127.0.0.1:9", maxAttempts: 1 });
    console.log((await client.call("GET /DSTs").catch((e) => e)).name);`);
  assert.equal(out, "TransportError");
});

for (const [what, source] of [
  ["bytes", "wasm"],
  ["an ArrayBuffer", "wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length)"],
  ["a module", "new WebAssembly.Module(wasm)"],
  ["a promise of a module", "WebAssembly.compile(wasm)"],
  ["a Response", "new Response(wasm, { headers: { 'content-type': 'application/wasm' } })"],
  ["a Response without a type", "new Response(wasm)"],
  ["a URL", "new URL('ORIGIN/good.wasm')"],
  ["a text", "'ORIGIN/good.wasm'"],
  ["a URL with another type", "'ORIGIN/typeless.wasm'"],
  ["a fetch", "fetch('ORIGIN/good.wasm')"],
]) {
  test(`init takes ${what}`, async () => {
    const code = `${HEAD} await init(${source}); console.log(operations().length > 0);`;
    assert.equal(await run(code.replaceAll("ORIGIN", origin)), "true");
  });
}

for (const [what, source, expected] of [
  ["a page in place of the module", "'ORIGIN/page'", /is not WebAssembly \(text\/html\)/],
  ["a file that is not there", "'ORIGIN/missing.wasm'", /answered 404/],
  ["a number", "5", /init takes a URL/],
  ["broken bytes", "new Uint8Array([0, 97, 115, 109])", /could not be started/],
  ["a host that is down", "'http://127.0.0.1:9/x.wasm'", /could not be started/],
]) {
  test(`init with ${what} fails readably, and can be tried again`, async () => {
    const code = `${HEAD} const error = await init(${source}).catch((e) => e);
      await init(); console.log(error.code, operations().length > 0, error.message);`;
    const out = await run(code.replaceAll("ORIGIN", origin));
    assert.match(out, /^init-failed true /);
    assert.match(out, expected);
  });
}
