//! What the generators know about a vendor.

/// A vendor: its operations and the types they use.
pub(super) struct Vendor {
    /// The name in code, for example `signing-today`.
    pub(super) name: String,
    /// The name people use.
    pub(super) title: String,
    /// The vendor's page.
    pub(super) doc: String,
    /// Where it was read from, for example `src/vendors/signing_today`.
    pub(super) folder: String,
    pub(super) operations: Vec<Operation>,
    /// In the order of their files, and in these as they stand.
    pub(super) types: Vec<Named>,
}

/// An operation, complete.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) doc: String,
    pub(super) resource: String,
    pub(super) action: String,
    /// `METHOD /path`, without the query.
    pub(super) route: String,
    pub(super) params: Vec<Field>,
    pub(super) body: Option<Field>,
    /// What it answers, in TypeScript.
    pub(super) answer: String,
    /// What a page of the answer holds, in TypeScript.
    pub(super) item: Option<String>,
}

/// A type with a name.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    pub(super) shape: Shape,
}

/// What a named type is.
pub(super) enum Shape {
    Object(Vec<Field>),
    /// Another type, in TypeScript.
    Alias(String),
    /// Texts known by name, among others.
    OpenEnum(Vec<(String, Vec<String>)>),
}

/// A field or a parameter.
pub(super) struct Field {
    /// As it stands on the wire.
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    /// In TypeScript.
    pub(super) text: String,
    pub(super) optional: bool,
}
