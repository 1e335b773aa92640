//! The typed request and the typed answer of every operation.

use countersign::{
    endpoint::{Bytes, Empty, Endpoint, FromResponse, Operation, Parts},
    error::{DecodeError, RequestError},
    http::Response,
    vendors::signing_today::{
        devices, dst_audit, dst_notes, dsts, identities, identity_appearances, instantiation_groups, notifications,
        passwords, push_tokens, resources, robot_configurations, robot_dsts, robot_tokens, service_configurations,
        sessions, tokens, user_groups, users,
    },
};
use serde::Serialize;
use serde_json::Value;

use crate::fixture::Fixture;

/// What the data-driven tests need to know of one operation's types.
pub(crate) struct Check {
    pub(crate) operation: &'static Operation,
    /// Writes the fixture's typed request.
    pub(crate) parts: fn(&Fixture) -> Result<Parts, RequestError>,
    /// Reads an answer into its type and writes it again.
    pub(crate) reread: fn(Response) -> Result<Reread, DecodeError>,
}

/// What a typed answer holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Reread {
    Json(Value),
    Bytes(Vec<u8>),
    Empty,
}

/// One line an operation: what it answers, its type, and `with file` if its body holds a file in `file`.
macro_rules! checks {
    ($($answer:ident $resource:ident::$name:ident $(with $file:ident)?;)+) => {
        pub(crate) const CHECKS: &[Check] = &[$(Check {
            operation: <$resource::$name as Endpoint>::OPERATION,
            parts: |fixture| {
                #[allow(unused_mut)]
                let mut request: $resource::$name = fixture.request();
                $(request.body.$file = fixture.file();)?
                Parts::of(&request)
            },
            reread: $answer::<$resource::$name>,
        }),+];
    };
}

checks! {
    json devices::GetDeviceChallenge;
    json devices::ListDevices;
    json devices::RegisterDevice;
    json dst_audit::ListAuditRecords;
    json dst_notes::CreateNote;
    json dst_notes::ListNotes;
    json dst_notes::UpdateNote;
    json dsts::CloneDst;
    json dsts::CreateDst;
    json dsts::CreateTemplateByFile with file;
    json dsts::FillDst;
    json dsts::GetDst;
    json dsts::GetSigningAddress;
    json dsts::InstantiateDst;
    json dsts::ListDsts;
    json dsts::ModifyDst;
    json dsts::PublishDst;
    json dsts::ReplaceDst;
    json dsts::SwapDocuments;
    json dsts::TemplatizeDst;
    json dsts::UpdateDst;
    json identities::ListIdentities;
    json identity_appearances::AddAppearance with file;
    json instantiation_groups::InstantiateDstByFile with file;
    json instantiation_groups::ListInstantiationGroups;
    json notifications::ListNotifications;
    json passwords::GetPasswordToken;
    json resources::AddResource with file;
    json resources::DeleteResource;
    json resources::ReplaceDocumentResource with file;
    json robot_configurations::GetRobotConfiguration;
    json robot_dsts::CreateRobotDst;
    json robot_dsts::InstantiateRobotDst;
    json robot_tokens::GetRobotToken;
    json service_configurations::GetServiceConfiguration;
    json sessions::GetCurrentUser;
    json tokens::CreateToken;
    json user_groups::ListUserGroups;
    json users::CreateUser;
    json users::GetUser;
    json users::ListUsers;
    empty devices::DeleteDevice;
    empty dst_notes::DeleteNote;
    empty dsts::DeleteDst;
    empty dsts::NotifyDst;
    empty identity_appearances::DeleteAppearance;
    empty notifications::DeleteNotifications;
    empty passwords::ChangePassword;
    empty passwords::ChangeServicePassword;
    empty passwords::RecoverPassword;
    empty passwords::ResetPassword;
    empty passwords::UpdatePassword;
    empty push_tokens::CreatePushToken;
    empty push_tokens::DeletePushToken;
    empty resources::UpdateResource;
    empty robot_configurations::UpdateRobotConfiguration;
    empty robot_tokens::DeleteRobotToken;
    empty sessions::DeleteSession;
    empty sessions::RegisterSamlUser;
    empty user_groups::CreateUserGroups;
    empty users::DeleteUser;
    empty users::UpdateUser;
    empty users::UpdateUserRole;
    bytes identity_appearances::DownloadAppearance;
    bytes instantiation_groups::DownloadInstantiationGroup;
    bytes resources::DownloadDstResources;
    bytes resources::DownloadResource;
    bytes resources::GetThumbnail;
}

fn json<E: Endpoint<Response: Serialize>>(response: Response) -> Result<Reread, DecodeError> {
    let answer = E::Response::from_response(response)?;
    Ok(Reread::Json(serde_json::to_value(answer).expect("an answer can be written again")))
}

fn bytes<E: Endpoint<Response = Bytes>>(response: Response) -> Result<Reread, DecodeError> {
    E::Response::from_response(response).map(|answer| Reread::Bytes(answer.bytes))
}

fn empty<E: Endpoint<Response = Empty>>(response: Response) -> Result<Reread, DecodeError> {
    E::Response::from_response(response).map(|Empty| Reread::Empty)
}
