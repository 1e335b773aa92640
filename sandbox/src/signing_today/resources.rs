//! Files: uploads, downloads and page pictures.

use serde_json::{Map, Value};

use crate::answer::{Answer, Outcome, bad_argument, not_found};
use crate::call::Call;
use crate::form::Form;
use crate::{clock, pdf, runtime, thumbnail, zip};

use super::desk::Desk;
use super::model::{Document, Dst, Resource, Status};
use super::{flow, state};

/// A file that came in.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) title: Option<String>,
    pub(crate) filename: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

/// `GET /resource/{id}`.
pub(crate) fn download(desk: &Desk, call: &Call) -> Outcome {
    let (resource, blob) = visible(desk, call.parameter("id"))?;
    let name = safe_name(&resource);
    Ok(Answer::bytes(200, "application/octet-stream", desk.store.blob(&blob)?)
        .with("content-disposition", format!("attachment; filename=\"{name}\"")))
}

/// `PUT /resource/{id}`: title, file name and extra data may change, in a draft only.
pub(crate) fn update(desk: &Desk, call: &Call) -> Outcome {
    let (mut resource, blob) = visible(desk, call.parameter("id"))?;
    let mut dst = desk.own_dst(resource.dst_uuid.as_deref().unwrap_or_default())?;
    let sent: Resource = call.json()?;
    state::require(&dst, &[Status::Draft])?;
    resource.title = sent.title.or(resource.title);
    resource.filename = sent.filename.or(resource.filename);
    if !sent.extra_data.is_empty() {
        resource.extra_data = sent.extra_data;
    }
    desk.store.save_resource(&resource, &blob)?;
    for kept in dst.resources.iter_mut().filter(|kept| kept.id == resource.id) {
        kept.clone_from(&resource);
    }
    state::touch(&mut dst, desk.now);
    desk.keep(&mut dst)?;
    Ok(Answer::empty(204))
}

/// `DELETE /DST/resource/{id}`: takes the file and its document out of a draft.
pub(crate) fn delete(desk: &Desk, call: &Call) -> Outcome {
    let (resource, _) = visible(desk, call.parameter("id"))?;
    let mut dst = desk.own_dst(resource.dst_uuid.as_deref().unwrap_or_default())?;
    state::require(&dst, &[Status::Draft])?;
    dst.resources.retain(|kept| kept.id != resource.id);
    dst.documents.retain(|document| document.plain_document_uuid.as_deref() != Some(&resource.id));
    desk.store.delete_resource(&resource.id)?;
    state::touch(&mut dst, desk.now);
    desk.keep(&mut dst)?;
    Ok(Answer::json(200, &dst))
}

/// `PATCH /DST/{id}/resources`: appends a file to a draft, as a document unless `extraData.toSign` is false.
pub(crate) fn append(desk: &Desk, call: &Call) -> Outcome {
    let mut dst = desk.own_dst(call.parameter("id"))?;
    state::require(&dst, &[Status::Draft])?;
    let form = call.form()?;
    let upload = upload(&form)?;
    let extra = extra_data(&form)?;
    let to_sign = extra.get("toSign").and_then(Value::as_bool).unwrap_or(true);
    let id = add(desk, &mut dst, upload, extra)?;
    if to_sign {
        let next = dst.documents.iter().map(|document| document.id + 1).max().unwrap_or(0);
        dst.documents.push(Document { id: next, plain_document_uuid: Some(id), ..Document::default() });
    }
    state::touch(&mut dst, desk.now);
    desk.keep(&mut dst)?;
    Ok(Answer::json(200, &dst))
}

/// `GET /DST/{id}/resources`: a zip of every document in its newest state, and of what is merely attached.
pub(crate) fn download_all(desk: &Desk, call: &Call) -> Outcome {
    let dst = desk.dst(call.parameter("id"))?;
    let documents = dst.documents.iter();
    let states: Vec<&String> = documents
        .clone()
        .flat_map(|document| {
            [&document.plain_document_uuid, &document.filled_document_uuid, &document.signed_document_uuid]
        })
        .flatten()
        .collect();
    let attached =
        dst.resources.iter().map(|resource| resource.id.as_str()).filter(|id| states.iter().all(|state| state != id));
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for id in documents.filter_map(Document::current_resource).chain(attached) {
        let Some((resource, blob)) = desk.store.resource(id)? else { continue };
        let mut name = safe_name(&resource);
        if files.iter().any(|(taken, _)| *taken == name) {
            name = format!("{}-{name}", files.len());
        }
        files.push((name, desk.store.blob(&blob)?));
    }
    Ok(Answer::bytes(200, "application/octet-stream", zip::archive(&files))
        .with("content-disposition", format!("attachment; filename=\"{}.zip\"", dst.id)))
}

/// `POST /DST/{id}/doc/{docId}/swap?targetDocId=`.
pub(crate) fn swap(desk: &Desk, call: &Call) -> Outcome {
    let mut dst = desk.own_dst(call.parameter("id"))?;
    let target = call.required_query("targetDocId")?;
    let target: i64 = target.parse().map_err(|_| bad_argument("targetDocId", format!("{target:?} is not a number")))?;
    state::require(&dst, &[Status::Draft])?;
    let position = |id: i64| dst.documents.iter().position(|document| document.id == id);
    let (Some(one), Some(other)) = (position(call.number_parameter("docId")?), position(target)) else {
        return Err(not_found());
    };
    dst.documents.swap(one, other);
    state::touch(&mut dst, desk.now);
    desk.keep(&mut dst)?;
    Ok(Answer::json(200, &dst))
}

/// `POST /DST/{id}/doc/{docId}/resource`: puts another file in a document's place.
/// `replace` forgets the old one, `clone_and_replace` keeps it attached.
pub(crate) fn replace(desk: &Desk, call: &Call) -> Outcome {
    let mut dst = desk.own_dst(call.parameter("id"))?;
    state::require(&dst, &[Status::Draft])?;
    let document = call.number_parameter("docId")?;
    let old = dst.document(document).ok_or_else(not_found)?.plain_document_uuid.clone();
    let form = call.form()?;
    let keeps_old = match form.text("actionType").as_deref() {
        None | Some("replace") => false,
        Some("clone_and_replace") => true,
        Some(other) => {
            return Err(bad_argument("actionType", format!("{other:?} is neither replace nor clone_and_replace")));
        }
    };
    attach_to_document(desk, &mut dst, document, upload(&form)?)?;
    if let Some(old) = old.filter(|_| !keeps_old) {
        dst.resources.retain(|resource| resource.id != old);
        desk.store.delete_resource(&old)?;
    }
    state::touch(&mut dst, desk.now);
    desk.keep(&mut dst)?;
    Ok(Answer::json(200, &dst))
}

/// `GET /pdfResource/{id}/thumbs?page=&width=`.
pub(crate) fn thumbnail(desk: &Desk, call: &Call) -> Outcome {
    let (resource, _) = visible(desk, call.parameter("id"))?;
    call.required_query("page")?;
    let page = call.count("page")?.unwrap_or(0);
    let width = call.count("width")?.unwrap_or(200);
    if page == 0 {
        return Err(bad_argument("page", "pages are counted from 1"));
    }
    if i64::try_from(page).is_ok_and(|page| page > resource.pages) {
        return Err(not_found());
    }
    let dst = resource.dst_uuid.as_deref().map(|id| desk.store.dst(id)).transpose()?.flatten();
    let signed = dst.is_some_and(|dst| {
        dst.documents.iter().any(|document| document.signed_document_uuid.as_deref() == Some(&resource.id))
    });
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    let picture = thumbnail::jpeg(&resource.id, page, width, signed)
        .ok_or_else(|| crate::answer::failure("the page cannot be drawn"))?;
    Ok(Answer::bytes(200, "image/jpeg", picture))
}

/// Keeps a file and makes it a document's plain file.
pub(crate) fn attach_to_document(desk: &Desk, dst: &mut Dst, document: i64, upload: Upload) -> Result<(), Answer> {
    let resource = add(desk, dst, upload, Map::new())?;
    if let Some(document) = dst.documents.iter_mut().find(|one| one.id == document) {
        document.plain_document_uuid = Some(resource);
    }
    Ok(())
}

fn add(desk: &Desk, dst: &mut Dst, upload: Upload, extra_data: Map<String, Value>) -> Result<String, Answer> {
    let resource = Resource {
        id: runtime::uuid(),
        domain: dst.domain.clone(),
        kind: "PDF_Document".into(),
        dst_uuid: Some(dst.id.clone()),
        title: upload.title,
        filename: upload.filename,
        url: None,
        size: i64::try_from(upload.bytes.len()).unwrap_or(i64::MAX),
        created_at: clock::rfc3339(desk.now),
        mimetype: "application/pdf".into(),
        pages: i64::try_from(pdf::page_count(&upload.bytes)).unwrap_or(1),
        extra_data,
    };
    let blob = desk.store.save_blob(&upload.bytes)?;
    desk.store.save_resource(&resource, &blob)?;
    let id = resource.id.clone();
    dst.resources.push(resource);
    Ok(id)
}

/// A file of a transaction the caller may see, with its blob.
fn visible(desk: &Desk, id: &str) -> Result<(Resource, String), Answer> {
    let (resource, blob) = desk.store.resource(id)?.ok_or_else(not_found)?;
    desk.dst(resource.dst_uuid.as_deref().unwrap_or_default())?;
    Ok((resource, blob))
}

fn upload(form: &Form) -> Result<Upload, Answer> {
    if let Some(kind) = form.text("resourceType").filter(|kind| kind != "PDF_Document") {
        return Err(bad_argument("resourceType", format!("{kind:?} is not PDF_Document")));
    }
    let Some(file) = form.field("file") else { return Err(bad_argument("file", "the file is missing")) };
    let Some(filename) = form.text("filename").or(file.filename.clone()) else {
        return Err(bad_argument("filename", "the file name is missing"));
    };
    if !pdf::is_pdf(&file.value) {
        return Err(bad_argument("file", "the file is not a PDF"));
    }
    Ok(Upload { title: form.text("title"), filename: Some(filename), bytes: file.value.clone() })
}

fn extra_data(form: &Form) -> Result<Map<String, Value>, Answer> {
    let Some(text) = form.text("extraData").filter(|text| !text.trim().is_empty()) else { return Ok(Map::new()) };
    serde_json::from_str(&text).map_err(|cause| bad_argument("extraData", format!("it is not a JSON object: {cause}")))
}

/// A name that is safe in a header and in an archive.
fn safe_name(resource: &Resource) -> String {
    let name = resource.filename.as_deref().or(resource.title.as_deref()).unwrap_or("document.pdf");
    let name: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "._- ".contains(letter) { letter } else { '_' })
        .collect();
    name.trim_start_matches('.').to_owned()
}

/// A document for the tray: its bytes as they stand, half-signed ones included.
pub(crate) fn preview(desk: &Desk, dst: &Dst, document: i64) -> Outcome {
    let document = dst.document(document).ok_or_else(not_found)?;
    let bytes = flow::current_bytes(desk, dst, document)?;
    Ok(Answer::bytes(200, "application/pdf", bytes)
        .with("content-disposition", "inline")
        .with("cache-control", "no-store"))
}
