//! Failures and the catalogue as arrays, which JavaScript takes apart by position.
//!
//! The order is that of `errors.js` and `catalogue.js`. Arrays, and not JSON text: a serializer for each struct would
//! weigh more than all of this.

use std::time::Duration;

use js_sys::Array;
use wasm_bindgen::JsValue;

use crate::{
    auth::AuthScheme,
    endpoint::Operation,
    error::{Error, ErrorDetail, ErrorKind, Origin, TokenError},
    http::ContentKind,
    page::Paging,
    retry::RetrySafety,
    transport::Phase,
    vendors::VENDORS,
};

/// `[kind, message, vendor, operation, attempts, retryable, status, code, details, requestId, retryAfter, origin, body,
/// cause]`.
pub(super) fn failure(error: &Error) -> JsValue {
    let facts = Facts::of(&error.kind);
    array([
        facts.kind.into(),
        error.to_string().into(),
        error.vendor.into(),
        error.operation.into(),
        error.attempts.into(),
        error.is_retryable().into(),
        error.status().into(),
        facts.code.into(),
        facts.details.iter().map(detail).collect::<Array>().into(),
        facts.request_id.into(),
        facts.retry_after.map(|wait| super::millis(wait) / 1000.0).into(),
        facts.origin.into(),
        facts.body.map(String::from_utf8_lossy).as_deref().into(),
        facts.cause.map(failure).into(),
    ])
}

/// What only some kinds of failure have.
#[derive(Default)]
struct Facts<'a> {
    kind: &'static str,
    code: Option<&'a str>,
    details: &'a [ErrorDetail],
    request_id: Option<&'a str>,
    retry_after: Option<Duration>,
    origin: Option<&'static str>,
    body: Option<&'a [u8]>,
    cause: Option<&'a Error>,
}

impl<'a> Facts<'a> {
    fn of(kind: &'a ErrorKind) -> Self {
        let none = Self::default();
        match kind {
            ErrorKind::Request(_) => Self { kind: "request", ..none },
            ErrorKind::Token(TokenError::Call(cause)) => Self { kind: "token", cause: Some(cause), ..none },
            ErrorKind::Token(_) => Self { kind: "token", ..none },
            ErrorKind::Transport(failure) => Self { kind: "transport", code: Some(phase(failure.phase)), ..none },
            ErrorKind::Timeout(_) => Self { kind: "timeout", ..none },
            ErrorKind::Decode(failure) => Self { kind: "decode", body: Some(&failure.body), ..none },
            ErrorKind::Api(refusal) => Self {
                kind: "api",
                code: refusal.code.as_deref(),
                details: &refusal.details,
                request_id: refusal.request_id.as_deref(),
                retry_after: refusal.retry_after,
                origin: Some(origin(refusal.origin)),
                body: Some(&refusal.body),
                ..none
            },
        }
    }
}

/// `[vendor, id, route, resource, action, auth, paging, retry, consumes, produces]` for each operation.
pub(super) fn catalogue() -> Array {
    VENDORS.iter().flat_map(|vendor| vendor.operations()).map(listed).collect()
}

fn listed(operation: &Operation) -> JsValue {
    array([
        operation.vendor.into(),
        operation.id.into(),
        operation.route().into(),
        operation.resource.into(),
        operation.action.into(),
        auth(operation.auth).into(),
        paging(operation.paging).into(),
        retry(operation.retry).into(),
        content(operation.consumes).into(),
        content(operation.produces).into(),
    ])
}

fn detail(detail: &ErrorDetail) -> JsValue {
    array([detail.code.as_deref().into(), detail.message.as_deref().into(), detail.target.as_deref().into()])
}

pub(super) fn array<const N: usize>(values: [JsValue; N]) -> JsValue {
    Array::from_iter(values).into()
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Build => "build",
        Phase::Send => "send",
        Phase::Body => "body",
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Vendor => "vendor",
        Origin::Edge => "edge",
    }
}

fn auth(scheme: AuthScheme) -> &'static str {
    match scheme {
        AuthScheme::Token => "token",
        AuthScheme::Client => "client",
        AuthScheme::None => "none",
    }
}

fn paging(paging: Paging) -> &'static str {
    match paging {
        Paging::None => "none",
        Paging::Offset => "offset",
    }
}

fn retry(safety: RetrySafety) -> &'static str {
    match safety {
        RetrySafety::Safe => "safe",
        RetrySafety::Unsafe => "unsafe",
    }
}

fn content(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Empty => "empty",
        ContentKind::Json => "json",
        ContentKind::Multipart => "multipart",
        ContentKind::Form => "form",
        ContentKind::Text => "text",
        ContentKind::Binary => "binary",
    }
}
