//! A request as a plain value, with the lenient readings foreign clients need.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::answer::{Answer, bad_argument};
use crate::form::{self, Form};
use crate::lenient;

/// One request, body and all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) method: String,
    /// Below the vendor's base, without doubled slashes: `/DST/{id}/note`.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    /// Scheme and host the client used; ticket URLs are built from it.
    pub(crate) origin: String,
    pub(crate) authorization: Option<String>,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    /// Path parameters, named as in the route's template.
    pub(crate) parameters: BTreeMap<String, String>,
}

impl Call {
    /// A path parameter; empty if the route has none of that name.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// A path parameter that must be a number. A path that cannot name anything is a 404.
    pub(crate) fn number_parameter(&self, name: &str) -> Result<i64, Answer> {
        self.parameter(name).parse().map_err(|_| crate::answer::not_found())
    }

    /// A query parameter that was given and is not empty.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// A query parameter that the document requires.
    pub(crate) fn required_query(&self, name: &str) -> Result<&str, Answer> {
        self.query(name).ok_or_else(|| bad_argument(name, format!("the query parameter {name} is required")))
    }

    /// A boolean query parameter.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Answer> {
        let Some(text) = self.query(name) else { return Ok(None) };
        let flag = lenient::flag(text);
        flag.map(Some).ok_or_else(|| bad_argument(name, format!("{text:?} is neither true nor false")))
    }

    /// A query parameter counting something.
    pub(crate) fn count(&self, name: &str) -> Result<Option<usize>, Answer> {
        let Some(text) = self.query(name) else { return Ok(None) };
        let count = text.parse();
        count.map(Some).map_err(|_| bad_argument(name, format!("{text:?} is not a number of items")))
    }

    /// The body as JSON; the media type is not looked at.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        serde_json::from_slice(&self.body)
            .map_err(|cause| bad_argument("body", format!("the body is not what is expected: {cause}")))
    }

    /// The body as a form of either encoding.
    pub(crate) fn form(&self) -> Result<Form, Answer> {
        Form::read(&self.content_type, &self.body)
            .ok_or_else(|| bad_argument("body", "the body is not complete multipart/form-data"))
    }

    /// The bearer token, whatever the scheme's case.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.authorization.as_deref()?.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// The user and password of Basic authentication, form-decoded as RFC 6749, 2.3.1 asks.
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        use base64::Engine;
        let (scheme, credentials) = self.authorization.as_deref()?.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = base64::engine::general_purpose::STANDARD.decode(credentials.trim()).ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        let (user, password) = decoded.split_once(':')?;
        Some((form::unescape_form(user), form::unescape_form(password)))
    }
}

/// `//DSTs///` is read as `/DSTs`.
pub(crate) fn tidy(path: &str) -> String {
    path.split('/').filter(|part| !part.is_empty()).fold(String::new(), |path, part| path + "/" + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(authorization: &str, query: &str) -> Call {
        Call { authorization: Some(authorization.into()), query: form::pairs(query), ..Call::default() }
    }

    #[test]
    fn the_schemes_case_does_not_matter() {
        assert_eq!(call("bearer b22a5ce4", "").bearer(), Some("b22a5ce4"));
        assert_eq!(call("BASIC Y2xpZW50OnNlY3JldA==", "").basic(), Some(("client".into(), "secret".into())));
        assert_eq!(call("Basic Y2xpZW50OnNlY3JldA==", "").bearer(), None);
    }

    #[test]
    fn basic_parts_are_form_decoded() {
        // "cl%3Aient:se+cret"
        assert_eq!(call("Basic Y2wlM0FpZW50OnNlK2NyZXQ=", "").basic(), Some(("cl:ient".into(), "se cret".into())));
    }

    #[test]
    fn a_boolean_in_the_query_may_be_pythons() {
        assert_eq!(call("", "template=True").flag("template"), Ok(Some(true)));
        assert_eq!(call("", "template=").flag("template"), Ok(None));
        assert_eq!(call("", "template=maybe").flag("template").unwrap_err().status, 400);
    }

    #[test]
    fn doubled_slashes_are_read_as_one() {
        assert_eq!(tidy("//DST//1/note/"), "/DST/1/note");
        assert_eq!(tidy("/"), "");
    }
}
