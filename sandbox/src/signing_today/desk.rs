//! What a handler works with: the data, the time and who is calling.

use crate::answer::{Answer, Outcome, bad_argument, conflict, forbidden, not_found};
use crate::call::Call;
use crate::clock::Millis;
use crate::runtime;

use super::accounts::User;
use super::filter::{self, Filter};
use super::model::{Dst, Status};
use super::plan;
use super::store::{Store, bind};

/// One call being served.
#[derive(Clone, Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) store: &'a Store,
    pub(crate) now: Millis,
    pub(crate) user: User,
    /// Where tickets point to: `http://127.0.0.1:8788/signing-today`.
    pub(crate) base: String,
}

impl Desk<'_> {
    /// A transaction the caller may see.
    pub(crate) fn dst(&self, id: &str) -> Result<Dst, Answer> {
        let dst = self.store.dst(id)?.filter(|dst| self.sees(dst));
        dst.ok_or_else(not_found)
    }

    /// A transaction the caller may change: its creator's, or an admin's.
    pub(crate) fn own_dst(&self, id: &str) -> Result<Dst, Answer> {
        let dst = self.dst(id)?;
        if self.user.is_admin() || dst.created_by_user == self.user.id {
            return Ok(dst);
        }
        Err(forbidden("only its creator or an admin may change this DST"))
    }

    /// Whether the caller may see a transaction.
    pub(crate) fn sees(&self, dst: &Dst) -> bool {
        let public = dst.template && dst.public_template && dst.status == Status::Published;
        dst.domain == self.user.domain && (self.user.is_admin() || involves(dst, &self.user.id) || public)
    }

    /// Keeps a transaction with its numbers and tickets in order.
    pub(crate) fn keep(&self, dst: &mut Dst) -> Result<(), Answer> {
        let mut failed = None;
        plan::number(dst, || {
            self.store.next_instance().unwrap_or_else(|cause| {
                failed = Some(cause);
                0
            })
        });
        if let Some(cause) = failed {
            return Err(cause.into());
        }
        #[derive(serde::Deserialize)]
        struct Row {
            id: String,
        }
        let known: Vec<Row> = self.store.rows("SELECT id FROM ticket WHERE dst = ?", bind![dst.id.as_str()])?;
        let known: Vec<String> = known.into_iter().map(|row| row.id).collect();
        let tickets = plan::issue_tickets(dst, &self.base, &known, runtime::uuid);
        self.store.run("DELETE FROM ticket WHERE dst = ?", bind![dst.id.as_str()])?;
        for ticket in tickets {
            self.store.run(
                "INSERT INTO ticket VALUES (?, ?, ?, ?)",
                bind![ticket.id, dst.id.as_str(), ticket.document, ticket.request],
            )?;
        }
        Ok(self.store.save(dst)?)
    }
}

/// Whether a user created, signs or is told about a transaction.
pub(crate) fn involves(dst: &Dst, user: &str) -> bool {
    dst.created_by_user == user || dst.visible_to.iter().any(|one| one == user)
}

/// Answers `{count, values}` after `$filter`, `$orderBy`, `$skip` and `$top`.
/// `count` is null unless asked for.
pub(crate) fn list(call: &Call, mut items: Vec<serde_json::Value>) -> Outcome {
    if let Some(text) = call.query("$filter") {
        let filter = Filter::parse(text).map_err(|cause| bad_argument("$filter", cause))?;
        items.retain(|item| filter.accepts(item));
    }
    if let Some(order) = call.query("$orderBy") {
        filter::order(&mut items, order).map_err(|cause| bad_argument("$orderBy", cause))?;
    }
    let count = call.flag("$count")?.unwrap_or(false).then_some(items.len());
    let skip = call.count("$skip")?.unwrap_or(0);
    let top = call.count("$top")?.unwrap_or(usize::MAX);
    let values: Vec<serde_json::Value> = items.into_iter().skip(skip).take(top).collect();
    Ok(Answer::json(200, &serde_json::json!({ "count": count, "values": values })))
}

/// Refuses anything but a template.
pub(crate) fn require_template(dst: &Dst) -> Result<(), Answer> {
    if dst.template { Ok(()) } else { Err(conflict("the DST is not a template")) }
}
