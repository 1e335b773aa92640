//! The vendors: for each one its operations and what is its own about authorization, errors and events.

use serde_json::Value;

use crate::{auth::Credential, endpoint::Operation, error::ErrorBody, event::EventFacts, http::Method, uri_template};

pub mod signing_today;

/// Signing Today by Bit4id.
pub const SIGNING_TODAY: &str = "signing-today";

/// Everything about a vendor that is not the same for all of them.
#[derive(Debug)]
pub struct Vendor {
    /// The name in code, in configuration and in the npm package.
    pub name: &'static str,
    /// The name people use.
    pub title: &'static str,
    /// The vendor's page.
    pub doc: &'static str,
    /// The operations, resource by resource.
    pub resources: &'static [&'static [&'static Operation]],
    /// Resources whose answers or requests hold the connection's own secrets. A wildcard never reaches them at the
    /// edge; a rule must name them.
    pub guarded: &'static [&'static str],
    /// Reads an error body. What is no documented error gives an empty [`ErrorBody`].
    pub read_error: fn(&[u8]) -> ErrorBody,
    /// Reads a connection's credential out of its configuration; the text says what is missing.
    pub read_credential: fn(&Value) -> Result<Credential, String>,
    /// Reads what a webhook payload says about itself.
    pub read_event: fn(&Value) -> EventFacts,
    /// The event type for a payload that is not JSON.
    pub unreadable_event: &'static str,
}

/// All vendors.
pub static VENDORS: &[&Vendor] = &[&signing_today::VENDOR];

/// The vendor of that name.
pub fn find(name: &str) -> Option<&'static Vendor> {
    VENDORS.iter().copied().find(|vendor| vendor.name == name)
}

impl Vendor {
    /// Every operation.
    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> + use<> {
        self.resources.iter().flat_map(|rows| rows.iter().copied())
    }

    /// The operation with this route, written `METHOD /path` with the page's own parameter names.
    pub fn operation(&self, route: &str) -> Option<&'static Operation> {
        let (method, path) = route.split_once(' ')?;
        let method = Method::parse(method)?;
        self.operations()
            .find(|operation| operation.method == method && uri_template::path_of(operation.template) == path)
    }

    /// The operation that a real path (without query) belongs to, with its path parameters as they stand in the path.
    ///
    /// Where two templates fit, the one with fewer parameters is meant.
    pub fn match_route<'p>(
        &self,
        method: Method,
        path: &'p str,
    ) -> Option<(&'static Operation, Vec<(&'static str, &'p str)>)> {
        self.operations()
            .filter(|operation| operation.method == method)
            .filter_map(|operation| Some((operation, uri_template::match_path(operation.template, path)?)))
            .min_by_key(|(_, params)| params.len())
    }
}
