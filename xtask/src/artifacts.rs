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
    /// The cargo package.
    pub(crate) package: &'static str,
    /// Cargo's options beside the package.
    pub(crate) options: &'static [&'static str],
    /// The name of the files wasm-bindgen writes.
    pub(crate) name: &'static str,
    /// Where it writes them, in the checkout.
    pub(crate) folder: &'static str,
    /// wasm-bindgen's options beside the target.
    pub(crate) bindgen: &'static [&'static str],
}

const EDGE: Wasm = Wasm {
    package: "countersign-edge",
    options: &[],
    name: "edge",
    folder: "worker/build",
    // After a panic the entry makes a fresh instance; that needs the reset.
    bindgen: &["--experimental-reset-state-function", "--no-typescript"],
};

const SANDBOX: Wasm = Wasm {
    package: "countersign-sandbox",
    options: &[],
    name: "sandbox",
    folder: "sandbox/build",
    bindgen: &["--experimental-reset-state-function", "--no-typescript"],
};

struct Artifact {
    name: &'static str,
    build: fn(&Workspace) -> Outcome,
}

const ARTIFACTS: &[Artifact] = &[
    Artifact { name: "edge", build: |workspace| build_wasm(workspace, &EDGE) },
    Artifact { name: "sandbox", build: |workspace| build_wasm(workspace, &SANDBOX) },
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

/// Compiles a crate to wasm and writes its JavaScript glue.
pub(crate) fn build_wasm(workspace: &Workspace, wasm: &Wasm) -> Outcome {
    let log = |step: &str| workspace.path(&format!("target/logs/{step}-{}.log", wasm.name));
    Program::new("cargo", workspace.root())
        .args(["build", "--release", "--target", "wasm32-unknown-unknown", "--lib"])
        .args(["--package", wasm.package])
        .args(wasm.options.iter().copied())
        .run(&format!("compiling {} to wasm", wasm.package), &log("build"))?;
    let compiled =
        workspace.built("wasm32-unknown-unknown/release").join(format!("{}.wasm", wasm.package.replace('-', "_")));
    let folder = workspace.path(wasm.folder);
    let outputs = [folder.join(format!("{}_bg.wasm", wasm.name)), folder.join(format!("{}.js", wasm.name))];
    if outputs.iter().all(|output| is_newer(output, &compiled)) {
        return Ok(());
    }
    create_folder(&folder)?;
    tools::wasm_bindgen(workspace)
        .args(["--target", "web"])
        .args(wasm.bindgen.iter().copied())
        .args(["--out-name", wasm.name, "--out-dir"])
        .arg(folder)
        .arg(compiled)
        .run(&format!("binding {} to JavaScript", wasm.name), &log("bindgen"))
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
