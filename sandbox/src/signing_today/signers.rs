//! Who a signer is: a member named by `userUUID` or `email`, or an outsider
//! who signs once and gives name, surname and email.

use crate::answer::{Answer, Fault};

use super::accounts;
use super::model::{Dst, Signer};
use super::store::Store;

/// Completes every signer from the domain's members; a name, surname or phone
/// that was sent stays. Answers what is wrong with those that fit nobody.
pub(crate) fn resolve(store: &Store, dst: &mut Dst) -> Result<Vec<Fault>, Answer> {
    let mut faults = Vec::new();
    let (domain, template) = (dst.domain.clone(), dst.template);
    for (document_index, document) in dst.documents.iter_mut().enumerate() {
        for (group_index, group) in document.signer_groups.iter_mut().enumerate() {
            for (index, signer) in group.signers.iter_mut().enumerate() {
                let target = format!("documents[{document_index}].signerGroups[{group_index}].signers[{index}]");
                let member = match (&signer.user_uuid, &signer.email) {
                    (Some(id), _) => {
                        let user = accounts::find(store, id)?
                            .filter(|user| user.domain == domain && user.deleted_at.is_none());
                        if user.is_none() {
                            faults.push(Fault::argument(
                                format!("{target}.userUUID"),
                                "no member of the domain has this id",
                            ));
                        }
                        user
                    }
                    (None, Some(email)) => accounts::member(store, email, &domain)?,
                    (None, None) => None,
                };
                match member {
                    Some(user) => complete(signer, user),
                    None if signer.user_uuid.is_none() && !template => faults.extend(outsider_faults(signer, &target)),
                    None => {}
                }
            }
        }
    }
    dst.visible_to = visible_to(dst);
    Ok(faults)
}

fn complete(signer: &mut Signer, user: accounts::User) {
    signer.user_uuid = Some(user.id);
    signer.email = user.email.or(signer.email.take());
    signer.name = signer.name.take().or(user.name);
    signer.surname = signer.surname.take().or(user.surname);
    signer.phone = signer.phone.take().or(user.phone);
}

/// The page's own sample leaves the outsider's phone out, so it may be missing.
fn outsider_faults(signer: &Signer, target: &str) -> Vec<Fault> {
    let fields = [("name", &signer.name), ("surname", &signer.surname), ("email", &signer.email)];
    let missing = fields.into_iter().filter(|(_, value)| value.as_deref().is_none_or(|value| value.trim().is_empty()));
    missing
        .map(|(name, _)| {
            Fault::argument(format!("{target}.{name}"), format!("a signer from outside the domain needs a {name}"))
        })
        .collect()
}

fn visible_to(dst: &Dst) -> Vec<String> {
    let signers =
        dst.documents.iter().flat_map(|document| document.signers()).filter_map(|signer| signer.user_uuid.clone());
    let mut users: Vec<String> = Vec::new();
    for user in std::iter::once(dst.created_by_user.clone()).chain(signers).chain(dst.cc_users.iter().cloned()) {
        if !users.contains(&user) {
            users.push(user);
        }
    }
    users
}
