//! The inbox of one connection: every proved delivery, once, in order of arrival.
//!
//! Invariants: a delivery is answered after its row is durable (the output
//! gate of the Durable Object); an id is stored once; `sequence` has no
//! influence on the id; a live socket gets every event after its cursor, in
//! order, also across hibernation, because the cursor is the socket's attachment.

use std::{cell::RefCell, rc::Rc};

use futures_channel::oneshot;
use futures_util::FutureExt;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{future_to_promise, spawn_local};
use worker::{SqlStorage, SqlStorageValue, State, WebSocket, WebSocketPair, worker_sys};

use crate::{
    decide::LIVE_PROTOCOL,
    shell::fault,
    webhooks::{StoredEvent, write_event},
};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS events (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        type TEXT NOT NULL,
        subject TEXT,
        time TEXT NOT NULL,
        is_json INTEGER NOT NULL,
        headers TEXT NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS events_by_subject ON events (subject, sequence);";

// `ON CONFLICT` would use a sequence number up for every duplicate; a gap must mean nothing but a loss. And `rows_written`
// counts an ignored insert as well; only RETURNING tells a new row from an old one.
const INSERT: &str = "
    INSERT INTO events (id, source, type, subject, time, is_json, headers, body)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
    WHERE NOT EXISTS (SELECT 1 FROM events WHERE id = ?1) RETURNING sequence";

const SELECT: &str = "
    SELECT sequence, id, source, type, subject, time, is_json, body
    FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?";

/// How many events a live socket is given in one go.
const BATCH: u32 = 200;

/// The Durable Object's own part; `worker/shell/objects.mjs` gives it the platform's class.
#[wasm_bindgen]
pub struct Inbox(Rc<Shelf>);

struct Shelf {
    state: State,
    sql: SqlStorage,
    waiting: RefCell<Vec<Waiting>>,
}

/// A delivery that waits for the next commit.
struct Waiting {
    bindings: Vec<JsValue>,
    stored: oneshot::Sender<Result<bool, String>>,
}

#[wasm_bindgen]
impl Inbox {
    /// Opens the inbox.
    #[wasm_bindgen(constructor)]
    pub fn new(state: worker_sys::DurableObjectState) -> Result<Inbox, JsValue> {
        let state = State::from(state);
        let sql = state.storage().sql();
        sql.exec(SCHEMA, None).map_err(fault)?;
        let ping = worker_sys::WebSocketRequestResponsePair::new("ping", "pong")?;
        state.set_websocket_auto_response(&ping);
        Ok(Self(Rc::new(Shelf { state, sql, waiting: RefCell::default() })))
    }

    /// Stores a proved delivery; resolves to `true` if it is new, after the commit it shares with its neighbors.
    #[allow(clippy::too_many_arguments, reason = "each is a column")]
    pub fn accept(
        &self,
        id: JsValue,
        source: JsValue,
        event_type: JsValue,
        subject: JsValue,
        time: JsValue,
        is_json: bool,
        headers: JsValue,
        body: Uint8Array,
    ) -> Promise {
        let subject = if subject.is_undefined() { JsValue::NULL } else { subject };
        let is_json = JsValue::from(i32::from(is_json));
        let bindings = vec![id, source, event_type, subject, time, is_json, headers, body.into()];
        let (stored, outcome) = oneshot::channel();
        let mut waiting = self.0.waiting.borrow_mut();
        waiting.push(Waiting { bindings, stored });
        if waiting.len() == 1 {
            let shelf = Rc::clone(&self.0);
            // The next turn of the event loop: whatever arrives until then shares its transaction.
            spawn_local(gloo_timers::future::TimeoutFuture::new(0).map(move |()| shelf.commit()));
        }
        future_to_promise(async move {
            match outcome.await {
                Ok(Ok(new)) => Ok(new.into()),
                Ok(Err(message)) => Err(fault(message)),
                Err(_) => Err(fault("the inbox was closed")),
            }
        })
    }

    /// The events after a sequence number, as `{"events": […], "next": n}`.
    pub fn events(&self, after: f64, limit: u32) -> Result<String, JsValue> {
        let mut page = String::from("{\"events\":[");
        let mut next = after as u64;
        for (index, (sequence, event)) in self.0.read(next, limit)?.into_iter().enumerate() {
            if index > 0 {
                page.push(',');
            }
            page.push_str(&event);
            next = sequence;
        }
        page.push_str(&format!("],\"next\":{next}}}"));
        Ok(page)
    }

    /// Opens a live stream after a sequence number and answers the client's end of the socket.
    pub fn connect(&self, after: f64) -> Result<web_sys::Response, JsValue> {
        let pair = WebSocketPair::new().map_err(fault)?;
        self.0.state.accept_web_socket(&pair.server);
        pair.server.serialize_attachment(after).map_err(fault)?;
        self.0.pump(&pair.server)?;
        let response = worker::Response::from_websocket(pair.client).map_err(fault)?;
        response.headers().set("sec-websocket-protocol", LIVE_PROTOCOL).map_err(fault)?;
        Ok(response.into())
    }
}

impl Shelf {
    /// Writes everything that waits, without a pause in between: one transaction, one commit.
    fn commit(&self) {
        for waiting in self.waiting.take() {
            let inserted = self.sql.exec_raw(INSERT, waiting.bindings).map_err(|error| error.to_string());
            let outcome = inserted.map(|cursor| cursor.raw().next().is_some());
            // A sender that has gone away will ask again, and then it is a duplicate.
            let _ = waiting.stored.send(outcome);
        }
        for socket in self.state.get_websockets() {
            // One socket that is gone must not keep the events from the others.
            let _ = self.pump(&socket);
        }
    }

    /// Sends a socket every event it has not had.
    fn pump(&self, socket: &WebSocket) -> Result<(), JsValue> {
        let mut cursor = socket.deserialize_attachment::<f64>().map_err(fault)?.unwrap_or_default() as u64;
        loop {
            let events = self.read(cursor, BATCH)?;
            let last = events.len() < BATCH as usize;
            for (sequence, event) in events {
                socket.send_with_str(event).map_err(fault)?;
                cursor = sequence;
            }
            socket.serialize_attachment(cursor as f64).map_err(fault)?;
            if last {
                return Ok(());
            }
        }
    }

    fn read(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>, JsValue> {
        let after = i64::try_from(after).unwrap_or(i64::MAX).min(MAX_SAFE);
        let bindings = vec![SqlStorageValue::Float(after as f64), SqlStorageValue::Integer(limit.into())];
        let rows = self.sql.exec(SELECT, bindings).map_err(fault)?;
        rows.raw().map(|row| write_row(&row.map_err(fault)?).ok_or_else(|| fault("a row is not readable"))).collect()
    }
}

/// The largest whole number JavaScript keeps exact.
const MAX_SAFE: i64 = (1 << 53) - 1;

fn write_row(row: &[SqlStorageValue]) -> Option<(u64, String)> {
    let [sequence, id, source, event_type, subject, time, is_json, SqlStorageValue::Blob(body)] = row else {
        return None;
    };
    let sequence = number(sequence)?;
    let stored = StoredEvent {
        sequence,
        id: text(id)?,
        source: text(source)?,
        event_type: text(event_type)?,
        subject: text(subject),
        time: text(time)?,
        is_json: number(is_json)? == 1,
        body,
    };
    let mut event = String::with_capacity(body.len() + 256);
    write_event(&stored, &mut event);
    Some((sequence, event))
}

fn text(value: &SqlStorageValue) -> Option<&str> {
    match value {
        SqlStorageValue::String(text) => Some(text),
        _ => None,
    }
}

fn number(value: &SqlStorageValue) -> Option<u64> {
    match value {
        SqlStorageValue::Integer(number) => u64::try_from(*number).ok(),
        SqlStorageValue::Float(number) => Some(*number as u64),
        _ => None,
    }
}
