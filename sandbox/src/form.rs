//! Forms as HTTP carries them: multipart/form-data and urlencoded.

/// One field of a form. A file part has a file name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) value: Vec<u8>,
}

/// The fields of a form, in the order they were sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Form(Vec<Field>);

impl Form {
    /// Reads a body by its media type; `None` if it is no form or is cut short.
    pub(crate) fn read(content_type: &str, body: &[u8]) -> Option<Form> {
        let (kind, rest) = content_type.split_once(';').unwrap_or((content_type, ""));
        match kind.trim().to_ascii_lowercase().as_str() {
            "multipart/form-data" => multipart(&parameter(rest, "boundary")?, body),
            "application/x-www-form-urlencoded" => {
                let pairs = pairs(std::str::from_utf8(body).ok()?);
                Some(Form(
                    pairs
                        .into_iter()
                        .map(|(name, value)| Field { name, filename: None, value: value.into() })
                        .collect(),
                ))
            }
            _ => None,
        }
    }

    /// A field's text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.field(name).map(|field| String::from_utf8_lossy(&field.value).into_owned())
    }

    /// A field with its bytes and file name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|field| field.name == name)
    }
}

/// The pairs of a query string or an urlencoded body; `+` means a space.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape_form(name), unescape_form(value))
        })
        .collect()
}

/// Undoes form encoding: `+` and percent escapes.
pub(crate) fn unescape_form(text: &str) -> String {
    unescape(&text.replace('+', " "))
}

/// Undoes percent escapes; a broken escape stays as it is.
pub(crate) fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escape = match tail {
            [high, low, tail @ ..] if *first == b'%' => hex(*high).zip(hex(*low)).map(|pair| (pair, tail)),
            _ => None,
        };
        match escape {
            Some(((high, low), tail)) => {
                bytes.push(high * 16 + low);
                rest = tail;
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn multipart(boundary: &str, body: &[u8]) -> Option<Form> {
    let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
    // The first delimiter has no line break before it.
    let first = delimiter.get(2..)?;
    let start = find(body, first)?;
    let mut rest = body.get(start + first.len()..)?;
    let mut fields = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(Form(fields));
        }
        rest = rest.get(find(rest, b"\r\n")? + 2..)?;
        let end = match rest.strip_prefix(first) {
            Some(_) => return None,
            None => find(rest, &delimiter)?,
        };
        fields.extend(part(rest.get(..end)?));
        rest = rest.get(end + delimiter.len()..)?;
    }
}

fn part(part: &[u8]) -> Option<Field> {
    let (head, value) = match find(part, b"\r\n\r\n") {
        Some(end) => (part.get(..end)?, part.get(end + 4..)?),
        None => return None,
    };
    let head = String::from_utf8_lossy(head);
    let disposition = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then(|| value.trim())
    })?;
    let parameters = disposition.split_once(';')?.1;
    Some(Field {
        name: parameter(parameters, "name")?,
        filename: parameter(parameters, "filename"),
        value: value.to_vec(),
    })
}

/// The value of `name=value` or `name="value"` in a header's parameters.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let (name, tail) = rest.split_once('=')?;
        let (value, tail) = match tail.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => tail.split_once(';').unwrap_or((tail, "")),
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value.trim().to_owned());
        }
        rest = tail;
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len().max(1)).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multipart_login_is_read() {
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\njdo@demo\r\n--XX\r\n\
            content-disposition: form-data; filename=\"a;b.pdf\"; name=file\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n-\r\n--XX--\r\n";
        let form = Form::read("multipart/form-data; boundary=\"XX\"", body).unwrap();
        assert_eq!(form.text("username").as_deref(), Some("jdo@demo"));
        let file = form.field("file").unwrap();
        assert_eq!(file.filename.as_deref(), Some("a;b.pdf"));
        assert_eq!(file.value, b"%PDF\r\n-");
    }

    #[test]
    fn a_body_cut_short_is_no_form() {
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nhalf";
        assert_eq!(Form::read("multipart/form-data; boundary=XX", body), None);
        assert_eq!(Form::read("multipart/form-data", body), None);
        assert_eq!(Form::read("application/json", b"{}"), None);
    }

    #[test]
    fn plus_and_escapes_are_undone() {
        assert_eq!(
            pairs("%24filter=title%3D%3DA+B&x"),
            [("$filter".into(), "title==A B".into()), ("x".into(), String::new())]
        );
        assert_eq!(unescape("100%"), "100%");
    }
}
