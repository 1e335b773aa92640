//! HTTP messages as plain data: what a transport sends and what it brings back.

use std::{any::Any, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::threads::{MaybeSend, MaybeSync};

/// The methods the vendors' pages use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or does what no other method says.
    Post,
    /// Replaces.
    Put,
    /// Changes in part.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    // The names as the vendors' pages print them, for the rows of `endpoints!`.
    pub(crate) const GET: Self = Self::Get;
    pub(crate) const POST: Self = Self::Post;
    pub(crate) const PUT: Self = Self::Put;
    pub(crate) const PATCH: Self = Self::Patch;
    pub(crate) const DELETE: Self = Self::Delete;

    /// The method as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Reads a method off the wire; methods are case-sensitive (RFC 9110, 9.1).
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete].into_iter().find(|method| method.as_str() == text)
    }

    /// Whether RFC 9110 (9.2.2) calls the method idempotent.
    pub const fn is_idempotent(self) -> bool {
        matches!(self, Self::Get | Self::Put | Self::Delete)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What a message's content is, as far as the pipeline cares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentKind {
    /// No content.
    #[default]
    Empty,
    /// `application/json`.
    Json,
    /// `multipart/form-data`.
    Multipart,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `text/plain`.
    Text,
    /// Bytes of any other kind: a PDF, an archive, a picture.
    Binary,
}

/// Header fields in the order they were added; names compare without case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No fields.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Replaces a field.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(field, _)| !field.eq_ignore_ascii_case(name));
        self.append(name, value);
    }

    /// Adds a field and keeps those of the same name.
    pub fn append(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_ascii_lowercase(), value.into()));
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in fields {
            headers.append(name.as_ref(), value);
        }
        headers
    }
}

/// A body the platform holds and the core only passes on: a `Blob`, a stream, a parsed value.
///
/// Keeping it opaque lets a document travel from a page to a vendor without
/// being copied into wasm memory.
#[derive(Clone)]
pub struct Foreign {
    value: Arc<AnyHandle>,
    replayable: bool,
}

#[cfg(target_arch = "wasm32")]
type AnyHandle = dyn Any;
#[cfg(not(target_arch = "wasm32"))]
type AnyHandle = dyn Any + Send + Sync;

impl Foreign {
    /// Wraps a platform value.
    // A JavaScript value is neither Send nor Sync; on that target there is one thread.
    #[allow(clippy::arc_with_non_send_sync)]
    pub fn new(value: impl Any + MaybeSend + MaybeSync) -> Self {
        Self { value: Arc::new(value), replayable: true }
    }

    /// Wraps a platform value that can be read only once, such as a stream; a call with it is never repeated.
    pub fn once(value: impl Any + MaybeSend + MaybeSync) -> Self {
        Self { replayable: false, ..Self::new(value) }
    }

    /// The platform value, if it is a `T`.
    pub fn downcast_ref<T: 'static>(&self) -> Option<&T> {
        self.value.downcast_ref()
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Foreign(..)")
    }
}

/// A message's content. It prints its length only: bodies are documents and tokens.
#[derive(Clone, Default)]
pub enum Body {
    /// No content.
    #[default]
    Empty,
    /// Content in memory.
    Bytes(Vec<u8>),
    /// Content held by the platform.
    Foreign(Foreign),
}

impl Body {
    /// The content in memory; empty for no content and for content the platform holds.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Empty | Self::Foreign(_) => &[],
        }
    }

    /// Whether the content can be sent a second time.
    pub const fn is_replayable(&self) -> bool {
        !matches!(self, Self::Foreign(Foreign { replayable: false, .. }))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("Empty"),
            Self::Bytes(bytes) => write!(formatter, "{} bytes", bytes.len()),
            Self::Foreign(foreign) => foreign.fmt(formatter),
        }
    }
}

/// A request ready for a transport. It prints without header values: they carry tokens.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL.
    pub url: String,
    /// The header fields, authorization included.
    pub headers: Headers,
    /// The content.
    pub body: Body,
    /// What a successful answer carries, so that a transport can keep it in the platform's best form.
    pub expects: ContentKind,
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &names)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// An answer, complete: the transport has read the whole body.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The content. For a status outside 200–299 it is always in memory.
    pub body: Body,
}

impl Response {
    /// Whether the status is 200–299.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The media type without parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.headers.get("content-type")?;
        let essence = value.split(';').next().unwrap_or(value).trim();
        (!essence.is_empty()).then(|| essence.to_ascii_lowercase())
    }
}

/// Encodes one name or value for a URL: everything but RFC 3986's unreserved characters.
pub fn percent_encode(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            into.push('%');
            for nibble in [byte >> 4, byte & 0x0f] {
                into.push(char::from(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0')));
            }
        }
    }
}

/// Encodes fields as `application/x-www-form-urlencoded`.
pub fn form_encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut encoded = String::new();
    for (name, value) in fields {
        if !encoded.is_empty() {
            encoded.push('&');
        }
        percent_encode(name, &mut encoded);
        encoded.push('=');
        percent_encode(value, &mut encoded);
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_compare_without_case() {
        let headers: Headers = [("Retry-After", "3")].into_iter().collect();
        assert_eq!(headers.get("retry-after"), Some("3"));
    }

    #[test]
    fn a_request_prints_no_header_value() {
        let request = Request {
            method: Method::Get,
            url: "https://vendor.example/DSTs".into(),
            headers: [("authorization", "Bearer s3cret")].into_iter().collect(),
            body: Body::Bytes(b"document".to_vec()),
            expects: ContentKind::Json,
        };
        let printed = format!("{request:?}");
        assert!(!printed.contains("s3cret") && !printed.contains("document"));
    }

    #[test]
    fn a_form_is_encoded_so_that_a_plus_survives() {
        assert_eq!(form_encode([("a b", "1+1"), ("c", "ü")]), "a%20b=1%2B1&c=%C3%BC");
    }

    #[test]
    fn the_media_type_has_no_parameters() {
        let response = Response {
            headers: [("content-type", "Application/JSON; charset=utf-8")].into_iter().collect(),
            ..Response::default()
        };
        assert_eq!(response.media_type().as_deref(), Some("application/json"));
    }
}
