//! Endpoints: an operation is a row of facts, and a plain struct of parameters beside it.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    auth::AuthScheme,
    error::{DecodeError, RequestError},
    http::{Body, ContentKind, Foreign, Headers, Method, Request, Response, form_encode},
    page::Paging,
    retry::RetrySafety,
    uri_template::{self, ExpandError, Piece},
};

/// The facts of one operation of one vendor.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// The vendor's name, as in [`crate::vendors`].
    pub vendor: &'static str,
    /// The name of the request type, unique within the vendor.
    pub id: &'static str,
    /// What it acts on. `resource:action` is the scope that allows the operation at the edge.
    pub resource: &'static str,
    /// What it does.
    pub action: &'static str,
    /// The method.
    pub method: Method,
    /// The path and query as a URI template, with the vendor's own names.
    pub template: &'static str,
    /// How it is authorized.
    pub auth: AuthScheme,
    /// Whether repeating it can do harm.
    pub retry: RetrySafety,
    /// How it pages.
    pub paging: Paging,
    /// What it takes as body.
    pub consumes: ContentKind,
    /// What it answers.
    pub produces: ContentKind,
    /// What it does, in one sentence. Empty in the npm package's wasm, which lists operations from a file.
    pub summary: &'static str,
    /// The link into the vendor's page. Empty in the npm package's wasm.
    pub doc: &'static str,
}

/// One typed request to one operation.
pub trait Endpoint: Serialize {
    /// What the operation answers.
    type Response: FromResponse;

    /// The operation's facts.
    const OPERATION: &'static Operation;

    /// The files of a multipart body.
    fn files(&self) -> Vec<FilePart> {
        Vec::new()
    }
}

/// A file in a multipart body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePart {
    /// The form field's name.
    pub field: &'static str,
    /// The file's name, shown to people.
    pub filename: String,
    /// Its media type, for example `application/pdf`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A multipart body that holds files.
pub trait Multipart {
    /// The files; the other fields are read by serde.
    fn files(&self) -> Vec<FilePart>;
}

/// A request before it has a base URL and an authorization.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Path and query parameters by the vendor's names.
    pub params: Map<String, Value>,
    /// The body.
    pub body: PartsBody,
}

/// The body of [`Parts`].
#[derive(Clone, Debug, Default)]
pub enum PartsBody {
    /// None.
    #[default]
    Empty,
    /// A value to be written as the operation's content kind says.
    Value(Value),
    /// Form fields, then files.
    Multipart(Value, Vec<FilePart>),
    /// Content the platform holds; without a media type the platform names its own.
    Foreign(Foreign, Option<&'static str>),
}

impl Parts {
    /// Takes a typed request apart: the field `body` is the body, every other field a parameter.
    pub fn of<E: Endpoint>(endpoint: &E) -> Result<Self, RequestError> {
        let value = serde_json::to_value(endpoint)
            .map_err(|error| RequestError(format!("the request cannot be written as JSON: {error}")))?;
        Self::from_value(value, endpoint.files())
    }

    fn from_value(value: Value, files: Vec<FilePart>) -> Result<Self, RequestError> {
        let mut params = match value {
            Value::Object(params) => params,
            // A unit struct: an operation without parameters.
            Value::Null => Map::new(),
            other => return Err(RequestError(format!("a request is an object, not {other}"))),
        };
        let body = match params.remove("body") {
            None | Some(Value::Null) => PartsBody::Empty,
            Some(fields) if !files.is_empty() => PartsBody::Multipart(fields, files),
            Some(body) => PartsBody::Value(body),
        };
        Ok(Self { params, body })
    }
}

impl Operation {
    /// The route as the vendor's page prints it: `METHOD /path`, without the query.
    pub fn route(&self) -> String {
        format!("{} {}", self.method, uri_template::path_of(self.template))
    }

    /// The scope that allows this operation at the edge.
    pub fn scope(&self) -> String {
        format!("{}:{}", self.resource, self.action)
    }

    /// Builds the request, without authorization. `boundary` separates the parts of a multipart body.
    pub fn request(&self, base_url: &str, parts: Parts, boundary: &str) -> Result<Request, RequestError> {
        self.check_names(&parts.params)?;
        let path = uri_template::expand(self.template, &parts.params).map_err(|error| self.explain(error))?;
        let mut headers = Headers::new();
        headers.set("accept", accept(self.produces));
        let body = self.write_body(parts.body, boundary, &mut headers)?;
        Ok(Request {
            method: self.method,
            url: format!("{}{path}", base_url.trim_end_matches('/')),
            headers,
            body,
            expects: self.produces,
        })
    }

    fn write_body(&self, body: PartsBody, boundary: &str, headers: &mut Headers) -> Result<Body, RequestError> {
        let (bytes, media_type) = match body {
            PartsBody::Empty => return Ok(Body::Empty),
            PartsBody::Foreign(foreign, media_type) => {
                if let Some(media_type) = media_type {
                    headers.set("content-type", media_type);
                }
                return Ok(Body::Foreign(foreign));
            }
            _ if self.consumes == ContentKind::Empty => {
                return Err(RequestError(format!("{} takes no body", self.route())));
            }
            PartsBody::Multipart(fields, files) => multipart(&fields, &files, boundary)?,
            PartsBody::Value(value) => match (self.consumes, value) {
                (ContentKind::Multipart, fields) => multipart(&fields, &[], boundary)?,
                (ContentKind::Form, fields) => {
                    let fields = text_fields(&fields)?;
                    let pairs = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                    (form_encode(pairs).into_bytes(), "application/x-www-form-urlencoded".into())
                }
                (ContentKind::Text, Value::String(text)) => (text.into_bytes(), "text/plain".into()),
                (_, value) => (json(&value).into_bytes(), "application/json".into()),
            },
        };
        headers.set("content-type", media_type);
        Ok(Body::Bytes(bytes))
    }

    /// Refuses parameters the operation does not have: a misspelt filter would silently list everything.
    fn check_names(&self, params: &Map<String, Value>) -> Result<(), RequestError> {
        let known = self.parameter_names();
        match params.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(unknown) => Err(RequestError(format!(
                "{} has no parameter `{unknown}`; it takes {}",
                self.route(),
                if known.is_empty() { "none".into() } else { known.join(", ") }
            ))),
        }
    }

    /// The names of the path and query parameters.
    pub fn parameter_names(&self) -> Vec<&'static str> {
        let names = uri_template::pieces(self.template).into_iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Path(name) | Piece::Query { name, .. } => Some(name),
        });
        names.collect()
    }

    fn explain(&self, error: ExpandError) -> RequestError {
        let route = self.route();
        RequestError(match error {
            ExpandError::Missing(name) => format!("{route} needs `{name}`"),
            ExpandError::NotAValue(name) => format!("`{name}` of {route} is one text, number or boolean"),
            ExpandError::DotSegment(name) => format!("`{name}` of {route} cannot be `.` or `..`"),
        })
    }
}

/// Reads a typed answer.
pub trait FromResponse: Sized {
    /// What the answer is on the wire.
    const PRODUCES: ContentKind;

    /// Reads it.
    fn from_response(response: Response) -> Result<Self, DecodeError>;
}

impl<T: DeserializeOwned> FromResponse for T {
    const PRODUCES: ContentKind = ContentKind::Json;

    fn from_response(response: Response) -> Result<Self, DecodeError> {
        serde_json::from_slice(response.body.bytes()).map_err(|error| {
            let found = match (response.media_type(), response.body.bytes()) {
                (_, []) => "no content".into(),
                (Some(media_type), _) if media_type != "application/json" => media_type,
                _ => error.to_string(),
            };
            DecodeError::new(format!("expected the documented JSON, got {found}"), &response)
        })
    }
}

/// An answer without content; what a vendor sends all the same is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Empty;

impl FromResponse for Empty {
    const PRODUCES: ContentKind = ContentKind::Empty;

    fn from_response(_: Response) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}

/// An answer that is a document, an archive or a picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes {
    /// The content.
    pub bytes: Vec<u8>,
    /// The media type the vendor names.
    pub media_type: Option<String>,
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Bytes({} of {:?})", self.bytes.len(), self.media_type)
    }
}

impl FromResponse for Bytes {
    const PRODUCES: ContentKind = ContentKind::Binary;

    fn from_response(response: Response) -> Result<Self, DecodeError> {
        let media_type = response.media_type();
        match response.body {
            Body::Bytes(bytes) => Ok(Self { bytes, media_type }),
            Body::Empty | Body::Foreign(_) => Err(DecodeError::new("expected a document, got no content", &response)),
        }
    }
}

const fn accept(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Json => "application/json",
        // Errors are JSON even where the answer is not.
        _ => "*/*",
    }
}

fn multipart(fields: &Value, files: &[FilePart], boundary: &str) -> Result<(Vec<u8>, String), RequestError> {
    let mut body = Vec::new();
    for (name, value) in text_fields(fields)? {
        let name = quoted(&name);
        let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for file in files {
        let (field, filename) = (quoted(file.field), quoted(&file.filename));
        let media_type: String = file.media_type.chars().filter(|c| !c.is_control()).collect();
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{filename}\"\r\nContent-Type: {media_type}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(&file.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((body, format!("multipart/form-data; boundary={boundary}")))
}

/// Escapes a name for `Content-Disposition` as browsers do (WHATWG HTML, 4.10.21.8).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Form fields as text: scalars as they are, arrays and objects as JSON, null left out.
fn text_fields(fields: &Value) -> Result<Vec<(String, String)>, RequestError> {
    let Value::Object(fields) = fields else {
        return Err(RequestError("a form body is an object of fields".into()));
    };
    let written = fields.iter().filter_map(|(name, value)| match value {
        Value::Null => None,
        Value::String(text) => Some((name.clone(), text.clone())),
        other => Some((name.clone(), json(other))),
    });
    Ok(written.collect())
}

// One way to write JSON: `Display` would bring a second writer into the wasm.
fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Declares the operations of one resource of one vendor.
///
/// A row reads `Name: action METHOD "template" => Response;`, with up to four
/// words before the arrow where the row differs from the rule: `takes` a body,
/// `auth` other than the token, `retry` other than the method's own safety,
/// `paged`. `Name` is a struct beside the table that implements `Serialize`.
macro_rules! endpoints {
    ($vendor:ident, resource $resource:literal, page $page:expr;
     $($(#[doc = $summary:literal])+ $name:ident: $action:ident $method:ident $template:literal
       $(takes $takes:ident)? $(auth $auth:ident)? $(retry $retry:ident)? $(paged $paged:ident)?
       => $response:ty;)+) => {
        $(
            const _: () = assert!($crate::uri_template::is_valid($template), "{}", concat!("not a URI template: ", $template));

            impl $crate::endpoint::Endpoint for $name {
                type Response = $response;
                const OPERATION: &'static $crate::endpoint::Operation = &$crate::endpoint::Operation {
                    vendor: $crate::vendors::$vendor,
                    id: stringify!($name),
                    resource: $resource,
                    action: stringify!($action),
                    method: $crate::http::Method::$method,
                    template: $template,
                    auth: $crate::endpoint::or_default!($($crate::auth::AuthScheme::$auth)?, $crate::auth::AuthScheme::Token),
                    retry: $crate::endpoint::or_default!(
                        $($crate::retry::RetrySafety::$retry)?,
                        if $crate::http::Method::$method.is_idempotent() {
                            $crate::retry::RetrySafety::Safe
                        } else {
                            $crate::retry::RetrySafety::Unsafe
                        }
                    ),
                    paging: $crate::endpoint::or_default!($($crate::page::Paging::$paged)?, $crate::page::Paging::None),
                    consumes: $crate::endpoint::or_default!($($crate::http::ContentKind::$takes)?, $crate::http::ContentKind::Empty),
                    produces: <$response as $crate::endpoint::FromResponse>::PRODUCES,
                    summary: $crate::endpoint::words!(concat!($($summary),+).trim_ascii()),
                    doc: $crate::endpoint::words!($page),
                };
                $($crate::endpoint::files_of!($takes);)?
            }
        )+

        /// The operations of this resource.
        pub const OPERATIONS: &[&$crate::endpoint::Operation] =
            &[$(<$name as $crate::endpoint::Endpoint>::OPERATION),+];
    };
}

/// The given expression, or the default where the row says nothing.
macro_rules! or_default {
    (, $default:expr) => {
        $default
    };
    ($given:expr, $default:expr) => {
        $given
    };
}

/// Words for people. In the npm package they are in a file of their own (`cargo xtask codegen` writes it), where who
/// does not list operations does not load them; in its wasm they would weigh a tenth of it.
#[cfg(not(all(feature = "bindings", target_arch = "wasm32")))]
macro_rules! words {
    ($text:expr) => {
        $text
    };
}
#[cfg(all(feature = "bindings", target_arch = "wasm32"))]
macro_rules! words {
    ($text:expr) => {
        ""
    };
}

/// Only a multipart row has files.
macro_rules! files_of {
    (Multipart) => {
        fn files(&self) -> Vec<$crate::endpoint::FilePart> {
            $crate::endpoint::Multipart::files(&self.body)
        }
    };
    ($other:ident) => {};
}

pub(crate) use {endpoints, files_of, or_default, words};
