use super::*;

fn reader(source: &str) -> Reader {
    let file = syn::parse_file(source).expect("Rust");
    let module = super::super::Module { path: "acme.rs".to_owned(), file };
    Reader::new(super::super::definitions(&[module]).expect("definitions"))
}

fn operation(source: &str, row: &str) -> Result<Operation, String> {
    let table = format!("ACME, resource \"notes\", page \"https://acme.example\"; /// Does.\n {row}");
    let table: Table = syn::parse_str(&table).expect("a table");
    reader(source).operation("acme.rs", &table, &table.rows[0])
}

const UPDATE: &str = "
    #[serde(rename_all = \"camelCase\")]
    pub struct UpdateNote { pub note_id: i64, pub dry_run: Option<bool>, pub body: Note }
    #[serde(default)]
    pub struct Note { pub text: Option<String>, #[serde(rename = \"type\")] pub kind: Vec<Kind>,
        #[serde(flatten)] pub other: Map<String, Value> }
    open_enum! { pub enum Kind { Plain = \"plain\", } }";

#[test]
fn a_row_and_its_struct_become_params_body_and_answer() {
    let row = "UpdateNote: update_one PUT \"/note/{noteId}{?dryRun}\" takes Json => Note;";
    let operation = operation(UPDATE, row).expect("an operation");
    assert_eq!(operation.route, "PUT /note/{noteId}");
    assert_eq!(operation.answer, "Note");
    assert_eq!(operation.body.map(|body| body.text).as_deref(), Some("Note"));
    let params: Vec<_> =
        operation.params.iter().map(|field| (field.name.as_str(), field.text.as_str(), field.optional)).collect();
    assert_eq!(params, [("noteId", "number", false), ("dryRun", "boolean | undefined", true)]);
}

#[test]
fn a_template_and_a_struct_that_disagree_are_refused_with_the_line() {
    let row = "UpdateNote: update_one PUT \"/note/{id}\" takes Json => Note;";
    let fault = operation(UPDATE, row).err().expect("a refusal");
    assert_eq!(fault, "acme.rs:2: the template has `id`, the struct has no such field");
}

#[test]
fn a_type_outside_the_subset_is_refused_with_the_line() {
    let source = "pub struct Get { pub id: Rc<String> }";
    let fault = operation(source, "Get: read_one GET \"/{id}\" => Empty;").err().expect("a refusal");
    assert_eq!(fault, "acme.rs:1: `Rc` is no type of this vendor and none that can be printed");
}

#[test]
fn an_attribute_outside_the_subset_is_refused() {
    let source = "pub struct Get { #[serde(alias = \"x\")] pub id: String }";
    let fault = operation(source, "Get: read_one GET \"/{id}\" => Empty;").err().expect("a refusal");
    assert!(fault.starts_with("acme.rs:1: serde's `alias`"), "{fault}");
}

#[test]
fn a_parameter_may_not_hide_an_option_of_call() {
    let source = "pub struct Get { pub signal: String }";
    assert!(operation(source, "Get: read_one GET \"/{signal}\" => Empty;").is_err());
}

#[test]
fn a_field_the_page_shows_in_two_forms_has_both() {
    let mut reader = reader(
        "#[serde(default)] pub struct Form {
            #[serde(deserialize_with = \"lenient::number\")] pub x: Option<f64>,
            #[serde(deserialize_with = \"lenient::one\")] pub kind: Option<String> }",
    );
    reader.reach("Form").expect("a form");
    let types = reader.into_types();
    let Shape::Object(fields) = &types[0].shape else { panic!("an object") };
    assert_eq!(fields[0].text, "number | string | null");
    assert_eq!(fields[1].text, "string | string[] | null");
}

#[test]
fn a_page_tells_what_it_holds() {
    let source = "pub struct List {} pub struct Note { pub id: i64 }";
    let operation = operation(source, "List: read_many GET \"/notes\" paged Offset => Page<Note>;").expect("a list");
    assert_eq!(operation.item.as_deref(), Some("Note"));
}
