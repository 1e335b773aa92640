//! Reading a refusal: the vendor's error body, the edge's problem details, or whatever else came.

use serde_json::Value;

use crate::{
    error::{ApiError, ErrorBody, Origin, kept},
    http::Response,
    retry,
    time::UnixMillis,
    vendors::Vendor,
};

/// The fields under which servers hand out a request's id.
const REQUEST_ID: [&str; 4] = ["x-request-id", "request-id", "x-correlation-id", "cf-ray"];

/// Turns an answer outside 200–299 into an error that keeps all evidence.
pub(super) fn read(vendor: &Vendor, response: &Response, now: UnixMillis) -> ApiError {
    let body = response.body.bytes();
    let problem = response.media_type().as_deref() == Some("application/problem+json");
    let (origin, content) =
        if problem { (Origin::Edge, read_problem(body)) } else { (Origin::Vendor, (vendor.read_error)(body)) };
    ApiError {
        status: response.status,
        code: content.code,
        message: content.message.unwrap_or_else(|| describe(response)),
        details: content.details,
        request_id: REQUEST_ID.iter().find_map(|name| response.headers.get(name)).map(str::to_owned),
        retry_after: retry::retry_after(&response.headers, now),
        origin,
        body: kept(body),
    }
}

/// Reads problem details (RFC 9457). The last segment of the type is the code.
fn read_problem(body: &[u8]) -> ErrorBody {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| problem.get(name).and_then(Value::as_str).map(str::to_owned);
    let code = text("type").and_then(|uri| uri.rsplit('/').next().map(str::to_owned));
    ErrorBody { code, message: text("detail").or_else(|| text("title")), details: Vec::new() }
}

/// Says what came where no documented error did.
fn describe(response: &Response) -> String {
    let body = response.body.bytes();
    match (response.status, response.media_type().as_deref()) {
        (300..=399, _) => "the answer is a redirect, and redirects are not followed".into(),
        (_, Some("text/html")) => "the answer is an HTML page, not the documented error".into(),
        _ if body.is_empty() => "the answer has no content".into(),
        (_, Some("text/plain")) => String::from_utf8_lossy(body).chars().take(200).collect(),
        _ => "the answer is not the documented error".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::{Body, Headers},
        vendors::signing_today::VENDOR,
    };

    fn refusal(status: u16, headers: &[(&str, &str)], body: &str) -> ApiError {
        let headers: Headers = headers.iter().copied().collect();
        let response = Response { status, headers, body: Body::Bytes(body.as_bytes().to_vec()) };
        read(&VENDOR, &response, UnixMillis(0))
    }

    #[test]
    fn the_edges_problem_details_are_told_from_the_vendors_errors() {
        let body = r#"{"type":"/problems/unknown-route","title":"Unknown route","detail":"no operation GET /x"}"#;
        let error = refusal(404, &[("content-type", "application/problem+json")], body);
        assert_eq!(error.origin, Origin::Edge);
        assert_eq!(error.code.as_deref(), Some("unknown-route"));
        assert_eq!(error.message, "no operation GET /x");
    }

    #[test]
    fn an_html_page_keeps_its_body_and_gets_a_readable_message() {
        let error = refusal(502, &[("content-type", "text/html"), ("retry-after", "7")], "<h1>Bad gateway</h1>");
        assert_eq!(error.message, "the answer is an HTML page, not the documented error");
        assert_eq!(error.body, b"<h1>Bad gateway</h1>");
        assert_eq!(error.retry_after, Some(std::time::Duration::from_secs(7)));
    }

    #[test]
    fn the_request_id_is_kept() {
        let error = refusal(404, &[("X-Request-Id", "r-1")], "");
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
        assert_eq!(error.message, "the answer has no content");
    }
}
