//! The project's own commands: `cargo xtask <command>`.

mod artifacts;
mod codegen;
mod dev;
mod doctor;
mod floors;
mod package;
mod processes;
mod product;
mod suites;
mod tools;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

/// What a command answers: the text of an error says what to do next. An
/// empty one adds nothing to what was printed.
pub(crate) type Outcome<T = ()> = Result<T, String>;

struct Command {
    name: &'static str,
    usage: &'static str,
    summary: &'static str,
    run: fn(&Workspace, &[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "dev",
        usage: "dev [--port 8787]",
        summary: "build everything, run the sandbox and the edge, offline, until Ctrl-C",
        run: dev::command,
    },
    Command {
        name: "test",
        usage: "test [--only NAME]...",
        summary: "run every suite, or the named ones (see `cargo xtask test --list`)",
        run: suites::command,
    },
    Command {
        name: "build",
        usage: "build [edge|sandbox|console]...",
        summary: "build the Workers' wasm and the console's folder",
        run: artifacts::command,
    },
    Command {
        name: "package",
        usage: "package",
        summary: "make the npm package in pkg/ and hold it to its size budget",
        run: package::command,
    },
    Command {
        name: "codegen",
        usage: "codegen [--check]",
        summary: "print the TypeScript types from the Rust source, or check they are fresh",
        run: codegen_command,
    },
    Command {
        name: "floors",
        usage: "floors",
        summary: "check that each file of the core uses lower floors only",
        run: floors::command,
    },
    Command {
        name: "doctor",
        usage: "doctor",
        summary: "say what is missing here and the command that mends it",
        run: doctor::command,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", help());
        return ExitCode::from(2);
    };
    if name == processes::SUPERVISE {
        return processes::supervise(rest);
    }
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("xtask: there is no command {name:?}\n\n{}", help());
        return ExitCode::from(2);
    };
    if rest.iter().any(|argument| matches!(argument.as_str(), "--help" | "-h")) {
        println!("cargo xtask {}\n  {}", command.usage, command.summary);
        return ExitCode::SUCCESS;
    }
    match Workspace::here().and_then(|workspace| (command.run)(&workspace, rest)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("xtask: {message}");
            }
            ExitCode::FAILURE
        }
    }
}

fn codegen_command(workspace: &Workspace, arguments: &[String]) -> Outcome {
    match arguments {
        [] => codegen::run(workspace.root(), false),
        [flag] if flag == "--check" => codegen::run(workspace.root(), true),
        _ => Err("usage: cargo xtask codegen [--check]".to_owned()),
    }
}

fn help() -> String {
    let mut text = String::from("cargo xtask <command>\n\n");
    for command in COMMANDS {
        text.push_str(&format!("  {:<34}{}\n", command.usage, command.summary));
    }
    text
}
