//! What can go wrong with a call, told by where it went wrong.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::{http::Response, transport::TransportError};

/// A call that did not succeed.
#[derive(Clone, Debug)]
pub struct Error {
    /// Where it failed, with the evidence.
    pub kind: ErrorKind,
    /// The vendor, as in [`crate::vendors`].
    pub vendor: &'static str,
    /// The operation's id.
    pub operation: &'static str,
    /// How many requests were sent.
    pub attempts: u32,
}

/// Where a call failed.
#[derive(Clone, Debug)]
pub enum ErrorKind {
    /// The request was never sent: a parameter is missing, unknown or of the wrong kind.
    Request(RequestError),
    /// No token could be had.
    Token(TokenError),
    /// No complete answer arrived.
    Transport(TransportError),
    /// The call's time was used up.
    Timeout(Duration),
    /// The vendor, or the edge before it, refused.
    Api(Box<ApiError>),
    /// The answer says success but is not what the page documents.
    Decode(DecodeError),
}

/// A request that could not be built. The text names the fault and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError(pub String);

/// Why no token could be had.
#[derive(Clone, Debug)]
pub enum TokenError {
    /// The application's own token function failed.
    Source(String),
    /// The token call itself failed.
    Call(Box<Error>),
    /// The token call answered something that holds no token.
    Unreadable(String),
}

/// A refusal, with all the evidence there is.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The vendor's own code, or the problem type of the edge.
    pub code: Option<String>,
    /// The vendor's own words, or a short description of the body.
    pub message: String,
    /// What the vendor says in particular, often one entry a field.
    pub details: Vec<ErrorDetail>,
    /// The id under which the vendor or the edge logged the request.
    pub request_id: Option<String>,
    /// How long the vendor asks to wait.
    pub retry_after: Option<Duration>,
    /// Who refused.
    pub origin: Origin,
    /// The raw body, JSON or not, cut at 64 KiB.
    pub body: Vec<u8>,
}

/// Who refused a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The vendor.
    Vendor,
    /// The edge: it answers problem details (RFC 9457).
    Edge,
}

/// One particular of a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ErrorDetail {
    /// The code of this particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Which part of the request it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What a vendor's error body says, before status and headers are added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The vendor's code.
    pub code: Option<String>,
    /// The vendor's message.
    pub message: Option<String>,
    /// Its particulars.
    pub details: Vec<ErrorDetail>,
}

/// An answer that is not what the page documents.
#[derive(Clone, Debug)]
pub struct DecodeError {
    /// What was expected and what came.
    pub message: String,
    /// The status of the answer.
    pub status: u16,
    /// The beginning of the answer, cut at 64 KiB.
    pub body: Vec<u8>,
}

/// How much of a body an error keeps.
pub const KEPT_BODY: usize = 64 * 1024;

impl Error {
    /// The HTTP status, if an answer arrived.
    pub fn status(&self) -> Option<u16> {
        match &self.kind {
            ErrorKind::Api(error) => Some(error.status),
            ErrorKind::Decode(error) => Some(error.status),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without a change.
    pub fn is_retryable(&self) -> bool {
        match &self.kind {
            ErrorKind::Request(_) | ErrorKind::Decode(_) => false,
            ErrorKind::Token(TokenError::Call(error)) => error.is_retryable(),
            ErrorKind::Token(_) => false,
            ErrorKind::Transport(_) | ErrorKind::Timeout(_) => true,
            ErrorKind::Api(error) => matches!(error.status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
        }
    }

    /// The refusal, if there was one.
    pub fn api(&self) -> Option<&ApiError> {
        match &self.kind {
            ErrorKind::Api(error) => Some(error),
            _ => None,
        }
    }
}

impl DecodeError {
    /// Keeps the beginning of an answer as evidence.
    pub fn new(message: impl Into<String>, response: &Response) -> Self {
        Self { message: message.into(), status: response.status, body: kept(response.body.bytes()) }
    }
}

/// The part of a body that an error keeps.
pub fn kept(body: &[u8]) -> Vec<u8> {
    body.get(..KEPT_BODY).unwrap_or(body).to_vec()
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: ", self.vendor, self.operation)?;
        match &self.kind {
            ErrorKind::Request(error) => formatter.write_str(&error.0),
            ErrorKind::Token(TokenError::Source(message) | TokenError::Unreadable(message)) => {
                write!(formatter, "no token: {message}")
            }
            ErrorKind::Token(TokenError::Call(error)) => write!(formatter, "no token: {error}"),
            ErrorKind::Transport(error) => error.fmt(formatter),
            ErrorKind::Timeout(after) => {
                write!(formatter, "no answer within {} ms", u64::try_from(after.as_millis()).unwrap_or(u64::MAX))
            }
            ErrorKind::Api(error) => error.fmt(formatter),
            ErrorKind::Decode(error) => formatter.write_str(&error.message),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.origin {
            Origin::Vendor => "the vendor",
            Origin::Edge => "the edge",
        };
        write!(formatter, "{who} refused the request ({}): {}", self.status, self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Transport(error) => Some(error),
            ErrorKind::Token(TokenError::Call(error)) => Some(error),
            _ => None,
        }
    }
}
