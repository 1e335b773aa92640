//! How a vendor cuts a list into pages.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// How an operation pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Paging {
    /// It does not.
    None,
    /// `$top` results after `$skip`; the answer is `{count, values}`.
    Offset,
}

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Page<T> {
    /// How many items there are in all. Only some vendors say so, and only when asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// The items of this page; a missing or null list is an empty one.
    #[serde(default = "Vec::new", deserialize_with = "list_or_null")]
    pub values: Vec<T>,
}

fn list_or_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A page size for callers who name none.
const DEFAULT_TOP: u64 = 50;

impl Paging {
    /// Completes the parameters of a first page.
    pub fn first(self, params: &mut Map<String, Value>) {
        if self == Self::Offset && top(params).is_none() {
            params.insert("$top".into(), DEFAULT_TOP.into());
        }
    }

    /// Turns the parameters of a page that held `received` items into those of the next; `false` if it was the last.
    ///
    /// A page shorter than asked for is the last one.
    pub fn next(self, params: &mut Map<String, Value>, received: usize) -> bool {
        let received = u64::try_from(received).unwrap_or(u64::MAX);
        if self == Self::None || received == 0 || received < top(params).unwrap_or(DEFAULT_TOP) {
            return false;
        }
        let skipped = params.get("$skip").and_then(integer).unwrap_or(0);
        params.insert("$skip".into(), skipped.saturating_add(received).into());
        true
    }
}

fn top(params: &Map<String, Value>) -> Option<u64> {
    params.get("$top").and_then(integer).filter(|top| *top > 0)
}

// A page may hand the number over as text: form fields do.
fn integer(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_is_followed_by_the_next() {
        let mut params = Map::new();
        params.insert("$top".into(), 2.into());
        assert!(Paging::Offset.next(&mut params, 2));
        assert_eq!(params.get("$skip"), Some(&2.into()));
        assert!(Paging::Offset.next(&mut params, 2));
        assert_eq!(params.get("$skip"), Some(&4.into()));
    }

    #[test]
    fn a_short_page_is_the_last() {
        let mut params = Map::new();
        Paging::Offset.first(&mut params);
        assert!(!Paging::Offset.next(&mut params, 49));
        assert!(!Paging::None.next(&mut params, 50));
    }
}
