//! Scopes: `resource:action`, with `*` for either. A `*` does not reach a vendor's guarded resources.

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
    pub fn allow(&self, resource: &str, action: &str, guarded: &[&str]) -> bool {
        let is_guarded = guarded.contains(&resource);
        self.0.iter().filter_map(|scope| scope.split_once(':')).any(|(granted_resource, granted_action)| {
            (granted_resource == resource || granted_resource == "*" && !is_guarded)
                && (granted_action == action || granted_action == "*")
        })
    }

    /// What is left of `asked` when only these may be granted: never more than either.
    pub fn narrow(&self, asked: &Self, guarded: &[&str]) -> Self {
        let mut granted = Vec::new();
        for (resource, action) in asked.0.iter().filter_map(|scope| scope.split_once(':')) {
            for (own_resource, own_action) in self.0.iter().filter_map(|scope| scope.split_once(':')) {
                if own_resource == "*" && guarded.contains(&resource) {
                    continue;
                }
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
        assert!(scopes("dsts:*").allow("dsts", "read_one", &[]));
        assert!(scopes("*:read_many").allow("users", "read_many", &[]));
        assert!(!scopes("dsts:*").allow("users", "read_one", &[]));
        assert!(!scopes("").allow("dsts", "read_one", &[]));
    }

    #[test]
    fn a_wildcard_does_not_reach_a_guarded_resource() {
        let guarded = ["robot_tokens"];
        assert!(!scopes("*:*").allow("robot_tokens", "read_one", &guarded));
        assert!(scopes("robot_tokens:*").allow("robot_tokens", "read_one", &guarded));
        assert_eq!(scopes("*:*").narrow(&scopes("robot_tokens:read_one"), &guarded), Scopes::default());
        assert_eq!(scopes("robot_tokens:*").narrow(&scopes("*:read_one"), &guarded), scopes("robot_tokens:read_one"));
    }

    #[test]
    fn narrowing_never_widens() {
        let narrowed = |own: &str, asked: &str| scopes(own).narrow(&scopes(asked), &[]);
        assert_eq!(narrowed("dsts:* users:read_one", "*:read_one"), scopes("dsts:read_one users:read_one"));
        assert_eq!(narrowed("dsts:read_one", "*:*"), scopes("dsts:read_one"));
        assert_eq!(narrowed("dsts:read_one", "users:*"), Scopes::default());
    }

    #[test]
    fn what_is_no_scope_is_named() {
        assert_eq!(Scopes::parse("dsts:read_one openid"), Err(MalformedScope("openid".into())));
        assert_eq!(Scopes::parse("a:b:c"), Err(MalformedScope("a:b:c".into())));
    }
}
