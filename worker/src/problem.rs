//! Problem details (RFC 9457): every refusal of the edge, in words a caller can act on.

use serde_json::{Map, Value, json};

/// One kind of refusal: its type, status and title are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    slug: &'static str,
    status: u16,
    title: &'static str,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:literal $slug:literal $title:literal;)+) => {
        impl Kind {
            $($(#[doc = $doc])+ pub const $name: Self = Self { slug: $slug, status: $status, title: $title };)+
            /// All kinds, for the description of the edge.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

kinds! {
    /// The path is not one the edge passes on.
    BAD_PATH = 400 "bad-path" "Malformed path";
    /// A parameter of the edge's own routes is wrong.
    BAD_PARAMETER = 400 "bad-parameter" "Malformed parameter";
    /// The body breaks off, or is not what its header says.
    BAD_BODY = 400 "bad-body" "Malformed body";
    /// No token, or one that does not verify.
    UNAUTHORIZED = 401 "unauthorized" "Edge token missing or not valid";
    /// The delivery does not prove that it comes from the vendor.
    UNVERIFIED = 401 "unverified" "Webhook not verified";
    /// The token belongs to another connection.
    WRONG_CONNECTION = 403 "wrong-connection" "Token is for another connection";
    /// The token does not allow the operation.
    INSUFFICIENT_SCOPE = 403 "insufficient-scope" "Scope does not allow this operation";
    /// The operation is the edge's own business.
    NOT_PASSED_ON = 403 "not-passed-on" "Operation is not passed on";
    /// The page's origin is not configured.
    ORIGIN_NOT_ALLOWED = 403 "origin-not-allowed" "Origin is not allowed";
    /// No such connection.
    UNKNOWN_CONNECTION = 404 "unknown-connection" "Unknown connection";
    /// The vendor's page has no such operation.
    UNKNOWN_ROUTE = 404 "unknown-route" "Unknown route";
    /// The path exists with other methods.
    METHOD_NOT_ALLOWED = 405 "method-not-allowed" "Method not allowed";
    /// The body is larger than the connection allows.
    TOO_LARGE = 413 "too-large" "Body too large";
    /// The live stream is a WebSocket.
    UPGRADE_REQUIRED = 426 "upgrade-required" "WebSocket expected";
    /// The edge itself failed.
    INTERNAL = 500 "internal" "The edge failed";
    /// The vendor could not be reached or broke off.
    VENDOR_UNREACHABLE = 502 "vendor-unreachable" "No answer from the vendor";
    /// The vendor turned the connection's credential down.
    CREDENTIAL_REFUSED = 502 "credential-refused" "The vendor refuses the connection's credential";
    /// The edge is not configured.
    NOT_CONFIGURED = 503 "not-configured" "The edge is not configured";
    /// The vendor token was renewed, but the body is gone; the call was not carried out.
    CREDENTIAL_RENEWED = 503 "credential-renewed" "The vendor token was renewed, send the call again";
    /// The vendor took too long.
    VENDOR_TIMEOUT = 504 "vendor-timeout" "The vendor took too long";
}

impl Kind {
    /// The type: a URI reference, resolved against the edge's own address.
    pub fn uri(self) -> String {
        format!("/problems/{}", self.slug)
    }

    /// The last part of the type, by which [`Kind::find`] finds it.
    pub const fn slug(self) -> &'static str {
        self.slug
    }

    /// The status code.
    pub const fn status(self) -> u16 {
        self.status
    }

    /// The title: the same for every problem of this kind.
    pub const fn title(self) -> &'static str {
        self.title
    }

    /// The kind whose type ends in `slug`.
    pub fn find(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug == slug)
    }
}

/// A problem: a kind, and what is wrong this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The kind.
    pub kind: Kind,
    /// What is wrong this time and what to do about it.
    pub detail: String,
    /// Further members, for programs.
    pub members: Map<String, Value>,
}

impl Problem {
    /// A problem with its explanation.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), members: Map::new() }
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.into(), value.into());
        self
    }

    /// The JSON body.
    pub fn body(&self) -> String {
        let mut body = Map::new();
        body.insert("type".into(), self.kind.uri().into());
        body.insert("title".into(), self.kind.title.into());
        body.insert("status".into(), json!(self.kind.status));
        body.insert("detail".into(), self.detail.clone().into());
        body.extend(self.members.clone());
        Value::Object(body).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_type_title_status_and_detail() {
        let problem = Problem::new(Kind::TOO_LARGE, "30000000 bytes, 26214400 are allowed").with("limit", 26_214_400);
        let body: Value = serde_json::from_str(&problem.body()).expect("JSON");
        assert_eq!(
            body,
            json!({"type": "/problems/too-large", "title": "Body too large", "status": 413,
                   "detail": "30000000 bytes, 26214400 are allowed", "limit": 26_214_400})
        );
    }

    #[test]
    fn every_kind_has_its_own_type() {
        for kind in Kind::ALL {
            assert_eq!(Kind::find(kind.slug), Some(*kind));
        }
    }
}
