//! The npm package in `pkg/`, and its size budget.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Outcome;
use crate::artifacts::{self, RESET, WASM_OUTPUT, Wasm, is_newer, mirror};
use crate::tools::{self, Need};
use crate::workspace::{Workspace, files_below, read, write_if_changed};

/// The most the wasm may weigh, compressed with gzip -9.
const BUDGET: u64 = 60_000;

/// What is built on the way, in the checkout.
const STEPS: &str = "target/package";

/// Node measures: its zlib knows both formats, and no crate is needed.
const MEASURE: &str = "
import { readFileSync } from 'node:fs';
import { gzipSync, brotliCompressSync, constants } from 'node:zlib';
const bytes = readFileSync(process.argv[1]);
const brotli = { params: {
  [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } };
console.log(bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes, brotli).length);
";

/// `cargo xtask package`.
pub(crate) fn command(workspace: &Workspace, _arguments: &[String]) -> Outcome {
    tools::ensure(workspace, Need::Dev)?;
    make(workspace)?;
    weigh(workspace)
}

/// Writes `pkg/`: the optimized wasm, its glue, and what `www/package` holds.
pub(crate) fn make(workspace: &Workspace) -> Outcome {
    build_bindings(workspace)?;
    let built = workspace.path(STEPS);
    let bound = built.join("countersign_bg.wasm");
    let small = built.join("small.wasm");
    if !is_newer(&small, &bound) {
        tools::npm_program(workspace, "binaryen/bin/wasm-opt")
            .arg(&bound)
            .args(["-Oz", "--converge", "--strip-debug", "--strip-producers", "--strip-target-features", "-o"])
            .arg(&small)
            .run("optimizing the package's wasm", &workspace.path("target/logs/wasm-opt.log"))?;
    }
    let source = workspace.path("www/package");
    let manifest = built.join("package.json");
    write_if_changed(
        &manifest,
        manifest_text(&read(&source.join("package.json"))?, &workspace.version()?)?.as_bytes(),
    )?;

    let mut wanted: Vec<(PathBuf, PathBuf)> = vec![
        ("wasm/countersign_bg.wasm".into(), small),
        ("wasm/countersign.js".into(), built.join("countersign.js")),
        ("package.json".into(), manifest),
    ];
    for file in files_below(&source)? {
        if file != Path::new("package.json") {
            wanted.push((file.clone(), source.join(file)));
        }
    }
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "LICENSE", "CHANGELOG.md"] {
        if workspace.path(name).is_file() {
            wanted.push((name.into(), workspace.path(name)));
        }
    }
    mirror(&workspace.path("pkg"), &wanted)
}

/// The core with its bindings. It has an output folder of its own: beside the
/// Workers', which use the core without bindings, cargo would give both the
/// same name. It is a download for a page, so size goes before speed.
fn build_bindings(workspace: &Workspace) -> Outcome {
    artifacts::compile(workspace)
        .args(["rustc", "--release", "--lib", "--crate-type", "cdylib"])
        .args(["--package", "countersign", "--features", "bindings"])
        .env("CARGO_TARGET_DIR", workspace.built("bindings"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z")
        .run("compiling the package to wasm", &workspace.path("target/logs/build-package.log"))?;
    let compiled = workspace.built(&format!("bindings/{WASM_OUTPUT}/countersign.wasm"));
    artifacts::bind(
        workspace,
        &Wasm { compiled, name: "countersign", folder: STEPS, options: &[RESET, "--no-typescript"] },
    )
}

/// The package's manifest, with the version of the workspace. Only that one
/// text is exchanged: the order of the conditions in `exports` decides which is
/// taken, and must stay.
fn manifest_text(source: &str, version: &str) -> Outcome<String> {
    let manifest: Value = serde_json::from_str(source).map_err(|error| format!("www/package/package.json: {error}"))?;
    let placeholder = manifest.get("version").and_then(Value::as_str).map(|old| format!("\"version\": \"{old}\""));
    match placeholder.filter(|text| source.matches(text.as_str()).count() == 1) {
        Some(text) => Ok(source.replace(&text, &format!("\"version\": \"{version}\""))),
        None => Err("www/package/package.json has no plain \"version\": \"…\"".to_owned()),
    }
}

/// Prints the sizes and refuses a package over its budget.
pub(crate) fn weigh(workspace: &Workspace) -> Outcome {
    let wasm = workspace.path("pkg/wasm/countersign_bg.wasm");
    let printed = tools::node(workspace).args(["--input-type=module", "--eval", MEASURE]).arg(&wasm).capture()?;
    let sizes: Vec<u64> = printed.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [raw, gzip, brotli] = sizes[..] else {
        return Err(format!("the sizes could not be read from {printed:?}"));
    };
    println!("countersign.wasm: raw {raw} B, gzip {gzip} B, brotli {brotli} B (budget: gzip {BUDGET} B)");
    if gzip > BUDGET {
        return Err(format!("the wasm is {} B over its budget", gzip - BUDGET));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_keeps_the_order_of_its_conditions() {
        let source = r#"{"version": "0.0.0", "exports": {"types": "t", "node": "n", "browser": "b", "default": "d"}}"#;
        let text = manifest_text(source, "1.2.3").unwrap();
        let places: Vec<Option<usize>> =
            ["1.2.3", "types", "node", "browser", "default"].map(|name| text.find(name)).to_vec();
        assert!(places.is_sorted() && places[0].is_some());
    }
}
