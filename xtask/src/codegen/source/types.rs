//! From Rust types to TypeScript, and from rows and structs to complete operations.

use std::collections::BTreeMap;

use syn::spanned::Spanned;
use syn::{Fields, GenericArgument, ItemStruct, PathArguments, Type};

use super::super::model::{Field, Named, Operation, Shape};
use super::super::rows::{OpenEnum, Row, Table};
use super::fields::{Container, Placement, inside_option};
use super::{Definition, Placed, docs_of, refusal};

/// Names that the package keeps for itself among the parameters of a call.
const RESERVED: [&str; 3] = ["body", "signal", "timeout"];

/// Reads types on demand: only what an operation reaches is judged and printed.
pub(super) struct Reader {
    definitions: BTreeMap<String, Placed>,
    reached: BTreeMap<String, (usize, Named)>,
}

impl Reader {
    pub(super) fn new(definitions: BTreeMap<String, Placed>) -> Self {
        Self { definitions, reached: BTreeMap::new() }
    }

    /// Everything that was reached, in the order of the source.
    pub(super) fn into_types(self) -> Vec<Named> {
        let mut types: Vec<_> = self.reached.into_values().collect();
        types.sort_by_key(|(order, _)| *order);
        types.into_iter().map(|(_, named)| named).collect()
    }

    /// Reaches every definition of a file.
    pub(super) fn reach_all(&mut self, path: &str) -> Result<(), String> {
        let names: Vec<String> =
            self.definitions.iter().filter(|(_, placed)| placed.path == path).map(|(name, _)| name.clone()).collect();
        names.iter().try_for_each(|name| self.reach(name).map(drop))
    }

    /// A row and the struct beside it.
    pub(super) fn operation(&mut self, path: &str, table: &Table, row: &Row) -> Result<Operation, String> {
        let request = match self.definitions.get(&row.name.to_string()) {
            Some(Placed { definition: Definition::Struct(request), .. }) => request.clone(),
            _ => return Err(refusal(path, row.name.span(), &format!("there is no struct {}", row.name))),
        };
        let mut params = self.fields(path, &request)?;
        let body = params.iter().position(|field| field.name == "body").map(|at| params.remove(at));
        let template = row.template.value();
        check_names(&template, &params).map_err(|text| refusal(path, row.name.span(), &text))?;
        for field in &mut params {
            // A parameter that is not sent is left out, not null.
            if let Some(text) = field.text.strip_suffix(" | null") {
                field.text = format!("{text} | undefined");
            }
        }
        let answer = self.typescript(path, &row.response)?;
        let item = answer.strip_prefix("Page<").and_then(|rest| rest.strip_suffix('>')).map(str::to_owned);
        Ok(Operation {
            id: row.name.to_string(),
            summary: docs_of(&row.attributes).join(" "),
            doc: table.page.value(),
            resource: table.resource.value(),
            action: row.action.to_string(),
            route: format!("{} {}", row.method, template.split("{?").next().unwrap_or(&template)),
            params,
            body: body.map(|body| with_form(body, row)),
            answer,
            item,
        })
    }

    fn reach(&mut self, name: &str) -> Result<bool, String> {
        if self.reached.contains_key(name) {
            return Ok(true);
        }
        let Some(placed) = self.definitions.remove(name) else { return Ok(false) };
        // The name stands before its type is read: types may contain themselves.
        let shape = Named { name: name.to_owned(), docs: Vec::new(), shape: Shape::Alias(String::new()) };
        self.reached.insert(name.to_owned(), (placed.order, shape));
        let named = match &placed.definition {
            Definition::OpenEnum(list) => open_enum(list),
            Definition::Struct(item) => {
                Named { name: name.to_owned(), docs: docs_of(&item.attrs), shape: self.shape(&placed.path, item)? }
            }
        };
        self.reached.insert(name.to_owned(), (placed.order, named));
        Ok(true)
    }

    fn shape(&mut self, path: &str, item: &ItemStruct) -> Result<Shape, String> {
        let container = read_container(path, item)?;
        if !container.transparent {
            return self.fields(path, item).map(Shape::Object);
        }
        let Some(only) = item.fields.iter().next().filter(|_| item.fields.len() == 1) else {
            return Err(refusal(path, item.span(), "a transparent struct has one field"));
        };
        let placement = read_placement(path, only)?;
        let text = self.typescript(path, &only.ty)?;
        Ok(Shape::Alias(or_other_form(text, &placement)))
    }

    fn fields(&mut self, path: &str, item: &ItemStruct) -> Result<Vec<Field>, String> {
        let container = read_container(path, item)?;
        let fields = match &item.fields {
            Fields::Named(fields) => &fields.named,
            Fields::Unit => return Ok(Vec::new()),
            Fields::Unnamed(_) => return Err(refusal(path, item.span(), "a struct of a message has named fields")),
        };
        let mut found = Vec::new();
        for field in fields {
            let placement = read_placement(path, field)?;
            let Some(ident) = &field.ident else { continue };
            let is_file = is_named(&field.ty, "FilePart");
            // What no page names has no type; a field that is not sent has no place.
            if placement.flatten || (placement.skip && !is_file) {
                continue;
            }
            let inner = inside_option(&field.ty);
            let text = or_other_form(self.typescript(path, inner.unwrap_or(&field.ty))?, &placement);
            found.push(Field {
                name: container.wire_name(ident, &placement),
                docs: docs_of(&field.attrs),
                text: if inner.is_some() { format!("{text} | null") } else { text },
                optional: inner.is_some() || placement.default || container.all_default,
            });
        }
        Ok(found)
    }

    fn typescript(&mut self, path: &str, of: &Type) -> Result<String, String> {
        let Type::Path(named) = of else {
            return Err(refusal(path, of.span(), "only named types can be printed"));
        };
        let Some(last) = named.path.segments.last() else { return Ok("unknown".to_owned()) };
        let mut arguments = Vec::new();
        if let PathArguments::AngleBracketed(list) = &last.arguments {
            for argument in &list.args {
                match argument {
                    GenericArgument::Type(inner) => arguments.push(self.typescript(path, inner)?),
                    other => return Err(refusal(path, other.span(), "only types can be arguments of a type")),
                }
            }
        }
        let name = last.ident.to_string();
        let text = match (name.as_str(), arguments.as_slice()) {
            ("String" | "Secret", []) => "string".to_owned(),
            ("bool", []) => "boolean".to_owned(),
            ("i32" | "i64" | "u16" | "u32" | "u64" | "f64" | "UnixMillis", []) => "number".to_owned(),
            ("Value", []) => "unknown".to_owned(),
            ("Bytes", []) => "Blob".to_owned(),
            ("FilePart", []) => "Blob".to_owned(),
            ("Empty", []) => "void".to_owned(),
            ("Timestamp", []) => "Timestamp".to_owned(),
            ("Option", [inner]) => format!("{inner} | null"),
            ("Vec", [inner]) if inner.contains(' ') => format!("Array<{inner}>"),
            ("Vec", [inner]) => format!("{inner}[]"),
            ("Map" | "BTreeMap", [key, value]) if key == "string" => format!("Record<string, {value}>"),
            ("Page", [inner]) => format!("Page<{inner}>"),
            (_, []) if self.reach(&name)? => name,
            _ => {
                let text = format!("`{name}` is no type of this vendor and none that can be printed");
                return Err(refusal(path, of.span(), &text));
            }
        };
        Ok(text)
    }
}

fn open_enum(list: &OpenEnum) -> Named {
    let values = list.values.iter().map(|(docs, value)| (value.value(), docs_of(docs))).collect();
    Named { name: list.name.to_string(), docs: docs_of(&list.attributes), shape: Shape::OpenEnum(values) }
}

/// The page itself shows fields in two forms; JavaScript gets them as they came.
fn or_other_form(text: String, placement: &Placement) -> String {
    match placement.reader.as_deref() {
        Some("lenient::number" | "lenient::integer") => format!("{text} | string"),
        Some("lenient::one") => format!("{text} | {text}[]"),
        Some("lenient::texts") => format!("{text} | string"),
        _ => text,
    }
}

fn with_form(mut body: Field, row: &Row) -> Field {
    match row.takes.as_ref().map(ToString::to_string).as_deref() {
        Some("Multipart") => body.text.push_str(" | FormData"),
        Some("Form") => body.text.push_str(" | URLSearchParams"),
        Some("Binary") => body.text = "Blob | Uint8Array | ArrayBuffer | ReadableStream".to_owned(),
        _ => {}
    }
    body
}

fn check_names(template: &str, params: &[Field]) -> Result<(), String> {
    let names = template_names(template);
    if let Some(name) = names.iter().find(|name| RESERVED.contains(&name.as_str())) {
        return Err(format!("the parameter `{name}` would hide an option of `call`"));
    }
    if let Some(name) = names.iter().find(|name| !params.iter().any(|field| field.name == **name)) {
        return Err(format!("the template has `{name}`, the struct has no such field"));
    }
    match params.iter().find(|field| !names.contains(&field.name)) {
        Some(field) => Err(format!("the struct has `{}`, the template has no such name", field.name)),
        None => Ok(()),
    }
}

/// The names of a URI template, path first.
fn template_names(template: &str) -> Vec<String> {
    let expressions = template.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let lists = expressions.map(|expression| expression.trim_start_matches('?'));
    lists.flat_map(|list| list.split(',')).map(str::to_owned).collect()
}

fn is_named(of: &Type, name: &str) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

fn read_container(path: &str, item: &ItemStruct) -> Result<Container, String> {
    Container::read(&item.attrs).map_err(|error| refusal(path, error.span(), &error.to_string()))
}

fn read_placement(path: &str, field: &syn::Field) -> Result<Placement, String> {
    let placement = Placement::read(&field.attrs).map_err(|error| refusal(path, error.span(), &error.to_string()))?;
    let known = ["lenient::number", "lenient::integer", "lenient::one", "lenient::texts"];
    match placement.reader.as_deref().filter(|reader| !known.contains(reader)) {
        Some(reader) => Err(refusal(path, field.span(), &format!("it is not known what `{reader}` reads"))),
        None => Ok(placement),
    }
}

#[cfg(test)]
mod tests;
