//! The suites cargo runs.

use super::log_file;
use crate::Outcome;
use crate::processes::Program;
use crate::workspace::Workspace;

fn cargo(workspace: &Workspace, label: &str, log: &str, arguments: &[&str]) -> Outcome {
    Program::new("cargo", workspace.root())
        .args(arguments.iter().copied())
        .env("CARGO_TERM_COLOR", "never")
        .run(label, &log_file(workspace, log))
}

pub(super) fn fmt(workspace: &Workspace) -> Outcome {
    cargo(workspace, "cargo fmt --check", "fmt", &["fmt", "--all", "--check"])
}

pub(super) fn clippy(workspace: &Workspace) -> Outcome {
    // Unit tests are linted natively: their stand-ins are threads' business.
    let runs = [
        ("clippy, native", "clippy-native", "--workspace --all-targets --features countersign/native"),
        (
            "clippy, the package's wasm",
            "clippy-package",
            "--target wasm32-unknown-unknown --package countersign --features bindings --lib --test browser",
        ),
        (
            "clippy, the Workers' wasm",
            "clippy-workers",
            "--target wasm32-unknown-unknown --package countersign-edge --package countersign-sandbox",
        ),
    ];
    for (label, log, options) in runs {
        let options = options.split_whitespace();
        let all: Vec<&str> = ["clippy"].into_iter().chain(options).chain(["--", "-D", "warnings"]).collect();
        cargo(workspace, label, log, &all)?;
    }
    Ok(())
}

pub(super) fn rustdoc(workspace: &Workspace) -> Outcome {
    Program::new("cargo", workspace.root())
        .args(["doc", "--workspace", "--no-deps", "--features", "countersign/native"])
        .env("CARGO_TERM_COLOR", "never")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run("cargo doc", &log_file(workspace, "rustdoc"))
}

pub(super) fn native(workspace: &Workspace) -> Outcome {
    let arguments =
        ["test", "--workspace", "--lib", "--bins", "--tests", "--features", "countersign/native", "--no-fail-fast"];
    cargo(workspace, "cargo test", "native", &arguments)
}

pub(super) fn examples(workspace: &Workspace) -> Outcome {
    let arguments = ["test", "--workspace", "--doc", "--features", "countersign/native"];
    cargo(workspace, "cargo test --doc", "examples", &arguments)
}
