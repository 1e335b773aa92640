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
    time::UnixMillis,
    transport::BoxFuture,
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

#[derive(Clone)]
struct Held {
    token: Token,
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

    /// Asks the vendor for a new token, whatever is kept.
    ///
    /// # Errors
    ///
    /// The call failed, or its answer holds no token.
    pub async fn renew(&self) -> Result<Token, TokenError> {
        renew(self.client.clone(), Arc::clone(&self.grant)).await.map(|held| held.token)
    }

    async fn current(&self, refused: Option<Authorization>) -> Result<Authorization, TokenError> {
        let renewal = {
            let mut state = self.lock();
            let now = self.client.options.runtime.now();
            if let Some(authorization) = state.usable(now, refused.as_ref()) {
                return Ok(authorization);
            }
            state.in_flight.get_or_insert_with(|| self.start()).clone()
        };
        let outcome = renewal.clone().await;
        let mut state = self.lock();
        if state.in_flight.as_ref().is_some_and(|current| current.ptr_eq(&renewal)) {
            state.in_flight = None;
            state.current = outcome.as_ref().ok().cloned();
        }
        outcome.map(|held| Authorization::bearer(&held.token.secret))
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
    fn usable(&self, now: UnixMillis, refused: Option<&Authorization>) -> Option<Authorization> {
        let held = self.current.as_ref().filter(|held| held.token.is_fresh(now, held.margin))?;
        let authorization = Authorization::bearer(&held.token.secret);
        (refused != Some(&authorization)).then_some(authorization)
    }
}

impl TokenSource for GrantTokens {
    fn authorization<'a>(
        &'a self,
        refused: Option<Authorization>,
    ) -> BoxFuture<'a, Result<Authorization, TokenError>> {
        Box::pin(self.current(refused))
    }
}

async fn renew(client: Client, grant: Arc<dyn Grant>) -> Result<Held, TokenError> {
    let response = client
        .execute(grant.operation(), grant.parts())
        .await
        .map_err(|error| TokenError::Call(Box::new(error)))?;
    let now = client.options.runtime.now();
    let token = grant.read(&response, now)?;
    let lifetime = token.expires_at.map_or(Duration::MAX, |end| end.since(now));
    Ok(Held { token, margin: clamp_margin(grant.margin(), lifetime) })
}
