//! Between the runtime's requests and responses and the sandbox's own values.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use worker::{Delay, Headers, Request, Response, ResponseBuilder, Result};

use crate::answer::{Answer, error};
use crate::call::{Call, tidy};
use crate::form;

/// Reads a whole request. A body that announces itself as too large is not kept,
/// but read to its end: many clients cannot hear an answer while they send.
pub(crate) async fn read(mut request: Request, max_body: usize) -> Result<std::result::Result<Call, Answer>> {
    let headers = request.headers().clone();
    let header = |name: &str| headers.get(name).ok().flatten();
    let too_large = || {
        Answer::json(413, &error("PayloadTooLarge", &format!("the body is larger than {} MiB", max_body >> 20), None))
    };
    let announced: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    if announced > max_body {
        let mut body = request.stream()?;
        while let Some(Ok(_)) = body.next().await {}
        return Ok(Err(too_large()));
    }
    let url = request.url()?;
    let method = request.method().to_string();
    let body = if matches!(method.as_str(), "GET" | "HEAD") { Vec::new() } else { request.bytes().await? };
    if body.len() > max_body {
        return Ok(Err(too_large()));
    }
    Ok(Ok(Call {
        method,
        path: tidy(url.path()),
        query: form::pairs(url.query().unwrap_or_default()),
        origin: url.origin().ascii_serialization(),
        authorization: header("authorization"),
        content_type: header("content-type").unwrap_or_default(),
        body,
        parameters: Default::default(),
    }))
}

/// Sends an answer.
pub(crate) fn respond(answer: Answer) -> Result<Response> {
    let builder = builder(&answer)?;
    if answer.body.is_empty() { Ok(builder.empty()) } else { Ok(builder.fixed(answer.body)) }
}

/// Sends half an answer and then breaks the connection.
pub(crate) fn respond_cut(answer: Answer) -> Result<Response> {
    let half = answer.body.get(..answer.body.len() / 2).unwrap_or_default().to_vec();
    // The first half must be on its way: before that, proxies quietly try again.
    let broken = stream::once(async {
        Delay::from(Duration::from_millis(200)).await;
        Err(worker::Error::from("the body is cut"))
    });
    let body = stream::iter([Ok::<_, worker::Error>(half)]).chain(broken);
    builder(&answer)?.from_stream(Box::pin(body))
}

fn builder(answer: &Answer) -> Result<ResponseBuilder> {
    let headers = Headers::new();
    for (name, value) in &answer.headers {
        headers.append(name, value)?;
    }
    Ok(Response::builder().with_status(answer.status).with_headers(headers))
}
