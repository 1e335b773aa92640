//! The robot's own calls: `/robot/…`.

use serde_json::{Value, json};

use crate::answer::{Answer, Fault, Outcome, bad_argument, bad_request, not_found};
use crate::call::Call;
use crate::runtime;

use super::accounts::{self, User};
use super::copies::{self, Copy};
use super::desk::Desk;
use super::dsts;
use super::input::{DocumentInput, DstInput, InstantiateInput, ResourceInput, Source};
use super::model::{Document, Dst, Status};
use super::resources::{self, Upload};
use super::store::bind;
use super::{flow, plan};

/// A file that still has to be fetched or kept.
struct Incoming {
    document: i64,
    file: ResourceInput,
    source: Source,
}

/// `POST /robot/DSTs`: plan, files and publishing in one call.
pub(crate) fn create(desk: &Desk, call: &Call) -> Outcome {
    desk.user.require_author()?;
    let mut input: DstInput = call.json()?;
    let mut dst = dsts::blank(desk);
    let mut faults: Vec<Fault> = dsts::set_fields(desk, &mut dst, &input).err().into_iter().collect();
    let publishes = input.publishes().unwrap_or_else(|fault| {
        faults.push(fault);
        false
    });
    if dst.title.as_deref().is_none_or(|title| title.trim().is_empty()) {
        faults.push(Fault::argument("title", "the title is missing"));
    }
    let documents = input.documents.take().unwrap_or_default();
    if documents.is_empty() {
        faults.push(Fault::argument("documents", "at least one document is needed"));
    }
    let incoming = add_documents(&mut dst, documents, &mut faults);
    finish(desk, dst, incoming, publishes, faults)
}

/// `POST /robot/DST/{id}/instantiate` and the older `/robot/{id}/instantiate`.
pub(crate) fn instantiate(desk: &Desk, call: &Call) -> Outcome {
    let template = dsts::published_template(desk, call)?;
    let input: InstantiateInput = if call.body.is_empty() { InstantiateInput::default() } else { call.json()? };
    let mut patches = input.template_patches.unwrap_or_default();
    let mut dst = copies::copy(desk, &template, &Copy { template: false, ..Copy::of(&template) })?;
    // A patch may not turn the instance into a template again.
    patches.template = None;
    patches.public_template = None;
    let mut faults: Vec<Fault> = dsts::set_fields(desk, &mut dst, &patches).err().into_iter().collect();
    let publishes = patches.publishes().unwrap_or_else(|fault| {
        faults.push(fault);
        false
    });
    let incoming = patch_documents(&mut dst, patches.documents.take().unwrap_or_default(), &mut faults);
    for (index, role) in input.roles_mapping.iter().enumerate() {
        if !plan::assign_role(&mut dst, &role.role_name, &role.signer) {
            let target = format!("rolesMapping[{index}].roleName");
            faults.push(Fault::argument(target, format!("the template has no role {:?}", role.role_name)));
        }
    }
    let copied = dst.clone();
    let outcome = finish(desk, dst, incoming, publishes, faults);
    if outcome.as_ref().is_err_and(|refusal| refusal.status == 400) {
        forget_copy(desk, &copied)?;
    }
    outcome
}

/// `GET /robot/authentication`: the lifetime token, made if there is none.
pub(crate) fn authentication(desk: &Desk, call: &Call) -> Outcome {
    let robot = account(desk, call)?;
    let token = match accounts::lifetime_token(desk.store, &robot.id)? {
        Some(token) => token,
        None => {
            let token = runtime::uuid();
            accounts::keep_token(desk.store, &token, &robot.id, None)?;
            token
        }
    };
    Ok(Answer::json(200, &json!({ "accessToken": token })))
}

/// `DELETE /robot/authentication`: the token is refused from now on.
pub(crate) fn delete_authentication(desk: &Desk, call: &Call) -> Outcome {
    let robot = account(desk, call)?;
    desk.store.run("DELETE FROM token WHERE user = ? AND expires IS NULL", bind![robot.id])?;
    Ok(Answer::empty(204))
}

/// `GET /robot/configuration`.
pub(crate) fn configuration(desk: &Desk, call: &Call) -> Outcome {
    let robot = account(desk, call)?;
    let found = desk.store.bodies::<Value>("SELECT body FROM configuration WHERE user = ?", bind![robot.id])?;
    let empty = json!({ "requestHeaders": {}, "authentication": null, "webhooks": { "dst": null } });
    Ok(Answer::json(200, found.first().unwrap_or(&empty)))
}

/// `PUT /robot/configuration`.
pub(crate) fn set_configuration(desk: &Desk, call: &Call) -> Outcome {
    let robot = account(desk, call)?;
    let sent: Value = call.json()?;
    if !sent.is_object() {
        return Err(bad_argument("body", "a configuration is an object"));
    }
    if let Some(url) = sent.pointer("/webhooks/dst").and_then(Value::as_str).filter(|url| !url.is_empty())
        && !url.starts_with("http://")
        && !url.starts_with("https://")
    {
        return Err(bad_argument("webhooks.dst", "an http or https URL is expected"));
    }
    let mode = sent.pointer("/authentication/authMode").and_then(Value::as_str);
    if mode.is_some_and(|mode| !matches!(mode.to_ascii_lowercase().as_str(), "basic" | "digest" | "")) {
        return Err(bad_argument("authentication.authMode", "the mode is neither basic nor digest"));
    }
    let statement = "INSERT INTO configuration VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET body = excluded.body";
    desk.store.run(statement, bind![robot.id, sent.to_string()])?;
    Ok(Answer::empty(204))
}

/// The account meant by `username` and `domain`, or the caller's own.
fn account(desk: &Desk, call: &Call) -> Result<User, Answer> {
    let Some(username) = call.query("username") else { return Ok(desk.user.clone()) };
    let domain = call.query("domain").unwrap_or(&desk.user.domain);
    if username == desk.user.username && domain == desk.user.domain {
        return Ok(desk.user.clone());
    }
    desk.user.require_admin()?;
    accounts::named(desk.store, username, domain)?.ok_or_else(not_found)
}

fn add_documents(dst: &mut Dst, documents: Vec<DocumentInput>, faults: &mut Vec<Fault>) -> Vec<Incoming> {
    let mut incoming = Vec::new();
    for (index, mut sent) in documents.into_iter().enumerate() {
        let id = sent.id.unwrap_or_else(|| i64::try_from(index).unwrap_or(0));
        let target = format!("documents[{index}].resource");
        match sent.resource.take() {
            Some(file) => take_in(id, file, &target, &mut incoming, faults),
            None => faults.push(Fault::argument(target, "the resource is missing")),
        }
        dst.documents.push(Document {
            id,
            forms: sent.forms.unwrap_or_default(),
            signature_requests: sent.signature_requests.unwrap_or_default(),
            signer_groups: sent.signer_groups.unwrap_or_default(),
            extra_data: sent.extra_data.unwrap_or_default(),
            ..Document::default()
        });
    }
    incoming
}

/// Patches the template's documents by their place in the list.
fn patch_documents(dst: &mut Dst, patches: Vec<DocumentInput>, faults: &mut Vec<Fault>) -> Vec<Incoming> {
    let mut incoming = Vec::new();
    for (index, patch) in patches.into_iter().enumerate() {
        let Some(document) = dst.documents.get_mut(index) else {
            faults.push(Fault::argument(
                format!("templatePatches.documents[{index}]"),
                "the template has no such document",
            ));
            continue;
        };
        document.forms = patch.forms.unwrap_or(std::mem::take(&mut document.forms));
        document.signature_requests =
            patch.signature_requests.unwrap_or(std::mem::take(&mut document.signature_requests));
        document.signer_groups = patch.signer_groups.unwrap_or(std::mem::take(&mut document.signer_groups));
        document.extra_data = patch.extra_data.unwrap_or(std::mem::take(&mut document.extra_data));
        if let Some(file) = patch.resource {
            take_in(document.id, file, &format!("templatePatches.documents[{index}].resource"), &mut incoming, faults);
        }
    }
    incoming
}

fn take_in(
    document: i64,
    mut file: ResourceInput,
    target: &str,
    incoming: &mut Vec<Incoming>,
    faults: &mut Vec<Fault>,
) {
    match file.source(target) {
        Ok(source) => incoming.push(Incoming { document, file, source }),
        Err(fault) => faults.push(fault),
    }
}

/// Checks everything, and only then keeps anything.
fn finish(desk: &Desk, mut dst: Dst, incoming: Vec<Incoming>, publishes: bool, mut faults: Vec<Fault>) -> Outcome {
    if publishes {
        plan::number(&mut dst, || 0);
        faults.extend(plan::check(&dst).into_iter().filter(|fault| !faults.contains(fault)).collect::<Vec<_>>());
        faults.extend(super::signers::resolve(desk.store, &mut dst)?);
    }
    if !faults.is_empty() {
        return Err(bad_request(faults));
    }
    let mut downloads = false;
    for Incoming { document, file, source } in incoming {
        let (title, filename) = (file.title, file.filename);
        match source {
            Source::Bytes(bytes) => {
                resources::attach_to_document(desk, &mut dst, document, Upload { title, filename, bytes })?
            }
            Source::Url(url) => {
                downloads = true;
                let statement = "INSERT INTO download (dst, document, url, title, filename) VALUES (?, ?, ?, ?, ?)";
                desk.store.run(statement, bind![dst.id.as_str(), document, url, title, filename])?;
            }
        }
    }
    if downloads {
        dst.status = if publishes { Status::DownloadingInPublished } else { Status::DownloadingInDraft };
    }
    if downloads || !publishes {
        desk.keep(&mut dst)?;
        return Ok(Answer::json(200, &dst));
    }
    Ok(Answer::json(200, &flow::publish(desk, &mut dst)?))
}

/// A refused instance leaves no files behind.
fn forget_copy(desk: &Desk, dst: &Dst) -> Result<(), Answer> {
    dst.resources.iter().try_for_each(|resource| Ok(desk.store.delete_resource(&resource.id)?))
}
