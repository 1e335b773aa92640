//! The catalogue against the vendor's list of operations.

use std::{collections::BTreeSet, fs};

use countersign::{
    endpoint::Operation,
    uri_template,
    vendors::{self, Vendor},
};

use crate::{
    checks::CHECKS,
    fixture::{self, Fixture},
};

fn vendor() -> &'static Vendor {
    vendors::find("signing-today").expect("a vendor")
}

/// The method and path pairs of the vendor's page, in its order.
fn documented() -> Vec<String> {
    let list = fs::read_to_string(fixture::folder().join("operations.txt")).expect("the list of operations");
    list.lines().map(str::to_owned).collect()
}

fn all_different(of: impl Fn(&Operation) -> String) -> bool {
    let found: BTreeSet<_> = vendor().operations().map(of).collect();
    found.len() == vendor().operations().count()
}

#[test]
fn every_documented_operation_is_in_the_catalogue_and_no_other() {
    let documented: BTreeSet<_> = documented().into_iter().collect();
    let catalogue: BTreeSet<_> = vendor().operations().map(Operation::route).collect();
    assert_eq!(documented.len(), 68);
    assert_eq!(catalogue, documented);
}

#[test]
fn every_operation_has_its_own_id_route_and_scope() {
    assert!(all_different(|operation| operation.id.to_owned()));
    assert!(all_different(Operation::route));
    assert!(all_different(Operation::scope));
}

#[test]
fn every_operation_has_a_typed_check_and_no_other() {
    let checked: BTreeSet<_> = CHECKS.iter().map(|check| check.operation.id).collect();
    let catalogue: BTreeSet<_> = vendor().operations().map(|operation| operation.id).collect();
    assert_eq!(checked, catalogue);
    assert_eq!(CHECKS.len(), catalogue.len());
}

#[test]
fn every_operation_has_a_fixture_and_no_other() {
    let files = fs::read_dir(fixture::folder()).expect("the fixtures");
    let names = files.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    let fixtures: BTreeSet<_> = names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
    let catalogue: BTreeSet<_> = vendor().operations().map(|operation| operation.id.to_owned()).collect();
    assert_eq!(fixtures, catalogue);
}

#[test]
fn every_fixture_is_of_its_operation_and_says_where_it_comes_from() {
    for operation in vendor().operations() {
        let fixture = Fixture::read(operation.id);
        assert_eq!(fixture.route, operation.route(), "{}", operation.id);
        assert!(fixture.source.starts_with("seed lines "), "{}", operation.id);
    }
}

#[test]
fn every_operation_says_what_it_does_and_links_into_the_page() {
    for operation in vendor().operations() {
        assert!(operation.summary.ends_with('.') && operation.summary.len() < 160, "{}", operation.id);
        assert!(operation.doc.starts_with(vendor().doc) && operation.doc.contains("#:~:text="), "{}", operation.id);
    }
}

#[test]
fn every_expected_request_leads_back_to_its_operation() {
    for operation in vendor().operations() {
        let url = Fixture::read(operation.id).expect.url;
        let path = url.split('?').next().expect("a path");
        let (found, params) = vendor().match_route(operation.method, path).expect("a route");
        assert_eq!(found.id, operation.id);
        let named = uri_template::path_of(operation.template).matches('{').count();
        assert_eq!(params.len(), named, "{}", operation.id);
    }
}
