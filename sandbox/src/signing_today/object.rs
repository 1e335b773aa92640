//! The Durable Object that holds everything Signing Today knows.

use std::time::Duration;

use worker::{Delay, DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::answer::{Answer, Outcome, error, not_found, not_played};
use crate::call::Call;
use crate::clock::Millis;
use crate::faults::{self, Fault};
use crate::settings::Settings;
use crate::{control, runtime, shell};

use super::accounts::{self, User};
use super::desk::Desk;
use super::routes::{self, Found, Route};
use super::store::{Store, bind};
use super::{BASE, downloads, flow, oauth, play, tray, webhooks};

/// One vendor, one object: its storage makes every call a transaction.
#[durable_object(alarm)]
pub struct SigningToday {
    state: State,
    settings: Settings,
}

// An alarm that dies half-way comes back after this long.
const SAFETY_NET: Millis = 5_000;

// The document names no limit; this is well above the 30 MB of JSON it must take.
const MAX_BODY: usize = 48 << 20;

impl DurableObject for SigningToday {
    fn new(state: State, env: Env) -> Self {
        SigningToday { state, settings: Settings::read(&env) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let store = self.store()?;
        let mut call = match shell::read(request, MAX_BODY).await? {
            Ok(call) => call,
            Err(refusal) => return shell::respond(refusal),
        };
        let api = call.path.strip_prefix(BASE).and_then(|path| path.strip_prefix("/api")).map(str::to_owned);
        let response = match api {
            Some(path) => {
                call.path = path;
                self.api(&store, call).await?
            }
            None => shell::respond(self.pages(&store, &call).unwrap_or_else(|refusal| refusal))?,
        };
        self.arm(&store).await?;
        Ok(response)
    }

    async fn alarm(&self) -> Result<Response> {
        // First of all: whatever fails below is tried again.
        self.state.storage().set_alarm(SAFETY_NET).await?;
        let store = self.store()?;
        downloads::run(&store).await?;
        if let Err(refusal) = flow::expire_overdue(&desk(&store, User::default(), "")) {
            worker::console_error!("expiry: {}", String::from_utf8_lossy(&refusal.body));
        }
        webhooks::deliver_due(&store).await?;
        self.state.storage().delete_alarm().await?;
        self.arm(&store).await?;
        Response::empty()
    }
}

impl SigningToday {
    fn store(&self) -> Result<Store> {
        let store = Store::open(self.state.storage().sql())?;
        if store.setting("seeded")?.is_none() {
            accounts::seed(&store, &self.settings, runtime::now())?;
            store.set("seeded", "yes")?;
        }
        Ok(store)
    }

    /// An API call: matched, disturbed if asked for, played and logged.
    async fn api(&self, store: &Store, mut call: Call) -> Result<Response> {
        let path = call.path.clone();
        let found = routes::find(&call.method, &path);
        let (route, operation) = match &found {
            Found::Route(Route { route, operation, .. }) => (route.clone(), Some(*operation)),
            _ => (format!("{} {path}", call.method), None),
        };
        if let Some(late) = faults::take(store, &route, |fault| matches!(fault, Fault::Latency(_)))? {
            Delay::from(Duration::from_millis(late.millis().unsigned_abs())).await;
        }
        let fault = faults::take(store, &route, |fault| fault.answer().is_some() || *fault == Fault::Cut)?;
        let answer = match (fault.as_ref().and_then(Fault::answer), found) {
            (Some(answer), _) => answer,
            (None, Found::Route(route)) => {
                call.parameters = route.parameters.clone();
                self.operation(store, &route, &call).unwrap_or_else(|refusal| refusal)
            }
            (None, Found::OtherMethod) => {
                Answer::json(405, &error("MethodNotAllowed", "the path has no such method", None))
            }
            (None, Found::Nothing) => not_found(),
        };
        store.run(
            "INSERT INTO log (at, method, path, operation, status) VALUES (?, ?, ?, ?, ?)",
            bind![runtime::now(), call.method, path, operation, i64::from(answer.status)],
        )?;
        store.run("DELETE FROM log WHERE id <= (SELECT max(id) FROM log) - 1000", Vec::new())?;
        if fault == Some(Fault::Cut) { shell::respond_cut(answer) } else { shell::respond(answer) }
    }

    fn operation(&self, store: &Store, route: &Route, call: &Call) -> Outcome {
        let now = runtime::now();
        if route.operation == "CreateToken" {
            return oauth::token(store, &self.settings, call, now);
        }
        let user = if route.protected { accounts::authenticate(store, call, now)? } else { User::default() };
        let desk = desk(store, user, &call.origin);
        flow::expire_overdue(&desk)?;
        play(route.operation, &desk, call).unwrap_or_else(|| Err(not_played(&route.route)))
    }

    /// The tray and the controls.
    fn pages(&self, store: &Store, call: &Call) -> Outcome {
        let desk = desk(store, User::default(), &call.origin);
        if let Some(path) = call.path.strip_prefix("/control") {
            return control::answer(store, &self.settings, call, path);
        }
        if let Some(path) = call.path.strip_prefix(BASE).and_then(|path| path.strip_prefix("/std/")) {
            flow::expire_overdue(&desk)?;
            return tray::answer(&desk, call, path);
        }
        if call.path.is_empty() {
            return crate::overview::answer(store, call);
        }
        Err(not_found())
    }

    /// Sets the alarm for the next thing that happens by itself.
    async fn arm(&self, store: &Store) -> Result<()> {
        #[derive(serde::Deserialize)]
        struct Row {
            due: Option<i64>,
        }
        let query = "SELECT min(due) AS due FROM (SELECT min(expires) AS due FROM dst WHERE active = 1 AND deleted = 0 \
                     UNION ALL SELECT 0 FROM download)";
        let own = store.row(query, Vec::new())?.and_then(|row: Row| row.due);
        let Some(due) = [own, webhooks::next_due(store)?].into_iter().flatten().min() else { return Ok(()) };
        let wait = (due - runtime::now()).max(0);
        let set = self.state.storage().get_alarm().await?;
        if set.is_none_or(|set| set > runtime::now() + wait) {
            self.state.storage().set_alarm(wait).await?;
        }
        Ok(())
    }
}

fn desk<'a>(store: &'a Store, user: User, origin: &str) -> Desk<'a> {
    Desk { store, now: runtime::now(), user, base: format!("{origin}{BASE}") }
}
