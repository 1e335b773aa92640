//! What is built: the two Workers' wasm, and the console's folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::processes::Program;
use crate::tools::{self, Need};
use crate::workspace::{Workspace, create_folder, files_below, write_if_changed};
use crate::{Outcome, package};

/// A crate that becomes wasm.
pub(crate) struct Wasm {
    /// The file cargo writes.
    pub(crate) compiled: PathBuf,
    /// The name of the files wasm-bindgen writes.
    pub(crate) name: &'static str,
    /// Where it writes them, in the checkout.
    pub(crate) folder: &'static str,
    /// wasm-bindgen's options beside the target.
    pub(crate) options: &'static [&'static str],
}

/// After a panic the entry makes a fresh instance; that needs the reset.
pub(crate) const RESET: &str = "--experimental-reset-state-function";

struct Artifact {
    name: &'static str,
    build: fn(&Workspace) -> Outcome,
}

const ARTIFACTS: &[Artifact] = &[
    Artifact { name: "edge", build: |workspace| build_worker(workspace, "edge", "worker/build") },
    Artifact { name: "sandbox", build: |workspace| build_worker(workspace, "sandbox", "sandbox/build") },
    Artifact { name: "console", build: assemble_console },
];

/// `cargo xtask build [edge|sandbox|console]...`; without names, all of them.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let known = |name: &String| ARTIFACTS.iter().any(|artifact| artifact.name == name);
    if let Some(unknown) = arguments.iter().find(|name| !known(name)) {
        let names: Vec<&str> = ARTIFACTS.iter().map(|artifact| artifact.name).collect();
        return Err(format!("nothing is called {unknown:?}; there are {}", names.join(", ")));
    }
    tools::ensure(workspace, Need::Dev)?;
    for artifact in ARTIFACTS {
        if arguments.is_empty() || arguments.iter().any(|name| name == artifact.name) {
            (artifact.build)(workspace)?;
        }
    }
    Ok(())
}

/// Builds everything the running product is made of. What is fresh stays.
pub(crate) fn build_all(workspace: &Workspace) -> Outcome {
    ARTIFACTS.iter().try_for_each(|artifact| (artifact.build)(workspace))
}

/// Compiles a Worker and writes its glue.
///
/// Both are compiled by one call of cargo, whichever is wanted. The core is a
/// cdylib too, so cargo keeps only one build of it under one name: two calls
/// would ask for two, with other features below, and each undo the other's.
fn build_worker(workspace: &Workspace, name: &'static str, folder: &'static str) -> Outcome {
    compile(workspace)
        .args(["build", "--release", "--lib", "--package", "countersign-edge", "--package", "countersign-sandbox"])
        .run("compiling the Workers to wasm", &workspace.path("target/logs/build-workers.log"))?;
    let compiled = workspace.built(&format!("{WASM_OUTPUT}/countersign_{name}.wasm"));
    bind(workspace, &Wasm { compiled, name, folder, options: &[RESET, "--no-typescript"] })
}

/// Where cargo writes optimized wasm, below its output folder.
pub(crate) const WASM_OUTPUT: &str = "wasm32-unknown-unknown/release";

/// A cargo that compiles to optimized wasm.
pub(crate) fn compile(workspace: &Workspace) -> Program {
    Program::new("cargo", workspace.root())
        .env("CARGO_BUILD_TARGET", "wasm32-unknown-unknown")
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_ENCODED_RUSTFLAGS", remapped_paths(workspace).join("\u{1f}"))
}

/// Compiler flags that keep the paths of this machine out of what is published: a panic carries the file it is in.
fn remapped_paths(workspace: &Workspace) -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let registries = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let mut sources: Vec<PathBuf> = registries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    sources.sort();
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let mut flags: Vec<String> = sources.iter().map(|source| remap(source, "crates")).collect();
    flags.push(remap(workspace.root(), "."));
    flags
}

/// Writes a wasm's JavaScript glue, unless it is fresh.
pub(crate) fn bind(workspace: &Workspace, wasm: &Wasm) -> Outcome {
    let folder = workspace.path(wasm.folder);
    let outputs = [folder.join(format!("{}_bg.wasm", wasm.name)), folder.join(format!("{}.js", wasm.name))];
    if outputs.iter().all(|output| is_newer(output, &wasm.compiled)) {
        return Ok(());
    }
    create_folder(&folder)?;
    tools::wasm_bindgen(workspace)
        .args(["--target", "web"])
        .args(wasm.options.iter().copied())
        .args(["--out-name", wasm.name, "--out-dir"])
        .arg(folder)
        .arg(&wasm.compiled)
        .run(
            &format!("binding the {} to JavaScript", wasm.name),
            &workspace.path(&format!("target/logs/bind-{}.log", wasm.name)),
        )
}

/// The folder the edge serves at `/`: the console's own files, and the npm
/// package's browser files below `countersign/`.
fn assemble_console(workspace: &Workspace) -> Outcome {
    package::make(workspace)?;
    let folder = workspace.path("target/console");
    let mut wanted: Vec<(PathBuf, PathBuf)> = Vec::new();
    let console = workspace.path("www/console");
    for file in files_below(&console)? {
        wanted.push((file.clone(), console.join(file)));
    }
    let package = workspace.path("pkg");
    for file in files_below(&package)? {
        if matches!(file.extension().and_then(|name| name.to_str()), Some("js" | "mjs" | "wasm")) {
            wanted.push((Path::new("countersign").join(&file), package.join(file)));
        }
    }
    mirror(&folder, &wanted)
}

/// Makes a folder hold just these files. A file that is the same is left
/// alone, so that a running wrangler does not reload for nothing.
pub(crate) fn mirror(folder: &Path, wanted: &[(PathBuf, PathBuf)]) -> Outcome {
    create_folder(folder)?;
    for (name, source) in wanted {
        let content = fs::read(source).map_err(|error| format!("cannot read {}: {error}", source.display()))?;
        write_if_changed(&folder.join(name), &content)?;
    }
    for held in files_below(folder)? {
        if !wanted.iter().any(|(name, _)| *name == held) {
            let stale = folder.join(held);
            fs::remove_file(&stale).map_err(|error| format!("cannot remove {}: {error}", stale.display()))?;
        }
    }
    Ok(())
}

/// True if a file exists and was written after the other.
pub(crate) fn is_newer(output: &Path, input: &Path) -> bool {
    match (modified(output), modified(input)) {
        (Some(output), Some(input)) => output >= input,
        _ => false,
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}
