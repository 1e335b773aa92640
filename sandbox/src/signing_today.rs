//! Signing Today (Bit4id), played from its document.
//! <https://developer.signing.today/v2/>
//!
//! A request comes in at `object.rs`; `routes.rs` finds the operation; `play`
//! below names the handler. `state.rs` decides how a transaction moves, `flow.rs`
//! carries that out.

mod filter;
mod input;
mod model;
mod plan;
mod routes;
mod state;
mod tray_page;

#[cfg(target_arch = "wasm32")]
mod accounts;
#[cfg(target_arch = "wasm32")]
mod copies;
#[cfg(target_arch = "wasm32")]
mod desk;
#[cfg(target_arch = "wasm32")]
mod downloads;
#[cfg(target_arch = "wasm32")]
mod dsts;
#[cfg(target_arch = "wasm32")]
mod flow;
#[cfg(target_arch = "wasm32")]
mod notes;
#[cfg(target_arch = "wasm32")]
mod oauth;
#[cfg(target_arch = "wasm32")]
mod object;
#[cfg(target_arch = "wasm32")]
mod resources;
#[cfg(target_arch = "wasm32")]
mod robots;
#[cfg(target_arch = "wasm32")]
mod signers;
#[cfg(target_arch = "wasm32")]
mod store;
#[cfg(target_arch = "wasm32")]
mod tray;
#[cfg(target_arch = "wasm32")]
mod users;
#[cfg(target_arch = "wasm32")]
mod webhooks;

#[cfg(target_arch = "wasm32")]
pub(crate) use oauth::lifetime as token_lifetime;
#[cfg(target_arch = "wasm32")]
pub(crate) use store::{Store, bind};

/// Where the vendor's API and tray are, below the sandbox's origin.
pub(crate) const BASE: &str = "/signing-today";

/// Operation → handler.
#[cfg(target_arch = "wasm32")]
fn play(operation: &str, desk: &desk::Desk, call: &crate::call::Call) -> Option<crate::answer::Outcome> {
    Some(match operation {
        "ListDsts" => dsts::list(desk, call),
        "CreateDst" => dsts::create(desk, call),
        "GetDst" => dsts::get(desk, call),
        "UpdateDst" => dsts::update(desk, call),
        "DeleteDst" => dsts::delete(desk, call),
        "InstantiateDst" => dsts::instantiate(desk, call),
        "ModifyDst" => dsts::modify(desk, call),
        "TemplatizeDst" => dsts::templatize(desk, call),
        "ReplaceDst" => dsts::replace(desk, call),
        "CloneDst" => dsts::clone(desk, call),
        "FillDst" => dsts::fill(desk, call),
        "PublishDst" => dsts::publish(desk, call),
        "NotifyDst" => dsts::notify(desk, call),
        "ListAuditRecords" => dsts::audit(desk, call),
        "GetSigningAddress" => dsts::signing_address(desk, call),
        "ListInstantiationGroups" => dsts::list_by_file(desk, call),

        "CreateRobotDst" => robots::create(desk, call),
        "InstantiateRobotDst" => robots::instantiate(desk, call),
        "GetRobotToken" => robots::authentication(desk, call),
        "DeleteRobotToken" => robots::delete_authentication(desk, call),
        "GetRobotConfiguration" => robots::configuration(desk, call),
        "UpdateRobotConfiguration" => robots::set_configuration(desk, call),

        "DownloadResource" => resources::download(desk, call),
        "UpdateResource" => resources::update(desk, call),
        "DeleteResource" => resources::delete(desk, call),
        "DownloadDstResources" => resources::download_all(desk, call),
        "AddResource" => resources::append(desk, call),
        "SwapDocuments" => resources::swap(desk, call),
        "ReplaceDocumentResource" => resources::replace(desk, call),
        "GetThumbnail" => resources::thumbnail(desk, call),

        "ListNotes" => notes::list(desk, call),
        "CreateNote" => notes::create(desk, call),
        "UpdateNote" => notes::update(desk, call),
        "DeleteNote" => notes::delete(desk, call),

        "ListUsers" => users::list(desk, call),
        "CreateUser" => users::create(desk, call),
        "GetUser" => users::get(desk, call),
        "UpdateUser" => users::update(desk, call),
        "DeleteUser" => users::enable(desk, call),
        "UpdateUserRole" => users::set_role(desk, call),
        "ListIdentities" => users::identities(desk, call),
        "ListUserGroups" => users::list_groups(desk, call),
        "CreateUserGroups" => users::create_groups(desk, call),
        "GetCurrentUser" => users::current(desk, call),
        "DeleteSession" => users::log_out(desk, call),
        _ => return None,
    })
}
