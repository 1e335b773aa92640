//! Reads the tables of `endpoints!` and the lists of `open_enum!`.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, LitStr, Token, Type, Visibility, braced};

/// A whole `endpoints!` table.
pub(super) struct Table {
    /// The constant that holds the vendor's name.
    pub(super) vendor: Ident,
    pub(super) resource: LitStr,
    pub(super) page: LitStr,
    pub(super) rows: Vec<Row>,
}

/// One row of it.
pub(super) struct Row {
    pub(super) attributes: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) action: Ident,
    pub(super) method: Ident,
    pub(super) template: LitStr,
    pub(super) takes: Option<Ident>,
    pub(super) response: Type,
}

/// The list of an `open_enum!`.
pub(super) struct OpenEnum {
    pub(super) attributes: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) values: Vec<(Vec<Attribute>, LitStr)>,
}

impl Parse for Table {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let vendor = input.parse()?;
        input.parse::<Token![,]>()?;
        word(input, "resource")?;
        let resource = input.parse()?;
        input.parse::<Token![,]>()?;
        word(input, "page")?;
        let page = input.parse()?;
        input.parse::<Token![;]>()?;
        let mut rows = Vec::new();
        while !input.is_empty() {
            rows.push(input.parse()?);
        }
        Ok(Self { vendor, resource, page, rows })
    }
}

impl Parse for Row {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let name = input.parse()?;
        input.parse::<Token![:]>()?;
        let (action, method, template) = (input.parse()?, input.parse()?, input.parse()?);
        let mut takes = None;
        while !input.peek(Token![=>]) {
            let option: Ident = input.parse()?;
            let value: Ident = input.parse()?;
            match option.to_string().as_str() {
                "takes" => takes = Some(value),
                "auth" | "retry" | "paged" => {}
                _ => return Err(syn::Error::new(option.span(), "a row has `takes`, `auth`, `retry` and `paged`")),
            }
        }
        input.parse::<Token![=>]>()?;
        let response = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(Self { attributes, name, action, method, template, takes, response })
    }
}

impl Parse for OpenEnum {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        input.parse::<Token![enum]>()?;
        let name = input.parse()?;
        let list;
        braced!(list in input);
        let mut values = Vec::new();
        while !list.is_empty() {
            let docs = list.call(Attribute::parse_outer)?;
            list.parse::<Ident>()?;
            list.parse::<Token![=]>()?;
            values.push((docs, list.parse()?));
            list.parse::<Token![,]>()?;
        }
        Ok(Self { attributes, name, values })
    }
}

fn word(input: ParseStream<'_>, expected: &str) -> syn::Result<()> {
    let found: Ident = input.parse()?;
    if found == expected { Ok(()) } else { Err(syn::Error::new(found.span(), format!("expected `{expected}`"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_with_its_words() {
        let table: Table = syn::parse_str(
            r#"ACME, resource "notes", page "https://acme.example";
               /// Adds a note.
               CreateNote: create_one POST "/notes{?notify}" takes Json retry Safe => Note;"#,
        )
        .expect("a table");
        let [row] = &table.rows[..] else { panic!("one row") };
        assert_eq!(row.template.value(), "/notes{?notify}");
        assert_eq!(row.takes.as_ref().map(Ident::to_string).as_deref(), Some("Json"));
    }

    #[test]
    fn a_word_nobody_knows_is_refused() {
        let text = r#"ACME, resource "notes", page "x"; Get: read_one GET "/notes" sometimes Maybe => Note;"#;
        assert!(syn::parse_str::<Table>(text).is_err());
    }
}
