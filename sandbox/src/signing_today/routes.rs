//! Which operation a request is for.

use std::collections::BTreeMap;

/// A route that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Route {
    /// The operation's id, which `play` knows.
    pub(crate) operation: &'static str,
    /// `METHOD /template`, as the vendor prints it.
    pub(crate) route: String,
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

const ROWS: &[(&str, &str, &str)] = &[
    ("ListDsts", "GET", "/DSTs"),
    ("CreateDst", "POST", "/DSTs"),
    ("GetDst", "GET", "/DST/{id}"),
    ("UpdateDst", "PUT", "/DST/{id}"),
    ("DeleteDst", "DELETE", "/DST/{id}"),
    ("InstantiateDst", "POST", "/DST/{id}/instantiate"),
    ("InstantiateDstByFile", "POST", "/DST/{id}/instantiate/byFile"),
    ("ModifyDst", "POST", "/DST/{id}/modify"),
    ("TemplatizeDst", "POST", "/DST/{id}/templatize"),
    ("ListDstAudit", "GET", "/DST/{id}/audit"),
    ("ReplaceDst", "POST", "/DST/{id}/replace"),
    ("CloneDst", "POST", "/DST/{id}/clone"),
    ("GetSigningAddress", "GET", "/DST/{id}/sign/{docId}/{signId}"),
    ("FillDst", "PATCH", "/DST/{id}/fill"),
    ("PublishDst", "POST", "/DST/{id}/publish"),
    ("NotifyDst", "POST", "/DST/{id}/notify"),
    ("ListInstantiationGroups", "GET", "/DSTs/byFile"),
    ("CreateTemplateByFile", "POST", "/DSTs/byFile"),
    ("CreateRobotDst", "POST", "/robot/DSTs"),
    ("InstantiateRobotDst", "POST", "/robot/DST/{id}/instantiate"),
    ("InstantiateRobotDst", "POST", "/robot/{id}/instantiate"),
    ("GetRobotAuthentication", "GET", "/robot/authentication"),
    ("DeleteRobotAuthentication", "DELETE", "/robot/authentication"),
    ("GetRobotConfiguration", "GET", "/robot/configuration"),
    ("UpdateRobotConfiguration", "PUT", "/robot/configuration"),
    ("GetResource", "GET", "/resource/{id}"),
    ("UpdateResource", "PUT", "/resource/{id}"),
    ("DeleteDstResource", "DELETE", "/DST/resource/{id}"),
    ("GetDstResources", "GET", "/DST/{id}/resources"),
    ("AddDstResource", "PATCH", "/DST/{id}/resources"),
    ("SwapDocuments", "POST", "/DST/{id}/doc/{docId}/swap"),
    ("ReplaceDocument", "POST", "/DST/{id}/doc/{docId}/resource"),
    ("GetThumbnail", "GET", "/pdfResource/{id}/thumbs"),
    ("ListNotes", "GET", "/DST/{id}/note"),
    ("CreateNote", "POST", "/DST/{id}/note"),
    ("UpdateNote", "PUT", "/DST/{id}/note/{noteId}"),
    ("DeleteNote", "DELETE", "/DST/{id}/note/{noteId}"),
    ("ListUsers", "GET", "/users"),
    ("CreateUser", "POST", "/users"),
    ("ListUserGroups", "GET", "/users/groups"),
    ("CreateUserGroups", "POST", "/users/groups"),
    ("GetUser", "GET", "/user/{id}"),
    ("UpdateUser", "PUT", "/user/{id}"),
    ("EnableUser", "DELETE", "/user/{id}"),
    ("UpdateUserRole", "PUT", "/user/{id}/role"),
    ("ListIdentities", "GET", "/user/{id}/identities"),
    ("CreateToken", "POST", "/oauth/token"),
    ("GetCurrentUser", "GET", "/auth/user"),
    ("LogOut", "GET", "/auth/logout"),
];

/// Finds the operation for a path below the API's base. Where two templates
/// fit, the one with fewer parameters is meant.
pub(crate) fn find(method: &str, path: &str) -> Found {
    let mut fitting: Vec<_> = ROWS.iter().filter_map(|row| Some((row, fit(row.2, path)?))).collect();
    fitting.sort_by_key(|(_, parameters)| parameters.len());
    let known = !fitting.is_empty();
    match fitting.into_iter().find(|(row, _)| row.1 == method) {
        Some(((operation, method, template), parameters)) => {
            Found::Route(Route { operation, route: format!("{method} {template}"), parameters })
        }
        None if known => Found::OtherMethod,
        None => Found::Nothing,
    }
}

fn fit(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    let (mut template, mut path) = (template.split('/'), path.split('/'));
    loop {
        match (template.next(), path.next()) {
            (None, None) => return Some(parameters),
            (Some(name), Some(part)) => match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !part.is_empty() => {
                    parameters.insert(name.to_owned(), crate::form::unescape(part));
                }
                _ if name == part => {}
                _ => return None,
            },
            _ => return None,
        }
    }
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
    }

    #[test]
    fn the_template_with_fewer_parameters_wins() {
        assert_eq!(operation("DELETE", "/DST/resource/1"), Some("DeleteDstResource"));
        assert_eq!(operation("POST", "/robot/DSTs"), Some("CreateRobotDst"));
        assert_eq!(operation("POST", "/robot/1/instantiate"), Some("InstantiateRobotDst"));
    }

    #[test]
    fn a_wrong_method_differs_from_an_unknown_path() {
        assert_eq!(find("PATCH", "/DSTs"), Found::OtherMethod);
        assert_eq!(find("GET", "/nowhere"), Found::Nothing);
    }
}
