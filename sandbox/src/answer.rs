//! An answer as a plain value, so that handlers and their tests need no runtime.

use serde::Serialize;
use serde_json::{Value, json};

/// What the sandbox answers. Handlers return it on both sides of `Result`, so
/// that `?` ends a handler with the vendor's own refusal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// A handler's result: an answer, or the refusal that ended it early.
pub(crate) type Outcome = Result<Answer, Answer>;

impl Answer {
    /// An answer with no body.
    pub(crate) fn empty(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A JSON answer.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Answer {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Answer::bytes(status, "application/json", body)
    }

    /// An answer of any media type.
    pub(crate) fn bytes(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer { body: body.into(), ..Answer::empty(status) }.with("content-type", media_type)
    }

    /// A page. Nothing outside the sandbox may be loaded by it, framed scripts included.
    pub(crate) fn html(status: u16, page: String) -> Answer {
        Answer::bytes(status, "text/html; charset=utf-8", page)
            .with("content-security-policy", CONTENT_SECURITY_POLICY)
            .with("cache-control", "no-store")
            .with("referrer-policy", "no-referrer")
    }

    /// Sends the browser on with a GET.
    pub(crate) fn see_other(location: &str) -> Answer {
        Answer::empty(303).with("location", location).with("cache-control", "no-store")
    }

    /// The same answer with one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }
}

// `form-action` is left out on purpose: browsers apply it to redirects too, and
// both the tray and the sign-in page send people on to the app.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     frame-src 'self'; base-uri 'none'; frame-ancestors 'self'";

/// One fault in a request, in the vendor's words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Fault {
    code: &'static str,
    message: String,
    target: String,
}

impl Fault {
    /// A fault of the argument named by `target`, a path such as `documents[0].resource`.
    pub(crate) fn argument(target: impl Into<String>, message: impl Into<String>) -> Fault {
        Fault { code: "BadArgument", message: message.into(), target: target.into() }
    }
}

/// 400: the one status whose body is a list.
pub(crate) fn bad_request(faults: Vec<Fault>) -> Answer {
    Answer::json(400, &faults)
}

/// 400 with a single fault.
pub(crate) fn bad_argument(target: impl Into<String>, message: impl Into<String>) -> Answer {
    bad_request(vec![Fault::argument(target, message)])
}

/// 401, also with the challenge RFC 6750 asks for.
pub(crate) fn unauthorized(message: &str) -> Answer {
    Answer::json(401, &error("Unauthorized", message, Some("Authorization")))
        .with("www-authenticate", "Bearer realm=\"signing-today\", error=\"invalid_token\"")
}

/// 403.
pub(crate) fn forbidden(message: &str) -> Answer {
    Answer::json(403, &error("Forbidden", message, None))
}

/// 404, documented without a body.
pub(crate) fn not_found() -> Answer {
    Answer::empty(404)
}

/// 409: the resource is in a state that does not allow the call.
pub(crate) fn conflict(message: impl AsRef<str>) -> Answer {
    Answer::json(409, &error("IllegalStatus", message.as_ref(), Some("status")))
}

/// 501: in the vendor's catalogue, but not played here.
pub(crate) fn not_played(route: &str) -> Answer {
    Answer::json(501, &error("NotImplemented", &format!("the sandbox does not play {route} yet"), Some(route)))
}

/// 500, the vendor's `ServiceFailureResponse`.
pub(crate) fn failure(message: &str) -> Answer {
    Answer::json(500, &json!({ "code": "IOException", "message": message }))
}

/// The vendor's `ErrorResponse`.
pub(crate) fn error(code: &str, message: &str, target: Option<&str>) -> Value {
    json!({ "code": code, "message": message, "target": target })
}

#[cfg(target_arch = "wasm32")]
impl From<worker::Error> for Answer {
    fn from(cause: worker::Error) -> Answer {
        worker::console_error!("sandbox: {cause}");
        failure(&cause.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_request_is_a_list_and_a_conflict_is_one_object() {
        let bad: Value = serde_json::from_slice(&bad_argument("title", "is missing").body).unwrap();
        assert_eq!(bad[0]["target"], "title");
        let conflict: Value = serde_json::from_slice(&conflict("the DST is signed").body).unwrap();
        assert_eq!(conflict["code"], "IllegalStatus");
        assert!(not_found().body.is_empty());
    }
}
