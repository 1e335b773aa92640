//! The vendor's error bodies, documented and not.

use countersign::{error::ErrorBody, vendors};

fn read(body: &[u8]) -> ErrorBody {
    (vendors::find("signing-today").expect("a vendor").read_error)(body)
}

#[test]
fn a_400_lists_what_is_wrong_in_an_array() {
    let body = br#"[{"code":"BadArgument","message":"age must be positive","target":"age"},{"code":"BadArgument","message":"no title","target":"title"}]"#;
    let error = read(body);
    assert_eq!(error.code.as_deref(), Some("BadArgument"));
    assert_eq!(error.message.as_deref(), Some("age must be positive"));
    let targets: Vec<_> = error.details.iter().filter_map(|detail| detail.target.as_deref()).collect();
    assert_eq!(targets, ["age", "title"]);
}

#[test]
fn a_409_is_a_single_object() {
    let error = read(br#"{"code":"IllegalStatus","message":"the DST is in an illegal status","target":"status"}"#);
    assert_eq!(error.code.as_deref(), Some("IllegalStatus"));
    assert_eq!(error.details.len(), 1);
}

#[test]
fn a_500_is_a_code_and_a_message() {
    let error = read(br#"{"code":"IOException","message":"disk full"}"#);
    assert_eq!(error.code.as_deref(), Some("IOException"));
    assert_eq!(error.details, []);
}

#[test]
fn a_404_without_a_body_says_nothing() {
    assert_eq!(read(b""), ErrorBody::default());
}

#[test]
fn a_page_of_html_says_nothing() {
    assert_eq!(read(b"<html><body>502 Bad Gateway</body></html>"), ErrorBody::default());
}

#[test]
fn half_a_body_says_nothing() {
    assert_eq!(read(br#"[{"code":"BadArgu"#), ErrorBody::default());
}

#[test]
fn json_of_another_shape_says_nothing() {
    for body in ["null", "7", "\"no\"", "[]", "{}", "[null]", r#"{"code":7,"message":{}}"#] {
        let error = read(body.as_bytes());
        assert_eq!((error.code, error.message), (None, None), "{body}");
    }
}

#[test]
fn a_token_error_is_read_after_rfc_6749() {
    let error = read(br#"{"error":"invalid_grant","error_description":"Bad credentials"}"#);
    assert_eq!(error.code.as_deref(), Some("invalid_grant"));
    assert_eq!(error.message.as_deref(), Some("Bad credentials"));
}
