//! Scopes: `resource:action`, with `*` for either.

use std::fmt;

/// A set of scopes, as RFC 6749 writes them: separated by spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

/// A scope that is not `resource:action`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedScope(pub String);

impl Scopes {
    /// Reads a list separated by spaces.
    ///
    /// # Errors
    ///
    /// Names the first member that is not `resource:action`.
    pub fn parse(text: &str) -> Result<Self, MalformedScope> {
        Self::collect(text.split_ascii_whitespace())
    }

    /// Reads a list.
    ///
    /// # Errors
    ///
    /// As [`Scopes::parse`].
    pub fn collect<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, MalformedScope> {
        let mut collected = Vec::new();
        for scope in scopes {
            match scope.split_once(':') {
                Some((resource, action)) if is_part(resource) && is_part(action) => collected.push(scope.to_owned()),
                _ => return Err(MalformedScope(scope.to_owned())),
            }
        }
        Ok(Self(collected))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them allows `resource:action`.
    pub fn allow(&self, resource: &str, action: &str) -> bool {
        self.0.iter().filter_map(|scope| scope.split_once(':')).any(|(granted_resource, granted_action)| {
            covers(granted_resource, resource) && covers(granted_action, action)
        })
    }

    /// What is left of `asked` when only these may be granted: never more than either.
    pub fn narrow(&self, asked: &Self) -> Self {
        let mut granted = Vec::new();
        for (resource, action) in asked.0.iter().filter_map(|scope| scope.split_once(':')) {
            for (own_resource, own_action) in self.0.iter().filter_map(|scope| scope.split_once(':')) {
                if let (Some(resource), Some(action)) = (meet(own_resource, resource), meet(own_action, action)) {
                    let scope = format!("{resource}:{action}");
                    if !granted.contains(&scope) {
                        granted.push(scope);
                    }
                }
            }
        }
        Self(granted)
    }

    /// These and those, each once.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        for scope in &other.0 {
            if !self.0.contains(scope) {
                self.0.push(scope.clone());
            }
        }
        self
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(" "))
    }
}

fn covers(granted: &str, wanted: &str) -> bool {
    granted == "*" || granted == wanted
}

fn meet<'a>(left: &'a str, right: &'a str) -> Option<&'a str> {
    match (left, right) {
        ("*", other) | (other, "*") => Some(other),
        _ => (left == right).then_some(left),
    }
}

fn is_part(part: &str) -> bool {
    part == "*"
        || !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).expect("scopes")
    }

    #[test]
    fn a_wildcard_covers_either_side() {
        assert!(scopes("dsts:*").allow("dsts", "read_one"));
        assert!(scopes("*:read_many").allow("users", "read_many"));
        assert!(!scopes("dsts:*").allow("users", "read_one"));
        assert!(!scopes("").allow("dsts", "read_one"));
    }

    #[test]
    fn narrowing_never_widens() {
        assert_eq!(
            scopes("dsts:* users:read_one").narrow(&scopes("*:read_one")),
            scopes("dsts:read_one users:read_one")
        );
        assert_eq!(scopes("dsts:read_one").narrow(&scopes("*:*")), scopes("dsts:read_one"));
        assert_eq!(scopes("dsts:read_one").narrow(&scopes("users:*")), Scopes::default());
    }

    #[test]
    fn what_is_no_scope_is_named() {
        assert_eq!(Scopes::parse("dsts:read_one openid"), Err(MalformedScope("openid".into())));
        assert_eq!(Scopes::parse("a:b:c"), Err(MalformedScope("a:b:c".into())));
    }
}
