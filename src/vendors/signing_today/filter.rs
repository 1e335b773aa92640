//! `$filter` and `$orderBy` without mistakes in quoting.
//! <https://developer.signing.today/v2/#:~:text=A%20filter%20definition>

use std::fmt;

use serde::{Deserialize, Serialize};

/// A `$filter` expression.
///
/// The page documents no grammar, only `name == "Milk" or surname == "Bread"`
/// and `title==Sample Template`; both look like RSQL, whose rules for quoting,
/// `and` and parentheses are followed here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filter(String);

impl Filter {
    /// What has this value in this field. The value may come from a user: it is quoted.
    // A field's name cannot be quoted, so it must come from the program.
    pub fn equals(field: &'static str, value: &str) -> Self {
        let mut text = format!("{field}==\"");
        for character in value.chars() {
            if matches!(character, '"' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
        text.push('"');
        Self(text)
    }

    /// An expression of your own, sent as it is.
    pub fn raw(expression: impl Into<String>) -> Self {
        Self(expression.into())
    }

    /// What matches either expression.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(format!("{} or {}", self.0, other.0))
    }

    /// What matches both expressions.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(format!("{} and {}", self.as_operand(), other.as_operand()))
    }

    // `and` binds tighter than `or`, so an alternative is put in parentheses.
    fn as_operand(&self) -> String {
        if has_alternative(&self.0) { format!("({})", self.0) } else { self.0.clone() }
    }
}

/// Whether an ` or ` or a `,` stands outside quotes and parentheses.
fn has_alternative(expression: &str) -> bool {
    let (mut quote, mut escaped, mut depth) = (None, false, 0_u32);
    for (at, character) in expression.char_indices() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => return true,
            (None, ' ') if depth == 0 && expression.get(at..).is_some_and(|rest| rest.starts_with(" or ")) => {
                return true;
            }
            (None, _) => {}
        }
    }
    false
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An `$orderBy` definition: a field and a direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderBy(String);

impl OrderBy {
    /// The smallest or oldest first. The page shows no word for this direction, so none is sent.
    pub fn ascending(field: &str) -> Self {
        Self(field.to_owned())
    }

    /// The greatest or newest first.
    pub fn descending(field: &str) -> Self {
        Self(format!("{field},desc"))
    }
}

impl fmt::Display for OrderBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        let filter = Filter::equals("title", r#"a" or title=="b\"#);
        assert_eq!(filter.to_string(), r#"title=="a\" or title==\"b\\""#);
    }

    #[test]
    fn the_example_of_the_page_can_be_built() {
        let filter = Filter::equals("name", "Milk").or(Filter::equals("surname", "Bread"));
        assert_eq!(filter.to_string(), r#"name=="Milk" or surname=="Bread""#);
    }

    #[test]
    fn an_alternative_under_and_gets_parentheses() {
        let either = Filter::equals("name", "Milk").or(Filter::equals("name", "Bread"));
        let filter = Filter::equals("role", "signer").and(either);
        assert_eq!(filter.to_string(), r#"role=="signer" and (name=="Milk" or name=="Bread")"#);
    }

    #[test]
    fn an_or_inside_a_value_is_no_alternative() {
        let filter = Filter::equals("title", "now or \"never\", perhaps").and(Filter::raw("urgent==true"));
        assert_eq!(filter.to_string(), r#"title=="now or \"never\", perhaps" and urgent==true"#);
    }

    #[test]
    fn an_order_is_a_field_and_a_direction() {
        assert_eq!(OrderBy::descending("updatedAt").to_string(), "updatedAt,desc");
        assert_eq!(OrderBy::ascending("updatedAt").to_string(), "updatedAt");
    }
}
