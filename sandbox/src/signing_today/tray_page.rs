//! What the signature tray looks like, as a plain function of what it shows.

use crate::html::{escape, page};

/// Everything on the tray's page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tray {
    pub(crate) title: String,
    pub(crate) domain: String,
    pub(crate) status: &'static str,
    /// The signer this ticket is for.
    pub(crate) name: String,
    pub(crate) reason: Option<String>,
    pub(crate) documents: Vec<Paper>,
    pub(crate) groups: Vec<Group>,
    pub(crate) act: Act,
    /// A refusal of what was just tried.
    pub(crate) refusal: Option<String>,
}

/// A document that can be looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paper {
    pub(crate) title: String,
    pub(crate) pages: i64,
    pub(crate) url: String,
    /// The one this ticket is about.
    pub(crate) shown: bool,
}

/// Signers who sign in any order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) label: String,
    pub(crate) people: Vec<Person>,
}

/// A signer and how far they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) state: &'static str,
    pub(crate) you: bool,
}

/// What the signer can do now.
#[derive(Clone, Debug, Default)]
pub(crate) enum Act {
    /// Nothing, for the reason given; the kind colors it.
    #[default]
    Nothing,
    Say {
        kind: &'static str,
        text: String,
        next: Option<String>,
    },
    Fill {
        fields: Vec<(i64, String)>,
    },
    Sign {
        declinable: bool,
        clauses: Vec<String>,
    },
}

/// The page.
pub(crate) fn render(tray: &Tray) -> String {
    let shown = tray.documents.iter().find(|document| document.shown);
    let paper = shown.map_or_else(String::new, |document| {
        format!(
            "<iframe class=\"paper\" src=\"{}\" title=\"{}\"></iframe>",
            escape(&document.url),
            escape(&document.title)
        )
    });
    // The act comes first: on a phone, and for those who use the keyboard, the
    // PDF's viewer would stand in the way.
    let body = format!(
        "<h1>{}</h1>\n<p class=\"lead\">{}</p>\n<div class=\"columns\">\n<aside>\n{}{}{}</aside>\n<section>\n{paper}\n</section>\n</div>",
        escape(&tray.title),
        lead(tray),
        act(tray),
        people(tray),
        documents(tray),
    );
    page(&format!("{} – Signature Tray", tray.title), "Signature Tray", &body)
}

/// The page for a ticket nobody knows.
pub(crate) fn unknown() -> String {
    let body = "<div class=\"card narrow\"><h1>This ticket is unknown</h1>\
                <p class=\"soft\">The link may be incomplete, or its transaction was deleted or changed.</p></div>";
    page("Unknown ticket", "Signature Tray", body)
}

fn lead(tray: &Tray) -> String {
    let reason = tray.reason.as_deref().filter(|reason| !reason.is_empty());
    let reason = reason.map_or_else(String::new, |reason| format!(" · {}", escape(reason)));
    format!(
        "For <strong>{}</strong>{reason} · {} · <span class=\"pill {}\">{}</span>",
        escape(&tray.name),
        escape(&tray.domain),
        color(tray.status),
        tray.status
    )
}

fn act(tray: &Tray) -> String {
    let refusal = tray
        .refusal
        .as_deref()
        .map_or_else(String::new, |text| format!("<p class=\"notice bad\" role=\"alert\">{}</p>", escape(text)));
    let act = match &tray.act {
        Act::Nothing => String::new(),
        Act::Say { kind, text, next } => {
            let next = next.as_deref().map_or_else(String::new, |url| {
                format!("<a class=\"button\" href=\"{}\">Next document</a>", escape(url))
            });
            format!("<p class=\"notice {kind}\" role=\"status\">{}</p>{next}", escape(text))
        }
        Act::Fill { fields } => fill(fields),
        Act::Sign { declinable, clauses } => sign(*declinable, clauses),
    };
    format!("<section class=\"card\" aria-label=\"Your turn\">{refusal}{act}</section>")
}

fn fill(fields: &[(i64, String)]) -> String {
    let inputs: String = fields
        .iter()
        .map(|(id, label)| {
            format!(
                "<label>{}<input type=\"text\" name=\"form-{id}\" maxlength=\"500\" required></label>",
                escape(label)
            )
        })
        .collect();
    format!(
        "<h2>Please fill in</h2><form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"fill\">{inputs}\
         <button type=\"submit\">Save</button></form>"
    )
}

fn sign(declinable: bool, clauses: &[String]) -> String {
    let clauses: String = clauses
        .iter()
        .map(|clause| {
            format!("<label class=\"check\"><input type=\"checkbox\" required> <span>{}</span></label>", escape(clause))
        })
        .collect();
    let decline = if declinable {
        "<details><summary>I do not want to sign</summary><form method=\"post\">\
         <input type=\"hidden\" name=\"action\" value=\"decline\">\
         <label>Reason<textarea name=\"reason\" maxlength=\"500\" required></textarea></label>\
         <button class=\"danger\" type=\"submit\">Decline</button></form></details>"
    } else {
        "<p class=\"soft\">This signature is mandatory; it cannot be declined.</p>"
    };
    format!(
        "<h2>Your signature</h2><form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"sign\">{clauses}\
         <p class=\"soft\">You sign with the sandbox's demo identity.</p><button type=\"submit\">Sign</button></form>{decline}"
    )
}

fn people(tray: &Tray) -> String {
    let groups: String = tray
        .groups
        .iter()
        .map(|group| {
            let people: String = group
                .people
                .iter()
                .map(|person| {
                    let you = if person.you { " (you)" } else { "" };
                    format!(
                        "<li class=\"row\"><span>{}{you}<small>{}</small></span><span class=\"pill {}\">{}</span></li>",
                        escape(&person.name),
                        escape(&person.role),
                        color(person.state),
                        person.state
                    )
                })
                .collect();
            format!("<h3 class=\"group-name\">{}</h3><ul class=\"plain\">{people}</ul>", escape(&group.label))
        })
        .collect();
    format!("<section class=\"card\"><h2>Who signs, in this order</h2>{groups}</section>")
}

fn documents(tray: &Tray) -> String {
    let rows: String = tray
        .documents
        .iter()
        .map(|document| {
            let pages = if document.pages == 1 { "page" } else { "pages" };
            format!(
                "<li class=\"row\"><span>{}<small>{} {pages}</small></span><a href=\"{}\" target=\"_blank\">Open</a></li>",
                escape(&document.title),
                document.pages,
                escape(&document.url)
            )
        })
        .collect();
    format!("<section class=\"card\"><h2>Documents</h2><ul class=\"plain\">{rows}</ul></section>")
}

fn color(state: &str) -> &'static str {
    match state {
        "signed" => "good",
        "declined" | "rejected" | "expired" | "error" => "bad",
        "to sign now" | "toSign" | "toFill" => "now",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_client_sent_becomes_markup() {
        let tray = Tray {
            title: "<b>Sales</b>".into(),
            name: "<i>Ada</i>".into(),
            act: Act::Say { kind: "wait", text: "<u>wait</u>".into(), next: Some("\"><script>".into()) },
            ..Tray::default()
        };
        let page = render(&tray);
        assert!(!page.contains("<b>") && !page.contains("<i>") && !page.contains("<u>") && !page.contains("<script"));
    }

    #[test]
    fn a_mandatory_signature_offers_no_way_to_decline() {
        let page = |declinable| render(&Tray { act: Act::Sign { declinable, clauses: Vec::new() }, ..Tray::default() });
        assert!(page(true).contains(">Decline</button>"));
        assert!(!page(false).contains(">Decline</button>"));
        assert!(page(false).contains(">Sign</button>"));
    }
}
