//! Documents named by URL: fetched by alarm with the robot's configured
//! headers and credentials, as webhooks are sent.

use serde::Deserialize;
use worker::{Method, Request, RequestInit, RequestRedirect, Result};

use crate::answer::Answer;
use crate::{pdf, runtime};

use super::accounts;
use super::desk::Desk;
use super::flow;
use super::model::Status;
use super::resources::{self, Upload};
use super::state;
use super::store::{Store, bind};
use super::webhooks::{self, Configuration};

// As large as an embedded document may be.
const MAX_FILE: usize = 32 << 20;

#[derive(Deserialize)]
struct Waiting {
    id: i64,
    dst: String,
    document: i64,
    url: String,
    title: Option<String>,
    filename: Option<String>,
}

/// Fetches every document that waits.
pub(crate) async fn run(store: &Store) -> Result<()> {
    let waiting: Vec<Waiting> = store.rows("SELECT * FROM download ORDER BY id", Vec::new())?;
    for one in waiting {
        let Some(dst) = store.dst(&one.dst)? else {
            store.run("DELETE FROM download WHERE id = ?", bind![one.id])?;
            continue;
        };
        let fetched = fetch(store, &dst.created_by_user, &one.url).await;
        store.run("DELETE FROM download WHERE id = ?", bind![one.id])?;
        if let Err(refusal) = arrive(store, one, fetched) {
            worker::console_error!("download: {}", String::from_utf8_lossy(&refusal.body));
        }
    }
    Ok(())
}

async fn fetch(store: &Store, user: &str, url: &str) -> std::result::Result<Vec<u8>, String> {
    let request = || {
        let headers = Configuration::of(store, user)?.headers()?;
        let mut init = RequestInit::new();
        // Redirects would carry the configured credentials to another host.
        init.with_method(Method::Get).with_headers(headers).with_redirect(RequestRedirect::Manual);
        Request::new_with_init(url, &init)
    };
    let request = request().map_err(|cause| cause.to_string())?;
    let mut answer = webhooks::fetch(request).await.map_err(|cause| cause.to_string())?;
    if answer.status_code() != 200 {
        return Err(format!("{url} answered {}", answer.status_code()));
    }
    let bytes = answer.bytes().await.map_err(|cause| cause.to_string())?;
    if bytes.len() > MAX_FILE || !pdf::is_pdf(&bytes) {
        return Err(format!("{url} is not a PDF of at most {} MiB", MAX_FILE >> 20));
    }
    Ok(bytes)
}

fn arrive(
    store: &Store,
    one: Waiting,
    fetched: std::result::Result<Vec<u8>, String>,
) -> std::result::Result<(), Answer> {
    // Read again: the transaction may have changed while the file was fetched.
    let Some(mut dst) = store.dst(&one.dst)? else { return Ok(()) };
    let user = accounts::find(store, &dst.created_by_user)?.unwrap_or_default();
    // The tickets have their URLs since the transaction was created.
    let desk = Desk { store, now: runtime::now(), user, base: String::new() };
    match fetched {
        Ok(bytes) => resources::attach_to_document(
            &desk,
            &mut dst,
            one.document,
            Upload { title: one.title, filename: one.filename, bytes },
        )?,
        Err(cause) => {
            dst.status = Status::Error;
            dst.error_message = Some(cause.clone());
            state::touch(&mut dst, desk.now);
            store.run("DELETE FROM download WHERE dst = ?", bind![one.dst.as_str()])?;
            webhooks::tell_status(&desk, &dst, "error", Some(&cause))?;
            return desk.keep(&mut dst);
        }
    }
    let left: Option<serde_json::Value> =
        store.row("SELECT id FROM download WHERE dst = ?", bind![one.dst.as_str()])?;
    let publishes = dst.status == Status::DownloadingInPublished;
    if left.is_some() {
        return desk.keep(&mut dst);
    }
    dst.status = Status::Draft;
    if publishes { flow::publish(&desk, &mut dst).map(drop) } else { desk.keep(&mut dst) }
}
