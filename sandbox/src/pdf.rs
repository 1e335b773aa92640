//! PDF, as much of it as the sandbox needs: counting pages, and putting a
//! visible signature or a filled-in text on one by an incremental update.
//! <https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf>

mod file;
mod objects;
mod stamp;

pub(crate) use stamp::{Stamp, stamp};

/// Whether the bytes claim to be a PDF. Readers accept some junk before the header.
pub(crate) fn is_pdf(bytes: &[u8]) -> bool {
    let start = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    start.windows(5).any(|window| window == b"%PDF-")
}

/// The number of pages; counted from the page objects' text if the file is damaged.
pub(crate) fn page_count(bytes: &[u8]) -> usize {
    match file::Pdf::open(bytes) {
        Some(pdf) if !pdf.pages().is_empty() => pdf.pages().len(),
        _ => loose_page_count(bytes).max(1),
    }
}

fn loose_page_count(bytes: &[u8]) -> usize {
    let text = bytes
        .windows(10)
        .enumerate()
        .filter(|(_, window)| *window == b"/Type/Page" || window.starts_with(b"/Type /Pag"));
    text.filter(|(at, window)| {
        let end = if window.starts_with(b"/Type/") { at + 10 } else { at + 11 };
        bytes.get(end).is_none_or(|next| *next != b's')
    })
    .count()
}

/// A small PDF of plain text pages, for the tests.
#[cfg(test)]
fn plain(pages: &[&str]) -> Vec<u8> {
    let mut objects: Vec<String> = vec!["<</Type/Catalog/Pages 2 0 R>>".into()];
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 3 + page * 2)).collect();
    objects.push(format!("<</Type/Pages/Kids[{}]/Count {}/MediaBox[0 0 595 842]>>", kids.join(" "), pages.len()));
    for (page, text) in pages.iter().enumerate() {
        let content = format!("BT /F1 18 Tf 72 760 Td ({}) Tj ET", objects::escape_text(text));
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/Contents {} 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
            4 + page * 2
        ));
        objects.push(format!("<</Length {}>>stream\n{content}\nendstream", content.len()));
    }
    let mut file = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let start = file.len();
    file += &format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1);
    for offset in &offsets {
        file += &format!("{offset:010} 00000 n \n");
    }
    file += &format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", offsets.len() + 1);
    file.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_in_whole_and_damaged_files() {
        let file = plain(&["one", "two", "three"]);
        assert!(is_pdf(&file));
        assert_eq!(page_count(&file), 3);
        let damaged = &file[..file.len() - 40];
        assert_eq!(page_count(damaged), 3);
        assert_eq!(page_count(b"%PDF-1.7 and nothing else"), 1);
    }
}
