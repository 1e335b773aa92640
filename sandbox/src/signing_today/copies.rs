//! Copies of transactions: instances of templates, templates, clones and replacements.

use crate::answer::Answer;
use crate::{clock, runtime};

use super::desk::Desk;
use super::dsts::blank;
use super::model::{Dst, Resource};
use super::plan;

/// What a copy is to be.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    pub(crate) template: bool,
    pub(crate) replaces: Option<String>,
}

impl Copy {
    /// A copy of the same kind.
    pub(crate) fn of(dst: &Dst) -> Copy {
        Copy { template: dst.template, replaces: None }
    }
}

/// A draft of the caller's with the files and the plan of another transaction.
/// The files are new resources that share the old bytes.
pub(crate) fn copy(desk: &Desk, source: &Dst, copy: &Copy) -> Result<Dst, Answer> {
    let mut dst = Dst {
        title: source.title.clone(),
        tags: source.tags.clone(),
        template: copy.template,
        public_template: copy.template && source.public_template,
        replaces: copy.replaces.clone(),
        cc_groups: source.cc_groups.clone(),
        cc_users: source.cc_users.clone(),
        urgent: source.urgent,
        ..blank(desk)
    };
    for (name, value) in &source.extra_data {
        if !matches!(name.as_str(), "st_uuid" | "st_status") {
            dst.extra_data.insert(name.clone(), value.clone());
        }
    }
    for document in &source.documents {
        let mut copied = plan::copy(document);
        if let Some((resource, blob)) =
            document.plain_document_uuid.as_deref().map(|id| desk.store.resource(id)).transpose()?.flatten()
        {
            let resource = Resource {
                id: runtime::uuid(),
                dst_uuid: Some(dst.id.clone()),
                created_at: clock::rfc3339(desk.now),
                ..resource
            };
            desk.store.save_resource(&resource, &blob)?;
            copied.plain_document_uuid = Some(resource.id.clone());
            dst.resources.push(resource);
        }
        dst.documents.push(copied);
    }
    Ok(dst)
}
