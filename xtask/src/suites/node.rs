//! The suites Node and the browser run.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::log_file;
use crate::processes::Program;
use crate::product::{self, Place, Product, free_ports};
use crate::tools::{self, find_program};
use crate::workspace::{Workspace, remove_folder};
use crate::{Outcome, artifacts, package};

pub(super) fn npm_package(workspace: &Workspace) -> Outcome {
    package::make(workspace)?;
    package::weigh(workspace)?;
    tools::npm_program(workspace, "publint/src/cli.js")
        .args(["pkg", "--strict"])
        .run("publint", &log_file(workspace, "publint"))?;
    tools::npm_program(workspace, "@arethetypeswrong/cli/dist/index.js")
        .args(["--pack", "pkg", "--profile", "esm-only"])
        .run("attw", &log_file(workspace, "attw"))
}

pub(super) fn types(workspace: &Workspace) -> Outcome {
    package::make(workspace)?;
    tools::npm_program(workspace, "typescript/bin/tsc")
        .args(["--project", "tests/types"])
        .run("tsc", &log_file(workspace, "types"))
}

pub(super) fn package_in_node(workspace: &Workspace) -> Outcome {
    package::make(workspace)?;
    let tests = test_files(workspace, "tests/package")?;
    node_test(workspace).args(tests).run("node --test tests/package", &log_file(workspace, "node"))
}

pub(super) fn edge(workspace: &Workspace) -> Outcome {
    artifacts::build_all(workspace)?;
    product::write_secrets(workspace)?;
    let tests = test_files(workspace, "tests/edge")?;
    node_test(workspace).args(tests).run("node --test tests/edge", &log_file(workspace, "edge"))
}

pub(super) fn e2e(workspace: &Workspace) -> Outcome {
    artifacts::build_all(workspace)?;
    let tests = test_files(workspace, "tests/e2e")?;
    with_product(workspace, "e2e", Vec::new(), |place| {
        node_test(workspace)
            .arg("--test-concurrency=1")
            .args(tests)
            .env("COUNTERSIGN_EDGE_URL", place.edge_url())
            .env("COUNTERSIGN_SANDBOX_URL", place.sandbox_url())
            .env("COUNTERSIGN_CHROMIUM", find_program("chromium").unwrap_or_default())
            .run("node --test tests/e2e", &log_file(workspace, "e2e"))
    })
}

/// The tests are told at compile time where the product is: a page in a
/// browser has no environment.
pub(super) fn browser(workspace: &Workspace) -> Outcome {
    artifacts::build_all(workspace)?;
    if !workspace.path("tests/browser").join("main.rs").is_file() {
        return Err("tests/browser/main.rs does not exist".to_owned());
    }
    let driver = find_program("chromedriver").ok_or("chromedriver is not on the PATH")?;
    let [port] = free_ports()?;
    let page = format!("127.0.0.1:{port}");
    with_product(workspace, "browser", vec![format!("http://{page}")], |place| {
        tools::wasm_pack(workspace)
            .args(["test", "--headless", "--chrome", "--chromedriver"])
            .arg(driver)
            .args(["--", "--test", "browser"])
            .env("COUNTERSIGN_EDGE_URL", place.edge_url())
            .env("COUNTERSIGN_SANDBOX_URL", place.sandbox_url())
            .env("WASM_BINDGEN_TEST_ADDRESS", page)
            .env("WASM_BINDGEN_TEST_TIMEOUT", "120")
            .run("wasm-pack test --headless --chrome", &log_file(workspace, "browser"))
    })
}

pub(super) fn deploy(workspace: &Workspace) -> Outcome {
    artifacts::build_all(workspace)?;
    for (name, config) in [("edge", "wrangler.toml"), ("sandbox", "sandbox/wrangler.toml")] {
        let folder = workspace.path("target/deploy").join(name);
        product::wrangler(workspace, &folder)
            .args(["deploy", "--dry-run", "--config", config, "--outdir"])
            .arg(folder.join("out"))
            .run(&format!("wrangler deploy --dry-run, {name}"), &log_file(workspace, &format!("deploy-{name}")))?;
    }
    Ok(())
}

/// Runs with a product of its own: free ports, nothing stored.
fn with_product(
    workspace: &Workspace,
    name: &str,
    origins: Vec<String>,
    run: impl FnOnce(&Place) -> Outcome,
) -> Outcome {
    let folder = workspace.path("target/test").join(name);
    remove_folder(&folder)?;
    let [edge, sandbox, first, second] = free_ports()?;
    let place = Place { edge, sandbox, state: folder.join("state"), folder, origins, inspectors: [first, second] };
    // No handler for signals here: Ctrl-C ends the command at once, and the
    // supervisors end what it started.
    let product = Product::start(workspace, &place, &AtomicBool::new(false))?.ok_or("stopped")?;
    let outcome = run(&place);
    product.stop();
    outcome
}

fn node_test(workspace: &Workspace) -> Program {
    tools::node(workspace).args(["--test", "--test-reporter=spec", "--test-timeout=300000"])
}

/// A suite without a file is a fault: it would pass by testing nothing.
fn test_files(workspace: &Workspace, folder: &str) -> Outcome<Vec<PathBuf>> {
    let none = || format!("{folder} holds no *.test.mjs");
    let entries = std::fs::read_dir(workspace.path(folder)).map_err(|_| none())?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| is_test(path)).collect();
    files.sort();
    if files.is_empty() { Err(none()) } else { Ok(files) }
}

fn is_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".test.mjs"))
}
