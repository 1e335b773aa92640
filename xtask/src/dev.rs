//! `cargo xtask dev`: the whole product on this machine, offline.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::artifacts;
use crate::processes::stop_requested;
use crate::product::{EDGE_PORT, Place, Product, free_ports};
use crate::tools::{self, Need};
use crate::workspace::Workspace;

const POLL: Duration = Duration::from_millis(200);

/// `cargo xtask dev [--port P]`; the sandbox takes the port after it.
pub(crate) fn command(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let started = Instant::now();
    let port = port(arguments)?;
    let sandbox = port.checked_add(1).ok_or("--port must leave one for the sandbox after it")?;
    for wanted in [port, sandbox] {
        if TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).is_err() {
            return Err(format!(
                "port {wanted} is taken; stop what listens there, or run `cargo xtask dev --port {}`",
                free_pair(port),
            ));
        }
    }
    let place = Place {
        edge: port,
        sandbox,
        folder: workspace.path(&format!("target/dev/{port}")),
        state: workspace.path(&format!("target/dev/state/{port}")),
        origins: Vec::new(),
        inspectors: free_ports()?,
    };
    tools::ensure(workspace, Need::Dev)?;
    artifacts::build_all(workspace)?;
    let stop = stop_requested()?;
    let Some(mut product) = Product::start(workspace, &place, &stop)? else {
        println!("stopped");
        return Ok(());
    };
    println!("{}", welcome(&place, started.elapsed()));
    let outcome = watch(&mut product, &stop);
    println!("stopping …");
    product.stop();
    println!("stopped; the state stays in target/dev/state/{port}");
    outcome
}

fn port(arguments: &[String]) -> Outcome<u16> {
    let wanted = match arguments {
        [] => return Ok(EDGE_PORT),
        [flag, value] if flag == "--port" => value.as_str(),
        [joined] => joined.strip_prefix("--port=").unwrap_or_default(),
        _ => "",
    };
    match wanted.parse() {
        Ok(port) if port >= 1024 => Ok(port),
        _ => Err("usage: cargo xtask dev [--port P], with P from 1024".to_owned()),
    }
}

/// Two neighboring ports that are free now, to propose.
fn free_pair(after: u16) -> u16 {
    let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    (after.saturating_add(10)..u16::MAX - 1)
        .step_by(10)
        .find(|port| is_free(*port) && is_free(*port + 1))
        .unwrap_or(after)
}

fn welcome(place: &Place, took: Duration) -> String {
    let (edge, sandbox) = (place.edge_url(), place.sandbox_url());
    format!(
        "
ready {edge}  ({:.1} s)

  Open {edge}/ and sign in as Ada: one button sends a document to two signers.
  {sandbox}/ shows what the vendor's sandbox holds; /control/log what it was asked.
  curl {edge}/operations lists every call; curl {edge}/readyz says what is configured.
  Ctrl-C stops both. Logs: target/dev/{}/
",
        took.as_secs_f32(),
        place.edge,
    )
}

/// Shows the errors in the logs until someone asks to stop or a Worker ends.
fn watch(product: &mut Product, stop: &AtomicBool) -> Outcome {
    let mut logs: Vec<Log> = product
        .workers
        .iter()
        .map(|worker| Log {
            name: worker.name,
            path: worker.log().to_path_buf(),
            read: 0,
            part: String::new(),
            in_error: false,
        })
        .collect();
    while !stop.load(Ordering::Relaxed) {
        for log in &mut logs {
            for line in log.new_troubles() {
                println!("{}: {line}", log.name);
            }
        }
        for worker in &mut product.workers {
            worker.fault()?;
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// A log as far as it was read.
struct Log {
    name: &'static str,
    path: PathBuf,
    read: u64,
    part: String,
    in_error: bool,
}

impl Log {
    /// The new lines a developer must see, with the stack below an error.
    fn new_troubles(&mut self) -> Vec<String> {
        let mut lines = self.new_lines();
        lines.retain(|line| {
            self.in_error = is_trouble(line) || (self.in_error && line.starts_with("    "));
            self.in_error
        });
        lines
    }

    fn new_lines(&mut self) -> Vec<String> {
        let mut bytes = Vec::new();
        let more = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.read))?;
            file.read_to_end(&mut bytes)
        });
        self.read += more.unwrap_or(0) as u64;
        self.part.push_str(&String::from_utf8_lossy(&bytes));
        let Some(end) = self.part.rfind('\n') else { return Vec::new() };
        let rest = self.part.split_off(end + 1);
        let whole = std::mem::replace(&mut self.part, rest);
        whole.lines().map(str::to_owned).collect()
    }
}

/// True for what a developer must see: an error, or a request answered 5xx.
fn is_trouble(line: &str) -> bool {
    let request = line
        .trim_start()
        .strip_prefix("[wrangler:info]")
        .map(|rest| rest.split_whitespace().nth(2).is_some_and(|status| status.starts_with('5')));
    let signs = ["[wrangler:error]", "✘", "[ERROR]", "Uncaught", "panicked", "RuntimeError"];
    request.unwrap_or_else(|| signs.iter().any(|sign| line.contains(sign)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_request_is_not_shown() {
        assert!(!is_trouble("[wrangler:info] GET /healthz 200 OK (3ms)"));
    }

    #[test]
    fn a_request_answered_with_a_server_error_is_shown() {
        assert!(is_trouble("[wrangler:info] POST /oauth/token 500 Internal Server Error (3ms)"));
    }

    #[test]
    fn an_uncaught_error_is_shown() {
        assert!(is_trouble("✘ [ERROR] Uncaught (in promise) Error: x"));
    }

    #[test]
    fn the_port_is_read_in_both_forms() {
        let read = |words: &[&str]| port(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&["--port", "9000"]), Ok(9000));
        assert_eq!(read(&["--port=9000"]), Ok(9000));
        assert!(read(&["--port", "80"]).is_err());
    }
}
