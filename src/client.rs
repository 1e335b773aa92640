//! The client: one pipeline for every operation of every vendor.
//!
//! A call runs in a fixed order: build the request, get the authorization,
//! send, decide (hand over, renew the token, wait and repeat, give up), read.
//! Nothing in it depends on the type of the request or the answer; only
//! [`Client::send`] does, at the rim.

use std::{
    future::Future,
    marker::PhantomData,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::future::{Either, select};

use crate::{
    auth::{AuthScheme, Authorization, TokenSource},
    endpoint::{Endpoint, FromResponse, Operation, Parts, PartsBody},
    error::{Error, ErrorKind, RequestError},
    http::{Request, Response},
    mac,
    page::Page,
    retry::{self, Attempt, Decision, Outcome, RetryPolicy},
    transport::{Runtime, Transport, TransportError},
    vendors::Vendor,
};

mod refusal;
mod tokens;

pub use tokens::GrantTokens;
#[cfg(all(feature = "bindings", target_arch = "wasm32"))]
pub(crate) use tokens::renew;

/// Calls one vendor, directly or through the edge. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    vendor: &'static Vendor,
    options: ClientOptions,
}

/// What a client is made of.
#[derive(Clone)]
pub struct ClientOptions {
    /// Scheme, host and path in front of every operation: the vendor's API, or `…/v/<connection>` at the edge.
    pub base_url: String,
    /// Sends the requests.
    pub transport: Arc<dyn Transport>,
    /// Clock, randomness and timer.
    pub runtime: Arc<dyn Runtime>,
    /// Gives the authorization.
    pub tokens: Arc<dyn TokenSource>,
    /// How often a call is tried.
    pub retry: RetryPolicy,
    /// The time for one call, repetitions and token calls included. See [`DEFAULT_TIMEOUT`].
    pub timeout: Duration,
}

/// The time a call has where nobody says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

impl Client {
    /// A client for one vendor.
    pub fn new(vendor: &'static Vendor, options: ClientOptions) -> Self {
        Self { vendor, options }
    }

    /// The same client with another time limit for each call.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        let mut client = self.clone();
        client.options.timeout = timeout;
        client
    }

    /// The vendor this client calls.
    pub fn vendor(&self) -> &'static Vendor {
        self.vendor
    }

    /// Sends a typed request and reads its typed answer.
    ///
    /// # Errors
    ///
    /// Every failure is an [`Error`] whose kind says where it happened. Dropping the future cancels the call.
    pub async fn send<E: Endpoint>(&self, endpoint: &E) -> Result<E::Response, Error> {
        let parts = Parts::of(endpoint).map_err(|error| self.error(E::OPERATION, 0, ErrorKind::Request(error)))?;
        let response = self.execute(E::OPERATION, parts).await?;
        E::Response::from_response(response).map_err(|error| self.error(E::OPERATION, 1, ErrorKind::Decode(error)))
    }

    /// Walks through a list page by page.
    pub fn pages<T, E: Endpoint<Response = Page<T>>>(&self, first: &E) -> Pages<T>
    where
        Page<T>: FromResponse,
    {
        let parts = Parts::of(first).map(|mut parts| {
            E::OPERATION.paging.first(&mut parts.params);
            parts
        });
        Pages { client: self.clone(), operation: E::OPERATION, next: Some(parts), items: PhantomData }
    }

    /// Runs one call. The answer is complete and its status is 200–299.
    ///
    /// # Errors
    ///
    /// As [`Client::send`], except that the answer's content is not read.
    pub async fn execute(&self, operation: &'static Operation, parts: Parts) -> Result<Response, Error> {
        let attempts = AtomicU32::new(0);
        let outcome = match self.prepare(operation, parts) {
            Err(error) => Err(ErrorKind::Request(error)),
            Ok(request) => self.within_timeout(self.run(operation, request, &attempts)).await,
        };
        outcome.map_err(|kind| self.error(operation, attempts.into_inner(), kind))
    }

    fn prepare(&self, operation: &'static Operation, parts: Parts) -> Result<Request, RequestError> {
        if operation.vendor != self.vendor.name {
            return Err(RequestError(format!(
                "this client calls {}, the operation belongs to {}",
                self.vendor.name, operation.vendor
            )));
        }
        let mut random = [0; 16];
        if matches!(parts.body, PartsBody::Value(_) | PartsBody::Multipart(..)) {
            self.options.runtime.random(&mut random);
        }
        operation.request(&self.options.base_url, parts, &mac::hex(&random))
    }

    async fn within_timeout<T>(&self, call: impl Future<Output = Result<T, ErrorKind>>) -> Result<T, ErrorKind> {
        let timeout = self.options.timeout;
        match select(pin!(call), self.options.runtime.sleep(timeout)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(((), _)) => Err(ErrorKind::Timeout(timeout)),
        }
    }

    async fn run(
        &self,
        operation: &'static Operation,
        request: Request,
        attempts: &AtomicU32,
    ) -> Result<Response, ErrorKind> {
        let mut authorization = self.authorize(operation, None).await?;
        let mut renewable = operation.auth == AuthScheme::Token && self.options.tokens.renewable();
        loop {
            let sent = attempts.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            let outcome = self.options.transport.send(authorized(&request, &authorization)).await;
            let decision = if request.body.is_replayable() {
                self.decide(operation, sent, renewable, &outcome)
            } else {
                final_decision(&outcome)
            };
            match decision {
                Decision::Done | Decision::GiveUp => return self.finish(outcome),
                Decision::RetryAfter(wait) => self.options.runtime.sleep(wait).await,
                Decision::RenewToken => {
                    renewable = false;
                    authorization = self.authorize(operation, Some(authorization)).await?;
                }
            }
        }
    }

    async fn authorize(
        &self,
        operation: &'static Operation,
        refused: Option<Authorization>,
    ) -> Result<Authorization, ErrorKind> {
        if operation.auth == AuthScheme::None {
            return Ok(Authorization::default());
        }
        self.options.tokens.authorization(refused).await.map_err(ErrorKind::Token)
    }

    fn decide(
        &self,
        operation: &'static Operation,
        attempts: u32,
        renewable: bool,
        outcome: &Result<Response, TransportError>,
    ) -> Decision {
        let mut random = [0; 4];
        self.options.runtime.random(&mut random);
        let outcome = match outcome {
            Ok(response) => Outcome::Answered {
                status: response.status,
                retry_after: retry::retry_after(&response.headers, self.options.runtime.now()),
            },
            Err(error) => Outcome::Failed(error),
        };
        let random = u32::from_le_bytes(random);
        self.options.retry.decide(&Attempt { attempts, safety: operation.retry, renewable, outcome, random })
    }

    fn finish(&self, outcome: Result<Response, TransportError>) -> Result<Response, ErrorKind> {
        let response = outcome.map_err(ErrorKind::Transport)?;
        if response.is_success() {
            return Ok(response);
        }
        let refusal = refusal::read(self.vendor, &response, self.options.runtime.now());
        Err(ErrorKind::Api(Box::new(refusal)))
    }

    fn error(&self, operation: &'static Operation, attempts: u32, kind: ErrorKind) -> Error {
        Error { kind, vendor: self.vendor.name, operation: operation.id, attempts }
    }
}

// A body that can be read only once is sent only once.
fn final_decision(outcome: &Result<Response, TransportError>) -> Decision {
    match outcome {
        Ok(response) if response.is_success() => Decision::Done,
        _ => Decision::GiveUp,
    }
}

fn authorized(request: &Request, authorization: &Authorization) -> Request {
    let mut request = request.clone();
    for (name, value) in &authorization.0 {
        request.headers.set(name, value.expose());
    }
    request
}

/// A walk through a list. Dropping it costs nothing; a page is asked for only when it is wanted.
pub struct Pages<T> {
    client: Client,
    operation: &'static Operation,
    next: Option<Result<Parts, RequestError>>,
    items: PhantomData<fn() -> T>,
}

impl<T> Pages<T>
where
    Page<T>: FromResponse,
{
    /// The items of the next page, or `None` after the last. After an error the walk is over.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(parts) = self.next.take() else { return Ok(None) };
        let mut parts = parts.map_err(|error| self.client.error(self.operation, 0, ErrorKind::Request(error)))?;
        let response = self.client.execute(self.operation, parts.clone()).await?;
        let page = Page::<T>::from_response(response)
            .map_err(|error| self.client.error(self.operation, 1, ErrorKind::Decode(error)))?;
        if self.operation.paging.next(&mut parts.params, page.values.len()) {
            self.next = Some(Ok(parts));
        }
        Ok(Some(page.values))
    }
}

// The scene is shared as threads share it, and WebAssembly has none.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
#[path = "client/pipeline_tests.rs"]
mod tests;
