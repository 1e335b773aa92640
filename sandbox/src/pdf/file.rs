//! A PDF file: where its objects are, and its pages.

use std::collections::BTreeMap;

use super::objects::{Dictionary, Object, Reader};

/// A file whose cross-reference could be followed.
#[derive(Debug)]
pub(super) struct Pdf<'a> {
    bytes: &'a [u8],
    places: BTreeMap<usize, Place>,
    pub(super) trailer: Dictionary,
    /// Where the newest cross-reference section starts.
    pub(super) last_section: usize,
    /// Whether that section is a stream (PDF 1.5). An update must be of the same kind.
    pub(super) uses_streams: bool,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Free,
    At(usize),
    InStream { stream: usize, index: usize },
}

/// A page, with what it inherits from the page tree filled in.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) number: u32,
    pub(super) generation: u16,
    pub(super) dictionary: Dictionary,
    /// Left, bottom, right, top.
    pub(super) media_box: [f64; 4],
}

// Bounds against files made to exhaust memory or to loop.
const MAX_INFLATED: usize = 64 << 20;
const MAX_SECTIONS: usize = 1000;
const MAX_OBJECTS: usize = 1_000_000;
const MAX_PAGES: usize = 20_000;
const A4: [f64; 4] = [0.0, 0.0, 595.0, 842.0];

impl<'a> Pdf<'a> {
    /// Follows the cross-reference from the end of the file; `None` if it is broken.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Pdf<'a>> {
        let tail = bytes.len().saturating_sub(2048);
        let keyword = bytes.get(tail..)?.windows(9).rposition(|window| window == b"startxref")? + tail;
        let last_section = Reader::new(bytes, keyword + 9).integer()?;
        let mut pdf =
            Pdf { bytes, places: BTreeMap::new(), trailer: Dictionary::default(), last_section, uses_streams: false };
        let mut next = vec![last_section];
        let mut seen = Vec::new();
        while let Some(section) = next.pop() {
            if seen.contains(&section) || seen.len() > MAX_SECTIONS {
                continue;
            }
            let (trailer, is_stream) = pdf.section(section)?;
            if seen.is_empty() {
                pdf.trailer = trailer.clone();
                pdf.uses_streams = is_stream;
            }
            seen.push(section);
            // Newer sections win, so the older one is read last.
            next.extend(trailer.get("Prev").integer());
            next.extend(trailer.get("XRefStm").integer());
        }
        matches!(pdf.trailer.get("Root"), Object::Reference(..)).then_some(pdf)
    }

    /// The first number no object of the file has.
    pub(super) fn next_number(&self) -> usize {
        let size = self.trailer.get("Size").integer().unwrap_or(0);
        size.max(self.places.last_key_value().map_or(0, |(number, _)| number + 1))
    }

    /// An object by its number; `Null` if it cannot be read.
    pub(super) fn object(&self, number: usize) -> Object {
        let found = match self.places.get(&number) {
            Some(Place::At(at)) => self.object_at(*at, number),
            Some(Place::InStream { stream, index }) => self.object_in_stream(*stream, *index),
            _ => None,
        };
        found.unwrap_or(Object::Null)
    }

    /// Follows a reference; anything else is itself.
    pub(super) fn resolve(&self, object: &Object) -> Object {
        match object {
            Object::Reference(number, _) => self.object(*number as usize),
            other => other.clone(),
        }
    }

    /// The pages in reading order.
    pub(super) fn pages(&self) -> Vec<Page> {
        let Object::Dictionary(catalog) = self.resolve(self.trailer.get("Root")) else { return Vec::new() };
        let mut pages = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut waiting = vec![(catalog.get("Pages").clone(), A4)];
        while let Some((node, inherited)) = waiting.pop() {
            let Object::Reference(number, generation) = node else { continue };
            if !seen.insert(number) || pages.len() >= MAX_PAGES {
                continue;
            }
            let Object::Dictionary(dictionary) = self.object(number as usize) else { continue };
            let media_box = self.rectangle(dictionary.get("MediaBox")).unwrap_or(inherited);
            match self.resolve(dictionary.get("Kids")) {
                Object::Array(kids) => waiting.extend(kids.into_iter().rev().map(|kid| (kid, media_box))),
                _ => pages.push(Page { number, generation, dictionary, media_box }),
            }
        }
        pages
    }

    fn rectangle(&self, object: &Object) -> Option<[f64; 4]> {
        let Object::Array(sides) = self.resolve(object) else { return None };
        let sides: Vec<f64> = sides.iter().filter_map(|side| self.resolve(side).number()).collect();
        let [a, b, c, d] = sides.try_into().ok()?;
        Some([a.min(c), b.min(d), a.max(c), b.max(d)])
    }

    fn object_at(&self, at: usize, number: usize) -> Option<Object> {
        let mut reader = Reader::new(self.bytes, at);
        (reader.object_header()? == number).then(|| reader.object())?
    }

    fn object_in_stream(&self, stream: usize, index: usize) -> Option<Object> {
        let Some(Place::At(at)) = self.places.get(&stream) else { return None };
        let (dictionary, data) = self.stream_at(*at)?;
        let first = dictionary.get("First").integer()?;
        let mut header = Reader::new(&data, 0);
        let mut offset = 0;
        for _ in 0..=index {
            header.integer()?;
            offset = header.integer()?;
        }
        Reader::new(&data, first.checked_add(offset)?).object()
    }

    /// The dictionary and the decoded bytes of a stream.
    fn stream_at(&self, at: usize) -> Option<(Dictionary, Vec<u8>)> {
        let mut reader = Reader::new(self.bytes, at);
        reader.object_header()?;
        let Some(Object::Dictionary(dictionary)) = reader.object() else { return None };
        if reader.word() != b"stream" {
            return None;
        }
        let start = match self.bytes.get(reader.at..)? {
            [b'\r', b'\n', ..] => reader.at + 2,
            [b'\n' | b'\r', ..] => reader.at + 1,
            _ => reader.at,
        };
        let length = self.resolve(dictionary.get("Length")).integer()?;
        let raw = self.bytes.get(start..start.checked_add(length)?)?;
        let filter = match dictionary.get("Filter") {
            Object::Array(filters) => filters.first().cloned().unwrap_or(Object::Null),
            other => other.clone(),
        };
        let data = match filter {
            Object::Null => raw.to_vec(),
            filter if filter.is_name("FlateDecode") => {
                let data = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(raw, MAX_INFLATED).ok()?;
                let parameters = match dictionary.get("DecodeParms") {
                    Object::Array(all) => all.first().cloned().unwrap_or(Object::Null),
                    other => other.clone(),
                };
                undo_predictor(data, &self.resolve(&parameters))?
            }
            _ => return None,
        };
        Some((dictionary, data))
    }

    /// Reads one cross-reference section, answering its trailer and whether it is a stream.
    fn section(&mut self, at: usize) -> Option<(Dictionary, bool)> {
        let mut reader = Reader::new(self.bytes, at);
        if reader.word() != b"xref" {
            return Some((self.section_stream(at)?, true));
        }
        loop {
            let word = reader.word();
            if word == b"trailer" {
                let Some(Object::Dictionary(trailer)) = reader.object() else { return None };
                return Some((trailer, false));
            }
            let first: usize = std::str::from_utf8(word).ok()?.parse().ok()?;
            for number in first..first.checked_add(reader.integer()?)? {
                let offset = reader.integer()?;
                reader.integer()?;
                let place = if reader.word() == b"n" { Place::At(offset) } else { Place::Free };
                self.note(number, place)?;
            }
        }
    }

    fn section_stream(&mut self, at: usize) -> Option<Dictionary> {
        let (dictionary, data) = self.stream_at(at)?;
        let Object::Array(widths) = dictionary.get("W") else { return None };
        let widths: Vec<usize> = widths.iter().filter_map(Object::integer).collect();
        let [kind_width, second_width, third_width] = widths.try_into().ok()?;
        let size = dictionary.get("Size").integer()?;
        let index: Vec<usize> = match dictionary.get("Index") {
            Object::Array(index) => index.iter().filter_map(Object::integer).collect(),
            _ => vec![0, size],
        };
        let mut rest = data.as_slice();
        for range in index.chunks(2) {
            let [first, count] = range else { return None };
            for number in *first..first.checked_add(*count)? {
                let kind = if kind_width == 0 { 1 } else { take(&mut rest, kind_width)? };
                let (second, third) = (take(&mut rest, second_width)?, take(&mut rest, third_width)?);
                let place = match kind {
                    1 => Place::At(second),
                    2 => Place::InStream { stream: second, index: third },
                    _ => Place::Free,
                };
                self.note(number, place)?;
            }
        }
        Some(dictionary)
    }

    /// Keeps a place unless a newer section has already given one.
    fn note(&mut self, number: usize, place: Place) -> Option<()> {
        self.places.entry(number).or_insert(place);
        (self.places.len() <= MAX_OBJECTS).then_some(())
    }
}

fn take(rest: &mut &[u8], width: usize) -> Option<usize> {
    let (field, tail) = rest.split_at_checked(width)?;
    *rest = tail;
    Some(field.iter().fold(0usize, |value, byte| value.wrapping_mul(256).wrapping_add(usize::from(*byte))))
}

/// Undoes the PNG predictors, the only ones used for cross-references in practice.
fn undo_predictor(data: Vec<u8>, parameters: &Object) -> Option<Vec<u8>> {
    let Object::Dictionary(parameters) = parameters else { return Some(data) };
    if parameters.get("Predictor").integer().unwrap_or(1) < 10 {
        return Some(data);
    }
    let columns = parameters.get("Columns").integer().unwrap_or(1).clamp(1, 1 << 20);
    let mut above = vec![0u8; columns];
    let mut out = Vec::with_capacity(data.len());
    for row in data.chunks_exact(columns + 1) {
        let (kind, row) = row.split_first()?;
        let mut line: Vec<u8> = Vec::with_capacity(columns);
        let mut above_left = 0u8;
        for (byte, above) in row.iter().zip(&above) {
            let left = line.last().copied().unwrap_or(0);
            let guess = match kind {
                1 => left,
                2 => *above,
                3 => u8::try_from((u16::from(left) + u16::from(*above)) / 2).ok()?,
                4 => paeth(left, *above, above_left),
                _ => 0,
            };
            line.push(byte.wrapping_add(guess));
            above_left = *above;
        }
        out.extend(&line);
        above = line;
    }
    Some(out)
}

fn paeth(left: u8, above: u8, above_left: u8) -> u8 {
    let [a, b, c] = [left, above, above_left].map(i16::from);
    let [to_left, to_above, to_corner] = [(b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs()];
    if to_left <= to_above && to_left <= to_corner {
        left
    } else if to_above <= to_corner {
        above
    } else {
        above_left
    }
}
