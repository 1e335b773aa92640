//! The documented answers: read into their types and written again, nothing may be lost.

use countersign::{
    http::{Body, ContentKind, Headers, Response},
    page::Paging,
};
use serde_json::{Value, json};

use crate::{
    checks::{CHECKS, Check, Reread},
    fixture::Fixture,
};

#[test]
fn every_documented_answer_is_read_and_keeps_every_field() {
    for check in CHECKS {
        let answer = Fixture::read(check.operation.id).answer;
        let reread = (check.reread)(answer.response()).expect("the documented answer can be read");
        match reread {
            Reread::Json(after) => assert_kept(check, &answer.body.expect("a JSON answer"), &after),
            Reread::Bytes(after) => {
                let before = answer.body.and_then(|body| body.as_str().map(str::to_owned));
                assert_eq!(String::from_utf8(after).ok(), before, "{}", check.operation.id);
            }
            Reread::Empty => assert_eq!(answer.body, None, "{}", check.operation.id),
        }
    }
}

#[test]
fn every_answer_has_the_kind_the_catalogue_names() {
    for check in CHECKS {
        let answer = Fixture::read(check.operation.id).answer;
        let kind = match answer.content_type.as_deref() {
            None => ContentKind::Empty,
            Some("application/json") => ContentKind::Json,
            Some(_) => ContentKind::Binary,
        };
        assert_eq!(check.operation.produces, kind, "{}", check.operation.id);
    }
}

#[test]
fn a_page_is_answered_where_the_catalogue_says_so() {
    for check in CHECKS {
        let body = Fixture::read(check.operation.id).answer.body;
        let is_page = body.is_some_and(|body| body.get("values").is_some());
        assert_eq!(check.operation.paging == Paging::Offset, is_page, "{}", check.operation.id);
    }
}

#[test]
fn a_field_nobody_has_heard_of_is_kept_wherever_it_stands() {
    for check in CHECKS.iter().filter(|check| check.operation.produces == ContentKind::Json) {
        let mut before = Fixture::read(check.operation.id).answer.body.expect("a JSON answer");
        match (check.operation.paging, before.get_mut("values")) {
            // A page is taken apart by the client; only its items travel on.
            (Paging::Offset, Some(values)) => add_unheard_of(values),
            _ => add_unheard_of(&mut before),
        }
        let Reread::Json(after) = read(check, &before) else { panic!("JSON stays JSON") };
        assert_kept(check, &before, &after);
    }
}

#[test]
fn a_new_user_may_be_answered_with_a_bare_id() {
    let check = CHECKS.iter().find(|check| check.operation.id == "CreateUser").expect("the operation");
    let id = "7e49d963-544e-407e-ba57-049785ef3760";
    assert_eq!(read(check, &json!(id)), Reread::Json(json!([id])));
}

#[test]
fn the_transaction_the_page_prints_in_full_is_kept() {
    // The quick start prints this one (seed lines 170 to 266) with the names of another language; here on the wire.
    let before = json!({
        "ccGroups": [], "ccUsers": [], "createdAt": "2020-02-12T19:03:56.570Z",
        "createdByUser": "0a99b1c9-d9d3-4c5b-8322-3006cd4e99dc",
        "documents": [{
            "filledDocumentUuid": "5f9d51cd-893d-420b-92a1-90bb16018c7e",
            "forms": [{
                "documentId": 0, "extraData": {"signatureRequestId": "0"}, "height": 10.0, "id": 1,
                "_instance_id": 7035, "page": 1, "positionX": 1.786, "positionY": 20.217, "signerId": 0,
                "toFill": false, "type": "SignatureForm", "width": 30.0,
            }],
            "id": 0, "_instance_id": 7034, "plainDocumentUuid": "435ac12e-50ea-4b28-b8c2-4066f18f03f0",
            "signatureRequests": [{
                "declinable": true, "description": "", "id": 0, "_instance_id": 7038, "reason": "As buyer",
                "extraData": {"st_uuid": "306e8b87-015b-4222-931e-2e6e2ab5fb17"},
                "signProfile": "PAdES", "signerId": 0, "withTimestamp": false,
            }],
            "signerGroups": [{"_instance_id": 7039, "label": "Group 1", "signers": [{
                "email": "jdo@example.com", "id": 0, "_instance_id": 7040, "name": "John", "phone": "3334455667",
                "role": "signer", "surname": "Doe", "templateLabel": "Buyer",
                "userUUID": "0a99b1c9-d9d3-4c5b-8322-3006cd4e99dc",
            }]}],
            "status": "filled",
        }],
        "domain": "demo", "expiresAt": "2020-03-13T19:03:56.570Z",
        "extraData": {"st_status": "pending", "user_action": "NONE"},
        "id": "f220030c-e8dd-4d77-9e70-ae3f5f67fda3", "publicTemplate": false,
        "publishedAt": "2020-02-12T19:04:12.041Z",
        "resources": [{
            "createdAt": "2020-02-12T19:04:32.198Z", "domain": "demo", "filename": "sales-contract.pdf",
            "dstUuid": "f220030c-e8dd-4d77-9e70-ae3f5f67fda3", "id": "5f9d51cd-893d-420b-92a1-90bb16018c7e",
            "mimetype": "application/pdf", "pages": 2, "size": 3689, "title": "Sales Contract", "type": "PDF_Document",
        }],
        "signatures": [], "status": "toSign", "tags": [], "template": false, "title": "fill",
        "updatedAt": "2020-02-13T10:00:40.046Z", "urgent": false,
        "visibleTo": ["0a99b1c9-d9d3-4c5b-8322-3006cd4e99dc"],
    });
    let check = CHECKS.iter().find(|check| check.operation.id == "GetDst").expect("the operation");
    assert_eq!(read(check, &before), Reread::Json(before));
}

#[test]
fn an_answer_that_is_no_json_is_a_typed_error() {
    for check in CHECKS.iter().filter(|check| check.operation.produces == ContentKind::Json) {
        let headers: Headers = [("content-type", "text/html; charset=utf-8")].into_iter().collect();
        let body = Body::Bytes(b"<html>gateway</html>".to_vec());
        let error = (check.reread)(Response { status: 200, headers, body }).expect_err("HTML is no answer");
        assert!(error.message.ends_with("got text/html"), "{}", error.message);
        assert_eq!(error.body, b"<html>gateway</html>");
    }
}

#[test]
fn half_an_answer_is_a_typed_error() {
    for check in CHECKS.iter().filter(|check| check.operation.produces == ContentKind::Json) {
        let whole = Fixture::read(check.operation.id).answer.response();
        let bytes = whole.body.bytes();
        let half = Body::Bytes(bytes[..bytes.len() / 2].to_vec());
        assert!((check.reread)(Response { body: half, ..whole.clone() }).is_err(), "{}", check.operation.id);
    }
}

fn read(check: &Check, answer: &Value) -> Reread {
    let headers: Headers = [("content-type", "application/json")].into_iter().collect();
    let body = Body::Bytes(answer.to_string().into_bytes());
    (check.reread)(Response { status: 200, headers, body }).expect("the answer can be read")
}

fn add_unheard_of(value: &mut Value) {
    match value {
        Value::Array(members) => members.iter_mut().for_each(add_unheard_of),
        Value::Object(members) => {
            members.values_mut().for_each(add_unheard_of);
            members.insert("unheardOf".into(), json!({"since": "v9", "list": [1, 2.5, false]}));
        }
        _ => {}
    }
}

fn assert_kept(check: &Check, before: &Value, after: &Value) {
    if let Err(path) = kept(before, after) {
        panic!("{} loses {path}: {after}", check.operation.id);
    }
}

/// Says where `after` differs from `before`, except in what counts as the same on this vendor's wire: null and
/// absent, and a number and its text.
fn kept(before: &Value, after: &Value) -> Result<(), String> {
    let at = |name: &str, result: Result<(), String>| result.map_err(|path| format!("/{name}{path}"));
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            let known = |name: &String| before.contains_key(name);
            if let Some((name, _)) = after.iter().find(|(name, value)| !known(name) && !value.is_null()) {
                return Err(format!("/{name} (made up)"));
            }
            before
                .iter()
                .filter(|(_, member)| !member.is_null())
                .try_for_each(|(name, member)| at(name, kept(member, after.get(name).unwrap_or(&Value::Null))))
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            let mut pairs = before.iter().zip(after).enumerate();
            pairs.try_for_each(|(index, (before, after))| at(&index.to_string(), kept(before, after)))
        }
        (Value::Number(before), Value::Number(after)) if before.as_f64() == after.as_f64() => Ok(()),
        (Value::String(text), Value::Number(after)) if text.parse::<f64>().ok() == after.as_f64() => Ok(()),
        _ if before == after => Ok(()),
        _ => Err(String::new()),
    }
}
