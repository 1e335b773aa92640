//! What the core asks of its host: send a request, tell the time, give randomness, wait.

use std::{fmt, time::Duration};

use crate::{
    http::{Request, Response},
    threads::{BoxFuture, MaybeSend, MaybeSync},
    time::UnixMillis,
};

#[cfg(target_arch = "wasm32")]
pub mod fetch;
#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
pub mod native;

/// Sends one request and reads the whole answer.
///
/// Dropping the future cancels the call down to the wire. An implementation
/// never follows redirects: a redirect would carry the credential to a host
/// nobody configured.
pub trait Transport: MaybeSend + MaybeSync {
    /// Sends the request.
    fn send<'a>(&'a self, request: Request) -> BoxFuture<'a, Result<Response, TransportError>>;
}

/// The clock, the randomness and the timer of the host.
pub trait Runtime: MaybeSend + MaybeSync {
    /// The time now.
    fn now(&self) -> UnixMillis;

    /// Fills a buffer with random bytes, good enough for a boundary or a jitter.
    fn random(&self, into: &mut [u8]);

    /// Waits.
    fn sleep<'a>(&'a self, duration: Duration) -> BoxFuture<'a, ()>;
}

/// Why no complete answer arrived. The message is the host's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// How far the call came.
    pub phase: Phase,
    /// What the host said.
    pub message: String,
}

/// How far a failed call came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The request could not be made: a malformed URL or header.
    Build,
    /// No status line arrived; whether the server acted is unknown.
    Send,
    /// The status arrived, the body did not arrive whole.
    Body,
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            Phase::Build => "the request could not be made",
            Phase::Send => "no answer arrived",
            Phase::Body => "the answer broke off",
        };
        write!(formatter, "{phase}: {}", self.message)
    }
}

impl std::error::Error for TransportError {}
