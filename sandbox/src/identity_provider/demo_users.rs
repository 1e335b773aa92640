//! The people who can sign in.

/// A demo user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DemoUser {
    /// The subject of the user's tokens.
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) role: &'static str,
}

/// Everyone.
pub(crate) const USERS: [DemoUser; 3] = [
    DemoUser { id: "ada", name: "Ada Lovelace", email: "ada@demo.example", role: "instructor" },
    DemoUser { id: "grace", name: "Grace Hopper", email: "grace@demo.example", role: "signer" },
    DemoUser { id: "linus", name: "Linus Pauling", email: "linus@demo.example", role: "auditor" },
];

/// A user by id.
pub(crate) fn find(id: &str) -> Option<DemoUser> {
    USERS.into_iter().find(|user| user.id == id)
}
