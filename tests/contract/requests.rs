//! What a caller gives against what must be sent.

use countersign::http::{Body, ContentKind, Request};
use serde_json::{Map, Value};

use crate::{
    checks::{CHECKS, Check},
    fixture::Fixture,
};

const BASE_URL: &str = "https://web.sandbox.signingtoday.com/api";
const BOUNDARY: &str = "a-fixed-boundary";

fn request(check: &Check, fixture: &Fixture) -> Request {
    let parts = (check.parts)(fixture).expect("a request that can be written");
    check.operation.request(BASE_URL, parts, BOUNDARY).expect("a request that can be built")
}

#[test]
fn every_request_goes_where_the_page_says() {
    for check in CHECKS {
        let fixture = Fixture::read(check.operation.id);
        let request = request(check, &fixture);
        assert_eq!(request.method.as_str(), fixture.expect.method, "{}", fixture.route);
        assert_eq!(request.url.strip_prefix(BASE_URL), Some(fixture.expect.url.as_str()), "{}", fixture.route);
    }
}

#[test]
fn every_request_has_exactly_the_expected_headers() {
    for check in CHECKS {
        let fixture = Fixture::read(check.operation.id);
        let request = request(check, &fixture);
        let sent: Vec<_> = request.headers.iter().collect();
        let expected = fixture.expect.headers.iter();
        let expected: Vec<_> =
            expected.map(|(name, value)| (name.clone(), value.replace("{boundary}", BOUNDARY))).collect();
        let expected: Vec<_> = expected.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(sent, expected, "{}", fixture.route);
    }
}

#[test]
fn every_request_has_exactly_the_expected_body() {
    for check in CHECKS {
        let fixture = Fixture::read(check.operation.id);
        let body = request(check, &fixture).body;
        let route = &fixture.route;
        match fixture.expect.body {
            None => assert!(matches!(body, Body::Empty), "{route} has no body"),
            Some(expected) if check.operation.consumes == ContentKind::Json => {
                let sent: Value = serde_json::from_slice(body.bytes()).expect("a JSON body");
                assert_eq!(numbers_as_floats(sent), numbers_as_floats(expected), "{route}");
            }
            Some(expected) => {
                let sent = String::from_utf8(body.bytes().to_vec()).expect("a text body");
                let expected = expected.as_str().expect("a text body").replace("{boundary}", BOUNDARY);
                assert_eq!(parts(&sent), parts(&expected), "{route}");
            }
        }
    }
}

#[test]
fn files_come_after_the_fields_of_a_form() {
    for check in CHECKS {
        let body = request(check, &Fixture::read(check.operation.id)).body;
        let text = String::from_utf8_lossy(body.bytes()).into_owned();
        let is_file: Vec<_> = text.split("--a-fixed-boundary").map(|part| part.contains("filename=")).collect();
        let first_file = is_file.iter().position(|is_file| *is_file).unwrap_or(is_file.len());
        let last_field = text
            .split("--a-fixed-boundary")
            .collect::<Vec<_>>()
            .iter()
            .rposition(|part| part.contains("name=") && !part.contains("filename="));
        assert!(last_field.is_none_or(|field| field < first_file), "{}", check.operation.id);
    }
}

// The order of a form's fields means nothing (RFC 7578, 5.2).
fn parts(body: &str) -> Vec<&str> {
    let separator = if body.starts_with("--") { "--a-fixed-boundary" } else { "&" };
    let mut parts: Vec<_> = body.split(separator).collect();
    parts.sort_unstable();
    parts
}

#[test]
fn every_parameter_of_the_template_is_a_field_of_the_request() {
    for check in CHECKS {
        let parts = (check.parts)(&Fixture::read(check.operation.id)).expect("a request that can be written");
        for name in check.operation.parameter_names() {
            assert!(parts.params.contains_key(name), "{} has no field {name}", check.operation.id);
        }
    }
}

#[test]
fn every_query_parameter_of_the_page_is_tried_by_a_fixture() {
    for check in CHECKS {
        let fixture = Fixture::read(check.operation.id);
        for name in check.operation.parameter_names() {
            assert!(fixture.params.contains_key(name), "the fixture of {} does not try {name}", check.operation.id);
        }
    }
}

// JSON has one kind of number: 100 and 100.0 are the same.
fn numbers_as_floats(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(members) => members.into_iter().map(numbers_as_floats).collect(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, member)| (name, numbers_as_floats(member)));
            members.collect::<Map<_, _>>().into()
        }
        other => other,
    }
}
