//! `cargo xtask test`: every suite is one row; all run, then a table tells.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::artifacts;
use crate::processes::Program;
use crate::product::{self, Place, Product, free_ports};
use crate::tools::{self, find_program};
use crate::workspace::{Workspace, remove_folder};
use crate::{Outcome, codegen, floors, package};

/// A suite: one row.
struct Suite {
    name: &'static str,
    summary: &'static str,
    /// The tools it needs, by their names in `tools::TOOLS`.
    tools: &'static [&'static str],
    run: fn(&Workspace) -> Outcome,
}

const RUST: &[&str] = &["the wasm32 target", "rustfmt", "clippy"];
const BUILD: &[&str] = &["the wasm32 target", "node and npm", "the npm packages", "wasm-bindgen"];
const BROWSER: &[&str] =
    &["the wasm32 target", "node and npm", "the npm packages", "wasm-bindgen", "wasm-pack", "Chromium and its driver"];
const PAGES: &[&str] =
    &["the wasm32 target", "node and npm", "the npm packages", "wasm-bindgen", "Chromium and its driver"];

const SUITES: &[Suite] = &[
    Suite { name: "fmt", summary: "the Rust source is formatted", tools: RUST, run: fmt },
    Suite {
        name: "floors",
        summary: "each file of the core uses lower floors only",
        tools: &[],
        run: |workspace| floors::command(workspace, &[]),
    },
    Suite {
        name: "codegen",
        summary: "the generated types are fresh",
        tools: &[],
        run: |workspace| codegen::run(workspace.root(), true),
    },
    Suite { name: "clippy", summary: "no lint, native and wasm", tools: RUST, run: clippy },
    Suite { name: "rustdoc", summary: "the documentation has no warning", tools: RUST, run: rustdoc },
    Suite { name: "native", summary: "unit and contract tests", tools: &[], run: native },
    Suite { name: "examples", summary: "the examples in the documentation run", tools: &[], run: examples },
    Suite { name: "package", summary: "the npm package: size, publint, attw", tools: BUILD, run: npm_package },
    Suite { name: "types", summary: "the package's types, from TypeScript", tools: BUILD, run: types },
    Suite { name: "edge", summary: "the Workers on workerd", tools: BUILD, run: edge },
    Suite {
        name: "browser",
        summary: "the core in Chromium against the running product",
        tools: BROWSER,
        run: browser,
    },
    Suite { name: "e2e", summary: "the console's journey in Chromium", tools: PAGES, run: e2e },
    Suite { name: "deploy", summary: "wrangler would deploy both Workers", tools: BUILD, run: deploy },
];

/// `cargo xtask test [--only NAME]... [--list]`.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Outcome {
    if arguments == ["--list"] {
        for suite in SUITES {
            println!("  {:<10}{}", suite.name, suite.summary);
        }
        return Ok(());
    }
    let chosen = chosen(arguments)?;
    let started = Instant::now();
    let mut results = Vec::new();
    for suite in chosen {
        println!("\n== {}: {}", suite.name, suite.summary);
        let began = Instant::now();
        let outcome = tools::ensure_named(workspace, suite.tools).and_then(|()| (suite.run)(workspace));
        if let Err(message) = &outcome {
            println!("{}", message.trim_end());
        }
        let verdict = if outcome.is_ok() { "PASS" } else { "FAIL" };
        println!("{verdict} {} in {:.1} s", suite.name, began.elapsed().as_secs_f32());
        results.push((suite, outcome.is_ok(), began.elapsed()));
    }
    summarize(&results, started.elapsed())
}

fn chosen(arguments: &[String]) -> Outcome<Vec<&'static Suite>> {
    let mut names = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let name = match (word.as_str(), word.strip_prefix("--only=")) {
            ("--only", _) => words.next().ok_or("--only wants the name of a suite")?,
            (_, Some(name)) => name,
            _ => return Err(format!("unknown option {word}; usage: cargo xtask test [--only NAME]...")),
        };
        if !SUITES.iter().any(|suite| suite.name == name) {
            let known: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
            return Err(format!("no suite is called {name:?}; there are {}", known.join(", ")));
        }
        names.push(name);
    }
    Ok(SUITES.iter().filter(|suite| names.is_empty() || names.contains(&suite.name)).collect())
}

fn summarize(results: &[(&Suite, bool, Duration)], took: Duration) -> Outcome {
    println!();
    for (suite, passed, time) in results {
        let verdict = if *passed { "PASS" } else { "FAIL" };
        println!("  {verdict}  {:<10}{:>7.1} s  {}", suite.name, time.as_secs_f32(), suite.summary);
    }
    let failed = results.iter().filter(|(_, passed, _)| !passed).count();
    println!("\nin {:.0} s; logs in target/logs", took.as_secs_f32());
    if failed > 0 {
        println!("`cargo xtask test --only NAME` runs one suite");
    }
    println!("{} passed, {failed} failed", results.len() - failed);
    // The closing line says it all, so the error adds nothing.
    if failed == 0 { Ok(()) } else { Err(String::new()) }
}

fn cargo(workspace: &Workspace, label: &str, log: &str, arguments: &[&str]) -> Outcome {
    Program::new("cargo", workspace.root())
        .args(arguments.iter().copied())
        .env("CARGO_TERM_COLOR", "never")
        .run(label, &log_file(workspace, log))
}

fn log_file(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.path(&format!("target/logs/{name}.log"))
}

fn fmt(workspace: &Workspace) -> Outcome {
    cargo(workspace, "cargo fmt --check", "fmt", &["fmt", "--all", "--check"])
}

fn clippy(workspace: &Workspace) -> Outcome {
    let runs: [(&str, &str, &[&str]); 3] = [
        ("clippy, native", "clippy-native", &["--workspace", "--all-targets", "--features", "countersign/native"]),
        (
            "clippy, the package's wasm",
            "clippy-package",
            &[
                "--target",
                "wasm32-unknown-unknown",
                "--package",
                "countersign",
                "--features",
                "bindings",
                "--all-targets",
            ],
        ),
        (
            "clippy, the Workers' wasm",
            "clippy-workers",
            &[
                "--target",
                "wasm32-unknown-unknown",
                "--package",
                "countersign-edge",
                "--package",
                "countersign-sandbox",
            ],
        ),
    ];
    for (label, log, arguments) in runs {
        let all: Vec<&str> = ["clippy"].iter().chain(arguments).chain(&["--", "-D", "warnings"]).copied().collect();
        cargo(workspace, label, log, &all)?;
    }
    Ok(())
}

fn rustdoc(workspace: &Workspace) -> Outcome {
    Program::new("cargo", workspace.root())
        .args(["doc", "--workspace", "--no-deps", "--features", "countersign/native"])
        .env("CARGO_TERM_COLOR", "never")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run("cargo doc", &log_file(workspace, "rustdoc"))
}

fn native(workspace: &Workspace) -> Outcome {
    let arguments =
        ["test", "--workspace", "--lib", "--bins", "--tests", "--features", "countersign/native", "--no-fail-fast"];
    cargo(workspace, "cargo test", "native", &arguments)
}

fn examples(workspace: &Workspace) -> Outcome {
    let arguments = ["test", "--package", "countersign", "--doc", "--features", "native"];
    cargo(workspace, "cargo test --doc", "examples", &arguments)
}

fn npm_package(workspace: &Workspace) -> Outcome {
    package::make(workspace)?;
    package::weigh(workspace)?;
    tools::npm_program(workspace, "publint/src/cli.js")
        .args(["pkg", "--strict"])
        .run("publint", &log_file(workspace, "publint"))?;
    tools::npm_program(workspace, "@arethetypeswrong/cli/dist/index.js")
        .args(["--pack", "pkg", "--profile", "esm-only"])
        .run("attw", &log_file(workspace, "attw"))
}

fn types(workspace: &Workspace) -> Outcome {
    package::make(workspace)?;
    tools::npm_program(workspace, "typescript/bin/tsc")
        .args(["--project", "tests/types"])
        .run("tsc", &log_file(workspace, "types"))
}

fn edge(workspace: &Workspace) -> Outcome {
    artifacts::build_all(workspace)?;
    product::write_secrets(workspace)?;
    let tests = test_files(workspace, "tests/edge")?;
    node_test(workspace).args(tests).run("node --test tests/edge", &log_file(workspace, "edge"))
}

fn e2e(workspace: &Workspace) -> Outcome {
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
fn browser(workspace: &Workspace) -> Outcome {
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

fn deploy(workspace: &Workspace) -> Outcome {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Outcome<Vec<&'static str>> {
        let words: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        chosen(&words).map(|suites| suites.iter().map(|suite| suite.name).collect())
    }

    #[test]
    fn without_names_every_suite_runs() {
        assert_eq!(names(&[]).map(|all| all.len()), Ok(SUITES.len()));
    }

    #[test]
    fn named_suites_run_in_the_order_of_the_table() {
        assert_eq!(names(&["--only", "types", "--only=fmt"]), Ok(vec!["fmt", "types"]));
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(names(&["--only", "nothing"]).is_err());
    }

    #[test]
    fn every_tool_a_suite_names_exists() {
        let known = |name: &&str| tools::TOOLS.iter().any(|tool| tool.name == *name);
        assert!(SUITES.iter().all(|suite| suite.tools.iter().all(known)));
    }
}
