//! The running product: the sandbox and the edge, each under `wrangler dev`
//! on loopback.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::Outcome;
use crate::processes::{Program, Running, tail, wait_until};
use crate::tools;
use crate::workspace::{Workspace, read, remove_folder, write_if_changed};

/// Where the checked-in configurations say the product is.
pub(crate) const EDGE_PORT: u16 = 8787;
/// The sandbox's port there.
pub(crate) const SANDBOX_PORT: u16 = 8788;

const START_LIMIT: Duration = Duration::from_secs(90);
const PROBE_LIMIT: Duration = Duration::from_secs(2);

/// What the demo account's secrets are. They are public: the sandbox knows
/// them from `sandbox/wrangler.toml`, and no vendor does.
const DEMO_CREDENTIAL: &str = r#"{"robot":{"token":"b22a5ce4-ef7e-4281-a171-9dc36275f2ba"},"webhook":{"headers":{"X-Webhook-Key":"demo-webhook-key"},"basic":{"username":"countersign","password":"demo-webhook-password"}}}"#;

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
            let derived = derive_config(workspace, place, name, config)?;
            let running = wrangler_dev(workspace, place, &derived, port, inspector)
                .start(&place.folder.join(format!("{name}.log")))?;
            workers.push(Worker { name, running, url: format!("http://127.0.0.1:{port}") });
        }
        for worker in &mut workers {
            let url = worker.url.clone();
            let answers = wait_until(START_LIMIT, stop, || {
                worker.fault()?;
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

/// Writes a configuration for this place: the checked-in one with its own
/// addresses, and with paths that hold from the folder it is written to.
fn derive_config(workspace: &Workspace, place: &Place, name: &str, config: &str) -> Outcome<PathBuf> {
    let original = workspace.path(config);
    let base = original.parent().unwrap_or(workspace.root()).to_path_buf();
    let text = read(&original)?
        .replace(&format!("http://127.0.0.1:{EDGE_PORT}"), &place.edge_url())
        .replace(&format!("http://127.0.0.1:{SANDBOX_PORT}"), &place.sandbox_url());
    let mut table: toml::Table = text.parse().map_err(|error| format!("{config}: {error}"))?;
    make_absolute(&base, table.get_mut("main"));
    make_absolute(&base, table.get_mut("assets").and_then(|assets| assets.get_mut("directory")));
    add_origins(&mut table, &place.origins);
    let written = place.folder.join(name).join("wrangler.toml");
    write_if_changed(&written, table.to_string().as_bytes())?;
    if let Ok(secrets) = fs::read(base.join(".dev.vars")) {
        write_if_changed(&place.folder.join(name).join(".dev.vars"), &secrets)?;
    }
    Ok(written)
}

fn make_absolute(base: &Path, value: Option<&mut toml::Value>) {
    if let Some(toml::Value::String(path)) = value {
        *path = base.join(&*path).to_string_lossy().into_owned();
    }
}

/// Lets the pages of a test call the edge, beside those configured.
fn add_origins(table: &mut toml::Table, origins: &[String]) {
    let connections =
        table.get_mut("vars").and_then(|vars| vars.get_mut("CONNECTIONS")).and_then(toml::Value::as_table_mut);
    for (_, connection) in connections.into_iter().flatten() {
        if let Some(toml::Value::Array(allowed)) = connection.get_mut("origins") {
            allowed.extend(origins.iter().cloned().map(toml::Value::String));
        }
    }
}

/// Development's secrets, made once: a random key of the edge's own and the
/// demo account's public credential.
pub(crate) fn write_secrets(workspace: &Workspace) -> Outcome {
    let file = workspace.path(".dev.vars");
    if file.is_file() {
        return Ok(());
    }
    let mut key = [0; 32];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut key))
        .map_err(|error| format!("no randomness for the development key: {error}"))?;
    let key = BASE64_URL_SAFE_NO_PAD.encode(key);
    let text = format!(
        "# Development's own secrets, made by `cargo xtask dev`. Never deployed, never committed.\n\
         EDGE_KEYS=\"k1:{key}\"\nCREDENTIAL_ACME_SIGNING='{DEMO_CREDENTIAL}'\n"
    );
    // Nobody else on this machine needs to read it.
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut opened| opened.write_all(text.as_bytes()))
        .map_err(|error| format!("cannot write {}: {error}", file.display()))
}
