//! A transaction's signature plan: numbering it, checking it, copying it, and
//! naming the tickets signers open.

use serde_json::{Map, Value};

use crate::answer::Fault;

use super::model::{Document, Dst, FillableForm, SignatureRequest, Signer, SignersGroup};

/// A pre-authenticated way to one signature request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticket {
    pub(crate) id: String,
    pub(crate) document: i64,
    pub(crate) request: i64,
}

/// Gives every part an id and an internal number where it has none.
pub(crate) fn number(dst: &mut Dst, mut next: impl FnMut() -> i64) {
    for document in &mut dst.documents {
        if document.instance_id == 0 {
            document.instance_id = next();
        }
        let mut mint = |slot: &mut Option<i64>| *slot = slot.filter(|number| *number != 0).or_else(|| Some(next()));
        for (index, form) in (0..).zip(&mut document.forms) {
            mint(&mut form.instance_id);
            form.id.get_or_insert(index);
            form.document_id = Some(document.id);
        }
        for (index, request) in (0..).zip(&mut document.signature_requests) {
            mint(&mut request.instance_id);
            request.id.get_or_insert(index);
            request.sign_profile.get_or_insert_with(|| "PAdES".to_owned());
        }
        let mut signers = 0;
        for (index, group) in document.signer_groups.iter_mut().enumerate() {
            mint(&mut group.instance_id);
            group.label.get_or_insert_with(|| format!("Group {}", index + 1));
            for signer in &mut group.signers {
                mint(&mut signer.instance_id);
                signer.id.get_or_insert(signers);
                signers += 1;
            }
        }
    }
    for signature in &mut dst.signatures {
        if signature.instance_id == 0 {
            signature.instance_id = next();
        }
    }
}

/// Names a ticket for every signature request and writes its URL into the
/// request's `extraData`. Tickets the transaction has already keep their name.
pub(crate) fn issue_tickets(
    dst: &mut Dst,
    base: &str,
    known: &[String],
    mut uuid: impl FnMut() -> String,
) -> Vec<Ticket> {
    let mut tickets: Vec<Ticket> = Vec::new();
    for document in &mut dst.documents {
        for request in &mut document.signature_requests {
            let old = request
                .extra_data
                .get("st_uuid")
                .and_then(Value::as_str)
                .filter(|old| known.iter().any(|one| one == old));
            let old = old.filter(|old| tickets.iter().all(|ticket| ticket.id != *old)).map(str::to_owned);
            let url = |id: &str| Value::from(format!("{base}/std/{id}/signature"));
            let id = match old {
                // Its URL stays too: it may be in a mail already.
                Some(id) => {
                    request.extra_data.entry("st_signatureTicketUrl").or_insert_with(|| url(&id));
                    id
                }
                None => {
                    let id = uuid();
                    request.extra_data.insert("st_uuid".into(), id.clone().into());
                    request.extra_data.insert("st_signatureTicketUrl".into(), url(&id));
                    id
                }
            };
            tickets.push(Ticket { id, document: document.id, request: request.id.unwrap_or_default() });
        }
    }
    tickets
}

/// What is wrong with a plan that is to be published.
pub(crate) fn check(dst: &Dst) -> Vec<Fault> {
    let mut faults = Vec::new();
    if dst.title.as_deref().is_none_or(|title| title.trim().is_empty()) {
        faults.push(Fault::argument("title", "the title is missing"));
    }
    if dst.documents.iter().all(|document| document.signature_requests.is_empty()) {
        faults.push(Fault::argument("documents", "no document asks for a signature"));
    }
    for (index, document) in dst.documents.iter().enumerate() {
        faults.extend(check_document(document, &format!("documents[{index}]")));
    }
    faults
}

fn check_document(document: &Document, target: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let signers: Vec<i64> = document.signers().filter_map(|signer| signer.id).collect();
    for (index, id) in repeated(&signers) {
        faults
            .push(Fault::argument(format!("{target}.signerGroups"), format!("signer {id} is there twice, at {index}")));
    }
    let requests: Vec<i64> = document.signature_requests.iter().filter_map(|request| request.id).collect();
    for (index, id) in repeated(&requests) {
        faults.push(Fault::argument(
            format!("{target}.signatureRequests[{index}].id"),
            format!("the id {id} is there twice"),
        ));
    }
    let unknown = |signer: Option<i64>| !signer.is_some_and(|signer| signers.contains(&signer));
    for (index, request) in document.signature_requests.iter().enumerate() {
        if unknown(request.signer_id) {
            let target = format!("{target}.signatureRequests[{index}].signerId");
            faults.push(Fault::argument(target, "no signer of the document has this id"));
        }
        if !matches!(request.sign_profile.as_deref(), Some("PAdES" | "CAdES")) {
            let target = format!("{target}.signatureRequests[{index}].signProfile");
            faults.push(Fault::argument(target, "the profile is neither PAdES nor CAdES"));
        }
    }
    for (index, form) in document.forms.iter().enumerate() {
        if form.signer_id.is_some() && unknown(form.signer_id) {
            faults.push(Fault::argument(
                format!("{target}.forms[{index}].signerId"),
                "no signer of the document has this id",
            ));
        }
        let request = form.signature_request();
        if request.is_some_and(|request| !requests.contains(&request)) {
            let target = format!("{target}.forms[{index}].extraData.signatureRequestId");
            faults.push(Fault::argument(target, "no signature request of the document has this id"));
        }
    }
    faults
}

fn repeated(ids: &[i64]) -> impl Iterator<Item = (usize, i64)> {
    ids.iter()
        .enumerate()
        .filter(|(index, id)| ids.iter().take(*index).any(|earlier| earlier == *id))
        .map(|(index, id)| (index, *id))
}

/// The plan of a transaction for a copy of it: nobody has filled, signed or got a ticket.
pub(crate) fn copy(document: &Document) -> Document {
    let forms = document.forms.iter().map(|form| FillableForm { instance_id: None, filled: false, ..form.clone() });
    let requests = document.signature_requests.iter().map(|request| SignatureRequest {
        instance_id: None,
        extra_data: without_tickets(&request.extra_data),
        ..request.clone()
    });
    let groups = document.signer_groups.iter().map(|group| SignersGroup {
        instance_id: None,
        signers: group.signers.iter().map(|signer| Signer { instance_id: None, ..signer.clone() }).collect(),
        ..group.clone()
    });
    Document {
        id: document.id,
        forms: forms.collect(),
        signature_requests: requests.collect(),
        signer_groups: groups.collect(),
        extra_data: document.extra_data.clone(),
        ..Document::default()
    }
}

fn without_tickets(extra: &Map<String, Value>) -> Map<String, Value> {
    let kept = extra.iter().filter(|(name, _)| !matches!(name.as_str(), "st_uuid" | "st_signatureTicketUrl"));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Puts a person in place of a template's role; false if the template has no such role.
pub(crate) fn assign_role(dst: &mut Dst, role: &str, person: &Signer) -> bool {
    let mut found = false;
    for document in &mut dst.documents {
        for signer in document.signer_groups.iter_mut().flat_map(|group| &mut group.signers) {
            let label = signer.template_label.as_deref().or(signer.role.as_deref());
            if label != Some(role) {
                continue;
            }
            found = true;
            let kept = signer.clone();
            *signer = Signer {
                instance_id: kept.instance_id,
                id: kept.id,
                template_label: Some(role.to_owned()),
                role: person.role.clone().or(kept.role),
                ..person.clone()
            };
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Dst {
        let mut dst = serde_json::from_value(json!({
            "title": "Sample DST",
            "documents": [{
                "id": 0,
                "forms": [{"id": 1, "type": "SignatureForm", "signerId": 1, "extraData": {"signatureRequestId": "1"}}],
                "signatureRequests": [{"id": 1, "signerId": 1}],
                "signerGroups": [{"signers": [{"id": 1, "templateLabel": "Buyer"}]}],
            }],
        }))
        .unwrap();
        let mut last = 0;
        number(&mut dst, || {
            last += 1;
            last
        });
        dst
    }

    fn targets(dst: &Dst) -> Vec<String> {
        let faults = serde_json::to_value(check(dst)).unwrap();
        faults.as_array().unwrap().iter().map(|fault| fault["target"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_quick_starts_plan_is_sound() {
        assert_eq!(targets(&sample()), [""; 0]);
    }

    #[test]
    fn every_dangling_reference_is_named() {
        let mut dst = sample();
        dst.title = None;
        dst.documents[0].signature_requests[0].signer_id = Some(9);
        dst.documents[0].forms[0].extra_data.insert("signatureRequestId".into(), 5.into());
        assert_eq!(
            targets(&dst),
            [
                "title",
                "documents[0].signatureRequests[0].signerId",
                "documents[0].forms[0].extraData.signatureRequestId"
            ]
        );
    }

    #[test]
    fn a_ticket_keeps_its_name_but_a_foreign_one_is_replaced() {
        let mut dst = sample();
        let first = issue_tickets(&mut dst, "http://here/signing-today", &[], || "t1".into());
        assert_eq!(first, [Ticket { id: "t1".into(), document: 0, request: 1 }]);
        assert_eq!(
            dst.documents[0].signature_requests[0].extra_data["st_signatureTicketUrl"],
            "http://here/signing-today/std/t1/signature"
        );
        let again = issue_tickets(&mut dst, "http://here", &["t1".into()], || "t2".into());
        assert_eq!(again[0].id, "t1");
        let foreign = issue_tickets(&mut dst, "http://here", &[], || "t3".into());
        assert_eq!(foreign[0].id, "t3");
    }

    #[test]
    fn a_role_is_played_by_the_person_it_is_mapped_to() {
        let mut dst = sample();
        let ada = Signer { name: Some("Ada".into()), ..Signer::default() };
        assert!(assign_role(&mut dst, "Buyer", &ada));
        assert!(!assign_role(&mut dst, "Seller", &ada));
        let signer = dst.documents[0].signer(Some(1)).unwrap();
        assert_eq!((signer.name.as_deref(), signer.template_label.as_deref()), (Some("Ada"), Some("Buyer")));
    }
}
