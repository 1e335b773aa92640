//! Tokens from a grant: kept while they are fresh, renewed once for all who wait.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::{FutureExt, Shared};

use super::{Client, ClientOptions};
use crate::{
    auth::{Authorization, Fixed, Grant, Token, TokenSource, clamp_margin},
    error::TokenError,
    secret::Secret,
    threads::BoxFuture,
    time::UnixMillis,
    vendors::Vendor,
};

/// A token source that exchanges a credential for tokens.
///
/// However many calls wait, one renewal is in flight; it goes on when the call that started it is cancelled.
pub struct GrantTokens {
    client: Client,
    grant: Arc<dyn Grant>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Held>,
    in_flight: Option<Renewal>,
}

/// A token and how long before its end it is no longer used.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) token: Token,
    margin: Duration,
}

type Renewal = Shared<BoxFuture<'static, Result<Held, TokenError>>>;

impl GrantTokens {
    /// A source that calls the vendor with these options; their token source is not used.
    pub fn new(vendor: &'static Vendor, options: ClientOptions, grant: Arc<dyn Grant>) -> Self {
        let tokens = Arc::new(Fixed(grant.client_authorization()));
        let client = Client::new(vendor, ClientOptions { tokens, ..options });
        Self { client, grant, state: Mutex::default() }
    }

    /// Takes in a token that was kept elsewhere, for example before a restart.
    pub fn seed(&self, token: Token) {
        let held = Held::new(token, self.grant.as_ref(), self.client.options.runtime.now());
        self.lock().current = Some(held);
    }

    /// A token that is good now, and until when it should be used. `refused` is one the vendor has turned down.
    ///
    /// # Errors
    ///
    /// The token call failed, or its answer holds no token.
    pub async fn token(&self, refused: Option<&Secret>) -> Result<(Token, Option<UnixMillis>), TokenError> {
        let renewal = {
            let mut state = self.lock();
            let now = self.client.options.runtime.now();
            if let Some(held) = state.usable(now, refused) {
                return Ok((held.token.clone(), held.use_until()));
            }
            state.in_flight.get_or_insert_with(|| self.start()).clone()
        };
        let outcome = renewal.clone().await;
        let mut state = self.lock();
        if state.in_flight.as_ref().is_some_and(|current| current.ptr_eq(&renewal)) {
            state.in_flight = None;
            state.current = outcome.as_ref().ok().cloned();
        }
        outcome.map(|held| (held.token.clone(), held.use_until()))
    }

    fn start(&self) -> Renewal {
        let renewal: BoxFuture<'static, _> = Box::pin(renew(self.client.clone(), Arc::clone(&self.grant)));
        renewal.shared()
    }

    // The lock is never held across a wait, and no code under it can panic.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn usable(&self, now: UnixMillis, refused: Option<&Secret>) -> Option<&Held> {
        let held = self.current.as_ref().filter(|held| held.token.is_fresh(now, held.margin))?;
        (refused != Some(&held.token.secret)).then_some(held)
    }
}

impl Held {
    fn new(token: Token, grant: &dyn Grant, now: UnixMillis) -> Self {
        let lifetime = token.expires_at.map_or(Duration::MAX, |end| end.since(now));
        Self { token, margin: clamp_margin(grant.margin(), lifetime) }
    }

    /// Until when the token should be used; `None` for ever.
    pub(crate) fn use_until(&self) -> Option<UnixMillis> {
        let margin = u64::try_from(self.margin.as_millis()).unwrap_or(u64::MAX);
        self.token.expires_at.map(|end| UnixMillis(end.0.saturating_sub(margin)))
    }
}

impl TokenSource for GrantTokens {
    fn authorization<'a>(&'a self, refused: Option<Authorization>) -> BoxFuture<'a, Result<Authorization, TokenError>> {
        Box::pin(async move {
            let refused = refused.as_ref().and_then(Authorization::bearer_token).map(Secret::new);
            let (token, _) = self.token(refused.as_ref()).await?;
            Ok(Authorization::bearer(&token.secret))
        })
    }
}

/// Exchanges the credential for a token, once.
pub(crate) async fn renew(client: Client, grant: Arc<dyn Grant>) -> Result<Held, TokenError> {
    let response =
        client.execute(grant.operation(), grant.parts()).await.map_err(|error| TokenError::Call(Box::new(error)))?;
    let now = client.options.runtime.now();
    let token = grant.read(&response, now)?;
    Ok(Held::new(token, grant.as_ref(), now))
}
