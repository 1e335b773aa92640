//! Says what is missing here and the command that mends it.

use std::net::TcpListener;

use crate::Outcome;
use crate::tools::{Need, TOOLS};
use crate::workspace::Workspace;

/// `cargo xtask doctor`.
pub(crate) fn command(workspace: &Workspace, _arguments: &[String]) -> Outcome {
    let mut missing = 0;
    for tool in TOOLS {
        match tool.fault(workspace) {
            None => println!("  ok       {}", tool.name),
            Some(fault) => {
                missing += 1;
                let when = match tool.need {
                    Need::Dev => "needed by dev and test",
                    Need::Test => "needed by test",
                };
                println!("  missing  {}: {fault} ({when})", tool.name);
                println!("           mend it with: {}", tool.mend());
            }
        }
    }
    for port in [8787, 8788] {
        // A product that already runs is no fault, only worth knowing.
        if TcpListener::bind(("127.0.0.1", port)).is_err() {
            println!("  note     port {port} is in use; `cargo xtask dev --port N` takes another");
        }
    }
    match missing {
        0 => Ok(()),
        1 => Err("one thing is missing; `cargo xtask dev` and `test` install it too".to_owned()),
        many => Err(format!("{many} things are missing; `cargo xtask dev` and `test` install them too")),
    }
}
