//! Rust and JavaScript source as words, marks and texts: just enough to read
//! paths and names without being fooled by comments and strings.

/// A piece of source on its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier, a keyword or a number.
    Word,
    /// Any other single character, and `::`.
    Mark,
    /// The inside of a string.
    Text,
}

/// Cuts source into tokens; comments are dropped.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut scanner = Scanner { rest: source, line: 1, found: Vec::new() };
    while scanner.step() {}
    scanner.found
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<Token>,
}

impl Scanner<'_> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if self.rest.starts_with("//") {
            self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.skip(block_comment(self.rest));
        } else if let Some((open, close)) = raw_string(self.rest) {
            self.text(open, &close);
        } else if first == '"' {
            self.quoted('"');
        } else if first == '\'' {
            self.apostrophe();
        } else if is_word(first) {
            let end = self.rest.find(|next| !is_word(next)).unwrap_or(self.rest.len());
            self.push(Kind::Word, end);
        } else if self.rest.starts_with("::") {
            self.push(Kind::Mark, 2);
        } else if first.is_whitespace() {
            self.skip(first.len_utf8());
        } else {
            self.push(Kind::Mark, first.len_utf8());
        }
        true
    }

    fn skip(&mut self, length: usize) {
        let (passed, rest) = self.rest.split_at(length);
        self.line += passed.matches('\n').count();
        self.rest = rest;
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let token = Token { kind, text: self.rest[..length].to_owned(), line: self.line };
        self.found.push(token);
        self.skip(length);
    }

    /// A string whose inside has no escapes.
    fn text(&mut self, open: usize, close: &str) {
        self.skip(open);
        let length = self.rest.find(close).unwrap_or(self.rest.len());
        self.push(Kind::Text, length);
        self.skip(close.len().min(self.rest.len()));
    }

    fn quoted(&mut self, quote: char) {
        self.skip(1);
        let mut escaped = false;
        let length = self
            .rest
            .find(|next| {
                let ends = next == quote && !escaped;
                escaped = next == '\\' && !escaped;
                ends
            })
            .unwrap_or(self.rest.len());
        self.push(Kind::Text, length);
        self.skip(1.min(self.rest.len()));
    }

    /// A character, a lifetime, or a JavaScript string. A lifetime has no
    /// second apostrophe on its line, or stands where only a type can.
    fn apostrophe(&mut self) {
        let line_end = self.rest.find('\n').unwrap_or(self.rest.len());
        let line = &self.rest[1..line_end];
        let mut inside = line.chars();
        let letter = inside.next().is_some_and(is_word) && inside.next() != Some('\'');
        let in_type = self.found.last().is_some_and(|token| matches!(token.text.as_str(), "<" | "&"));
        if letter && (in_type || !line.contains('\'')) {
            self.skip(1);
        } else {
            self.quoted('\'');
        }
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn block_comment(source: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    source.len()
}

/// The length of a raw string's opening, and its closing.
fn raw_string(source: &str) -> Option<(usize, String)> {
    let after = source.strip_prefix("br").or_else(|| source.strip_prefix('r'))?;
    let hashes = after.chars().take_while(|next| *next == '#').count();
    if !after[hashes..].starts_with('"') {
        return None;
    }
    let open = source.len() - after.len() + hashes + 1;
    Some((open, format!("\"{}", "#".repeat(hashes))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        tokens(source).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_leave_nothing() {
        assert_eq!(texts("a // b\n/* c /* d */ */ e"), ["a", "e"]);
    }

    #[test]
    fn a_raw_string_ends_at_its_own_hashes() {
        assert_eq!(texts("r#\"a \" b\"# c"), ["a \" b", "c"]);
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        assert_eq!(texts(r#""a\"b" c"#), [r#"a\"b"#, "c"]);
    }

    #[test]
    fn a_lifetime_is_no_string() {
        assert_eq!(texts("fn f<'a>(x: &'a str) {}").last().map(String::as_str), Some("}"));
    }

    #[test]
    fn a_quote_character_is_no_open_string() {
        assert_eq!(texts("if c == '\"' { d }"), ["if", "c", "=", "=", "\"", "{", "d", "}"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let last = tokens("/* \n */ \"\n\" x").pop();
        assert_eq!(last.map(|token| token.line), Some(3));
    }
}
