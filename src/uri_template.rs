//! URI templates (RFC 6570), the subset the vendors' pages need: `{name}`, `{?a,b*}` and `{&a}`.
//!
//! Two characters are allowed in variable names beyond the RFC, because the
//! vendors' own names have them: `$` (`$top`) and `-` (`identity-id`). A name
//! is percent-encoded when it is expanded into a query.

use serde_json::{Map, Value};

use crate::http::percent_encode;

/// Why a template could not be expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpandError {
    /// A path parameter is missing, null or empty.
    Missing(String),
    /// A parameter is an object, or an array where one value is expected.
    NotAValue(String),
    /// A path parameter is `.` or `..`, which URL parsers read as path arithmetic, encoded or not.
    DotSegment(String),
}

/// Whether a template is well formed; a row whose template is not does not compile.
pub const fn is_valid(template: &str) -> bool {
    let bytes = template.as_bytes();
    if bytes.is_empty() || !matches!(bytes.first(), Some(b'/')) {
        return false;
    }
    let mut rest = bytes;
    let mut inside = false;
    let mut name_length = 0;
    while let Some((byte, tail)) = rest.split_first() {
        match (inside, *byte) {
            (false, b'{') => {
                inside = true;
                name_length = 0;
                if let Some((b'?' | b'&', after)) = tail.split_first() {
                    rest = after;
                    continue;
                }
            }
            (true, b'}' | b',') => {
                if name_length == 0 {
                    return false;
                }
                inside = *byte == b',';
                name_length = 0;
            }
            (true, b'*') => {
                if name_length == 0 || !matches!(tail.first(), Some(b'}' | b',')) {
                    return false;
                }
            }
            (true, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'$' | b'-') => {
                name_length += 1;
            }
            (true, _) | (false, b'}' | b' ' | b'?' | b'#' | 0..=0x1f | 0x7f..) => return false,
            (false, _) => {}
        }
        rest = tail;
    }
    !inside
}

/// One piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text that stands as it is.
    Literal(&'t str),
    /// A path parameter.
    Path(&'t str),
    /// A query parameter; `explode` repeats it for each member of an array.
    Query {
        /// The parameter's name.
        name: &'t str,
        /// Whether an array becomes several fields.
        explode: bool,
    },
}

/// The pieces of a template, in order.
pub fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((literal, tail)) = rest.split_once('{') {
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        let (expression, after) = tail.split_once('}').unwrap_or((tail, ""));
        match expression.strip_prefix(['?', '&']) {
            Some(names) => pieces.extend(
                names
                    .split(',')
                    .map(|name| Piece::Query { name: name.trim_end_matches('*'), explode: name.ends_with('*') }),
            ),
            None => pieces.push(Piece::Path(expression)),
        }
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

/// The template without its query: the part the vendor's page prints as the path.
pub fn path_of(template: &str) -> &str {
    // A question mark stands nowhere else. Searching for a character keeps the search for texts out of the wasm.
    match template.split_once('?') {
        Some((path, _)) => path.trim_end_matches('{'),
        None => template,
    }
}

/// Expands a template with the given parameters; a query parameter that is absent or null is left out.
pub fn expand(template: &str, params: &Map<String, Value>) -> Result<String, ExpandError> {
    let mut url = String::with_capacity(template.len() + 32);
    let mut separator = '?';
    for piece in pieces(template) {
        match piece {
            Piece::Literal(text) => url.push_str(text),
            Piece::Path(name) => {
                let text = params
                    .get(name)
                    .map(|value| scalar(name, value))
                    .transpose()?
                    .flatten()
                    .filter(|text| !text.is_empty())
                    .ok_or_else(|| ExpandError::Missing(name.into()))?;
                if matches!(text.as_str(), "." | "..") {
                    return Err(ExpandError::DotSegment(name.into()));
                }
                percent_encode(&text, &mut url);
            }
            Piece::Query { name, explode } => {
                for text in query_values(name, explode, params.get(name))? {
                    url.push(separator);
                    separator = '&';
                    percent_encode(name, &mut url);
                    url.push('=');
                    percent_encode(&text, &mut url);
                }
            }
        }
    }
    Ok(url)
}

/// Matches a path (without query) against a template and gives the path parameters, still percent-encoded.
///
/// A parameter takes one whole segment and is never empty.
pub fn match_path<'p>(template: &'static str, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
    let mut segments = path.split('/');
    let mut found = Vec::new();
    for expected in path_of(template).split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !segment.is_empty() => found.push((name, segment)),
            Some(_) => return None,
            None if expected == segment => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(found)
}

fn query_values(name: &str, explode: bool, value: Option<&Value>) -> Result<Vec<String>, ExpandError> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::Array(members)) => {
            let mut texts = Vec::with_capacity(members.len());
            for member in members {
                texts.extend(scalar(name, member)?);
            }
            if !explode && !texts.is_empty() {
                texts = vec![texts.join(",")];
            }
            Ok(texts)
        }
        Some(value) => Ok(scalar(name, value)?.into_iter().collect()),
    }
}

fn scalar(name: &str, value: &Value) -> Result<Option<String>, ExpandError> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(if *flag { "true" } else { "false" }.into())),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Array(_) | Value::Object(_) => Err(ExpandError::NotAValue(name.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn expanded(template: &str, params: Value) -> Result<String, ExpandError> {
        let Value::Object(params) = params else { panic!("parameters are an object") };
        expand(template, &params)
    }

    #[test]
    fn a_template_of_the_vendors_is_valid() {
        const { assert!(is_valid("/DST/{id}/note/{noteId}")) };
        const { assert!(is_valid("/DSTs{?template,$top,tags*}")) };
        const { assert!(is_valid("/user/{id}/identity/{identity-id}/appearance")) };
    }

    #[test]
    fn a_broken_template_is_not_valid() {
        for template in ["", "DSTs", "/{", "/{}", "/a}b", "/{a", "/{?}", "/{a,}", "/{a*b}", "/a b", "/a?b=c"] {
            assert!(!is_valid(template), "{template}");
        }
    }

    #[test]
    fn a_path_parameter_is_encoded_whole() {
        assert_eq!(expanded("/resource/{id}", json!({"id": "a/b?c"})), Ok("/resource/a%2Fb%3Fc".into()));
    }

    #[test]
    fn dots_cannot_climb_out_of_their_segment() {
        assert_eq!(expanded("/resource/{id}", json!({"id": ".."})), Err(ExpandError::DotSegment("id".into())));
    }

    #[test]
    fn a_missing_path_parameter_is_named() {
        assert_eq!(expanded("/DST/{id}", json!({"id": ""})), Err(ExpandError::Missing("id".into())));
    }

    #[test]
    fn query_parameters_keep_the_vendors_names() {
        assert_eq!(
            expanded("/DSTs{?template,$top,$filter}", json!({"template": true, "$filter": "title==Sample Template"})),
            Ok("/DSTs?template=true&%24filter=title%3D%3DSample%20Template".into())
        );
    }

    #[test]
    fn an_array_is_repeated_when_the_template_explodes_it() {
        assert_eq!(expanded("/a{?x*}", json!({"x": [1, 2]})), Ok("/a?x=1&x=2".into()));
        assert_eq!(expanded("/a{?x}", json!({"x": [1, 2]})), Ok("/a?x=1%2C2".into()));
    }

    #[test]
    fn an_object_is_no_parameter() {
        assert_eq!(expanded("/a{?x}", json!({"x": {}})), Err(ExpandError::NotAValue("x".into())));
    }

    #[test]
    fn a_path_matches_segment_by_segment() {
        assert_eq!(match_path("/DST/{id}/note/{noteId}", "/DST/7/note/14"), Some(vec![("id", "7"), ("noteId", "14")]));
        assert_eq!(match_path("/DSTs{?$top}", "/DSTs"), Some(vec![]));
        for path in ["/DST/7/note/", "/DST//note/14", "/DST/7/note/14/", "/dst/7/note/14", "/DST/7"] {
            assert_eq!(match_path("/DST/{id}/note/{noteId}", path), None, "{path}");
        }
    }
}
