//! How a transaction moves: draft → published → toFill/toSign → signed,
//! rejected or expired. Plain functions from a state and an act to a new
//! state and its effects; `flow.rs` carries the effects out.

use crate::answer::{Answer, conflict};
use crate::clock::{self, DEFAULT_EXPIRY, Millis};

use super::model::{
    Document, DocumentStatus, Dst, FillableForm, Signature, SignatureRequest, SignatureStatus, Signer, Status,
};

/// What has to happen because a transaction moved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// A line for the audit trail about a stage or a signer's act.
    Record {
        event: &'static str,
        document: Option<i64>,
        form: Option<i64>,
        request: Option<i64>,
        value: Option<String>,
    },
    /// The transaction's status is told to the robot's webhook.
    TellStatus { status: &'static str, reason: Option<String> },
    /// A signature's status is told to the robot's webhook.
    TellSignature { status: &'static str, document: i64, request: i64 },
    /// A form's status is told to the robot's webhook.
    TellForm { status: &'static str, document: i64, form: i64 },
    /// The filled file of a document has to be made.
    WriteFilled { document: i64 },
    /// A signature has to be put into a document's file.
    WriteSignature { document: i64, request: i64 },
    /// Every request of a document is answered: its signed file is published.
    FinishDocument { document: i64 },
}

/// Where one signature request stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Turn {
    /// The signer may act now.
    Open,
    /// These signers come first.
    After(Vec<String>),
    /// Already answered.
    Answered(SignatureStatus),
    /// The transaction waits for no signature.
    Inactive,
}

/// Moves a draft to published. `evolve` takes it from there.
pub(crate) fn publish(dst: &mut Dst, now: Millis) -> Result<Vec<Effect>, Answer> {
    require(dst, &[Status::Draft])?;
    dst.status = Status::Published;
    dst.published_at = Some(clock::rfc3339(now));
    if dst.expires_at.is_none() && !dst.template {
        dst.expires_at = Some(clock::rfc3339(now + DEFAULT_EXPIRY));
    }
    touch(dst, now);
    Ok(vec![record("event_published", None)])
}

/// Takes the steps a transaction takes by itself, until it waits for someone.
pub(crate) fn evolve(dst: &mut Dst, now: Millis) -> Vec<Effect> {
    let mut effects = Vec::new();
    if dst.status == Status::Published && !dst.template {
        if dst.documents.iter().flat_map(|document| &document.forms).any(FillableForm::awaits_text) {
            enter(dst, Status::ToFill, now, &mut effects);
            effects.extend(pending_forms(dst));
        } else {
            begin_signing(dst, now, &mut effects);
        }
    } else if dst.status == Status::ToFill
        && !dst.documents.iter().flat_map(|document| &document.forms).any(FillableForm::awaits_text)
    {
        begin_signing(dst, now, &mut effects);
    }
    if dst.status == Status::ToSign && open_requests(dst).is_empty() {
        finish(dst, now, &mut effects);
    }
    effects
}

/// Expires an active transaction whose time is over.
pub(crate) fn expire(dst: &mut Dst, now: Millis) -> Vec<Effect> {
    let mut effects = Vec::new();
    if dst.status.is_active() && dst.expires().is_some_and(|at| at <= now) {
        let forms = pending_forms(dst);
        let open = open_requests(dst);
        enter(dst, Status::Expired, now, &mut effects);
        effects.extend(forms.into_iter().map(|effect| match effect {
            Effect::TellForm { document, form, .. } => Effect::TellForm { status: "expired", document, form },
            other => other,
        }));
        effects.extend(open.into_iter().map(|(document, request)| Effect::TellSignature {
            status: "expired",
            document,
            request,
        }));
    }
    effects
}

/// Writes a value into a form.
pub(crate) fn fill(dst: &mut Dst, sent: &FillableForm, now: Millis) -> Result<Vec<Effect>, Answer> {
    require(dst, &[Status::ToFill])?;
    let (document, form) = (sent.document_id.unwrap_or(0), sent.id.unwrap_or(0));
    let found = dst.documents.iter_mut().filter(|one| one.id == document).flat_map(|one| &mut one.forms);
    let Some(target) = found.into_iter().find(|one| one.id == Some(form)) else {
        return Err(crate::answer::not_found());
    };
    if target.filled {
        return Err(conflict(format!("form {form} of document {document} is already filled")));
    }
    target.filled = true;
    target.extra_data.extend(sent.extra_data.clone());
    touch(dst, now);
    let value = sent.value();
    let mut effects = vec![
        Effect::Record { event: "event_form_fill", document: Some(document), form: Some(form), request: None, value },
        Effect::TellForm { status: "performed", document, form },
    ];
    effects.extend(evolve(dst, now));
    Ok(effects)
}

/// Gives the signature asked for by a request.
pub(crate) fn sign(dst: &mut Dst, document: i64, request: i64, now: Millis) -> Result<Vec<Effect>, Answer> {
    answer(dst, document, request, SignatureStatus::Signed, None, now)
}

/// Refuses a signature that is not mandatory. The next group's turn comes as if
/// it had been given; a transaction nobody signed ends as rejected.
pub(crate) fn decline(
    dst: &mut Dst,
    document: i64,
    request: i64,
    reason: &str,
    now: Millis,
) -> Result<Vec<Effect>, Answer> {
    let declinable = dst.document(document).and_then(|one| one.request(request)).is_some_and(|one| one.declinable);
    if turn(dst, document, request) == Turn::Open && !declinable {
        return Err(conflict("this signature is mandatory and cannot be declined"));
    }
    answer(dst, document, request, SignatureStatus::Declined, Some(reason), now)
}

fn answer(
    dst: &mut Dst,
    document: i64,
    request: i64,
    status: SignatureStatus,
    reason: Option<&str>,
    now: Millis,
) -> Result<Vec<Effect>, Answer> {
    match turn(dst, document, request) {
        Turn::Open => {}
        Turn::After(names) => return Err(conflict(format!("{} must sign first", names.join(", ")))),
        Turn::Answered(_) => return Err(conflict("this signature request is already answered")),
        Turn::Inactive => return Err(conflict(format!("the DST is {}", dst.status.name()))),
    }
    let before = open_requests(dst);
    let st_uuid = dst
        .document(document)
        .and_then(|one| one.request(request))
        .and_then(|one| one.extra_data.get("st_uuid"))
        .cloned();
    dst.signatures.push(Signature {
        instance_id: 0,
        document_id: document,
        signature_request_id: request,
        signed_at: Some(clock::rfc3339(now)),
        declined_reason: reason.map(str::to_owned),
        status,
        extra_data: st_uuid.into_iter().map(|uuid| ("st_uuid".to_owned(), uuid)).collect(),
    });
    touch(dst, now);
    let mut effects = Vec::new();
    let (event, told) = match status {
        SignatureStatus::Signed => ("event_signature", "performed"),
        SignatureStatus::Declined => ("event_rejection", "declined"),
    };
    effects.push(Effect::Record {
        event,
        document: Some(document),
        form: None,
        request: Some(request),
        value: reason.map(str::to_owned),
    });
    if status == SignatureStatus::Signed {
        effects.push(Effect::WriteSignature { document, request });
    }
    effects.push(Effect::TellSignature { status: told, document, request });
    effects.extend(complete_document(dst, document));
    let open = open_requests(dst).into_iter().filter(|one| !before.contains(one));
    effects.extend(open.map(|(document, request)| Effect::TellSignature { status: "pending", document, request }));
    effects.extend(evolve(dst, now));
    Ok(effects)
}

/// A document whose every request is answered, one of them with a signature, is signed.
fn complete_document(dst: &mut Dst, id: i64) -> Option<Effect> {
    let document = dst.document(id)?;
    let answers = requests(document).map(|(request, _)| dst.signature(id, request).map(|one| one.status));
    let answers: Vec<SignatureStatus> = answers.collect::<Option<_>>()?;
    if !answers.contains(&SignatureStatus::Signed) {
        return None;
    }
    dst.documents.iter_mut().find(|document| document.id == id)?.status = DocumentStatus::Signed;
    Some(Effect::FinishDocument { document: id })
}

fn begin_signing(dst: &mut Dst, now: Millis, effects: &mut Vec<Effect>) {
    enter(dst, Status::ToSign, now, effects);
    for document in &mut dst.documents {
        document.status = DocumentStatus::Filled;
        effects.push(Effect::WriteFilled { document: document.id });
    }
    effects.extend(open_requests(dst).into_iter().map(|(document, request)| Effect::TellSignature {
        status: "pending",
        document,
        request,
    }));
}

fn finish(dst: &mut Dst, now: Millis, effects: &mut Vec<Effect>) {
    let signed = dst.signatures.is_empty() || dst.signatures.iter().any(|one| one.status == SignatureStatus::Signed);
    enter(dst, if signed { Status::Signed } else { Status::Rejected }, now, effects);
}

/// Sets the status, and says so in the audit trail and to the webhook. The
/// webhook's vocabulary knows neither `signed` nor `rejected`.
fn enter(dst: &mut Dst, status: Status, now: Millis, effects: &mut Vec<Effect>) {
    dst.status = status;
    touch(dst, now);
    let (event, told, reason) = match status {
        Status::ToFill => ("stage_to_fill", "toFill", None),
        Status::ToSign => ("stage_to_sign", "toSign", None),
        Status::Expired => ("stage_expired", "expired", None),
        Status::Signed => ("stage_signed", "performed", None),
        _ => {
            let reasons: Vec<&str> = dst.signatures.iter().filter_map(|one| one.declined_reason.as_deref()).collect();
            ("stage_rejected", "error", Some(format!("rejected: {}", reasons.join("; "))))
        }
    };
    effects.push(record(event, reason.clone()));
    effects.push(Effect::TellStatus { status: told, reason });
}

/// Whose turn a request is.
pub(crate) fn turn(dst: &Dst, document: i64, request: i64) -> Turn {
    if let Some(signature) = dst.signature(document, request) {
        return Turn::Answered(signature.status);
    }
    if dst.status != Status::ToSign {
        return Turn::Inactive;
    }
    let Some(document) = dst.document(document) else { return Turn::Inactive };
    let Some(wanted) = document.request(request) else { return Turn::Inactive };
    let group = document.group_of(wanted.signer_id);
    let mut first: Vec<String> = Vec::new();
    for (id, earlier) in requests(document) {
        let comes_first = document.group_of(earlier.signer_id) < group;
        if comes_first && dst.signature(document.id, id).is_none() {
            let name = document.signer(earlier.signer_id).map(Signer::full_name).unwrap_or_default();
            if !first.contains(&name) {
                first.push(name);
            }
        }
    }
    if first.is_empty() { Turn::Open } else { Turn::After(first) }
}

/// The requests whose turn it is, as (document, request).
pub(crate) fn open_requests(dst: &Dst) -> Vec<(i64, i64)> {
    let all = dst.documents.iter().flat_map(|document| requests(document).map(|(request, _)| (document.id, request)));
    all.filter(|(document, request)| turn(dst, *document, *request) == Turn::Open).collect()
}

/// Refuses with 409 unless the transaction is in one of these states.
pub(crate) fn require(dst: &Dst, allowed: &[Status]) -> Result<(), Answer> {
    if allowed.contains(&dst.status) {
        return Ok(());
    }
    let allowed: Vec<&str> = allowed.iter().map(|status| status.name()).collect();
    Err(conflict(format!("the DST is {}, not {}", dst.status.name(), allowed.join(" or "))))
}

/// Notes that something changed.
pub(crate) fn touch(dst: &mut Dst, now: Millis) {
    dst.updated_at = clock::rfc3339(now);
    let status = match dst.status {
        Status::Signed => "performed",
        Status::Rejected | Status::Error => "error",
        Status::Expired => "expired",
        _ => "pending",
    };
    dst.extra_data.insert("st_status".into(), status.into());
    dst.extra_data.entry("user_action").or_insert_with(|| "NONE".into());
}

fn pending_forms(dst: &Dst) -> Vec<Effect> {
    let forms = dst.documents.iter().flat_map(|document| document.forms.iter().map(|form| (document.id, form)));
    let waiting = forms.filter(|(_, form)| dst.status == Status::ToFill && form.awaits_text());
    waiting
        .map(|(document, form)| Effect::TellForm { status: "pending", document, form: form.id.unwrap_or(0) })
        .collect()
}

fn requests(document: &Document) -> impl Iterator<Item = (i64, &SignatureRequest)> {
    document.signature_requests.iter().filter_map(|request| request.id.map(|id| (id, request)))
}

fn record(event: &'static str, value: Option<String>) -> Effect {
    Effect::Record { event, document: None, form: None, request: None, value }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
