//! The frame of every page the sandbox serves. No script, nothing from outside.

/// The style sheet and where it is served.
pub(crate) const STYLE: &str = include_str!("../assets/sandbox.css");
pub(crate) const STYLE_PATH: &str = "/assets/sandbox.css";

/// A whole page. `body` is HTML already.
pub(crate) fn page(title: &str, brand: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"{STYLE_PATH}\">\n</head>\n<body>\n\
         <header class=\"bar\"><span class=\"brand\">{brand}</span><span class=\"tag\">sandbox</span></header>\n\
         <main>\n{body}\n</main>\n\
         <footer>Played by the countersign sandbox. Signatures made here bind nobody.</footer>\n</body>\n</html>\n",
        title = escape(title),
        brand = escape(brand),
    )
}

/// Text for HTML, in content and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            _ => out.push(letter),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_title_stays_text() {
        let page = page("<script>", "a & b", "");
        assert!(page.contains("<title>&lt;script&gt;</title>") && page.contains("a &amp; b"));
    }
}
