//! Failures and the catalogue as JSON text, which JavaScript reads with `JSON.parse`.

use serde::Serialize;

use crate::{
    auth::AuthScheme,
    error::{Error, ErrorDetail, ErrorKind, Origin, TokenError},
    http::ContentKind,
    page::Paging,
    retry::RetrySafety,
    transport::Phase,
    vendors::VENDORS,
};

/// What `www/package/errors.js` makes an `Error` of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    kind: &'static str,
    message: String,
    vendor: &'static str,
    operation: &'static str,
    attempts: u32,
    retryable: bool,
    status: Option<u16>,
    code: Option<&'a str>,
    details: &'a [ErrorDetail],
    request_id: Option<&'a str>,
    /// In seconds.
    retry_after: Option<f64>,
    origin: Option<Origin>,
    /// What arrived, as text.
    body: Option<String>,
    cause: Option<Box<Report<'a>>>,
}

/// A failed call as JSON text.
pub(super) fn text(error: &Error) -> String {
    json(&report(error))
}

/// JSON text.
pub(super) fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn report(error: &Error) -> Report<'_> {
    let plain = Report {
        kind: "request",
        message: error.to_string(),
        vendor: error.vendor,
        operation: error.operation,
        attempts: error.attempts,
        retryable: error.is_retryable(),
        status: error.status(),
        code: None,
        details: &[],
        request_id: None,
        retry_after: None,
        origin: None,
        body: None,
        cause: None,
    };
    match &error.kind {
        ErrorKind::Request(_) => plain,
        ErrorKind::Token(TokenError::Call(cause)) => {
            Report { kind: "token", cause: Some(Box::new(report(cause))), ..plain }
        }
        ErrorKind::Token(_) => Report { kind: "token", ..plain },
        ErrorKind::Transport(failure) => Report { kind: "transport", code: Some(phase(failure.phase)), ..plain },
        ErrorKind::Timeout(_) => Report { kind: "timeout", ..plain },
        ErrorKind::Decode(failure) => Report { kind: "decode", body: Some(lossy(&failure.body)), ..plain },
        ErrorKind::Api(refusal) => Report {
            kind: "api",
            code: refusal.code.as_deref(),
            details: &refusal.details,
            request_id: refusal.request_id.as_deref(),
            retry_after: refusal.retry_after.map(|wait| wait.as_secs_f64()),
            origin: Some(refusal.origin),
            body: Some(lossy(&refusal.body)),
            ..plain
        },
    }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Build => "build",
        Phase::Send => "send",
        Phase::Body => "body",
    }
}

fn lossy(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

#[derive(Serialize)]
struct Listed {
    vendor: &'static str,
    id: &'static str,
    route: String,
    resource: &'static str,
    action: &'static str,
    auth: AuthScheme,
    paging: Paging,
    retry: RetrySafety,
    consumes: ContentKind,
    produces: ContentKind,
    summary: &'static str,
    doc: &'static str,
}

/// The operations of all vendors as JSON text.
pub(super) fn catalogue() -> String {
    let listed: Vec<Listed> = VENDORS
        .iter()
        .flat_map(|vendor| vendor.operations())
        .map(|operation| Listed {
            vendor: operation.vendor,
            id: operation.id,
            route: operation.route(),
            resource: operation.resource,
            action: operation.action,
            auth: operation.auth,
            paging: operation.paging,
            retry: operation.retry,
            consumes: operation.consumes,
            produces: operation.produces,
            summary: operation.summary,
            doc: operation.doc,
        })
        .collect();
    json(&listed)
}
