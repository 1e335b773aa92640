//! The transport of native programs: reqwest on a tokio runtime.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{Phase, Runtime, Transport, TransportError};
use crate::{
    http::{Body, Headers, Request, Response},
    threads::BoxFuture,
    time::UnixMillis,
};

/// Sends requests with reqwest. Redirects are not followed; proxies are those of the environment.
#[derive(Clone, Debug)]
pub struct NativeTransport(reqwest::Client);

impl NativeTransport {
    /// A transport with its own connection pool.
    ///
    /// # Errors
    ///
    /// The TLS library could not be set up.
    pub fn new() -> Result<Self, TransportError> {
        // Fails only if the program has chosen a provider already, and then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map(Self)
            .map_err(|error| failed(Phase::Build, &error))
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        let method = request.method.as_str().parse().unwrap_or_default();
        let mut builder = self.0.request(method, &request.url);
        for (name, value) in request.headers.iter() {
            builder = builder.header(name, value);
        }
        builder = match request.body {
            Body::Empty => builder,
            Body::Bytes(bytes) => builder.body(bytes),
            Body::Foreign(_) => {
                return Err(TransportError {
                    phase: Phase::Build,
                    message: "this transport sends bodies in memory only".into(),
                });
            }
        };
        let built = builder.build().map_err(|error| failed(Phase::Build, &error))?;
        let answer = self.0.execute(built).await.map_err(|error| failed(Phase::Send, &error))?;
        let status = answer.status().as_u16();
        let headers: Headers =
            answer.headers().iter().map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes()))).collect();
        let bytes = answer.bytes().await.map_err(|error| failed(Phase::Body, &error))?;
        Ok(Response { status, headers, body: Body::Bytes(bytes.into()) })
    }
}

impl Transport for NativeTransport {
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// The system's clock and randomness, tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioRuntime;

impl Runtime for TokioRuntime {
    fn now(&self) -> UnixMillis {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis::default() + since_epoch
    }

    fn random(&self, into: &mut [u8]) {
        // Without randomness a jitter is zero and a boundary is plain; neither is a secret.
        let _ = getrandom::fill(into);
    }

    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

fn failed(phase: Phase, error: &reqwest::Error) -> TransportError {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    TransportError { phase, message }
}
