//! Puts an annotation on a page by an incremental update: the old bytes stay,
//! the new ones follow, as real signing software does it.

use super::file::{Page, Pdf};
use super::objects::{Object, Reader, escape_text};

/// What to put where. Positions are percentages of the page from its top left
/// corner, as the vendor's forms give them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stamp {
    /// Counted from 1.
    pub(crate) page: usize,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// The lines shown, the first one larger.
    pub(crate) lines: Vec<String>,
    /// A frame tells a signature from a text somebody filled in.
    pub(crate) framed: bool,
    pub(crate) visible: bool,
    /// As PDF writes dates.
    pub(crate) date: String,
}

/// The file with the stamp. A file too odd to be updated (damaged, encrypted)
/// gets a comment that names the signer, so that it still differs.
pub(crate) fn stamp(bytes: &[u8], stamp: &Stamp) -> Vec<u8> {
    update(bytes, stamp).unwrap_or_else(|| comment(bytes, stamp))
}

fn update(bytes: &[u8], stamp: &Stamp) -> Option<Vec<u8>> {
    let pdf = Pdf::open(bytes)?;
    if *pdf.trailer.get("Encrypt") != Object::Null {
        return None;
    }
    let pages = pdf.pages();
    let page = pages.get(stamp.page.saturating_sub(1)).or(pages.last())?;
    let appearance = pdf.next_number();
    let annotation = appearance + 1;
    let mut update = Update { out: bytes.to_vec(), offsets: Vec::new() };
    if !bytes.ends_with(b"\n") {
        update.out.push(b'\n');
    }
    let [left, bottom, right, top] = rectangle(stamp, page);
    update.add(appearance, 0, &appearance_stream(stamp, right - left, top - bottom));
    let flags = if stamp.visible { 4 } else { 2 };
    update.add(annotation, 0, format!(
        "<</Type/Annot/Subtype/Stamp/Name/Signed/F {flags}/Rect[{left:.2} {bottom:.2} {right:.2} {top:.2}]/P {} {} R\
         /NM(countersign-{annotation})/M({})/Contents({})/AP<</N {appearance} 0 R>>>>",
        page.number, page.generation, stamp.date, escape_text(&stamp.lines.join(", ")),
    ).as_bytes());
    let mut dictionary = page.dictionary.clone();
    let mut annotations = match pdf.resolve(dictionary.get("Annots")) {
        Object::Array(annotations) => annotations,
        _ => Vec::new(),
    };
    annotations.push(Object::Reference(u32::try_from(annotation).ok()?, 0));
    dictionary.set("Annots", Object::Array(annotations));
    let mut text = Vec::new();
    Object::Dictionary(dictionary).write(&mut text);
    update.add(page.number as usize, page.generation, &text);
    Some(if pdf.uses_streams {
        update.finish_stream(&pdf, annotation + 1)
    } else {
        update.finish_table(&pdf, annotation + 1)
    })
}

struct Update {
    out: Vec<u8>,
    /// Number, generation, offset.
    offsets: Vec<(usize, u16, usize)>,
}

impl Update {
    fn add(&mut self, number: usize, generation: u16, body: &[u8]) {
        self.offsets.push((number, generation, self.out.len()));
        self.out.extend(format!("{number} {generation} obj\n").into_bytes());
        self.out.extend(body);
        self.out.extend(b"\nendobj\n");
    }

    fn finish_table(mut self, pdf: &Pdf, size: usize) -> Vec<u8> {
        let start = self.out.len();
        self.offsets.sort_unstable();
        // Strict readers want every table to begin with the free list's head.
        self.out.extend(b"xref\n0 1\n0000000000 65535 f \n");
        for (number, generation, offset) in &self.offsets {
            self.out.extend(format!("{number} 1\n{offset:010} {generation:05} n \n").into_bytes());
        }
        self.out.extend(b"trailer\n");
        self.out.extend(trailer(pdf, size, ""));
        self.end(start)
    }

    fn finish_stream(mut self, pdf: &Pdf, size: usize) -> Vec<u8> {
        let start = self.out.len();
        self.offsets.push((size, 0, start));
        self.offsets.sort_unstable();
        let mut entries = Vec::new();
        let mut index = String::new();
        for (number, generation, offset) in &self.offsets {
            entries.push(1u8);
            entries.extend(u32::try_from(*offset).unwrap_or(u32::MAX).to_be_bytes());
            entries.extend(generation.to_be_bytes());
            index += &format!("{number} 1 ");
        }
        self.out.extend(format!("{size} 0 obj\n").into_bytes());
        let extra = format!("/Type/XRef/W[1 4 2]/Index[{index}]/Length {}", entries.len());
        self.out.extend(trailer(pdf, size + 1, &extra));
        self.out.extend(b"stream\n");
        self.out.extend(entries);
        self.out.extend(b"\nendstream\nendobj\n");
        self.end(start)
    }

    fn end(mut self, start: usize) -> Vec<u8> {
        self.out.extend(format!("startxref\n{start}\n%%EOF\n").into_bytes());
        self.out
    }
}

fn trailer(pdf: &Pdf, size: usize, extra: &str) -> Vec<u8> {
    let mut out = format!("<</Size {size}/Prev {}{extra}", pdf.last_section).into_bytes();
    for name in ["Root", "Info", "ID"] {
        let value = pdf.trailer.get(name);
        if *value != Object::Null {
            out.extend(format!("/{name} ").into_bytes());
            value.write(&mut out);
        }
    }
    out.extend(b">>\n");
    out
}

fn appearance_stream(stamp: &Stamp, width: f64, height: f64) -> Vec<u8> {
    let mut content = String::new();
    if stamp.framed {
        content += &format!(
            "0.93 0.96 1 rg 0.16 0.35 0.76 RG 0.8 w 0.4 0.4 {:.2} {:.2} re B 0.16 0.35 0.76 rg 0 0 2.5 {height:.2} re f\n",
            width - 0.8,
            height - 0.8
        );
    }
    let longest = stamp.lines.iter().map(|line| line.chars().count()).max().unwrap_or(1).max(1);
    // Helvetica is about half as wide as it is high.
    let by_width = (width - 8.0) / (longest as f64 * 0.52);
    let by_height = (height - 4.0) / (stamp.lines.len().max(1) as f64 * 1.25);
    let size = by_width.min(by_height).clamp(2.0, 12.0);
    content +=
        &format!("BT 0.08 0.12 0.25 rg /F1 {size:.2} Tf {:.2} TL 6 {:.2} Td\n", size * 1.25, height - 2.0 - size);
    for line in &stamp.lines {
        content += &format!("({}) Tj T*\n", escape_text(line));
    }
    content += "ET";
    format!(
        "<</Type/XObject/Subtype/Form/BBox[0 0 {width:.2} {height:.2}]/Resources<</Font<</F1<</Type/Font/Subtype/Type1\
         /BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>/Length {}>>\nstream\n{content}\nendstream",
        content.len()
    )
    .into_bytes()
}

fn rectangle(stamp: &Stamp, page: &Page) -> [f64; 4] {
    let [left, bottom, right, top] = page.media_box;
    let (page_width, page_height) = (right - left, top - bottom);
    let width = (page_width * stamp.width.clamp(0.0, 100.0) / 100.0).max(60.0).min(page_width);
    let height = (page_height * stamp.height.clamp(0.0, 100.0) / 100.0).max(18.0).min(page_height);
    // The samples put forms at 100 %; a signature off the page would help nobody.
    let x = (left + page_width * stamp.x.clamp(0.0, 100.0) / 100.0).min(right - width);
    let y = (top - page_height * stamp.y.clamp(0.0, 100.0) / 100.0).max(bottom + height);
    [x, y - height, x + width, y]
}

fn comment(bytes: &[u8], stamp: &Stamp) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.extend(format!("\n% {} {}\n", stamp.date, escape_text(&stamp.lines.join(", "))).into_bytes());
    // Readers look for the last cross-reference at the very end of a file.
    let tail = bytes.len().saturating_sub(2048);
    let keyword = bytes.get(tail..).and_then(|end| end.windows(9).rposition(|window| window == b"startxref"));
    if let Some(start) = keyword.and_then(|at| Reader::new(bytes, tail + at + 9).integer()) {
        out.extend(format!("startxref\n{start}\n%%EOF\n").into_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::plain;

    fn signature(page: usize) -> Stamp {
        Stamp {
            page,
            x: 10.0,
            y: 80.0,
            width: 30.0,
            height: 8.0,
            lines: vec!["Signed by Ada (Lovelace)".into(), "As the buyer".into()],
            framed: true,
            visible: true,
            date: "D:20200212190356Z".into(),
        }
    }

    #[test]
    fn the_old_bytes_stay_and_the_stamp_is_on_its_page() {
        let file = plain(&["one", "two"]);
        let signed = stamp(&stamp(&file, &signature(2)), &signature(2));
        assert!(signed.starts_with(&file));
        let pdf = Pdf::open(&signed).unwrap();
        let pages = pdf.pages();
        let Object::Array(annotations) = pages[1].dictionary.get("Annots") else { panic!("no annotations") };
        assert_eq!((pages.len(), annotations.len()), (2, 2));
        let Object::Dictionary(annotation) = pdf.resolve(&annotations[1]) else { panic!("no annotation") };
        assert_eq!(annotation.get("Contents"), &Object::Text(b"Signed by Ada (Lovelace), As the buyer".to_vec()));
        assert_eq!(pages[0].dictionary.get("Annots"), &Object::Null);
    }

    #[test]
    fn a_file_with_a_cross_reference_stream_gets_one_again() {
        let file = with_streams(&plain(&["one"]));
        let signed = stamp(&stamp(&file, &signature(1)), &signature(1));
        let pdf = Pdf::open(&signed).unwrap();
        assert!(pdf.uses_streams);
        let Object::Array(annotations) = pdf.pages()[0].dictionary.get("Annots").clone() else {
            panic!("no annotations")
        };
        assert_eq!(annotations.len(), 2);
    }

    /// Rewrites the cross-reference of a file from `plain` as a compressed stream.
    fn with_streams(file: &[u8]) -> Vec<u8> {
        let text = String::from_utf8(file.to_vec()).unwrap();
        let (body, rest) = text.split_once("xref\n").unwrap();
        let offsets: Vec<u32> =
            rest.lines().filter(|line| line.ends_with("n ")).map(|line| line[..10].parse().unwrap()).collect();
        let start = u32::try_from(body.len()).unwrap();
        let mut entries = vec![0u8; 7];
        for offset in offsets.iter().chain([&start]) {
            entries.push(1);
            entries.extend(offset.to_be_bytes());
            entries.extend([0, 0]);
        }
        // PNG predictor 2: every row is the difference to the row above.
        let mut rows = Vec::new();
        let mut above = [0u8; 7];
        for row in entries.chunks(7) {
            rows.push(2);
            rows.extend(row.iter().zip(above).map(|(byte, above)| byte.wrapping_sub(above)));
            above.copy_from_slice(row);
        }
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&rows, 6);
        let number = offsets.len() + 1;
        let mut out = body.as_bytes().to_vec();
        out.extend(format!("{number} 0 obj\n<</Type/XRef/W[1 4 2]/Size {}/Root 1 0 R/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 7>>/Length {}>>stream\n", number + 1, packed.len()).bytes());
        out.extend(packed);
        out.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF").bytes());
        out
    }

    #[test]
    fn a_damaged_file_still_differs_after_signing() {
        let signed = stamp(b"%PDF-1.4\nnothing", &signature(1));
        assert!(String::from_utf8(signed).unwrap().contains("Signed by Ada \\(Lovelace\\)"));
    }

    #[test]
    fn a_stamp_off_the_page_is_moved_onto_it() {
        let file = plain(&["one"]);
        let page = Pdf::open(&file).unwrap().pages().remove(0);
        let far = Stamp { x: 100.0, y: 100.0, ..signature(1) };
        let [left, bottom, right, top] = rectangle(&far, &page);
        assert!(left >= 0.0 && bottom >= 0.0 && right <= 595.0 && top <= 842.0);
    }
}
