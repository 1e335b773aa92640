//! `/control/…`: what tests and the curious use to look into the sandbox and to disturb it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answer, Outcome, bad_argument, not_found};
use crate::call::Call;
use crate::faults::Fault;
use crate::settings::Settings;
use crate::signing_today::{Store, bind};
use crate::{clock, runtime};

#[derive(Debug, Deserialize)]
struct FaultInput {
    #[serde(rename = "match")]
    matches: String,
    fault: String,
    times: Option<u32>,
}

/// Answers a control route; `path` is what follows `/control`.
pub(crate) fn answer(store: &Store, settings: &Settings, call: &Call, path: &str) -> Outcome {
    match (call.method.as_str(), path) {
        ("GET", "/log") => log(store),
        ("GET", "/outbox") => outbox(store),
        ("POST", "/reset") => {
            store.clear()?;
            Ok(Answer::empty(204))
        }
        ("GET", "/faults") => faults(store),
        ("POST", "/faults") => add_faults(store, call),
        ("DELETE", "/faults") => {
            store.run("DELETE FROM fault", Vec::new())?;
            Ok(Answer::empty(204))
        }
        ("GET", "/settings") => Ok(Answer::json(
            200,
            &json!({ "token_lifetime_seconds": crate::signing_today::token_lifetime(store, settings)? }),
        )),
        ("PUT", "/settings") => change_settings(store, call),
        ("POST", "/tokens/expire") => {
            store.run("UPDATE token SET expires = ? WHERE expires IS NOT NULL", bind![runtime::now() - 1])?;
            Ok(Answer::empty(204))
        }
        _ => Err(not_found()),
    }
}

fn log(store: &Store) -> Outcome {
    #[derive(Deserialize)]
    struct Row {
        at: i64,
        method: String,
        path: String,
        operation: Option<String>,
        status: i64,
    }
    let rows: Vec<Row> = store.rows("SELECT at, method, path, operation, status FROM log ORDER BY id", Vec::new())?;
    let lines = rows.into_iter().map(|row| {
        json!({ "at": clock::rfc3339(row.at), "method": row.method, "path": row.path, "operation": row.operation, "status": row.status })
    });
    Ok(Answer::json(200, &lines.collect::<Vec<_>>()))
}

fn outbox(store: &Store) -> Outcome {
    #[derive(Deserialize)]
    struct Row {
        id: i64,
        dst: String,
        body: String,
        attempts: i64,
        due: i64,
        delivered: Option<i64>,
        answer: Option<String>,
    }
    let rows: Vec<Row> = store.rows("SELECT * FROM outbox ORDER BY id", Vec::new())?;
    let lines = rows.into_iter().map(|row| {
        json!({
            "id": row.id,
            "dst": row.dst,
            "body": serde_json::from_str::<Value>(&row.body).unwrap_or_default(),
            "attempts": row.attempts,
            "due": clock::rfc3339(row.due),
            "delivered": row.delivered.map(clock::rfc3339),
            "answer": row.answer,
        })
    });
    Ok(Answer::json(200, &lines.collect::<Vec<_>>()))
}

fn faults(store: &Store) -> Outcome {
    #[derive(Deserialize, Serialize)]
    struct Row {
        id: i64,
        #[serde(rename(serialize = "match"))]
        matches: String,
        fault: String,
        times: i64,
    }
    let rows: Vec<Row> = store.rows("SELECT id, matches, fault, times FROM fault ORDER BY id", Vec::new())?;
    Ok(Answer::json(200, &rows))
}

/// Takes one fault or a list of them.
fn add_faults(store: &Store, call: &Call) -> Outcome {
    let sent: Value = call.json()?;
    let sent = match sent {
        Value::Array(items) => items,
        one => vec![one],
    };
    for item in sent {
        let input: FaultInput =
            serde_json::from_value(item).map_err(|cause| bad_argument("body", cause.to_string()))?;
        if Fault::parse(&input.fault).is_none() {
            return Err(bad_argument(
                "fault",
                format!(
                    "{:?} is no fault; try status:429, retry-after:2, html, empty, cut, latency:250, late:5000 or duplicate",
                    input.fault
                ),
            ));
        }
        let times = i64::from(input.times.unwrap_or(1));
        store.run(
            "INSERT INTO fault (matches, fault, times) VALUES (?, ?, ?)",
            bind![input.matches, input.fault, times],
        )?;
    }
    Ok(Answer::empty(204))
}

fn change_settings(store: &Store, call: &Call) -> Outcome {
    let sent: Value = call.json()?;
    let Some(seconds) = sent.get("token_lifetime_seconds").and_then(Value::as_i64) else {
        return Err(bad_argument("token_lifetime_seconds", "a number of seconds is expected"));
    };
    store.set("token_lifetime_seconds", &seconds.to_string())?;
    Ok(Answer::empty(204))
}
