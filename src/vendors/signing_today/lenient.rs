//! Readers for fields the page shows in two forms.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

/// A number or a number written as text: the page shows `"positionX": "100.00"` and calls it a number.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    // A text such as `inf` parses but is no JSON number.
    number.filter(|number| number.is_finite()).map(Some).ok_or_else(|| D::Error::custom("expected a number"))
}

/// A whole number or one written as text: the page shows `"page": 1` and `"page": "1"`.
pub(super) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let integer = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    integer.map(Some).ok_or_else(|| D::Error::custom("expected a whole number"))
}

/// One text or a list whose first text counts: the page and its older schema disagree.
pub(super) fn one<'de, D: Deserializer<'de>, T: From<String>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let texts = texts(deserializer)?;
    Ok(texts.into_iter().next().map(T::from))
}

/// A list of texts, or one text where the vendor leaves the brackets out.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let members = match Value::deserialize(deserializer)? {
        Value::Null => Vec::new(),
        Value::Array(members) => members,
        single => vec![single],
    };
    let text = |member| match member {
        Value::String(text) => Ok(text),
        _ => Err(D::Error::custom("expected a text or a list of texts")),
    };
    members.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_may_be_text() {
        assert_eq!(number(json!("100.00")).ok(), Some(Some(100.0)));
        assert_eq!(number(json!(58.14)).ok(), Some(Some(58.14)));
        assert_eq!(integer(json!("1")).ok(), Some(Some(1)));
        assert_eq!(integer(Value::Null).ok(), Some(None));
    }

    #[test]
    fn a_text_that_is_no_number_is_refused() {
        assert!(number(json!("wide")).is_err());
        assert!(number(json!("inf")).is_err());
        assert!(integer(json!(1.5)).is_err());
    }

    #[test]
    fn a_list_of_one_is_one() {
        assert_eq!(one::<_, String>(json!(["PDF_Document"])).ok(), Some(Some("PDF_Document".into())));
        assert_eq!(one::<_, String>(json!("PDF_Document")).ok(), Some(Some("PDF_Document".into())));
        assert_eq!(texts(json!("7e49d963")).ok(), Some(vec!["7e49d963".into()]));
        assert!(texts(json!([1])).is_err());
    }
}
