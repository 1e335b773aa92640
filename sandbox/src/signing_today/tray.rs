//! The signature tray: the pre-authenticated page behind a ticket, where a
//! person fills in, signs or declines.

use serde::Deserialize;
use serde_json::Value;

use crate::answer::{Answer, Outcome, not_found};
use crate::call::Call;

use super::desk::Desk;
use super::model::{Document, Dst, FillableForm, SignatureRequest, SignatureStatus, Signer, SignerRecord, Status};
use super::state::{self, Turn};
use super::store::bind;
use super::tray_page::{Act, Group, Paper, Person, Tray, render, unknown};
use super::{BASE, flow, resources};

/// What a ticket opens.
struct Visit {
    ticket: String,
    dst: Dst,
    document: i64,
    request: i64,
}

/// `/std/{ticket}/signature` and `/std/{ticket}/document/{docId}`.
pub(crate) fn answer(desk: &Desk, call: &Call, path: &str) -> Outcome {
    let (ticket, rest) = path.split_once('/').unwrap_or((path, ""));
    let Some(visit) = visit(desk, ticket)? else { return Ok(Answer::html(404, unknown())) };
    match (call.method.as_str(), rest) {
        ("GET", "signature") => Ok(show(&visit, 200, None)),
        ("POST", "signature") => act(desk, call, visit),
        ("GET", rest) => {
            let document = rest.strip_prefix("document/").and_then(|id| id.parse().ok()).ok_or_else(not_found)?;
            resources::preview(desk, &visit.dst, document)
        }
        _ => Err(Answer::empty(405)),
    }
}

fn visit(desk: &Desk, ticket: &str) -> Result<Option<Visit>, Answer> {
    #[derive(Deserialize)]
    struct Row {
        dst: String,
        document: i64,
        request: i64,
    }
    let row: Option<Row> = desk.store.row("SELECT dst, document, request FROM ticket WHERE id = ?", bind![ticket])?;
    let Some(Row { dst, document, request }) = row else { return Ok(None) };
    let dst = desk.store.dst(&dst)?;
    Ok(dst.map(|dst| Visit { ticket: ticket.to_owned(), dst, document, request }))
}

fn act(desk: &Desk, call: &Call, mut visit: Visit) -> Outcome {
    let form = call.form()?;
    let actor = visit.signer().map(SignerRecord::from);
    let (document, request) = (visit.document, visit.request);
    let reason = form.text("reason").unwrap_or_default();
    let effects = match form.text("action").as_deref() {
        Some("sign") => state::sign(&mut visit.dst, document, request, desk.now),
        Some("decline") if reason.trim().is_empty() => {
            return Ok(show(&visit, 400, Some("Please say why you do not want to sign.")));
        }
        Some("decline") => state::decline(&mut visit.dst, document, request, reason.trim(), desk.now),
        Some("fill") => visit.fill(&form, desk.now),
        _ => return Ok(show(&visit, 400, Some("Please choose to sign or to decline."))),
    };
    match effects {
        Ok(effects) => flow::apply(desk, &mut visit.dst, effects, actor.as_ref())?,
        Err(refusal) => return Ok(show(&visit, refusal.status, Some(&message(&refusal)))),
    }
    Ok(Answer::see_other(&visit.next_place()))
}

impl Visit {
    fn document(&self) -> Option<&Document> {
        self.dst.document(self.document)
    }

    fn asked(&self) -> Option<&SignatureRequest> {
        self.document()?.request(self.request)
    }

    fn signer(&self) -> Option<&Signer> {
        self.document()?.signer(self.asked()?.signer_id)
    }

    /// The forms of this document that wait for the signer's text.
    fn open_forms(&self) -> impl Iterator<Item = &FillableForm> {
        let signer = self.asked().and_then(|asked| asked.signer_id);
        let forms = self.document().into_iter().flat_map(|document| &document.forms);
        forms.filter(move |form| {
            self.dst.status == Status::ToFill
                && form.awaits_text()
                && (form.signer_id.is_none() || form.signer_id == signer)
        })
    }

    fn fill(&mut self, sent: &crate::form::Form, now: i64) -> Result<Vec<state::Effect>, Answer> {
        let values: Vec<FillableForm> = self
            .open_forms()
            .filter_map(|form| {
                let text = sent.text(&format!("form-{}", form.id?)).filter(|text| !text.trim().is_empty())?;
                let mut filled =
                    FillableForm { id: form.id, document_id: Some(self.document), ..FillableForm::default() };
                filled.extra_data.insert("value".into(), Value::from(text.trim()));
                Some(filled)
            })
            .collect();
        let mut effects = Vec::new();
        for value in values {
            effects.extend(state::fill(&mut self.dst, &value, now)?);
        }
        Ok(effects)
    }

    /// The same signer's next open request in the transaction.
    fn next_ticket(&self) -> Option<String> {
        let me = self.signer()?;
        let (document, request) = state::open_requests(&self.dst).into_iter().find(|(document, request)| {
            let document = self.dst.document(*document);
            let other = document.and_then(|document| document.signer(document.request(*request)?.signer_id));
            other.is_some_and(|other| match (&me.user_uuid, &other.user_uuid) {
                (Some(me), Some(other)) => me == other,
                _ => me.email.is_some() && me.email == other.email,
            })
        })?;
        let ticket = self.dst.document(document)?.request(request)?.extra_data.get("st_uuid")?.as_str()?;
        Some(format!("{BASE}/std/{ticket}/signature"))
    }

    /// Where the signer goes after acting: to the app if the transaction or the
    /// signature says so, else to the next document, else to this page again.
    fn next_place(&self) -> String {
        let answered = self.dst.signature(self.document, self.request).is_some();
        let done = matches!(self.dst.status, Status::Signed | Status::Rejected);
        let from_dst = self.dst.extra("dst_urlback").filter(|_| done);
        let extra = self.asked().map(|asked| &asked.extra_data);
        // The page calls it by both names in one paragraph.
        let from_request = extra
            .and_then(|extra| extra.get("sign_urlback").or_else(|| extra.get("signature_urlback")))
            .and_then(Value::as_str);
        let back = from_dst
            .or(from_request.filter(|_| answered))
            .filter(|url| url.starts_with("http://") || url.starts_with("https://"));
        let next = || self.next_ticket().filter(|_| answered);
        back.map(str::to_owned).or_else(next).unwrap_or_else(|| format!("{BASE}/std/{}/signature", self.ticket))
    }

    fn possible_act(&self) -> Act {
        let say = |kind, text: String| Act::Say { kind, text, next: self.next_ticket() };
        match state::turn(&self.dst, self.document, self.request) {
            Turn::Open => {
                Act::Sign { declinable: self.asked().is_some_and(|asked| asked.declinable), clauses: self.clauses() }
            }
            Turn::After(names) => {
                say("wait", format!("It is not your turn yet: {} must sign first.", names.join(" and ")))
            }
            Turn::Answered(SignatureStatus::Signed) if self.dst.status == Status::Signed => {
                say("good", "You have signed. The transaction is complete.".into())
            }
            Turn::Answered(SignatureStatus::Signed) => say("good", "You have signed. Thank you.".into()),
            Turn::Answered(SignatureStatus::Declined) => say("bad", "You have declined to sign.".into()),
            Turn::Inactive => self.inactive_act(),
        }
    }

    fn inactive_act(&self) -> Act {
        let fields: Vec<(i64, String)> = self.open_forms().filter_map(|form| Some((form.id?, label(form)))).collect();
        if !fields.is_empty() {
            return Act::Fill { fields };
        }
        let (kind, text) = match self.dst.status {
            Status::ToFill => ("wait", "Others still have to fill in their parts before anybody can sign."),
            Status::Expired => ("bad", "The time to sign is over: this transaction has expired."),
            Status::Rejected => ("bad", "This transaction was rejected."),
            Status::Error => ("bad", "This transaction failed."),
            Status::Signed => ("good", "The transaction is complete."),
            _ => ("wait", "This transaction is not published yet."),
        };
        Act::Say { kind, text: text.into(), next: None }
    }

    /// What has to be read before this signature.
    fn clauses(&self) -> Vec<String> {
        let signer = self.asked().and_then(|asked| asked.signer_id);
        let forms = self.document().into_iter().flat_map(|document| &document.forms);
        let clauses = forms.filter(|form| form.kind.as_deref() == Some("ClauseForm") && form.signer_id == signer);
        clauses.map(|form| format!("I have read the clause on page {}.", form.page.unwrap_or(1))).collect()
    }

    fn groups(&self) -> Vec<Group> {
        let Some(document) = self.document() else { return Vec::new() };
        let groups = document.signer_groups.iter().enumerate().map(|(index, group)| Group {
            label: group.label.clone().unwrap_or_else(|| format!("Group {}", index + 1)),
            people: group.signers.iter().flat_map(|signer| self.people(document, signer)).collect(),
        });
        groups.collect()
    }

    fn people(&self, document: &Document, signer: &Signer) -> Vec<Person> {
        let requests = document.signature_requests.iter().filter(|request| request.signer_id == signer.id);
        let people = requests.filter_map(|request| {
            let id = request.id?;
            Some(Person {
                name: signer.full_name(),
                role: request
                    .reason
                    .clone()
                    .filter(|reason| !reason.is_empty())
                    .or(signer.role.clone())
                    .unwrap_or_default(),
                state: match state::turn(&self.dst, document.id, id) {
                    Turn::Open => "to sign now",
                    Turn::Answered(SignatureStatus::Signed) => "signed",
                    Turn::Answered(SignatureStatus::Declined) => "declined",
                    Turn::After(_) | Turn::Inactive => "waiting",
                },
                you: id == self.request,
            })
        });
        people.collect()
    }

    fn papers(&self) -> Vec<Paper> {
        let papers = self.dst.documents.iter().map(|document| {
            let resource = document.current_resource().and_then(|id| self.dst.resource(id));
            Paper {
                title: resource
                    .and_then(|resource| resource.title.clone().or(resource.filename.clone()))
                    .unwrap_or_else(|| format!("Document {}", document.id)),
                pages: resource.map_or(0, |resource| resource.pages),
                url: format!("{BASE}/std/{}/document/{}", self.ticket, document.id),
                shown: document.id == self.document,
            }
        });
        papers.collect()
    }
}

fn show(visit: &Visit, status: u16, refusal: Option<&str>) -> Answer {
    let tray = Tray {
        title: visit.dst.title.clone().unwrap_or_else(|| "Untitled".into()),
        domain: visit.dst.domain.clone(),
        status: visit.dst.status.name(),
        name: visit.signer().map(Signer::full_name).unwrap_or_default(),
        reason: visit.asked().and_then(|asked| asked.reason.clone()),
        documents: visit.papers(),
        groups: visit.groups(),
        act: visit.possible_act(),
        refusal: refusal.map(str::to_owned),
    };
    Answer::html(status, render(&tray))
}

fn label(form: &FillableForm) -> String {
    let label = form.extra_data.get("label").and_then(Value::as_str);
    label.map_or_else(|| format!("Text on page {}", form.page.unwrap_or(1)), str::to_owned)
}

/// The text of a refusal, for a person.
fn message(refusal: &Answer) -> String {
    let body: Value = serde_json::from_slice(&refusal.body).unwrap_or_default();
    body.get("message").and_then(Value::as_str).unwrap_or("This is not possible now.").to_owned()
}
