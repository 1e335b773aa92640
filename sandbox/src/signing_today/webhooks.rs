//! The robot's webhook: two kinds of payload, kept in an outbox and posted by
//! alarm until the receiver answers 2xx, in order for each transaction.

use base64::Engine;
use futures_util::future::{Either, select};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use worker::{AbortController, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect};

use crate::answer::Answer;
use crate::clock::Millis;
use crate::faults;

use super::accounts;
use super::desk::Desk;
use super::model::{Dst, Signer};
use super::store::{Store, bind};

/// Milliseconds to wait after a failed attempt; the last one repeats.
const BACKOFF: [Millis; 6] = [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000];

/// A receiver that takes longer has failed.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// `DSTStatusChangedNotification`.
pub(crate) fn tell_status(desk: &Desk, dst: &Dst, status: &str, reason: Option<&str>) -> Result<(), Answer> {
    enqueue(desk, dst, &json!({ "status": status, "dst": dst.id, "reason": reason }))
}

/// `SignatureStatusChangedNotification` about a signature.
pub(crate) fn tell_signature(desk: &Desk, dst: &Dst, status: &str, document: i64, request: i64) -> Result<(), Answer> {
    let asked = dst.document(document).and_then(|one| one.request(request));
    let form = dst.document(document).and_then(|one| one.form_of(request));
    let mut body = body(desk, dst, status, "sign", document, asked.and_then(|asked| asked.signer_id))?;
    body.insert("signature".into(), request.into());
    body.insert("page".into(), form.and_then(|form| form.page).unwrap_or(1).into());
    enqueue(desk, dst, &Value::Object(body))
}

/// `SignatureStatusChangedNotification` about a form.
pub(crate) fn tell_form(desk: &Desk, dst: &Dst, status: &str, document: i64, form: i64) -> Result<(), Answer> {
    let form = dst.document(document).and_then(|one| one.forms.iter().find(|one| one.id == Some(form)));
    let mut body = body(desk, dst, status, "fill", document, form.and_then(|form| form.signer_id))?;
    body.insert("fillableForm".into(), serde_json::to_value(form).unwrap_or_default());
    body.insert("page".into(), form.and_then(|form| form.page).unwrap_or(1).into());
    enqueue(desk, dst, &Value::Object(body))
}

fn body(
    desk: &Desk,
    dst: &Dst,
    status: &str,
    action: &str,
    document: i64,
    signer: Option<i64>,
) -> Result<Map<String, Value>, Answer> {
    let order = dst.documents.iter().position(|one| one.id == document).unwrap_or(0);
    let found = dst.document(document);
    let resource = found.and_then(|one| one.current_resource()).and_then(|id| dst.resource(id));
    let title = resource.and_then(|resource| resource.title.clone().or(resource.filename.clone()));
    let person = found.and_then(|one| one.signer(signer));
    let user = person
        .and_then(|person| person.user_uuid.as_deref())
        .map(|id| accounts::find(desk.store, id))
        .transpose()?
        .flatten();
    let body = json!({
        "status": status,
        "group": found.and_then(|one| one.group_of(signer)).unwrap_or(0),
        "action": action,
        "dst": { "id": dst.id, "title": dst.title },
        "signer": user.as_ref().map(|user| user.login()).or(person.and_then(|person| person.email.clone())).or(person.map(Signer::full_name)),
        "document": { "display_name": title.unwrap_or_else(|| format!("Document {document}")), "id": document, "order": order },
        "automatic": user.is_some_and(|user| user.automatic),
    });
    Ok(match body {
        Value::Object(body) => body,
        _ => Map::new(),
    })
}

fn enqueue(desk: &Desk, dst: &Dst, body: &Value) -> Result<(), Answer> {
    let configuration = Configuration::of(desk.store, &dst.created_by_user)?;
    if configuration.url().is_none() {
        return Ok(());
    }
    let late = faults::take(desk.store, "webhook", |fault| matches!(fault, faults::Fault::Late(_)))?;
    let delay = late.map_or(0, |fault| fault.millis());
    Ok(desk.store.run(
        "INSERT INTO outbox (dst, user, body, created, attempts, due) VALUES (?, ?, ?, ?, 0, ?)",
        bind![dst.id.as_str(), dst.created_by_user.as_str(), body.to_string(), desk.now, desk.now + delay],
    )?)
}

/// How a robot wants to be called, and calls others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Configuration {
    #[serde(deserialize_with = "crate::lenient::map")]
    request_headers: Map<String, Value>,
    authentication: Option<Authentication>,
    webhooks: Option<Webhooks>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Authentication {
    username: Option<String>,
    password: Option<String>,
    auth_mode: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Webhooks {
    dst: Option<String>,
}

impl Configuration {
    /// A user's configuration; empty if there is none.
    pub(crate) fn of(store: &Store, user: &str) -> worker::Result<Configuration> {
        let found = store.bodies("SELECT body FROM configuration WHERE user = ?", bind![user])?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    fn url(&self) -> Option<&str> {
        self.webhooks.as_ref()?.dst.as_deref().filter(|url| !url.is_empty())
    }

    /// The configured headers and credentials. They go with webhooks and with downloads alike.
    pub(crate) fn headers(&self) -> worker::Result<Headers> {
        let headers = Headers::new();
        for (name, values) in &self.request_headers {
            let values = match values {
                Value::Array(values) => values.as_slice(),
                one => std::slice::from_ref(one),
            };
            for value in values.iter().filter_map(Value::as_str) {
                headers.append(name, value)?;
            }
        }
        if let Some(Authentication { username: Some(username), password, auth_mode }) = &self.authentication
            && auth_mode.as_deref().is_none_or(|mode| mode.eq_ignore_ascii_case("basic"))
            && !username.is_empty()
        {
            let pair = format!("{username}:{}", password.as_deref().unwrap_or_default());
            headers
                .set("authorization", &format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))?;
        }
        Ok(headers)
    }
}

#[derive(Deserialize)]
struct Waiting {
    id: i64,
    user: String,
    body: String,
    attempts: i64,
}

/// Posts everything that is due. A delivery that fails holds back only the
/// later ones of the same transaction.
pub(crate) async fn deliver_due(store: &Store) -> worker::Result<()> {
    loop {
        let heads: Vec<Waiting> = store.rows(
            "SELECT id, user, body, attempts FROM outbox WHERE delivered IS NULL AND due <= ? AND id IN \
             (SELECT min(id) FROM outbox WHERE delivered IS NULL GROUP BY dst) ORDER BY id",
            bind![crate::runtime::now()],
        )?;
        if heads.is_empty() {
            return Ok(());
        }
        for head in heads {
            let answer = post(store, &head).await;
            let now = crate::runtime::now();
            match answer {
                Ok(status) if (200..300).contains(&status) => store.run(
                    "UPDATE outbox SET delivered = ?, attempts = attempts + 1, answer = ? WHERE id = ?",
                    bind![now, status.to_string(), head.id],
                )?,
                failed => {
                    let answer = failed.map_or_else(|cause| cause.to_string(), |status| status.to_string());
                    let wait =
                        usize::try_from(head.attempts).ok().and_then(|attempt| BACKOFF.get(attempt)).or(BACKOFF.last());
                    store.run(
                        "UPDATE outbox SET attempts = attempts + 1, due = ?, answer = ? WHERE id = ?",
                        bind![now + wait.copied().unwrap_or(BACKOFF[0]), answer, head.id],
                    )?;
                }
            }
        }
    }
}

/// When the next delivery is due.
pub(crate) fn next_due(store: &Store) -> worker::Result<Option<Millis>> {
    #[derive(Deserialize)]
    struct Row {
        due: Option<i64>,
    }
    let query = "SELECT min(due) AS due FROM outbox WHERE id IN (SELECT min(id) FROM outbox WHERE delivered IS NULL GROUP BY dst)";
    Ok(store.row(query, Vec::new())?.and_then(|row: Row| row.due))
}

async fn post(store: &Store, head: &Waiting) -> worker::Result<u16> {
    let configuration = Configuration::of(store, &head.user)?;
    // A webhook taken away has nobody left to tell.
    let Some(url) = configuration.url() else { return Ok(204) };
    let headers = configuration.headers()?;
    headers.set("content-type", "application/json")?;
    let twice = faults::take(store, "webhook", |fault| matches!(fault, faults::Fault::Duplicate))?.is_some();
    let mut status = 0;
    for _ in 0..if twice { 2 } else { 1 } {
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_headers(headers.clone())
            .with_body(Some(head.body.as_str().into()))
            .with_redirect(RequestRedirect::Manual);
        status = fetch(Request::new_with_init(url, &init)?).await?.status_code();
    }
    Ok(status)
}

/// Fetches with an end to the patience: the runtime itself has none.
pub(crate) async fn fetch(request: Request) -> worker::Result<worker::Response> {
    let controller = AbortController::default();
    let (request, signal) = (Fetch::Request(request), controller.signal());
    let answer = Box::pin(request.send_with_signal(&signal));
    match select(answer, Delay::from(PATIENCE)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            controller.abort();
            Err("no answer in time".into())
        }
    }
}
