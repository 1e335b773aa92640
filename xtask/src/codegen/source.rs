//! Reads the vendors' Rust source. What lies outside the subset that can be printed is refused with file and line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, File, Item, ItemStruct, Lit, Meta};

use super::model::Vendor;
use super::rows::{OpenEnum, Table};

mod fields;
mod types;

use types::Reader;

/// A file of a vendor.
pub(super) struct Module {
    /// Relative to the root.
    pub(super) path: String,
    pub(super) file: File,
}

/// What can be referred to by name.
pub(super) enum Definition {
    Struct(Box<ItemStruct>),
    OpenEnum(OpenEnum),
}

/// A definition and where it stands.
pub(super) struct Placed {
    pub(super) path: String,
    /// Its place among all of the vendor.
    pub(super) order: usize,
    pub(super) definition: Definition,
}

/// Reads every vendor below `src/vendors`.
pub(super) fn read_vendors(root: &Path) -> Result<Vec<Vendor>, String> {
    let names = constants(&module(root, "src/vendors.rs")?)?;
    let folder = root.join("src/vendors");
    let mut vendors = Vec::new();
    for name in names_in(&folder)?.iter().filter(|name| folder.join(name).is_dir()) {
        vendors.push(read_vendor(root, name, &names)?);
    }
    Ok(vendors)
}

fn read_vendor(root: &Path, name: &str, names: &BTreeMap<String, String>) -> Result<Vendor, String> {
    let folder = format!("src/vendors/{name}");
    let head = module(root, &format!("{folder}.rs"))?;
    let facts = facts_of(&head)?;
    let mut modules = Vec::new();
    for file in names_in(&root.join(&folder))?.iter().filter(|file| file.ends_with(".rs")) {
        modules.push(module(root, &format!("{folder}/{file}"))?);
    }
    let mut reader = Reader::new(definitions(&modules)?);
    let tables = tables(&modules)?;
    check_registered(&facts, &folder, &tables)?;
    let vendor = tables.first().map(|(_, table)| table.vendor.to_string()).unwrap_or_default();
    let mut operations = Vec::new();
    for resource in &facts.resources {
        let path = format!("{folder}/{resource}.rs");
        for (_, table) in tables.iter().filter(|(found, _)| *found == path) {
            for row in &table.rows {
                operations.push(reader.operation(&path, table, row)?);
            }
        }
    }
    // Payloads of webhooks belong to no operation.
    reader.reach_all(&format!("{folder}/webhooks.rs"))?;
    Ok(Vendor {
        name: names.get(&vendor).cloned().ok_or_else(|| format!("src/vendors.rs: there is no constant {vendor}"))?,
        title: facts.title,
        doc: facts.doc,
        folder,
        operations,
        types: reader.into_types(),
    })
}

/// A row that no list holds would be typed but not found.
fn check_registered(facts: &Facts, folder: &str, tables: &[(String, Table)]) -> Result<(), String> {
    let registered = |path: &String| facts.resources.iter().any(|name| *path == format!("{folder}/{name}.rs"));
    match tables.iter().find(|(path, _)| !registered(path)) {
        None => Ok(()),
        Some((path, _)) => Err(format!("{path}: its OPERATIONS are not among the `resources` of {folder}.rs")),
    }
}

/// What the vendor's `VENDOR` says.
struct Facts {
    title: String,
    doc: String,
    resources: Vec<String>,
}

fn facts_of(head: &Module) -> Result<Facts, String> {
    let vendor = head.file.items.iter().find_map(|item| match item {
        Item::Static(item) if item.ident == "VENDOR" => Some(&*item.expr),
        _ => None,
    });
    let Some(Expr::Struct(vendor)) = vendor else {
        return Err(format!("{}: there is no `static VENDOR: Vendor = Vendor {{ … }}`", head.path));
    };
    let field = |name: &str| {
        vendor.fields.iter().find(|field| matches!(&field.member, syn::Member::Named(ident) if ident == name))
    };
    let text = |name: &str| {
        let value = field(name).and_then(|field| text_of(&field.expr));
        value.ok_or_else(|| refusal(&head.path, vendor.span(), &format!("`{name}` of VENDOR is not a text")))
    };
    let Some(Expr::Reference(list)) = field("resources").map(|field| &field.expr) else {
        return Err(refusal(&head.path, vendor.span(), "`resources` of VENDOR is not a list"));
    };
    let Expr::Array(list) = &*list.expr else {
        return Err(refusal(&head.path, list.span(), "`resources` of VENDOR is not a list"));
    };
    let names = list.elems.iter().map(|expr| match expr {
        Expr::Path(path) => path.path.segments.first().map(|segment| segment.ident.to_string()),
        _ => None,
    });
    let resources = names.collect::<Option<Vec<_>>>();
    Ok(Facts {
        title: text("title")?,
        doc: text("doc")?,
        resources: resources.ok_or_else(|| refusal(&head.path, list.span(), "a resource is `module::OPERATIONS`"))?,
    })
}

fn tables(modules: &[Module]) -> Result<Vec<(String, Table)>, String> {
    let mut tables = Vec::new();
    for (module, call) in macro_calls(modules, "endpoints") {
        let table = call.parse_body().map_err(|error| refusal(&module.path, error.span(), &error.to_string()))?;
        tables.push((module.path.clone(), table));
    }
    Ok(tables)
}

fn definitions(modules: &[Module]) -> Result<BTreeMap<String, Placed>, String> {
    let mut found = BTreeMap::new();
    let mut order = 0;
    for module in modules {
        for item in &module.file.items {
            let (name, definition) = match item {
                Item::Struct(item) => (item.ident.to_string(), Definition::Struct(Box::new(item.clone()))),
                Item::Macro(item) if item.mac.path.is_ident("open_enum") => {
                    let parsed: OpenEnum = item
                        .mac
                        .parse_body()
                        .map_err(|error| refusal(&module.path, error.span(), &error.to_string()))?;
                    (parsed.name.to_string(), Definition::OpenEnum(parsed))
                }
                _ => continue,
            };
            order += 1;
            let placed = Placed { path: module.path.clone(), order, definition };
            if let Some(other) = found.insert(name.clone(), placed) {
                let text = format!("{name} is also defined in {}; TypeScript has one name for it", other.path);
                return Err(refusal(&module.path, item.span(), &text));
            }
        }
    }
    Ok(found)
}

fn macro_calls<'a>(modules: &'a [Module], name: &'a str) -> impl Iterator<Item = (&'a Module, &'a syn::Macro)> {
    modules.iter().flat_map(move |module| {
        module.file.items.iter().filter_map(move |item| match item {
            Item::Macro(item) if item.mac.path.is_ident(name) => Some((module, &item.mac)),
            _ => None,
        })
    })
}

/// The texts of `pub const NAME: &str = "…";`.
fn constants(module: &Module) -> Result<BTreeMap<String, String>, String> {
    let constants = module.file.items.iter().filter_map(|item| match item {
        Item::Const(item) => Some((item.ident.to_string(), text_of(&item.expr)?)),
        _ => None,
    });
    Ok(constants.collect())
}

fn module(root: &Path, path: &str) -> Result<Module, String> {
    let text = fs::read_to_string(root.join(path)).map_err(|error| format!("cannot read {path}: {error}"))?;
    let file = syn::parse_file(&text).map_err(|error| refusal(path, error.span(), &error.to_string()))?;
    Ok(Module { path: path.to_owned(), file })
}

fn names_in(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// The lines of a doc comment.
pub(super) fn docs_of(attributes: &[Attribute]) -> Vec<String> {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    lines
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(meta) => text_of(&meta.value),
            _ => None,
        })
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned())
        .collect()
}

fn text_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// A fault with its file and line.
pub(super) fn refusal(path: &str, span: Span, text: &str) -> String {
    format!("{path}:{}: {text}", span.start().line)
}
