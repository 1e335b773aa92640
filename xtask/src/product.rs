//! The running product: the sandbox and the edge, each under `wrangler dev`
//! on loopback.

mod config;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::Outcome;
use crate::processes::{Program, Running, tail, wait_until};
use crate::tools;
use crate::workspace::{Workspace, read, remove_folder};
pub(crate) use config::{EDGE_PORT, write_secrets};

const START_LIMIT: Duration = Duration::from_secs(90);
const PROBE_LIMIT: Duration = Duration::from_secs(2);

/// Where one copy of the product runs and keeps its files.
pub(crate) struct Place {
    /// The edge's port.
    pub(crate) edge: u16,
    /// The sandbox's port.
    pub(crate) sandbox: u16,
    /// Configurations and logs.
    pub(crate) folder: PathBuf,
    /// What the Durable Objects keep.
    pub(crate) state: PathBuf,
    /// Pages beside the console that may call the edge.
    pub(crate) origins: Vec<String>,
    /// Where a debugger reaches the two, sandbox first.
    pub(crate) inspectors: [u16; 2],
}

impl Place {
    /// The edge's address.
    pub(crate) fn edge_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.edge)
    }

    /// The sandbox's address.
    pub(crate) fn sandbox_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.sandbox)
    }
}

/// Both Workers at work. Dropping it ends them.
pub(crate) struct Product {
    /// The sandbox first: the edge asks it for keys.
    pub(crate) workers: Vec<Worker>,
}

/// One Worker under wrangler.
pub(crate) struct Worker {
    /// `sandbox` or `edge`.
    pub(crate) name: &'static str,
    running: Running,
    url: String,
}

impl Worker {
    /// The log wrangler writes for it.
    pub(crate) fn log(&self) -> &Path {
        self.running.log()
    }

    /// Says what happened if it ended by itself.
    pub(crate) fn fault(&mut self) -> Outcome {
        match self.running.exited()? {
            None => Ok(()),
            Some(status) => Err(format!("the {} ended: {}", self.name, self.running.failure(status))),
        }
    }

    /// wrangler stays up after a failed build, waiting for an edit.
    fn refusal(&self) -> Outcome {
        match read(self.log()) {
            Ok(said) if said.contains("Build failed with") => {
                Err(format!("wrangler cannot build the {}\n{}", self.name, tail(self.log())))
            }
            _ => Ok(()),
        }
    }
}

impl Product {
    /// Starts both and waits until both answer. Answers none if it was asked
    /// to stop while waiting.
    pub(crate) fn start(workspace: &Workspace, place: &Place, stop: &AtomicBool) -> Outcome<Option<Self>> {
        write_secrets(workspace)?;
        remove_folder(&place.folder.join("wrangler-logs"))?;
        let mut workers = Vec::new();
        for (name, config, port, inspector) in [
            ("sandbox", "sandbox/wrangler.toml", place.sandbox, place.inspectors[0]),
            ("edge", "wrangler.toml", place.edge, place.inspectors[1]),
        ] {
            let derived = config::derive(workspace, place, name, config)?;
            let running = wrangler_dev(workspace, place, &derived, port, inspector)
                .start(&place.folder.join(format!("{name}.log")))?;
            workers.push(Worker { name, running, url: format!("http://127.0.0.1:{port}") });
        }
        for worker in &mut workers {
            let url = worker.url.clone();
            let answers = wait_until(START_LIMIT, stop, || {
                worker.fault()?;
                worker.refusal()?;
                Ok(status(&url, "/healthz") == Some(200))
            })?;
            if !answers && stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if !answers {
                return Err(format!("the {} does not answer {url}/healthz\n{}", worker.name, tail(worker.log()),));
            }
        }
        Ok(Some(Self { workers }))
    }

    /// Ends both at once.
    pub(crate) fn stop(self) {
        std::thread::scope(|scope| {
            for mut worker in self.workers {
                scope.spawn(move || worker.running.stop());
            }
        });
    }
}

/// Ports nobody uses now, each another.
pub(crate) fn free_ports<const COUNT: usize>() -> Outcome<[u16; COUNT]> {
    let mut ports = [0; COUNT];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .map_err(|error| format!("no free port on loopback: {error}"))?;
        *port = listener.local_addr().map_err(|error| format!("no free port on loopback: {error}"))?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// The status a server answers a GET with, if it answers.
pub(crate) fn status(url: &str, path: &str) -> Option<u16> {
    let address: SocketAddr = url.strip_prefix("http://")?.parse().ok()?;
    let mut stream = TcpStream::connect_timeout(&address, PROBE_LIMIT).ok()?;
    stream.set_read_timeout(Some(PROBE_LIMIT)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head).ok()?.strip_prefix("HTTP/1.1 ")?.parse().ok()
}

fn wrangler_dev(workspace: &Workspace, place: &Place, config: &Path, port: u16, inspector: u16) -> Program {
    wrangler(workspace, &place.folder)
        .arg("dev")
        .arg("--config")
        .arg(config)
        .args(["--ip", "127.0.0.1", "--port", &port.to_string()])
        .args(["--inspector-ip", "127.0.0.1", "--inspector-port", &inspector.to_string()])
        .args(["--show-interactive-dev-session", "false", "--persist-to"])
        .arg(&place.state)
        .env("WRANGLER_REGISTRY_PATH", place.folder.join("registry"))
}

/// wrangler, kept from every call home: no metrics, no look for a newer
/// version, no fetch of a sample `cf` object.
pub(crate) fn wrangler(workspace: &Workspace, folder: &Path) -> Program {
    tools::npm_program(workspace, "wrangler/bin/wrangler.js")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("X_LOCAL_EXPLORER", "false")
        .env("FORCE_COLOR", "0")
        .env("NO_COLOR", "1")
        .env("CI", "1")
        .env("WRANGLER_LOG_PATH", folder.join("wrangler-logs"))
        .env("WRANGLER_CACHE_DIR", folder.join("cache"))
}
