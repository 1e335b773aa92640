//! The state machine, one behaviour a test.

use serde_json::json;

use super::*;

/// Two groups of signers on one document; the second group has two members.
fn draft() -> Dst {
    serde_json::from_value(json!({
        "id": "dst", "title": "Sales", "status": "draft",
        "documents": [{
            "id": 0,
            "forms": [{"id": 7, "documentId": 0, "type": "TextForm", "toFill": false}],
            "signatureRequests": [
                {"id": 0, "signerId": 0, "declinable": true},
                {"id": 1, "signerId": 1, "declinable": false},
                {"id": 2, "signerId": 2, "declinable": true},
            ],
            "signerGroups": [
                {"signers": [{"id": 0, "name": "Ada", "surname": "Lovelace"}]},
                {"signers": [{"id": 1, "name": "Grace"}, {"id": 2, "name": "Linus"}]},
            ],
        }],
    }))
    .unwrap()
}

fn published() -> Dst {
    let mut dst = draft();
    publish(&mut dst, 0).unwrap();
    evolve(&mut dst, 0);
    dst
}

fn told(effects: &[Effect]) -> Vec<String> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::TellStatus { status, .. } => Some(format!("dst {status}")),
        Effect::TellSignature { status, request, .. } => Some(format!("signature {request} {status}")),
        Effect::TellForm { status, form, .. } => Some(format!("form {form} {status}")),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_published_transaction_evolves_to_to_sign_and_tells_who_is_first() {
    let mut dst = draft();
    publish(&mut dst, 0).unwrap();
    assert_eq!(dst.status, Status::Published);
    let effects = evolve(&mut dst, 0);
    assert_eq!(dst.status, Status::ToSign);
    assert_eq!(told(&effects), ["dst toSign", "signature 0 pending"]);
    assert_eq!(dst.expires(), Some(DEFAULT_EXPIRY));
}

#[test]
fn a_published_transaction_cannot_be_published_again() {
    assert_eq!(publish(&mut published(), 0).unwrap_err().status, 409);
}

#[test]
fn text_to_be_filled_comes_before_the_signatures() {
    let mut dst = draft();
    dst.documents[0].forms[0].to_fill = true;
    publish(&mut dst, 0).unwrap();
    assert_eq!(told(&evolve(&mut dst, 0)), ["dst toFill", "form 7 pending"]);
    assert_eq!(turn(&dst, 0, 0), Turn::Inactive);
    let sent: FillableForm =
        serde_json::from_value(json!({"id": 7, "documentId": 0, "extraData": {"value": "Rome"}})).unwrap();
    let effects = fill(&mut dst, &sent, 1).unwrap();
    assert_eq!(told(&effects), ["form 7 performed", "dst toSign", "signature 0 pending"]);
    assert_eq!(dst.documents[0].forms[0].value().as_deref(), Some("Rome"));
    assert_eq!(fill(&mut dst, &sent, 2).unwrap_err().status, 409);
}

#[test]
fn the_second_group_waits_for_the_first() {
    let mut dst = published();
    assert_eq!(turn(&dst, 0, 1), Turn::After(vec!["Ada Lovelace".into()]));
    assert_eq!(sign(&mut dst, 0, 1, 1).unwrap_err().status, 409);
    let effects = sign(&mut dst, 0, 0, 1).unwrap();
    assert_eq!(told(&effects), ["signature 0 performed", "signature 1 pending", "signature 2 pending"]);
}

#[test]
fn the_members_of_a_group_sign_in_any_order() {
    let mut dst = published();
    sign(&mut dst, 0, 0, 1).unwrap();
    sign(&mut dst, 0, 2, 2).unwrap();
    assert_eq!(dst.documents[0].status, DocumentStatus::Filled);
    let effects = sign(&mut dst, 0, 1, 3).unwrap();
    assert_eq!(told(&effects), ["signature 1 performed", "dst performed"]);
    assert_eq!((dst.status, dst.documents[0].status), (Status::Signed, DocumentStatus::Signed));
}

#[test]
fn a_request_is_answered_once() {
    let mut dst = published();
    sign(&mut dst, 0, 0, 1).unwrap();
    assert_eq!(sign(&mut dst, 0, 0, 2).unwrap_err().status, 409);
    assert_eq!(turn(&dst, 0, 0), Turn::Answered(SignatureStatus::Signed));
}

#[test]
fn a_mandatory_signature_cannot_be_declined() {
    let mut dst = published();
    sign(&mut dst, 0, 0, 1).unwrap();
    assert_eq!(decline(&mut dst, 0, 1, "no", 2).unwrap_err().status, 409);
}

#[test]
fn declining_an_optional_signature_opens_the_next_group() {
    let mut dst = published();
    let effects = decline(&mut dst, 0, 0, "not my name", 1).unwrap();
    assert_eq!(told(&effects), ["signature 0 declined", "signature 1 pending", "signature 2 pending"]);
    sign(&mut dst, 0, 1, 2).unwrap();
    decline(&mut dst, 0, 2, "on leave", 3).unwrap();
    assert_eq!(dst.status, Status::Signed);
}

#[test]
fn a_transaction_nobody_signed_is_rejected_with_the_reasons() {
    let mut dst = draft();
    dst.documents[0].signature_requests.truncate(1);
    publish(&mut dst, 0).unwrap();
    evolve(&mut dst, 0);
    let effects = decline(&mut dst, 0, 0, "wrong price", 1).unwrap();
    assert_eq!(dst.status, Status::Rejected);
    assert!(effects.contains(&Effect::TellStatus { status: "error", reason: Some("rejected: wrong price".into()) }));
}

#[test]
fn documents_have_flows_of_their_own() {
    let mut dst = draft();
    let mut second = dst.documents[0].clone();
    second.id = 1;
    dst.documents.push(second);
    publish(&mut dst, 0).unwrap();
    evolve(&mut dst, 0);
    assert_eq!(open_requests(&dst), [(0, 0), (1, 0)]);
    sign(&mut dst, 1, 0, 1).unwrap();
    assert_eq!(open_requests(&dst), [(0, 0), (1, 1), (1, 2)]);
}

#[test]
fn an_active_transaction_expires_when_its_time_is_over() {
    let mut dst = published();
    dst.expires_at = Some(clock::rfc3339(5_000));
    assert!(expire(&mut dst, 4_999).is_empty());
    assert_eq!(told(&expire(&mut dst, 5_000)), ["dst expired", "signature 0 expired"]);
    assert_eq!(sign(&mut dst, 0, 0, 5_001).unwrap_err().status, 409);
}

#[test]
fn a_published_template_stays_published() {
    let mut dst = draft();
    dst.template = true;
    publish(&mut dst, 0).unwrap();
    assert!(evolve(&mut dst, 0).is_empty());
    assert_eq!((dst.status, dst.expires_at), (Status::Published, None));
}
