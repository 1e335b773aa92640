//! Digital Signature Transactions: `/DSTs` and `/DST/{id}/…`.

use serde_json::{Value, json};

use crate::answer::{Answer, Fault, Outcome, bad_argument, bad_request, conflict, forbidden, not_found};
use crate::call::Call;
use crate::{clock, runtime};

use super::copies::{self, Copy};
use super::desk::{self, Desk, involves};
use super::input::DstInput;
use super::model::{Document, Dst, FillableForm, Resource, Status};
use super::{flow, plan, signers, state};

/// `GET /DSTs`.
pub(crate) fn list(desk: &Desk, call: &Call) -> Outcome {
    let templates = call.flag("template")?.unwrap_or(false);
    let wanted = call.query("userId");
    if wanted.is_some_and(|user| user != desk.user.id) && !desk.user.is_admin() {
        return Err(forbidden("only an admin may list another user's DSTs"));
    }
    let dsts = desk.store.dsts()?.into_iter().filter(|dst| dst.template == templates && desk.sees(dst));
    let dsts = dsts.filter(|dst| wanted.is_none_or(|user| involves(dst, user)));
    desk::list(call, dsts.map(|dst| json!(dst)).collect())
}

/// `POST /DSTs`: a draft; its files come with `PATCH /DST/{id}/resources`.
pub(crate) fn create(desk: &Desk, call: &Call) -> Outcome {
    desk.user.require_author()?;
    let input: DstInput = call.json()?;
    let mut dst = blank(desk);
    change(desk, &mut dst, input)?;
    desk.keep(&mut dst)?;
    Ok(Answer::json(201, &dst))
}

/// `GET /DST/{id}`.
pub(crate) fn get(desk: &Desk, call: &Call) -> Outcome {
    Ok(Answer::json(200, &desk.dst(call.parameter("id"))?))
}

/// `PUT /DST/{id}`: only a draft may change.
pub(crate) fn update(desk: &Desk, call: &Call) -> Outcome {
    let mut dst = desk.own_dst(call.parameter("id"))?;
    let input: DstInput = call.json()?;
    state::require(&dst, &[Status::Draft])?;
    change(desk, &mut dst, input)?;
    state::touch(&mut dst, desk.now);
    desk.keep(&mut dst)?;
    Ok(Answer::json(200, &dst))
}

/// `DELETE /DST/{id}`: it stays in the database, marked.
pub(crate) fn delete(desk: &Desk, call: &Call) -> Outcome {
    let mut dst = desk.own_dst(call.parameter("id"))?;
    if matches!(dst.status, Status::DownloadingInDraft | Status::DownloadingInPublished) {
        return Err(conflict("the DST's documents are being downloaded"));
    }
    dst.deleted_at = Some(clock::rfc3339(desk.now));
    desk.keep(&mut dst)?;
    Ok(Answer::empty(204))
}

/// `POST /DST/{id}/publish`.
pub(crate) fn publish(desk: &Desk, call: &Call) -> Outcome {
    let mut dst = desk.own_dst(call.parameter("id"))?;
    state::require(&dst, &[Status::Draft])?;
    check_publishable(desk, &mut dst)?;
    Ok(Answer::json(200, &flow::publish(desk, &mut dst)?))
}

/// `POST /DST/{id}/instantiate`: a draft made of a published template.
pub(crate) fn instantiate(desk: &Desk, call: &Call) -> Outcome {
    let template = published_template(desk, call)?;
    answer_copy(desk, &template, Copy { template: false, ..Copy::of(&template) })
}

/// `POST /DST/{id}/templatize`, "currently implemented only for published DST templates".
pub(crate) fn templatize(desk: &Desk, call: &Call) -> Outcome {
    let template = published_template(desk, call)?;
    answer_copy(desk, &template, Copy { template: true, ..Copy::of(&template) })
}

/// `POST /DST/{id}/modify`: a published template goes back to draft.
pub(crate) fn modify(desk: &Desk, call: &Call) -> Outcome {
    let mut dst = desk.own_dst(call.parameter("id"))?;
    desk::require_template(&dst)?;
    state::require(&dst, &[Status::Published])?;
    dst.status = Status::Draft;
    state::touch(&mut dst, desk.now);
    desk.keep(&mut dst)?;
    Ok(Answer::json(200, &dst))
}

/// `POST /DST/{id}/replace`: a rejected transaction gets a successor in draft.
pub(crate) fn replace(desk: &Desk, call: &Call) -> Outcome {
    let mut old = desk.own_dst(call.parameter("id"))?;
    state::require(&old, &[Status::Rejected])?;
    if old.replaced_by.is_some() {
        return Err(conflict("the DST is already replaced"));
    }
    let mut new = copies::copy(desk, &old, &Copy { replaces: Some(old.id.clone()), ..Copy::of(&old) })?;
    desk.keep(&mut new)?;
    old.replaced_by = Some(new.id.clone());
    state::touch(&mut old, desk.now);
    desk.keep(&mut old)?;
    let mut record = flow::about(&old);
    record.event = "event_replacement".into();
    record.value = Some(new.id.clone());
    record.signer = Some(flow::author(desk));
    flow::record(desk, record)?;
    Ok(Answer::json(200, &new))
}

/// `POST /DST/{id}/clone`: a draft of a transaction in any state.
pub(crate) fn clone(desk: &Desk, call: &Call) -> Outcome {
    desk.user.require_author()?;
    let dst = desk.dst(call.parameter("id"))?;
    answer_copy(desk, &dst, Copy::of(&dst))
}

/// `PATCH /DST/{id}/fill`.
pub(crate) fn fill(desk: &Desk, call: &Call) -> Outcome {
    let mut dst = desk.dst(call.parameter("id"))?;
    let form: FillableForm = call.json()?;
    if form.id.is_none() {
        return Err(bad_argument("id", "the form's id is missing"));
    }
    let effects = state::fill(&mut dst, &form, desk.now)?;
    flow::apply(desk, &mut dst, effects, Some(&flow::author(desk)))?;
    Ok(Answer::json(200, &dst))
}

/// `POST /DST/{id}/notify`: the mail is not sent, but the audit trail says so.
pub(crate) fn notify(desk: &Desk, call: &Call) -> Outcome {
    let dst = desk.own_dst(call.parameter("id"))?;
    state::require(&dst, &[Status::ToFill, Status::ToSign])?;
    let mut record = flow::about(&dst);
    record.event = "event_solicitation".into();
    record.signer = Some(flow::author(desk));
    flow::record(desk, record)?;
    Ok(Answer::empty(204))
}

/// `GET /DST/{id}/audit`.
pub(crate) fn audit(desk: &Desk, call: &Call) -> Outcome {
    let dst = desk.dst(call.parameter("id"))?;
    Ok(Answer::json(200, &desk.store.audit(&dst.id)?))
}

/// `GET /DST/{id}/sign/{docId}/{signId}`.
pub(crate) fn signing_address(desk: &Desk, call: &Call) -> Outcome {
    let dst = desk.dst(call.parameter("id"))?;
    let document = dst.document(call.number_parameter("docId")?);
    let request = document.and_then(|document| document.request(call.number_parameter("signId").ok()?));
    let url = request.and_then(|request| request.extra_data.get("st_signatureTicketUrl")).ok_or_else(not_found)?;
    Ok(Answer::json(200, &json!({ "url": url })))
}

/// `GET /DSTs/byFile`: the groups made of one file. None are, as long as
/// instantiation by file is not played.
pub(crate) fn list_by_file(_: &Desk, call: &Call) -> Outcome {
    desk::list(call, Vec::<Value>::new())
}

/// A new, empty draft of the caller's.
pub(crate) fn blank(desk: &Desk) -> Dst {
    let mut dst = Dst {
        id: runtime::uuid(),
        domain: desk.user.domain.clone(),
        created_by_user: desk.user.id.clone(),
        created_at: clock::rfc3339(desk.now),
        visible_to: vec![desk.user.id.clone()],
        ..Dst::default()
    };
    dst.extra_data.insert("st_uuid".into(), runtime::uuid().into());
    state::touch(&mut dst, desk.now);
    dst
}

/// Sets what the client sent, or refuses it with every fault named.
pub(crate) fn change(desk: &Desk, dst: &mut Dst, input: DstInput) -> Result<(), Answer> {
    set_fields(desk, dst, &input).map_err(|fault| bad_request(vec![fault]))?;
    let Some(documents) = input.documents else { return Ok(()) };
    let mut faults = Vec::new();
    let mut changed: Vec<Document> = Vec::new();
    for (index, sent) in documents.into_iter().enumerate() {
        let id = sent.id.unwrap_or_else(|| i64::try_from(index).unwrap_or(0));
        let old = dst.document(id).cloned().unwrap_or_default();
        let plain = sent.plain_document_uuid.or(old.plain_document_uuid);
        let known = |id: &String| dst.resources.iter().any(|resource: &Resource| resource.id == *id);
        if plain.as_ref().is_some_and(|id| !known(id)) {
            let target = format!("documents[{index}].plainDocumentUuid");
            faults.push(Fault::argument(target, "the DST has no such resource"));
        }
        if changed.iter().any(|document| document.id == id) {
            faults.push(Fault::argument(format!("documents[{index}].id"), "the id is there twice"));
        }
        changed.push(Document {
            instance_id: old.instance_id,
            id,
            plain_document_uuid: plain,
            forms: sent.forms.unwrap_or(old.forms),
            signature_requests: sent.signature_requests.unwrap_or(old.signature_requests),
            signer_groups: sent.signer_groups.unwrap_or(old.signer_groups),
            extra_data: sent.extra_data.unwrap_or(old.extra_data),
            ..Document::default()
        });
    }
    if !faults.is_empty() {
        return Err(bad_request(faults));
    }
    dst.documents = changed;
    Ok(())
}

/// Sets everything but the documents.
pub(crate) fn set_fields(desk: &Desk, dst: &mut Dst, input: &DstInput) -> Result<(), Fault> {
    let expiry = input.expiry(desk.now)?;
    dst.expires_at = expiry.map(clock::rfc3339).or(dst.expires_at.take());
    dst.title = input.title.clone().or(dst.title.take());
    dst.template = input.template.unwrap_or(dst.template);
    dst.public_template = input.public_template.unwrap_or(dst.public_template);
    dst.urgent = input.urgent.unwrap_or(dst.urgent);
    if let Some(tags) = &input.tags {
        dst.tags.clone_from(tags);
    }
    if let Some(groups) = &input.cc_groups {
        dst.cc_groups.clone_from(groups);
    }
    if let Some(users) = &input.cc_users {
        dst.cc_users.clone_from(users);
    }
    for (name, value) in input.extra_data.iter().flatten() {
        dst.extra_data.insert(name.clone(), value.clone());
    }
    Ok(())
}

/// Refuses a plan that cannot be published; completes its signers otherwise.
pub(crate) fn check_publishable(desk: &Desk, dst: &mut Dst) -> Result<(), Answer> {
    plan::number(dst, || 0);
    let mut faults = plan::check(dst);
    faults.extend(signers::resolve(desk.store, dst)?);
    if faults.is_empty() { Ok(()) } else { Err(bad_request(faults)) }
}

/// A published template the caller may use.
pub(crate) fn published_template(desk: &Desk, call: &Call) -> Result<Dst, Answer> {
    desk.user.require_author()?;
    let template = desk.dst(call.parameter("id"))?;
    desk::require_template(&template)?;
    state::require(&template, &[Status::Published])?;
    Ok(template)
}

fn answer_copy(desk: &Desk, source: &Dst, copy: Copy) -> Outcome {
    let mut dst = copies::copy(desk, source, &copy)?;
    desk.keep(&mut dst)?;
    Ok(Answer::json(200, &dst))
}
