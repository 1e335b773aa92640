//! `$filter`, `$orderBy`, `$skip` and `$top` over any list of objects.
//!
//! The vendor shows two filters and no grammar: `name == "Milk" or surname ==
//! "Bread"` and an unquoted `title==Sample Template`. Read here as RSQL with
//! words: `and` or `;`, `or` or `,`, parentheses, and `*` as a wildcard.

use std::cmp::Ordering;

use serde_json::Value;

/// A condition on an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Is { field: String, operator: Operator, value: String },
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

// Longer spellings first, so that `<=` is not read as `<`.
const OPERATORS: [(&str, Operator); 10] = [
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("=lt=", Operator::Less),
    ("=le=", Operator::LessOrEqual),
    ("=gt=", Operator::Greater),
    ("=ge=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Filter {
    /// Reads a filter; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Filter, String> {
        let mut reader = Reader { rest: text.trim(), depth: 0 };
        let filter = reader.either()?;
        match reader.rest.trim() {
            "" => Ok(filter),
            rest => Err(format!("{rest:?} was not expected")),
        }
    }

    /// Whether an object meets the condition.
    pub(crate) fn accepts(&self, object: &Value) -> bool {
        match self {
            Filter::And(left, right) => left.accepts(object) && right.accepts(object),
            Filter::Or(left, right) => left.accepts(object) || right.accepts(object),
            Filter::Is { field, operator, value } => compare(lookup(object, field), *operator, value),
        }
    }
}

/// Sorts by `updatedAt,desc` or `updatedAt desc`; the direction is optional.
pub(crate) fn order(items: &mut [Value], order_by: &str) -> Result<(), String> {
    let mut words = order_by.split([',', ' ']).filter(|word| !word.is_empty());
    let field = words.next().ok_or("a field to order by is missing")?;
    let descending = match words.next().map(str::to_ascii_lowercase).as_deref() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(other) => return Err(format!("{other:?} is neither asc nor desc")),
    };
    items.sort_by(|left, right| {
        let ordering = rank(lookup(left, field), lookup(right, field));
        if descending { ordering.reverse() } else { ordering }
    });
    Ok(())
}

struct Reader<'a> {
    rest: &'a str,
    depth: u32,
}

impl Reader<'_> {
    fn either(&mut self) -> Result<Filter, String> {
        let mut left = self.both()?;
        while self.word("or") || self.symbol(",") {
            left = Filter::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Filter, String> {
        let mut left = self.one()?;
        while self.word("and") || self.symbol(";") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Filter, String> {
        if self.symbol("(") {
            self.depth += 1;
            // A deep nest of parentheses must not exhaust the stack.
            if self.depth > 32 {
                return Err("the parentheses nest too deeply".into());
            }
            let inner = self.either()?;
            self.depth -= 1;
            return if self.symbol(")") { Ok(inner) } else { Err("a closing parenthesis is missing".into()) };
        }
        let field = self.take(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.');
        if field.is_empty() {
            return Err(format!("a field is expected at {:?}", self.rest));
        }
        let operator = OPERATORS.iter().find(|(symbol, _)| self.symbol(symbol));
        let Some((_, operator)) = operator else { return Err(format!("an operator is expected after {field}")) };
        Ok(Filter::Is { field, operator: *operator, value: self.value()? })
    }

    fn value(&mut self) -> Result<String, String> {
        self.rest = self.rest.trim_start();
        for quote in ['"', '\''] {
            if let Some(quoted) = self.rest.strip_prefix(quote) {
                let (value, rest) = quoted.split_once(quote).ok_or("a closing quote is missing")?;
                self.rest = rest;
                return Ok(value.to_owned());
            }
        }
        let ends = |text: &str| {
            let lower = text.to_ascii_lowercase();
            text.is_empty()
                || text.starts_with([',', ';', ')'])
                || lower.starts_with(" or ")
                || lower.starts_with(" and ")
        };
        let end = self.rest.char_indices().map(|(at, _)| at).find(|at| self.rest.get(*at..).is_some_and(ends));
        let (value, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len())).unwrap_or((self.rest, ""));
        self.rest = rest;
        Ok(value.trim().to_owned())
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> String {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|letter| !wanted(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken.to_owned()
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(symbol);
        if let Some(rest) = found {
            self.rest = rest;
        }
        found.is_some()
    }

    fn word(&mut self, word: &str) -> bool {
        let trimmed = self.rest.trim_start();
        let found = trimmed.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        let rest = trimmed.get(word.len()..).unwrap_or_default();
        if found && rest.starts_with([' ', '(']) {
            self.rest = rest;
            return true;
        }
        false
    }
}

fn lookup<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(object, |value, name| value.get(name).unwrap_or(&Value::Null))
}

fn compare(found: &Value, operator: Operator, wanted: &str) -> bool {
    if let Value::Array(items) = found {
        // `tags==urgent` asks whether the tag is there.
        let any = items.iter().any(|item| compare(item, Operator::Equal, wanted));
        return any == (operator == Operator::Equal);
    }
    let ordering = match (found.as_f64(), wanted.parse::<f64>()) {
        (Some(found), Ok(wanted)) => found.partial_cmp(&wanted),
        _ => Some(text(found).as_str().cmp(wanted)),
    };
    match operator {
        Operator::Equal => matches(&text(found), wanted) || ordering == Some(Ordering::Equal),
        Operator::Unequal => !matches(&text(found), wanted) && ordering != Some(Ordering::Equal),
        Operator::Less => ordering == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => ordering == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// Equality with `*` as a wildcard.
fn matches(found: &str, wanted: &str) -> bool {
    let mut parts = wanted.split('*');
    let Some(mut rest) = parts.next().and_then(|start| found.strip_prefix(start)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((end, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, tail)) = rest.split_once(part) else { return false };
        rest = tail;
    }
    rest.ends_with(end)
}

fn rank(left: &Value, right: &Value) -> Ordering {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        _ => text(left).cmp(&text(right)),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn accepts(filter: &str) -> bool {
        let dst = json!({"title": "Sample Template", "status": "toSign", "urgent": true, "tags": ["a"], "createdByUser": "u1", "n": 10});
        Filter::parse(filter).unwrap().accepts(&dst)
    }

    #[test]
    fn both_filters_of_the_page_are_understood() {
        assert!(accepts("title==Sample Template"));
        assert!(accepts(r#"title == "Milk" or status == "toSign""#));
        assert!(!accepts(r#"title == "Milk" or status == "Bread""#));
    }

    #[test]
    fn conditions_combine_with_words_symbols_and_parentheses() {
        assert!(accepts("(title==Milk or title==Sample*) and status!=draft"));
        assert!(accepts("title==Milk,urgent==true;tags==a"));
        assert!(!accepts("tags!=a"));
        assert!(accepts("n>=9 and n<11 and title=ge=Sample"));
    }

    #[test]
    fn a_filter_that_cannot_be_read_says_why() {
        assert_eq!(Filter::parse("title"), Err("an operator is expected after title".into()));
        assert_eq!(Filter::parse("(a==b"), Err("a closing parenthesis is missing".into()));
        assert!(Filter::parse("a=='b").is_err());
        assert!(Filter::parse("").is_err());
        assert!(Filter::parse(&"(".repeat(10_000)).is_err());
    }

    #[test]
    fn a_list_is_ordered_by_field_and_direction() {
        let mut items = vec![json!({"n": 2}), json!({"n": 10}), json!({})];
        order(&mut items, "n,desc").unwrap();
        assert_eq!(items, [json!({"n": 10}), json!({"n": 2}), json!({})]);
        order(&mut items, "n").unwrap();
        assert_eq!(items[2], json!({"n": 10}));
        assert!(order(&mut items, "n,sideways").is_err());
    }
}
