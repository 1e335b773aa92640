//! `cargo xtask test`: every suite is one row; all run, then a table tells.

mod node;
mod rust;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::workspace::Workspace;
use crate::{Outcome, codegen, floors, tools};

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
    suite("fmt", "the Rust source is formatted", RUST, rust::fmt),
    suite("floors", "each file of the core uses lower floors only", &[], |workspace| floors::command(workspace, &[])),
    suite("codegen", "the generated files are fresh", &[], |workspace| codegen::run(workspace.root(), true)),
    suite("clippy", "no lint, native and wasm", RUST, rust::clippy),
    suite("rustdoc", "the documentation has no warning", RUST, rust::rustdoc),
    suite("native", "unit and contract tests", &[], rust::native),
    suite("examples", "the examples in the documentation run", &[], rust::examples),
    suite("package", "the npm package: size, publint, attw", BUILD, node::npm_package),
    suite("types", "the package's types, from TypeScript", BUILD, node::types),
    suite("node", "the package in Node, workerd and bundlers", BUILD, node::package_in_node),
    suite("edge", "the Workers on workerd", BUILD, node::edge),
    suite("browser", "the core in Chromium against the running product", BROWSER, node::browser),
    suite("e2e", "the console's journey in Chromium", PAGES, node::e2e),
    suite("deploy", "wrangler would deploy both Workers", BUILD, node::deploy),
];

const fn suite(
    name: &'static str,
    summary: &'static str,
    tools: &'static [&'static str],
    run: fn(&Workspace) -> Outcome,
) -> Suite {
    Suite { name, summary, tools, run }
}

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

fn log_file(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.path(&format!("target/logs/{name}.log"))
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
