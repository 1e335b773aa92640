//! Checks the floors of `src/`: a file uses lower floors only, a vendor knows
//! no other vendor, and nothing below the top touches a clock or a network.

mod tokens;

use std::fmt;

use crate::Outcome;
use crate::workspace::{Workspace, files_below, read};
use tokens::{Kind, Token, tokens};

/// The modules of each floor, as the design lists them. A module stands for
/// those below it, unless they are named themselves.
const FLOORS: &[&[&str]] = &[
    &["http", "uri_template", "secret", "time", "mac", "open_enum", "threads"],
    &["error", "endpoint", "page", "retry", "auth", "webhook", "event", "transport"],
    &["vendors"],
    &["client"],
    &["transport::fetch", "transport::native", "bindings"],
];

const SHELLS: usize = 4;
const VENDORS_FLOOR: usize = 2;

/// Vendors as modules; other spellings differ in case, `-` and `_` only.
const VENDORS: &[&str] = &["s1seven", "sendforsign", "signstash", "seald", "signing_today"];

/// Names that stand for a clock, randomness, I/O or the JavaScript world.
const OUTSIDE: &[&str] = &[
    "SystemTime",
    "Instant",
    "JsValue",
    "js_sys",
    "web_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "gloo_net",
    "getrandom",
    "rand",
    "reqwest",
    "tokio",
];

/// The same, as modules of the standard library.
const OUTSIDE_STD: &[&str] = &["fs", "net", "env", "thread", "process", "io"];

/// A source file held in memory.
pub(crate) struct Source {
    /// Its path from the checkout's top, with `/`.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// A broken rule, where it is broken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    path: String,
    line: usize,
    rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.rule)
    }
}

/// `cargo xtask floors`.
pub(crate) fn command(workspace: &Workspace, _arguments: &[String]) -> Outcome {
    let mut sources = Vec::new();
    for (folder, endings) in [("src", &["rs"][..]), ("worker/src", &["rs"]), ("worker", &["mjs"])] {
        for file in files_below(&workspace.path(folder))? {
            let name = file.to_string_lossy().replace('\\', "/");
            let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            // What wasm-bindgen wrote is not ours to judge, and a file of tests may name whom it tests with.
            if endings.contains(&ending) && !name.starts_with("build/") && !name.ends_with("_tests.rs") {
                let text = read(&workspace.path(folder).join(&file))?;
                sources.push(Source { path: format!("{folder}/{name}"), text });
            }
        }
    }
    let faults: Vec<String> = sources.iter().flat_map(faults).map(|fault| fault.to_string()).collect();
    if faults.is_empty() {
        println!("{} files keep to their floors", sources.len());
        return Ok(());
    }
    Err(format!("{} faults\n{}", faults.len(), faults.join("\n")))
}

/// Every rule a file breaks.
pub(crate) fn faults(source: &Source) -> Vec<Fault> {
    let found = product_code(tokens(&source.text));
    let fault = |line, rule| Fault { path: source.path.clone(), line, rule };
    let Some(module) = module_of(&source.path) else {
        // The Worker: it serves every vendor and knows none.
        return named_vendors(&found, None).map(|(line, rule)| fault(line, rule)).collect();
    };
    if module.is_empty() || module.last().is_some_and(|name| name == "tests") {
        return Vec::new();
    }
    let Some(floor) = floor_of(&module) else {
        let rule = format!("the module {} is on no floor; add it to xtask/src/floors.rs", module.join("::"));
        return vec![fault(1, rule)];
    };
    let mut broken = Vec::new();
    for (line, path) in paths(&found, &module) {
        if let Some(used) = floor_of(&path).filter(|used| *used > floor) {
            broken.push(fault(
                line,
                format!(
                    "{} (floor {floor}) uses crate::{} (floor {used}); a file uses lower floors only",
                    module.join("::"),
                    path.join("::"),
                ),
            ));
        }
    }
    let own = module.get(1).filter(|_| floor == VENDORS_FLOOR).map(String::as_str);
    // The registry alone names them all.
    if module != ["vendors"] {
        broken.extend(named_vendors(&found, own).map(|(line, rule)| fault(line, rule)));
    }
    if floor < SHELLS {
        broken.extend(outside_names(&found).map(|(line, rule)| fault(line, rule)));
    }
    broken
}

/// The tokens before the tests, which stand at the bottom of a file.
fn product_code(mut found: Vec<Token>) -> Vec<Token> {
    let tests = (0..found.len()).find(|at| opens_tests(&found[*at..]));
    found.truncate(tests.unwrap_or(found.len()));
    found
}

/// True where `#[cfg(test)] mod` begins, with other attributes in between.
fn opens_tests(found: &[Token]) -> bool {
    let opening = ["#", "[", "cfg", "(", "test", ")", "]"];
    let texts = |range: &[Token]| range.iter().map(|token| token.text.clone()).collect::<Vec<_>>();
    if found.len() < opening.len() || texts(&found[..opening.len()]) != opening {
        return false;
    }
    let mut rest = &found[opening.len()..];
    while rest.first().is_some_and(|token| token.text == "#") {
        let end = rest.iter().position(|token| token.text == "]").unwrap_or(rest.len() - 1);
        rest = &rest[end + 1..];
    }
    // Tests that others use as well have a visibility before the keyword.
    let keyword = rest.iter().find(|token| !matches!(token.text.as_str(), "pub" | "(" | "crate" | ")"));
    keyword.is_some_and(|token| token.text == "mod")
}

/// `src/vendors/acme/notes.rs` is `["vendors", "acme", "notes"]`; `lib.rs` is
/// empty; a file outside the core is none.
fn module_of(path: &str) -> Option<Vec<String>> {
    let inner = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let names = inner.split('/').filter(|name| *name != "lib");
    Some(names.map(str::to_owned).collect())
}

fn floor_of(path: &[String]) -> Option<usize> {
    let within = |module: &&str| {
        let names: Vec<&str> = module.split("::").collect();
        path.len() >= names.len() && names.iter().zip(path).all(|(name, part)| name == part)
    };
    FLOORS
        .iter()
        .enumerate()
        .flat_map(|(floor, modules)| modules.iter().map(move |module| (floor, module)))
        .filter(|(_, module)| within(module))
        .max_by_key(|(_, module)| module.len())
        .map(|(floor, _)| floor)
}

/// Every path into the crate, with its line: `crate::a::{b, c::d}` is two.
fn paths(found: &[Token], module: &[String]) -> Vec<(usize, Vec<String>)> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(token) = found.get(at) {
        let continues = found.get(at + 1).is_some_and(|next| next.text == "::");
        let starts = at
            .checked_sub(1)
            .and_then(|before| found.get(before))
            .is_none_or(|before| before.text != "::" && before.text != "$");
        let base = match token.text.as_str() {
            "crate" if token.kind == Kind::Word => Some(Vec::new()),
            "self" if token.kind == Kind::Word => Some(module.to_vec()),
            "super" if token.kind == Kind::Word => Some(module[..module.len().saturating_sub(1)].to_vec()),
            _ => None,
        };
        at += 1;
        if let Some(base) = base.filter(|_| starts && continues) {
            at = tree(found, at + 1, &base, &mut all);
        }
    }
    all
}

/// Reads the rest of a path, after a `::`, and answers where it ends.
fn tree(found: &[Token], mut at: usize, base: &[String], all: &mut Vec<(usize, Vec<String>)>) -> usize {
    let mut path = base.to_vec();
    while let Some(token) = found.get(at) {
        match (token.kind, token.text.as_str()) {
            (Kind::Word, "super") => {
                path.pop();
            }
            (Kind::Word, "self") => {}
            (Kind::Word, name) => path.push(name.to_owned()),
            (Kind::Mark, "{") => {
                at += 1;
                while found.get(at).is_some_and(|next| next.text != "}") {
                    at = tree(found, at, &path, all);
                    // An alias or a comma stands before the next branch.
                    while found.get(at).is_some_and(|next| !matches!(next.text.as_str(), "," | "}")) {
                        at += 1;
                    }
                    at += usize::from(found.get(at).is_some_and(|next| next.text == ","));
                }
                return at + 1;
            }
            _ => break,
        }
        let line = token.line;
        at += 1;
        if found.get(at).is_none_or(|next| next.text != "::") {
            all.push((line, path));
            return at;
        }
        at += 1;
    }
    let line = found.get(at).map_or(0, |token| token.line);
    all.push((line, path));
    at
}

/// Names of vendors, other than the file's own.
fn named_vendors<'a>(found: &'a [Token], own: Option<&'a str>) -> impl Iterator<Item = (usize, String)> + 'a {
    found.iter().flat_map(move |token| {
        let plain = token.text.to_lowercase().replace(['-', '_'], "");
        VENDORS.iter().filter(move |vendor| Some(**vendor) != own && plain.contains(&vendor.replace('_', ""))).map(
            move |vendor| {
                let rule = match own {
                    Some(own) => format!("the vendor {own} names the vendor {vendor}"),
                    None => {
                        format!("names the vendor {vendor}; what differs belongs to the vendor's row, const or method")
                    }
                };
                (token.line, rule)
            },
        )
    })
}

/// Clocks, randomness, I/O and JavaScript.
fn outside_names(found: &[Token]) -> impl Iterator<Item = (usize, String)> + '_ {
    let rule = |name: &str| format!("uses {name}; time, randomness and I/O are arguments below floor {SHELLS}");
    found.iter().enumerate().filter(|(_, token)| token.kind == Kind::Word).filter_map(move |(at, token)| {
        let name = token.text.as_str();
        if OUTSIDE.contains(&name) {
            return Some((token.line, rule(name)));
        }
        let after_std = at >= 2 && found[at - 1].text == "::" && found[at - 2].text == "std";
        (after_std && OUTSIDE_STD.contains(&name)).then(|| (token.line, rule(&format!("std::{name}"))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<String> {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        faults(&source).iter().map(Fault::to_string).collect()
    }

    #[test]
    fn a_lower_floor_may_be_used() {
        assert_eq!(rules("src/client.rs", "use crate::{http::Request, vendors};"), [""; 0]);
    }

    #[test]
    fn a_higher_floor_is_refused_with_its_line() {
        let found = rules("src/error.rs", "use crate::{\n  http,\n  client::{Client, Options},\n};");
        let rule =
            "src/error.rs:3: error (floor 1) uses crate::client::Client (floor 3); a file uses lower floors only";
        assert_eq!(found.first().map(String::as_str), Some(rule));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_path_in_the_code_counts_like_an_import() {
        assert_eq!(rules("src/http.rs", "fn f() { crate::retry::decide() }").len(), 1);
    }

    #[test]
    fn a_module_below_another_may_stand_on_its_own_floor() {
        assert_eq!(rules("src/transport.rs", "use crate::transport::fetch::FetchTransport;").len(), 1);
        assert_eq!(rules("src/transport/fetch.rs", "use super::Transport; use web_sys::Request;"), [""; 0]);
    }

    #[test]
    fn a_module_on_no_floor_is_refused() {
        assert_eq!(rules("src/helpers.rs", "").len(), 1);
    }

    #[test]
    fn a_vendor_may_not_name_another() {
        let text = "use super::super::seald::Key; const OTHER: &str = \"signing-today\";";
        assert_eq!(rules("src/vendors/s1seven/wallets.rs", text).len(), 2);
    }

    #[test]
    fn a_vendor_may_name_itself() {
        assert_eq!(rules("src/vendors/seald/users.rs", "use super::Seald;"), [""; 0]);
    }

    #[test]
    fn the_pipeline_and_the_worker_name_no_vendor() {
        assert_eq!(rules("src/client.rs", "if vendor == \"signing-today\" {}").len(), 1);
        assert_eq!(rules("worker/src/proxy.rs", "use countersign::vendors::signing_today;").len(), 1);
        assert_eq!(rules("worker/entry.mjs", "if (vendor === 'seald') {}").len(), 1);
    }

    #[test]
    fn a_clock_below_the_shells_is_refused() {
        assert_eq!(rules("src/retry.rs", "let now = std::time::Instant::now();").len(), 1);
        assert_eq!(rules("src/http.rs", "use std::fs::read;").len(), 1);
    }

    #[test]
    fn comments_and_tests_are_free() {
        let text = "// seald, crate::client\n#[cfg(test)]\n#[allow(clippy::panic)]\npub(crate) mod tests { use crate::client::Client; }";
        assert_eq!(rules("src/error.rs", text), [""; 0]);
    }
}
