//! The Workers' configuration for one place, and development's secrets.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::Place;
use crate::Outcome;
use crate::workspace::{Workspace, read, write_if_changed};

/// Where the checked-in configurations say the edge is.
pub(crate) const EDGE_PORT: u16 = 8787;
const SANDBOX_PORT: u16 = 8788;

/// What the demo account's secrets are. They are public: the sandbox knows
/// them from `sandbox/wrangler.toml`, and no vendor does.
const DEMO_CREDENTIAL: &str = concat!(
    r#"{"robot":{"token":"b22a5ce4-ef7e-4281-a171-9dc36275f2ba"},"#,
    r#""webhook":{"headers":[{"name":"X-Webhook-Key","value":"demo-webhook-key"}],"#,
    r#""basic":{"username":"countersign","password":"demo-webhook-password"}}}"#,
);

/// Writes a Worker's configuration for a place and answers where it is.
pub(super) fn derive(workspace: &Workspace, place: &Place, name: &str, config: &str) -> Outcome<PathBuf> {
    let original = workspace.path(config);
    let base = original.parent().unwrap_or(workspace.root());
    let derived = derived(&read(&original)?, base, place).map_err(|error| format!("{config}: {error}"))?;
    let folder = place.folder.join(name);
    let written = folder.join("wrangler.toml");
    write_if_changed(&written, derived.as_bytes())?;
    // wrangler reads the secrets beside the configuration.
    if let Ok(secrets) = fs::read(base.join(".dev.vars")) {
        write_if_changed(&folder.join(".dev.vars"), &secrets)?;
    }
    Ok(written)
}

/// The checked-in configuration with the place's own addresses, and with paths
/// that hold from anywhere.
fn derived(text: &str, base: &Path, place: &Place) -> Outcome<String> {
    let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    for (_, value) in &mut table {
        move_addresses(value, place);
    }
    // What it would build is built already.
    table.remove("build");
    make_absolute(base, table.get_mut("main"));
    make_absolute(base, table.get_mut("assets").and_then(|assets| assets.get_mut("directory")));
    add_origins(&mut table, &place.origins);
    Ok(table.to_string())
}

fn move_addresses(value: &mut toml::Value, place: &Place) {
    match value {
        toml::Value::String(text) => *text = moved(text, place),
        toml::Value::Array(values) => values.iter_mut().for_each(|value| move_addresses(value, place)),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, value)| move_addresses(value, place)),
        _ => {}
    }
}

/// Each address in a text is looked at once: a place may use one of the two
/// ports for the other Worker.
fn moved(text: &str, place: &Place) -> String {
    let mut moved = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        moved.push_str(before);
        rest = after;
        for host in ["127.0.0.1", "localhost"] {
            for (port, own) in [(EDGE_PORT, place.edge), (SANDBOX_PORT, place.sandbox)] {
                if let Some(tail) = after.strip_prefix(&format!("{host}:{port}")) {
                    moved.push_str(&format!("{host}:{own}"));
                    rest = tail;
                }
            }
        }
    }
    moved + rest
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

#[cfg(test)]
mod tests {
    use super::*;

    fn place(edge: u16, sandbox: u16) -> Place {
        Place {
            edge,
            sandbox,
            folder: PathBuf::from("/place"),
            state: PathBuf::from("/place/state"),
            origins: vec!["http://127.0.0.1:7".to_owned()],
            inspectors: [1, 2],
        }
    }

    fn table(text: &str, place: &Place) -> toml::Table {
        derived(text, Path::new("/checkout"), place).unwrap().parse().unwrap()
    }

    #[test]
    fn paths_hold_from_anywhere() {
        let table = table("main = \"worker/entry.mjs\"\n[assets]\ndirectory = \"target/console\"", &place(1, 2));
        assert_eq!(table["main"].as_str(), Some("/checkout/worker/entry.mjs"));
        assert_eq!(table["assets"]["directory"].as_str(), Some("/checkout/target/console"));
    }

    #[test]
    fn a_place_on_the_other_workers_port_is_not_moved_twice() {
        let text = "both = \"http://127.0.0.1:8787/a http://localhost:8788/b\"";
        let table = table(text, &place(8788, 8789));
        assert_eq!(table["both"].as_str(), Some("http://127.0.0.1:8788/a http://localhost:8789/b"));
    }

    #[test]
    fn a_tests_page_becomes_an_origin_of_every_connection() {
        let text = "[vars.CONNECTIONS.acme]\norigins = [\"http://127.0.0.1:8787\"]";
        let table = table(text, &place(10, 11));
        let origins = table["vars"]["CONNECTIONS"]["acme"]["origins"].as_array().unwrap();
        assert_eq!(origins.len(), 2);
        assert_eq!(origins[0].as_str(), Some("http://127.0.0.1:10"));
    }
}
