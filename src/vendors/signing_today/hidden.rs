//! Secrets that travel in a body: passwords, keys, lifetime tokens.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A secret text in a request or an answer. It prints as `Hidden(..)` and is wiped when dropped.
///
/// Unlike [`crate::secret::Secret`] it can be written to a body.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    /// The text itself. Every use is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Hidden {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hidden(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_sent_but_not_printed() {
        let password = Hidden::from("a12345678Z");
        assert_eq!(serde_json::to_string(&password).expect("a text"), r#""a12345678Z""#);
        assert_eq!(format!("{password:?}"), "Hidden(..)");
    }
}
