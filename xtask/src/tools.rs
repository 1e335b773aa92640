//! The tools the commands use: which version, how to see that it is there,
//! how to get it. Everything goes into this checkout's `target/tools` and
//! `node_modules`, except a Rust target and the browser, which are the system's.

use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::Value;

use crate::Outcome;
use crate::processes::Program;
use crate::workspace::{Workspace, read};

/// What a tool is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// Building and running the product.
    Dev,
    /// Only the tests.
    Test,
}

/// A tool: one row.
pub(crate) struct Tool {
    /// Its name, as its users say it.
    pub(crate) name: &'static str,
    /// What it is needed for.
    pub(crate) need: Need,
    source: Source,
}

enum Source {
    /// A component or target rustup brings.
    Rustup { arguments: &'static [&'static str], proof: &'static str },
    /// A crate with programs, built once into `target/tools`.
    Crate { package: &'static str, version: &'static str, options: &'static [&'static str], program: &'static str },
    /// Debian packages; each program stands for the package behind it.
    Debian { packages: &'static [&'static str], programs: &'static [&'static str] },
    /// What `package-lock.json` pins.
    Npm,
}

/// wasm-bindgen's program must have the crate's very version.
const WASM_BINDGEN: &str = "0.2.130";

/// Every tool, in the order they are installed.
pub(crate) const TOOLS: &[Tool] = &[
    Tool {
        name: "the wasm32 target",
        need: Need::Dev,
        source: Source::Rustup {
            arguments: &["target", "add", "wasm32-unknown-unknown"],
            proof: "lib/rustlib/wasm32-unknown-unknown/lib",
        },
    },
    Tool {
        name: "rustfmt",
        need: Need::Test,
        source: Source::Rustup { arguments: &["component", "add", "rustfmt"], proof: "bin/rustfmt" },
    },
    Tool {
        name: "clippy",
        need: Need::Test,
        source: Source::Rustup { arguments: &["component", "add", "clippy"], proof: "bin/cargo-clippy" },
    },
    Tool {
        name: "node and npm",
        need: Need::Dev,
        source: Source::Debian { packages: &["nodejs", "npm"], programs: &["node", "npm"] },
    },
    Tool { name: "the npm packages", need: Need::Dev, source: Source::Npm },
    Tool {
        name: "wasm-bindgen",
        need: Need::Dev,
        source: Source::Crate {
            package: "wasm-bindgen-cli",
            version: WASM_BINDGEN,
            options: &["--no-default-features"],
            program: "wasm-bindgen",
        },
    },
    Tool {
        name: "wasm-pack",
        need: Need::Test,
        source: Source::Crate { package: "wasm-pack", version: "0.15.1", options: &[], program: "wasm-pack" },
    },
    Tool {
        name: "Chromium and its driver",
        need: Need::Test,
        source: Source::Debian { packages: &["chromium", "chromium-driver"], programs: &["chromium", "chromedriver"] },
    },
];

/// Installs what is missing among the tools needed for a purpose.
pub(crate) fn ensure(workspace: &Workspace, need: Need) -> Outcome {
    TOOLS.iter().filter(|tool| tool.need <= need).try_for_each(|tool| tool.ensure(workspace))
}

/// Installs what is missing among the named tools.
pub(crate) fn ensure_named(workspace: &Workspace, names: &[&str]) -> Outcome {
    TOOLS.iter().filter(|tool| names.contains(&tool.name)).try_for_each(|tool| tool.ensure(workspace))
}

impl Tool {
    /// What is wrong with it here, if anything.
    pub(crate) fn fault(&self, workspace: &Workspace) -> Option<String> {
        match &self.source {
            Source::Rustup { proof, .. } => {
                let sysroot = Program::new("rustc", workspace.root()).args(["--print", "sysroot"]).capture();
                match sysroot {
                    Ok(folder) if PathBuf::from(folder.trim()).join(proof).exists() => None,
                    Ok(_) => Some(format!("{} is not installed", self.name)),
                    Err(message) => Some(message),
                }
            }
            Source::Crate { version, program, .. } => {
                let printed =
                    Program::new(crate_program(workspace, program), workspace.root()).arg("--version").capture();
                match printed {
                    Ok(text) if text.split_whitespace().any(|word| word == *version) => None,
                    Ok(text) => Some(format!("{} is {}, not {version}", self.name, text.trim())),
                    Err(_) => Some(format!("{} {version} is not built", self.name)),
                }
            }
            Source::Debian { programs, .. } => programs
                .iter()
                .find(|program| find_program(program).is_none())
                .map(|program| format!("{program} is not on the PATH")),
            Source::Npm => npm_fault(workspace),
        }
    }

    /// The command that mends it.
    pub(crate) fn mend(&self) -> String {
        match &self.source {
            Source::Rustup { arguments, .. } => format!("rustup {}", arguments.join(" ")),
            Source::Crate { package, version, options, .. } => {
                let mut words = vec!["cargo install".to_owned(), format!("{package}@{version}")];
                words.extend(options.iter().map(|option| (*option).to_owned()));
                words.push("--debug --root target/tools".to_owned());
                words.join(" ")
            }
            Source::Debian { packages, .. } => {
                format!("apt-get install -y --no-install-recommends {}", packages.join(" "))
            }
            Source::Npm => "npm ci".to_owned(),
        }
    }

    fn ensure(&self, workspace: &Workspace) -> Outcome {
        if self.fault(workspace).is_none() {
            return Ok(());
        }
        self.install(workspace)?;
        match self.fault(workspace) {
            None => Ok(()),
            Some(fault) => Err(format!("{fault}; mend it with: {}", self.mend())),
        }
    }

    fn install(&self, workspace: &Workspace) -> Outcome {
        let log = workspace.path(&format!("target/logs/install-{}.log", self.name.replace(' ', "-")));
        let label = format!("installing {}", self.name);
        match &self.source {
            Source::Rustup { arguments, .. } => {
                Program::new("rustup", workspace.root()).args(arguments.iter().copied()).run(&label, &log)
            }
            Source::Crate { package, version, options, .. } => {
                // No --locked: the lock inside wasm-bindgen-cli names versions
                // that are not everywhere to be had.
                Program::new("cargo", workspace.root())
                    .arg("install")
                    .arg(format!("{package}@{version}"))
                    .args(options.iter().copied())
                    .args(["--debug", "--force", "--root"])
                    .arg(workspace.path("target/tools"))
                    .env("CARGO_TARGET_DIR", workspace.path("target/tools-build"))
                    .env("CARGO_PROFILE_DEV_DEBUG", "0")
                    .run(&label, &log)
            }
            Source::Debian { packages, .. } => install_debian(workspace, packages, &label, &log),
            Source::Npm => Program::new("npm", workspace.root())
                .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
                .run(&label, &log),
        }
        .map_err(|message| format!("{message}mend it with: {}", self.mend()))
    }
}

fn install_debian(workspace: &Workspace, packages: &[&str], label: &str, log: &std::path::Path) -> Outcome {
    if find_program("apt-get").is_none() || !rustix::process::geteuid().is_root() {
        return Err("only root may install system packages\n".to_owned());
    }
    let install = || {
        Program::new("apt-get", workspace.root())
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages.iter().copied())
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run(label, log)
    };
    // The lists may be missing or old; they are fetched only if needed.
    install().or_else(|_| {
        Program::new("apt-get", workspace.root()).arg("update").run("refreshing the package lists", log)?;
        install()
    })
}

/// The programs of `node_modules` and `target/tools` before those of the system.
pub(crate) fn search_path(workspace: &Workspace) -> OsString {
    let own = [workspace.path("target/tools/bin"), workspace.path("node_modules/.bin")];
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let all = own.into_iter().chain(std::env::split_paths(&inherited));
    std::env::join_paths(all).unwrap_or(inherited)
}

/// A script run by the pinned Node.
pub(crate) fn node(workspace: &Workspace) -> Program {
    Program::new(workspace.path("node_modules/node/bin/node"), workspace.root())
        .arg("--no-warnings")
        .env("PATH", search_path(workspace))
}

/// A program of an npm package, run by the pinned Node.
pub(crate) fn npm_program(workspace: &Workspace, script: &str) -> Program {
    node(workspace).arg(workspace.path("node_modules").join(script))
}

/// wasm-bindgen in the pinned version.
pub(crate) fn wasm_bindgen(workspace: &Workspace) -> Program {
    Program::new(crate_program(workspace, "wasm-bindgen"), workspace.root())
}

/// wasm-pack, which finds wasm-bindgen and the browser's driver on the PATH.
pub(crate) fn wasm_pack(workspace: &Workspace) -> Program {
    Program::new(crate_program(workspace, "wasm-pack"), workspace.root()).env("PATH", search_path(workspace))
}

fn crate_program(workspace: &Workspace, program: &str) -> PathBuf {
    workspace.path("target/tools/bin").join(program)
}

/// Finds a program on the PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// npm notes what it installed; everything the lock pins must be there in the
/// same version. Only packages for other systems may be missing.
fn npm_fault(workspace: &Workspace) -> Option<String> {
    let wanted = lock_packages(workspace, "package-lock.json");
    let installed = lock_packages(workspace, "node_modules/.package-lock.json");
    let (Ok(Value::Object(wanted)), Ok(Value::Object(installed))) = (wanted, installed) else {
        return Some("the npm packages are not installed".to_owned());
    };
    for (path, package) in wanted.iter().filter(|(path, _)| !path.is_empty()) {
        let optional = package.get("optional").and_then(Value::as_bool).unwrap_or(false);
        match installed.get(path) {
            None if optional => {}
            Some(held) if held.get("version") == package.get("version") => {}
            _ => return Some(format!("{path} is not the one package-lock.json pins")),
        }
    }
    let node = workspace.path("node_modules/node/bin/node");
    (!node.is_file()).then(|| "the npm package node has no program".to_owned())
}

fn lock_packages(workspace: &Workspace, file: &str) -> Outcome<Value> {
    let mut lock: Value =
        serde_json::from_str(&read(&workspace.path(file))?).map_err(|error| format!("{file}: {error}"))?;
    Ok(lock.get_mut("packages").map(Value::take).unwrap_or_default())
}
