//! The vendor's tables. Objects are kept as the JSON that goes over the wire,
//! beside the few columns queries need.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use worker::{Result, SqlStorage, SqlStorageValue};

use super::model::{AuditRecord, Dst, Resource};

/// The bindings of a statement.
macro_rules! bind {
    ($($value:expr),* $(,)?) => { vec![$(worker::SqlStorageValue::from($value)),*] };
}
pub(crate) use bind;

/// The vendor's data.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    sql: SqlStorage,
}

/// A transaction in brief.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) status: &'static str,
    /// Its first ticket's URL.
    pub(crate) tray: Option<String>,
}

// Rows have a size cap, files are larger.
const PART: usize = 512 * 1024;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dst (id TEXT PRIMARY KEY, deleted INTEGER NOT NULL, active INTEGER NOT NULL, expires INTEGER, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS resource (id TEXT PRIMARY KEY, dst TEXT NOT NULL, blob TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blob (id TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, part));
CREATE TABLE IF NOT EXISTS signing (dst TEXT NOT NULL, document INTEGER NOT NULL, blob TEXT NOT NULL, PRIMARY KEY (dst, document));
CREATE TABLE IF NOT EXISTS ticket (id TEXT PRIMARY KEY, dst TEXT NOT NULL, document INTEGER NOT NULL, request INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS download (id INTEGER PRIMARY KEY AUTOINCREMENT, dst TEXT NOT NULL, document INTEGER NOT NULL, url TEXT NOT NULL, title TEXT, filename TEXT);
CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY AUTOINCREMENT, dst TEXT NOT NULL, user TEXT NOT NULL, created TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY AUTOINCREMENT, dst TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS user (id TEXT PRIMARY KEY, username TEXT NOT NULL, domain TEXT NOT NULL, email TEXT, password TEXT, robot INTEGER NOT NULL, enabled INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS user_group (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, domain TEXT NOT NULL, UNIQUE (name, domain));
CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, user TEXT NOT NULL, expires INTEGER);
CREATE TABLE IF NOT EXISTS configuration (user TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, dst TEXT NOT NULL, user TEXT NOT NULL, body TEXT NOT NULL, created INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, delivered INTEGER, answer TEXT);
CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, operation TEXT, status INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fault (id INTEGER PRIMARY KEY AUTOINCREMENT, matches TEXT NOT NULL, fault TEXT NOT NULL, times INTEGER NOT NULL);
";

impl Store {
    /// Opens the tables, making those that are missing.
    pub(crate) fn open(sql: SqlStorage) -> Result<Store> {
        let store = Store { sql };
        for statement in SCHEMA.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            store.run(statement, Vec::new())?;
        }
        Ok(store)
    }

    /// Empties every table.
    pub(crate) fn clear(&self) -> Result<()> {
        let tables = SCHEMA.split("IF NOT EXISTS ").skip(1).filter_map(|rest| rest.split(' ').next());
        tables.into_iter().try_for_each(|table| self.run(&format!("DELETE FROM {table}"), Vec::new()))
    }

    /// Runs a statement for its effect.
    pub(crate) fn run(&self, statement: &str, bindings: Vec<SqlStorageValue>) -> Result<()> {
        self.sql.exec(statement, bindings).map(drop)
    }

    /// The rows a query finds.
    pub(crate) fn rows<T: DeserializeOwned>(&self, query: &str, bindings: Vec<SqlStorageValue>) -> Result<Vec<T>> {
        self.sql.exec(query, bindings)?.to_array()
    }

    /// The first row a query finds.
    pub(crate) fn row<T: DeserializeOwned>(&self, query: &str, bindings: Vec<SqlStorageValue>) -> Result<Option<T>> {
        Ok(self.rows(query, bindings)?.into_iter().next())
    }

    /// The objects in the `body` column of a query's rows.
    pub(crate) fn bodies<T: DeserializeOwned>(&self, query: &str, bindings: Vec<SqlStorageValue>) -> Result<Vec<T>> {
        #[derive(Deserialize)]
        struct Row {
            body: String,
        }
        let rows: Vec<Row> = self.rows(query, bindings)?;
        rows.iter().map(|row| serde_json::from_str(&row.body).map_err(worker::Error::from)).collect()
    }

    /// A setting.
    pub(crate) fn setting(&self, name: &str) -> Result<Option<String>> {
        #[derive(Deserialize)]
        struct Row {
            value: String,
        }
        let row: Option<Row> = self.row("SELECT value FROM setting WHERE name = ?", bind![name])?;
        Ok(row.map(|row| row.value))
    }

    /// Changes a setting.
    pub(crate) fn set(&self, name: &str, value: &str) -> Result<()> {
        self.run(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            bind![name, value],
        )
    }

    /// The next number for `_instance_id`.
    pub(crate) fn next_instance(&self) -> Result<i64> {
        let next = self.setting("instance")?.and_then(|last| last.parse().ok()).unwrap_or(7000) + 1;
        self.set("instance", &next.to_string())?;
        Ok(next)
    }

    /// A transaction that is not deleted.
    pub(crate) fn dst(&self, id: &str) -> Result<Option<Dst>> {
        Ok(self.bodies("SELECT body FROM dst WHERE id = ? AND deleted = 0", bind![id])?.into_iter().next())
    }

    /// Every transaction that is not deleted, oldest first.
    pub(crate) fn dsts(&self) -> Result<Vec<Dst>> {
        self.bodies("SELECT body FROM dst WHERE deleted = 0 ORDER BY rowid", Vec::new())
    }

    /// Every transaction in brief, oldest first.
    pub(crate) fn summaries(&self) -> Result<Vec<Summary>> {
        let summaries = self.dsts()?.into_iter().map(|dst| {
            let requests = dst.documents.iter().flat_map(|document| &document.signature_requests);
            let mut urls = requests.filter_map(|request| request.extra_data.get("st_signatureTicketUrl")?.as_str());
            let tray = urls.next().map(str::to_owned);
            Summary {
                id: dst.id,
                title: dst.title.unwrap_or_else(|| "Untitled".into()),
                status: dst.status.name(),
                tray,
            }
        });
        Ok(summaries.collect())
    }

    /// The active transactions whose time is over.
    pub(crate) fn overdue(&self, now: i64) -> Result<Vec<Dst>> {
        self.bodies("SELECT body FROM dst WHERE deleted = 0 AND active = 1 AND expires <= ?", bind![now])
    }

    /// Keeps a transaction.
    pub(crate) fn save(&self, dst: &Dst) -> Result<()> {
        self.run(
            "INSERT INTO dst VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET \
             deleted = excluded.deleted, active = excluded.active, expires = excluded.expires, body = excluded.body",
            bind![
                dst.id.as_str(),
                i64::from(dst.deleted_at.is_some()),
                i64::from(dst.status.is_active()),
                dst.expires(),
                serde_json::to_string(dst)?
            ],
        )
    }

    /// A file's description and the blob that holds it.
    pub(crate) fn resource(&self, id: &str) -> Result<Option<(Resource, String)>> {
        #[derive(Deserialize)]
        struct Row {
            blob: String,
            body: String,
        }
        let row: Option<Row> = self.row("SELECT blob, body FROM resource WHERE id = ?", bind![id])?;
        row.map(|row| Ok((serde_json::from_str(&row.body)?, row.blob))).transpose()
    }

    /// Keeps a file's description.
    pub(crate) fn save_resource(&self, resource: &Resource, blob: &str) -> Result<()> {
        self.run(
            "INSERT INTO resource VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET blob = excluded.blob, body = excluded.body",
            bind![resource.id.as_str(), resource.dst_uuid.as_deref().unwrap_or_default(), blob, serde_json::to_string(resource)?],
        )
    }

    /// Forgets a file, and its bytes if nothing else shares them.
    pub(crate) fn delete_resource(&self, id: &str) -> Result<()> {
        let blob = self.resource(id)?.map(|(_, blob)| blob);
        self.run("DELETE FROM resource WHERE id = ?", bind![id])?;
        self.run(
            "DELETE FROM blob WHERE id = ? AND id NOT IN (SELECT blob FROM resource UNION SELECT blob FROM signing)",
            bind![blob.unwrap_or_default()],
        )
    }

    /// Keeps bytes under a new id.
    pub(crate) fn save_blob(&self, bytes: &[u8]) -> Result<String> {
        let id = crate::runtime::uuid();
        for (part, chunk) in (0i64..).zip(bytes.chunks(PART)) {
            self.run("INSERT INTO blob VALUES (?, ?, ?)", bind![id.as_str(), part, chunk.to_vec()])?;
        }
        Ok(id)
    }

    /// The bytes kept under an id.
    pub(crate) fn blob(&self, id: &str) -> Result<Vec<u8>> {
        let cursor = self.sql.exec("SELECT bytes FROM blob WHERE id = ? ORDER BY part", bind![id])?;
        let mut bytes = Vec::new();
        for row in cursor.raw() {
            for value in row? {
                if let SqlStorageValue::Blob(part) = value {
                    bytes.extend(part);
                }
            }
        }
        Ok(bytes)
    }

    /// The half-signed file of a document.
    pub(crate) fn signing(&self, dst: &str, document: i64) -> Result<Option<String>> {
        #[derive(Deserialize)]
        struct Row {
            blob: String,
        }
        let row: Option<Row> =
            self.row("SELECT blob FROM signing WHERE dst = ? AND document = ?", bind![dst, document])?;
        Ok(row.map(|row| row.blob))
    }

    /// Replaces the half-signed file of a document.
    pub(crate) fn set_signing(&self, dst: &str, document: i64, blob: &str) -> Result<()> {
        let old = self.signing(dst, document)?;
        self.run(
            "INSERT INTO signing VALUES (?, ?, ?) ON CONFLICT (dst, document) DO UPDATE SET blob = excluded.blob",
            bind![dst, document, blob],
        )?;
        self.run(
            "DELETE FROM blob WHERE id = ? AND id NOT IN (SELECT blob FROM resource)",
            bind![old.unwrap_or_default()],
        )
    }

    /// Adds a line to the audit trail.
    pub(crate) fn record(&self, record: &AuditRecord) -> Result<()> {
        self.run(
            "INSERT INTO audit (dst, body) VALUES (?, ?)",
            bind![record.dst_id.as_str(), serde_json::to_string(record)?],
        )
    }

    /// The audit trail of a transaction.
    pub(crate) fn audit(&self, dst: &str) -> Result<Vec<Value>> {
        self.bodies("SELECT body FROM audit WHERE dst = ? ORDER BY id", bind![dst])
    }
}
