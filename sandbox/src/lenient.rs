//! Reads the forms foreign clients really send: numbers and booleans in
//! quotes, one thing where a list is asked for, null for nothing.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// `true`, `"True"`, `1`; anything else, null included, is false.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(flag_of(&Value::deserialize(from)?).unwrap_or(false))
}

/// As [`boolean`], with absence and null kept apart from false.
pub(crate) fn optional_boolean<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(flag_of(&Value::deserialize(from)?))
}

/// `10.14` or `"10.14"`.
pub(crate) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    match Value::deserialize(from)? {
        Value::Number(number) => Ok(number.as_f64()),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => {
            let number: Result<f64, _> = text.trim().parse();
            number.map(Some).map_err(|_| serde::de::Error::custom(format!("{text:?} is not a number")))
        }
        Value::Null => Ok(None),
        _ => Err(serde::de::Error::custom("a number is expected")),
    }
}

/// `1`, `1.0` or `"1"`.
pub(crate) fn integer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(number(from)?.map(|number| number as i64))
}

/// A list, one item instead of a list, or null for an empty one.
pub(crate) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(optional_list(from)?.unwrap_or_default())
}

/// As [`list`], with null kept apart from the empty list.
pub(crate) fn optional_list<'de, D, T>(from: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let items = match Value::deserialize(from)? {
        Value::Null => return Ok(None),
        Value::Array(items) => items,
        one => vec![one],
    };
    let items: Result<Vec<T>, _> = items.into_iter().map(serde_json::from_value).collect();
    items.map(Some).map_err(serde::de::Error::custom)
}

/// A map; null and anything that is no map count as empty.
pub(crate) fn map<'de, D: Deserializer<'de>>(from: D) -> Result<serde_json::Map<String, Value>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Object(map) => map,
        _ => serde_json::Map::new(),
    })
}

/// Text, also when it was sent as a number.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    })
}

/// A boolean as it appears in a query or a form.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

fn flag_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => flag(text),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Sent {
        #[serde(deserialize_with = "number")]
        x: Option<f64>,
        #[serde(deserialize_with = "integer")]
        page: Option<i64>,
        #[serde(deserialize_with = "boolean")]
        urgent: bool,
        #[serde(deserialize_with = "list")]
        kinds: Vec<String>,
    }

    #[test]
    fn quoted_numbers_python_booleans_and_lone_items_are_read() {
        let sent: Sent =
            serde_json::from_str(r#"{"x": "10.14", "page": "2", "urgent": "True", "kinds": "PDF_Document"}"#).unwrap();
        assert_eq!(sent, Sent { x: Some(10.14), page: Some(2), urgent: true, kinds: vec!["PDF_Document".into()] });
    }

    #[test]
    fn null_is_nothing() {
        let sent: Sent = serde_json::from_str(r#"{"x": null, "page": null, "urgent": null, "kinds": null}"#).unwrap();
        assert_eq!(sent, Sent::default());
    }
}
