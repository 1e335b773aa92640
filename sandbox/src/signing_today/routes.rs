//! Which operation a request is for. The routes are the core's catalogue; only
//! what the vendor's page says in passing, and not in its list, is added here.

use std::collections::BTreeMap;

use countersign::auth::AuthScheme;
use countersign::http::Method;
use countersign::{uri_template, vendors};

/// A route that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    /// The operation's id, which `play` knows.
    pub(crate) operation: &'static str,
    /// `METHOD /template`, as the vendor prints it.
    pub(crate) route: String,
    /// Whether it needs a bearer token.
    pub(crate) protected: bool,
    pub(crate) parameters: BTreeMap<String, String>,
}

/// What became of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    Route(Route),
    /// The path is known, but not with this method.
    OtherMethod,
    Nothing,
}

/// Paths of the page's prose and of the vendor's own SDKs, with the route they stand for.
const ALIASES: [(Method, &str, &str); 1] =
    [(Method::Post, "/robot/{id}/instantiate", "POST /robot/DST/{id}/instantiate")];

const METHODS: [Method; 5] = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];

/// Finds the operation for a path below the API's base.
pub(crate) fn find(method: &str, path: &str) -> Found {
    match Method::parse(method).and_then(|method| matched(method, path)) {
        Some(route) => Found::Route(route),
        None if METHODS.into_iter().any(|method| matched(method, path).is_some()) => Found::OtherMethod,
        None => Found::Nothing,
    }
}

fn matched(method: Method, path: &str) -> Option<Route> {
    let vendor = vendors::find(vendors::SIGNING_TODAY)?;
    let found = vendor.match_route(method, path).or_else(|| {
        let (_, alias, route) =
            ALIASES.into_iter().find(|alias| alias.0 == method && uri_template::match_path(alias.1, path).is_some())?;
        Some((vendor.operation(route)?, uri_template::match_path(alias, path)?))
    });
    let (operation, parameters) = found?;
    Some(Route {
        operation: operation.id,
        route: operation.route(),
        protected: operation.auth == AuthScheme::Token,
        parameters: parameters
            .into_iter()
            .map(|(name, value)| (name.to_owned(), crate::form::unescape(value)))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(method: &str, path: &str) -> Option<&'static str> {
        match find(method, path) {
            Found::Route(route) => Some(route.operation),
            _ => None,
        }
    }

    #[test]
    fn a_path_is_matched_with_its_parameters() {
        let Found::Route(route) = find("PUT", "/DST/a%20b/note/14") else { panic!("not found") };
        assert_eq!((route.operation, route.route.as_str()), ("UpdateNote", "PUT /DST/{id}/note/{noteId}"));
        assert_eq!((route.parameters["id"].as_str(), route.parameters["noteId"].as_str()), ("a b", "14"));
        assert!(route.protected);
    }

    #[test]
    fn both_paths_of_the_robots_instantiation_are_served() {
        assert_eq!(operation("POST", "/robot/DST/1/instantiate"), Some("InstantiateRobotDst"));
        assert_eq!(operation("POST", "/robot/1/instantiate"), Some("InstantiateRobotDst"));
    }

    #[test]
    fn a_wrong_method_differs_from_an_unknown_path() {
        assert_eq!(find("PATCH", "/DSTs"), Found::OtherMethod);
        assert_eq!(find("GET", "/nowhere"), Found::Nothing);
    }
}
