//! What serde's attributes say about a struct and its fields.

use syn::{Attribute, Ident, LitStr, Type};

/// The attributes of a struct.
#[derive(Default)]
pub(super) struct Container {
    pub(super) camel_case: bool,
    pub(super) all_default: bool,
    pub(super) transparent: bool,
}

/// The attributes of a field.
#[derive(Default)]
pub(super) struct Placement {
    pub(super) rename: Option<String>,
    pub(super) default: bool,
    pub(super) flatten: bool,
    pub(super) skip: bool,
    /// The function that reads it, which tells the other forms it may have.
    pub(super) reader: Option<String>,
}

impl Container {
    pub(super) fn read(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| {
                let name = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
                match name.as_str() {
                    "default" => found.all_default = true,
                    "transparent" => found.transparent = true,
                    "deny_unknown_fields" => {}
                    "rename_all" => {
                        let case: LitStr = meta.value()?.parse()?;
                        if case.value() != "camelCase" {
                            return Err(meta.error("only `rename_all = \"camelCase\"` can be printed"));
                        }
                        found.camel_case = true;
                    }
                    _ => return Err(meta.error(format!("serde's `{name}` on a struct cannot be printed"))),
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// The name of a field on the wire.
    pub(super) fn wire_name(&self, field: &Ident, placement: &Placement) -> String {
        let name = field.to_string();
        let name = name.strip_prefix("r#").unwrap_or(&name);
        match &placement.rename {
            Some(rename) => rename.clone(),
            None if self.camel_case => camel_case(name),
            None => name.to_owned(),
        }
    }
}

impl Placement {
    pub(super) fn read(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| {
                let name = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
                let value = || meta.value()?.parse::<LitStr>().map(|text| text.value());
                match name.as_str() {
                    "rename" => found.rename = Some(value()?),
                    "default" => {
                        found.default = true;
                        if meta.input.peek(syn::Token![=]) {
                            value()?;
                        }
                    }
                    "flatten" => found.flatten = true,
                    "skip" => found.skip = true,
                    "skip_serializing_if" => drop(value()?),
                    "deserialize_with" => found.reader = Some(value()?),
                    _ => return Err(meta.error(format!("serde's `{name}` on a field cannot be printed"))),
                }
                Ok(())
            })?;
        }
        Ok(found)
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut written = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        written.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        written.push_str(letters.as_str());
    }
    written
}

/// The inside of `Option<T>`.
pub(super) fn inside_option(of: &Type) -> Option<&Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(syn::GenericArgument::Type(inner)) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_camel_case_as_serde_does_it() {
        assert_eq!(camel_case("note_id"), "noteId");
        assert_eq!(camel_case("id"), "id");
        assert_eq!(camel_case("id_token1"), "idToken1");
    }
}
