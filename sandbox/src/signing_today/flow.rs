//! Carries out what `state.rs` decides: the audit trail, the webhook, the files.

use crate::answer::Answer;
use crate::pdf::{self, Stamp};
use crate::{clock, runtime};

use super::desk::Desk;
use super::model::{AuditRecord, Document, Dst, FillableForm, Resource, SignerRecord};
use super::state::{self, Effect};
use super::webhooks;

/// Publishes a draft. The answer shows it as published; by the time anybody
/// asks again it has evolved.
pub(crate) fn publish(desk: &Desk, dst: &mut Dst) -> Result<Dst, Answer> {
    let effects = state::publish(dst, desk.now)?;
    desk.keep(dst)?;
    apply(desk, dst, effects, Some(&author(desk)))?;
    let published = dst.clone();
    evolve(desk, dst)?;
    Ok(published)
}

/// Lets a transaction take the steps it takes by itself.
pub(crate) fn evolve(desk: &Desk, dst: &mut Dst) -> Result<(), Answer> {
    let effects = state::evolve(dst, desk.now);
    apply(desk, dst, effects, None)
}

/// Expires the transactions whose time is over.
pub(crate) fn expire_overdue(desk: &Desk) -> Result<(), Answer> {
    for mut dst in desk.store.overdue(desk.now)? {
        let effects = state::expire(&mut dst, desk.now);
        apply(desk, &mut dst, effects, None)?;
    }
    Ok(())
}

/// Carries effects out, in order, and keeps the transaction.
pub(crate) fn apply(
    desk: &Desk,
    dst: &mut Dst,
    effects: Vec<Effect>,
    actor: Option<&SignerRecord>,
) -> Result<(), Answer> {
    for effect in effects {
        match effect {
            Effect::Record { event, document, form, request, value } => record(
                desk,
                AuditRecord {
                    event: event.into(),
                    signer: actor.filter(|_| event.starts_with("event_")).cloned(),
                    value,
                    document_id: document,
                    fillable_form_id: form,
                    signature_request_id: request,
                    ..about(dst)
                },
            )?,
            Effect::TellStatus { status, reason } => webhooks::tell_status(desk, dst, status, reason.as_deref())?,
            Effect::TellSignature { status, document, request } => {
                webhooks::tell_signature(desk, dst, status, document, request)?
            }
            Effect::TellForm { status, document, form } => webhooks::tell_form(desk, dst, status, document, form)?,
            Effect::WriteFilled { document } => write_filled(desk, dst, document)?,
            Effect::WriteSignature { document, request } => write_signature(desk, dst, document, request)?,
            Effect::FinishDocument { document } => finish_document(desk, dst, document)?,
        }
    }
    desk.keep(dst)
}

/// Adds a line to the audit trail.
pub(crate) fn record(desk: &Desk, mut record: AuditRecord) -> Result<(), Answer> {
    record.at = clock::rfc3339(desk.now);
    record.instance_id = desk.store.next_instance()?;
    Ok(desk.store.record(&record)?)
}

/// The beginning of a line about a transaction.
pub(crate) fn about(dst: &Dst) -> AuditRecord {
    AuditRecord { dst_id: dst.id.clone(), ..AuditRecord::default() }
}

/// The caller, as the audit trail keeps people.
pub(crate) fn author(desk: &Desk) -> SignerRecord {
    SignerRecord {
        name: desk.user.name.clone(),
        surname: desk.user.surname.clone(),
        email: desk.user.email.clone(),
        role: desk.user.role.clone(),
        user_uuid: Some(desk.user.id.clone()).filter(|id| !id.is_empty()),
    }
}

/// The bytes of a document as they stand, half-signed ones included.
pub(crate) fn current_bytes(desk: &Desk, dst: &Dst, document: &Document) -> Result<Vec<u8>, Answer> {
    let signing =
        if document.signed_document_uuid.is_some() { None } else { desk.store.signing(&dst.id, document.id)? };
    let blob = match (signing, document.current_resource()) {
        (Some(blob), _) => Some(blob),
        (None, Some(id)) => desk.store.resource(id)?.map(|(_, blob)| blob),
        (None, None) => None,
    };
    Ok(blob.map(|blob| desk.store.blob(&blob)).transpose()?.unwrap_or_default())
}

fn write_filled(desk: &Desk, dst: &mut Dst, id: i64) -> Result<(), Answer> {
    let Some(document) = dst.document(id) else { return Ok(()) };
    let Some((plain, blob)) =
        document.plain_document_uuid.as_deref().map(|id| desk.store.resource(id)).transpose()?.flatten()
    else {
        return Ok(());
    };
    let texts: Vec<Stamp> =
        document.forms.iter().filter(|form| form.filled).filter_map(|form| text_stamp(form, desk.now)).collect();
    // A document nobody wrote in shares its bytes with the plain one.
    let (blob, size) = if texts.is_empty() {
        (blob, plain.size)
    } else {
        let bytes = texts.iter().fold(desk.store.blob(&blob)?, |bytes, text| pdf::stamp(&bytes, text));
        (desk.store.save_blob(&bytes)?, length(&bytes))
    };
    let filled = add_resource(desk, dst, plain, &blob, size)?;
    set_document(dst, id, |document| document.filled_document_uuid = Some(filled));
    Ok(())
}

fn write_signature(desk: &Desk, dst: &mut Dst, id: i64, request: i64) -> Result<(), Answer> {
    let Some(document) = dst.document(id) else { return Ok(()) };
    let bytes = current_bytes(desk, dst, document)?;
    let signed = pdf::stamp(&bytes, &signature_stamp(document, request, desk.now));
    let blob = desk.store.save_blob(&signed)?;
    Ok(desk.store.set_signing(&dst.id, id, &blob)?)
}

fn finish_document(desk: &Desk, dst: &mut Dst, id: i64) -> Result<(), Answer> {
    let Some(document) = dst.document(id) else { return Ok(()) };
    let Some(blob) = desk.store.signing(&dst.id, id)? else { return Ok(()) };
    let old = document.current_resource().and_then(|id| dst.resource(id)).cloned().unwrap_or_default();
    let size = length(&desk.store.blob(&blob)?);
    let signed = add_resource(desk, dst, old, &blob, size)?;
    set_document(dst, id, |document| document.signed_document_uuid = Some(signed));
    Ok(())
}

/// Adds a new state of a file to a transaction, answering its id.
fn add_resource(desk: &Desk, dst: &mut Dst, old: Resource, blob: &str, size: i64) -> Result<String, Answer> {
    let resource = Resource { id: runtime::uuid(), size, created_at: clock::rfc3339(desk.now), ..old };
    desk.store.save_resource(&resource, blob)?;
    let id = resource.id.clone();
    dst.resources.push(resource);
    Ok(id)
}

fn set_document(dst: &mut Dst, id: i64, change: impl FnOnce(&mut Document)) {
    if let Some(document) = dst.documents.iter_mut().find(|document| document.id == id) {
        change(document);
    }
}

fn signature_stamp(document: &Document, request: i64, now: clock::Millis) -> Stamp {
    let asked = document.request(request);
    let signer = document.signer(asked.and_then(|asked| asked.signer_id));
    let name = signer.map(|signer| signer.full_name()).unwrap_or_default();
    let reason = asked.and_then(|asked| asked.reason.clone()).filter(|reason| !reason.is_empty());
    let mut lines = vec![format!("Signed by {name}")];
    lines.extend(reason);
    lines.push(clock::spoken(now));
    let place = document.form_of(request).cloned().unwrap_or_else(|| default_place(request));
    Stamp { lines, framed: true, visible: !place.invisible, ..stamp_at(&place, now) }
}

/// Without a form the signatures stand in a row at the bottom of the first page.
fn default_place(request: i64) -> FillableForm {
    let column = (request.rem_euclid(3)) as f64;
    FillableForm {
        position_x: Some(5.0 + column * 31.0),
        position_y: Some(90.0),
        width: Some(28.0),
        height: Some(6.0),
        page: Some(1),
        ..FillableForm::default()
    }
}

fn text_stamp(form: &FillableForm, now: clock::Millis) -> Option<Stamp> {
    Some(Stamp { lines: vec![form.value()?], framed: false, visible: !form.invisible, ..stamp_at(form, now) })
}

fn stamp_at(form: &FillableForm, now: clock::Millis) -> Stamp {
    Stamp {
        page: usize::try_from(form.page.unwrap_or(1)).unwrap_or(1),
        x: form.position_x.unwrap_or(5.0),
        y: form.position_y.unwrap_or(85.0),
        width: form.width.unwrap_or(30.0),
        height: form.height.unwrap_or(6.0),
        lines: Vec::new(),
        framed: false,
        visible: true,
        date: clock::pdf_date(now),
    }
}

fn length(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}
