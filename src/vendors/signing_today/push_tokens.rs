//! Push tokens: how the vendor reaches a trusted device.
//! <https://developer.signing.today/v2/#:~:text=Register%20a%20token%20for%20push%20notifications>

use serde::{Deserialize, Serialize};

use super::{hidden::Hidden, ids::DeviceId};
use crate::endpoint::{Empty, endpoints};

endpoints! { SIGNING_TODAY, resource "push_tokens", page "https://developer.signing.today/v2/#:~:text=Register%20a%20token%20for%20push%20notifications";
    /// Registers the push token of a trusted device.
    CreatePushToken: create_one POST "/notifications/push-token" takes Json => Empty;
    /// Removes the push token of a device.
    DeletePushToken: delete_one DELETE "/notifications/push-token{?deviceId}" => Empty;
}

/// A push token to register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatePushToken {
    /// The device and its token.
    pub body: PushToken,
}

/// The device whose push token is removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletePushToken {
    /// The device.
    pub device_id: DeviceId,
}

/// A device and its push token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushToken {
    /// A trusted device; any other is refused.
    pub device_id: DeviceId,
    /// The token its push service gave it.
    pub token: Hidden,
}
