// The examples in the documentation, held to the package's types.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = join(ROOT, "target/readme");

/** The TypeScript blocks of a document. */
function examples(document) {
  const text = readFileSync(join(ROOT, document), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block);
}

for (const document of ["README.md", "www/package/README.md"]) {
  test(`the examples of ${document} compile`, () => {
    const blocks = examples(document);
    assert.notEqual(blocks.length, 0, "there is an example");
    const folder = join(FOLDER, document.replaceAll("/", "-"));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    // Each block is a module of its own.
    for (const [index, block] of blocks.entries()) writeFileSync(join(folder, `example-${index}.ts`), `${block}\nexport {};\n`);
    const config = { extends: join(ROOT, "tests/types/tsconfig.json"), include: [join(folder, "*.ts")] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "--project", folder], {
      encoding: "utf8",
    });
    assert.equal(tsc.status, 0, tsc.stdout + tsc.stderr);
  });
}
