//! Reads the fixtures.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use countersign::{
    endpoint::FilePart,
    http::{Body, Headers, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// One operation as the vendor's page shows it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixture {
    /// Where in the page it comes from, and what had to be composed.
    pub(crate) source: String,
    /// The operation.
    pub(crate) route: String,
    /// Path and query parameters as a caller gives them.
    #[serde(default)]
    pub(crate) params: Map<String, Value>,
    /// The body as a caller gives it; a file is `{filename, media_type, text}`.
    #[serde(default)]
    pub(crate) body: Option<Value>,
    /// The request that must come of it.
    pub(crate) expect: Expected,
    /// The documented answer.
    pub(crate) answer: Answer,
}

/// A request without authorization. `{boundary}` stands for the boundary of a multipart body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// JSON, or the text of any other body.
    #[serde(default)]
    pub(crate) body: Option<Value>,
}

/// An answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) content_type: Option<String>,
    /// JSON, or the text of any other body.
    #[serde(default)]
    pub(crate) body: Option<Value>,
}

impl Fixture {
    pub(crate) fn read(id: &str) -> Self {
        let path = folder().join(format!("{id}.json"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("the fixture of {id}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("the fixture of {id}: {error}"))
    }

    /// The typed request of this fixture, without its file.
    pub(crate) fn request<T: DeserializeOwned>(&self) -> T {
        let mut fields = self.params.clone();
        if let Some(mut body) = self.body.clone() {
            if let Value::Object(members) = &mut body {
                members.retain(|_, member| member.get("media_type").is_none());
            }
            fields.insert("body".into(), body);
        }
        serde_json::from_value(fields.into())
            .unwrap_or_else(|error| panic!("{}: the typed request does not take the fixture: {error}", self.route))
    }

    /// The file of a multipart body.
    pub(crate) fn file(&self) -> FilePart {
        let body = self.body.as_ref().expect("a body with a file");
        let file = body.as_object().expect("form fields").values().find(|member| member.get("media_type").is_some());
        let text = |name| file.and_then(|file| file.get(name)?.as_str()).expect("a file's fields").to_owned();
        FilePart {
            field: "",
            filename: text("filename"),
            media_type: text("media_type"),
            bytes: text("text").into_bytes(),
        }
    }
}

impl Answer {
    pub(crate) fn is_json(&self) -> bool {
        self.content_type.as_deref() == Some("application/json")
    }

    pub(crate) fn response(&self) -> Response {
        let body = match &self.body {
            None => Body::Empty,
            Some(Value::String(text)) if !self.is_json() => Body::Bytes(text.clone().into_bytes()),
            Some(value) => Body::Bytes(value.to_string().into_bytes()),
        };
        let headers: Headers = self.content_type.iter().map(|value| ("content-type", value.clone())).collect();
        Response { status: self.status, headers, body }
    }
}

/// Where the fixtures are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/signing-today")
}
