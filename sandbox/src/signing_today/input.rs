//! What clients send to make or change a transaction, and how it is read.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::answer::Fault;
use crate::{clock, lenient, pdf};

use super::model::{FillableForm, SignatureRequest, SignersGroup};

/// A transaction as sent to `POST /DSTs`, `PUT /DST/{id}` and the robot's calls.
/// Fields that are absent or null change nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DstInput {
    pub(crate) title: Option<String>,
    #[serde(deserialize_with = "nothing_for_null")]
    pub(crate) documents: Option<Vec<DocumentInput>>,
    pub(crate) status: Option<String>,
    pub(crate) expires_at: Option<String>,
    #[serde(deserialize_with = "lenient::optional_list")]
    pub(crate) tags: Option<Vec<String>>,
    #[serde(deserialize_with = "lenient::optional_boolean")]
    pub(crate) template: Option<bool>,
    #[serde(deserialize_with = "lenient::optional_boolean")]
    pub(crate) public_template: Option<bool>,
    #[serde(deserialize_with = "lenient::optional_list")]
    pub(crate) cc_groups: Option<Vec<String>>,
    #[serde(deserialize_with = "lenient::optional_list")]
    pub(crate) cc_users: Option<Vec<String>>,
    #[serde(deserialize_with = "lenient::optional_boolean")]
    pub(crate) urgent: Option<bool>,
    pub(crate) extra_data: Option<Map<String, Value>>,
}

/// One document of it: an existing resource, or a file to take in.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DocumentInput {
    #[serde(deserialize_with = "lenient::integer")]
    pub(crate) id: Option<i64>,
    pub(crate) plain_document_uuid: Option<String>,
    pub(crate) resource: Option<ResourceInput>,
    #[serde(deserialize_with = "lenient::optional_list")]
    pub(crate) forms: Option<Vec<FillableForm>>,
    #[serde(deserialize_with = "lenient::optional_list")]
    pub(crate) signature_requests: Option<Vec<SignatureRequest>>,
    #[serde(deserialize_with = "lenient::optional_list")]
    pub(crate) signer_groups: Option<Vec<SignersGroup>>,
    pub(crate) extra_data: Option<Map<String, Value>>,
}

/// A file to take in.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ResourceInput {
    pub(crate) filename: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) resource_type: Vec<String>,
    pub(crate) title: Option<String>,
    pub(crate) source: Option<SourceInput>,
}

/// Where the file's bytes are.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SourceInput {
    #[serde(rename = "type")]
    kind: String,
    #[serde(deserialize_with = "embedded")]
    embedded_data: Option<Result<Vec<u8>, String>>,
    #[serde(rename = "sourceURL")]
    source_url: Option<String>,
}

/// A source that can be used.
#[derive(Debug, PartialEq)]
pub(crate) enum Source {
    Bytes(Vec<u8>),
    Url(String),
}

/// `rolesMapping` and the changes to a template.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct InstantiateInput {
    pub(crate) template_patches: Option<DstInput>,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) roles_mapping: Vec<RoleInput>,
}

/// Who plays a template's role.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RoleInput {
    pub(crate) role_name: String,
    pub(crate) signer: super::model::Signer,
}

impl DstInput {
    /// Whether the flow is to start at once; any other status than the two documented ones is a fault.
    pub(crate) fn publishes(&self) -> Result<bool, Fault> {
        match self.status.as_deref() {
            None | Some("draft") => Ok(false),
            Some("published") => Ok(true),
            Some(other) => Err(Fault::argument("status", format!("{other:?} is neither draft nor published"))),
        }
    }

    /// The moment it expires, which must be to come.
    pub(crate) fn expiry(&self, now: clock::Millis) -> Result<Option<clock::Millis>, Fault> {
        let Some(text) = self.expires_at.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
        match clock::parse(text) {
            Some(at) if at > now => Ok(Some(at)),
            Some(_) => Err(Fault::argument("expiresAt", "the expiry is in the past")),
            None => Err(Fault::argument("expiresAt", format!("{text:?} is not a date-time"))),
        }
    }
}

impl ResourceInput {
    /// Takes the source out, if it is usable. `target` names the resource in faults.
    pub(crate) fn source(&mut self, target: &str) -> Result<Source, Fault> {
        if let Some(other) = self.resource_type.iter().find(|kind| *kind != "PDF_Document") {
            return Err(Fault::argument(format!("{target}.resourceType"), format!("{other:?} is not PDF_Document")));
        }
        let Some(source) = self.source.take() else {
            return Err(Fault::argument(format!("{target}.source"), "the source is missing"));
        };
        match (source.kind.as_str(), source.embedded_data, source.source_url) {
            ("Embedded", Some(Ok(bytes)), _) if pdf::is_pdf(&bytes) => Ok(Source::Bytes(bytes)),
            ("Embedded", Some(Ok(_)), _) => {
                Err(Fault::argument(format!("{target}.source.embeddedData"), "the data is not a PDF"))
            }
            ("Embedded", Some(Err(cause)), _) => Err(Fault::argument(format!("{target}.source.embeddedData"), cause)),
            ("Embedded", None, _) => {
                Err(Fault::argument(format!("{target}.source.embeddedData"), "the data is missing"))
            }
            ("URL", _, Some(url)) if url.starts_with("http://") || url.starts_with("https://") => Ok(Source::Url(url)),
            ("URL", _, _) => {
                Err(Fault::argument(format!("{target}.source.sourceURL"), "an http or https URL is expected"))
            }
            (other, _, _) => {
                Err(Fault::argument(format!("{target}.source.type"), format!("{other:?} is neither Embedded nor URL")))
            }
        }
    }
}

/// Decodes base64 while the body is read, so that a large document is never held twice as text.
fn embedded<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Result<Vec<u8>, String>>, D::Error> {
    struct Visitor;
    impl serde::de::Visitor<'_> for Visitor {
        type Value = Option<Result<Vec<u8>, String>>;

        fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
            formatter.write_str("a file in base64")
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(decode(text)))
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    from.deserialize_any(Visitor)
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    // Clients send data URLs, line breaks and missing padding.
    let text = text.split_once(";base64,").map_or(text, |(_, data)| data);
    let decoded = if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        LENIENT.decode(text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>())
    } else {
        LENIENT.decode(text)
    };
    decoded.map_err(|cause| format!("the data is not base64: {cause}"))
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

// Not `lenient::optional_list`: that one goes through `Value`, which would copy every embedded file.
fn nothing_for_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<DocumentInput>>, D::Error> {
    Option::deserialize(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(source: &str) -> Result<Source, Fault> {
        let text = format!(r#"{{"resourceType": ["PDF_Document"], "source": {source}}}"#);
        serde_json::from_str::<ResourceInput>(&text).unwrap().source("documents[0].resource")
    }

    #[test]
    fn embedded_data_may_have_line_breaks_and_a_prefix() {
        let expected = Ok(Source::Bytes(b"%PDF-1.4".to_vec()));
        assert_eq!(resource(r#"{"type": "Embedded", "embeddedData": "JVBERi0xLjQ="}"#), expected);
        assert_eq!(
            resource(r#"{"type": "Embedded", "embeddedData": "data:application/pdf;base64,JVBE\nRi0xLjQ"}"#),
            expected
        );
    }

    #[test]
    fn a_source_that_cannot_be_used_names_its_place() {
        let target = |source| serde_json::to_value(resource(source).unwrap_err()).unwrap()["target"].clone();
        assert_eq!(
            target(r#"{"type": "Embedded", "embeddedData": "%%"}"#),
            "documents[0].resource.source.embeddedData"
        );
        assert_eq!(
            target(r#"{"type": "Embedded", "embeddedData": "aGVsbG8="}"#),
            "documents[0].resource.source.embeddedData"
        );
        assert_eq!(
            target(r#"{"type": "URL", "sourceURL": "file:///etc/passwd"}"#),
            "documents[0].resource.source.sourceURL"
        );
        assert_eq!(target(r#"{"type": "Paper"}"#), "documents[0].resource.source.type");
    }

    #[test]
    fn an_expiry_in_the_past_or_unreadable_is_a_fault() {
        let input = |text: &str| DstInput { expires_at: Some(text.into()), ..DstInput::default() };
        assert_eq!(input("1970-01-01T00:00:01Z").expiry(0), Ok(Some(1000)));
        assert!(input("1970-01-01T00:00:01Z").expiry(1000).is_err());
        assert!(input("soon").expiry(0).is_err());
    }
}
