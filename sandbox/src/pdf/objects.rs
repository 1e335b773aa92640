//! PDF objects: read from bytes and written back. Nothing here trusts the input.

/// A PDF object. Numbers keep their text, so that they are written as they were read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Object {
    Null,
    Boolean(bool),
    Number(Vec<u8>),
    Name(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Object>),
    Dictionary(Dictionary),
    Reference(u32, u16),
}

/// A dictionary, in the order of its file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dictionary(pub(super) Vec<(Vec<u8>, Object)>);

impl Dictionary {
    /// A value, `Null` if there is none.
    pub(super) fn get(&self, name: &str) -> &Object {
        self.0.iter().find(|(key, _)| key == name.as_bytes()).map_or(&Object::Null, |(_, value)| value)
    }

    /// The dictionary with one value replaced or added.
    pub(super) fn set(&mut self, name: &str, value: Object) {
        self.0.retain(|(key, _)| key != name.as_bytes());
        self.0.push((name.as_bytes().to_vec(), value));
    }
}

impl Object {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Object::Number(text) => std::str::from_utf8(text).ok()?.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn integer(&self) -> Option<usize> {
        self.number().filter(|number| *number >= 0.0 && *number < 1e12).map(|number| number as usize)
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self, Object::Name(found) if found == name.as_bytes())
    }

    /// Writes the object as a file holds it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Object::Null => out.extend(b"null"),
            Object::Boolean(true) => out.extend(b"true"),
            Object::Boolean(false) => out.extend(b"false"),
            Object::Number(text) => out.extend(text),
            Object::Name(name) => write_name(name, out),
            Object::Text(text) => {
                out.push(b'<');
                out.extend(text.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
                out.push(b'>');
            }
            Object::Array(items) => {
                out.push(b'[');
                for item in items {
                    item.write(out);
                    out.push(b' ');
                }
                out.push(b']');
            }
            Object::Dictionary(Dictionary(entries)) => {
                out.extend(b"<<");
                for (name, value) in entries {
                    write_name(name, out);
                    out.push(b' ');
                    value.write(out);
                }
                out.extend(b">>");
            }
            Object::Reference(number, generation) => out.extend(format!("{number} {generation} R").into_bytes()),
        }
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        if byte.is_ascii_graphic() && !is_delimiter(*byte) && *byte != b'#' {
            out.push(*byte);
        } else {
            out.extend(format!("#{byte:02x}").into_bytes());
        }
    }
}

/// Text for a literal string in a content stream, in WinAnsi as far as it goes.
pub(super) fn escape_text(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, letter| {
        match letter {
            '(' | ')' | '\\' => escaped.extend(['\\', letter]),
            ' '..='~' => escaped.push(letter),
            '\u{a0}'..='\u{ff}' => escaped += &format!("\\{:03o}", u32::from(letter)),
            _ => escaped.push('?'),
        }
        escaped
    })
}

/// Reads objects from a place in a file.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
}

// Deeper nesting is an attack on the stack, not a document.
const MAX_DEPTH: u32 = 64;

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Reader<'a> {
        Reader { bytes, at }
    }

    /// The next object, if it is well formed.
    pub(super) fn object(&mut self) -> Option<Object> {
        self.nested(MAX_DEPTH)
    }

    /// The next word made of regular characters, such as `obj` or `12`.
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.skip_space();
        let start = self.at;
        while self.peek().is_some_and(|byte| !is_space(byte) && !is_delimiter(byte)) {
            self.at += 1;
        }
        self.bytes.get(start..self.at).unwrap_or_default()
    }

    /// The next word as a number.
    pub(super) fn integer(&mut self) -> Option<usize> {
        std::str::from_utf8(self.word()).ok()?.parse().ok()
    }

    /// Steps over `N G obj`, answering N.
    pub(super) fn object_header(&mut self) -> Option<usize> {
        let number = self.integer()?;
        self.integer()?;
        (self.word() == b"obj").then_some(number)
    }

    fn nested(&mut self, depth: u32) -> Option<Object> {
        let depth = depth.checked_sub(1)?;
        self.skip_space();
        match self.peek()? {
            b'/' => self.name().map(Object::Name),
            b'(' => self.literal().map(Object::Text),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => self.dictionary(depth).map(Object::Dictionary),
            b'<' => self.hexadecimal().map(Object::Text),
            b'[' => self.array(depth).map(Object::Array),
            b'+' | b'-' | b'.' | b'0'..=b'9' => self.number_or_reference(),
            _ => match self.word() {
                b"true" => Some(Object::Boolean(true)),
                b"false" => Some(Object::Boolean(false)),
                b"null" => Some(Object::Null),
                _ => None,
            },
        }
    }

    fn number_or_reference(&mut self) -> Option<Object> {
        let first = self.word().to_vec();
        let mut ahead = self.clone();
        let reference = ahead.reference_tail(&first);
        if reference.is_some() {
            self.at = ahead.at;
        }
        let number = || std::str::from_utf8(&first).is_ok_and(|text| text.parse::<f64>().is_ok());
        reference.or_else(|| number().then_some(Object::Number(first.clone())))
    }

    fn reference_tail(&mut self, number: &[u8]) -> Option<Object> {
        let number = std::str::from_utf8(number).ok()?.parse().ok()?;
        let generation = std::str::from_utf8(self.word()).ok()?.parse().ok()?;
        (self.word() == b"R").then_some(Object::Reference(number, generation))
    }

    fn array(&mut self, depth: u32) -> Option<Vec<Object>> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.peek()? == b']' {
                self.at += 1;
                return Some(items);
            }
            items.push(self.nested(depth)?);
        }
    }

    fn dictionary(&mut self, depth: u32) -> Option<Dictionary> {
        self.at += 2;
        let mut entries = Vec::new();
        loop {
            self.skip_space();
            match self.peek()? {
                b'>' => {
                    self.at += 2;
                    return Some(Dictionary(entries));
                }
                b'/' => entries.push((self.name()?, self.nested(depth)?)),
                _ => return None,
            }
        }
    }

    fn name(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let start = self.at;
        while self.peek().is_some_and(|byte| !is_space(byte) && !is_delimiter(byte)) {
            self.at += 1;
        }
        let raw = self.bytes.get(start..self.at)?;
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((byte, tail)) = rest.split_first() {
            match tail {
                [high, low, tail @ ..] if *byte == b'#' && hex(*high).is_some() && hex(*low).is_some() => {
                    name.push(hex(*high)? * 16 + hex(*low)?);
                    rest = tail;
                }
                _ => {
                    name.push(*byte);
                    rest = tail;
                }
            }
        }
        Some(name)
    }

    fn literal(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let (mut text, mut depth) = (Vec::new(), 1);
        loop {
            let byte = self.next()?;
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                b'\\' => {
                    text.extend(self.escape()?);
                    continue;
                }
                _ => {}
            }
            if depth == 0 {
                return Some(text);
            }
            text.push(byte);
        }
    }

    fn escape(&mut self) -> Option<Option<u8>> {
        Some(match self.next()? {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
                None
            }
            b'\n' => None,
            digit @ b'0'..=b'7' => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                u8::try_from(value & 0xff).ok()
            }
            other => Some(other),
        })
    }

    fn hexadecimal(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let mut digits = Vec::new();
        loop {
            match self.next()? {
                b'>' => break,
                byte if is_space(byte) => {}
                byte => digits.push(hex(byte)?),
            }
        }
        Some(digits.chunks(2).map(|pair| pair.first().unwrap_or(&0) * 16 + pair.get(1).unwrap_or(&0)).collect())
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                while self.peek().is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.at += 1;
                }
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_written_as_it_was_read() {
        let text = b"<</A 1 0 R/B[1 -2.50 (a\\(b\\)\\101) <6a6B>]/C#20D true % a comment\n/E null>>";
        let object = Reader::new(text, 0).object().unwrap();
        let mut out = Vec::new();
        object.write(&mut out);
        assert_eq!(out, b"<</A 1 0 R/B [1 -2.50 <6128622941> <6a6b> ]/C#20D true/E null>>");
        assert_eq!(Reader::new(&out, 0).object(), Some(object));
    }

    #[test]
    fn malformed_and_bottomless_input_is_no_object() {
        assert_eq!(Reader::new(b"<</A", 0).object(), None);
        assert_eq!(Reader::new(b"(open", 0).object(), None);
        assert_eq!(Reader::new(&b"[".repeat(100_000), 0).object(), None);
        assert_eq!(Reader::new(b"x", 9).object(), None);
    }
}
