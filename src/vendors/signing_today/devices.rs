//! Trusted devices: phones and tablets with the vendor's app, bound to a user.
//! <https://developer.signing.today/v2/#:~:text=The%20Devices%20APIs%20set>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    hidden::Hidden,
    ids::{DeviceId, UserId},
};
use crate::{
    endpoint::{Empty, endpoints},
    page::Page,
    time::Timestamp,
};

endpoints! { SIGNING_TODAY, resource "devices", page "https://developer.signing.today/v2/#:~:text=The%20Devices%20APIs%20set";
    /// Lists the devices of a user.
    ListDevices: read_many GET "/devices{?userId,$top,$skip,$count}" paged Offset => Page<Device>;
    /// Gives a challenge that lets a device be registered within 10 minutes; it ends any earlier one.
    // Asked for a picture, the vendor answers a QR code instead. A row cannot say so yet.
    GetDeviceChallenge: challenge_one GET "/device/authorization" => DeviceChallenge;
    /// Registers a device, or renames one and gives its token again.
    RegisterDevice: create_one POST "/device/authorization" takes Json auth None => Vec<Hidden>;
    /// Removes a device and its push token.
    DeleteDevice: delete_one DELETE "/device/authorization{?deviceId,userId}" => Empty;
}

/// Says which devices are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListDevices {
    /// Whose devices. Default: the current user's.
    pub user_id: Option<UserId>,
    /// How many to give, after `$skip`.
    #[serde(rename = "$top")]
    pub top: Option<i64>,
    /// How many to leave out from the beginning.
    #[serde(rename = "$skip")]
    pub skip: Option<i64>,
    /// Whether to count all of them.
    #[serde(rename = "$count")]
    pub count: Option<bool>,
}

/// Asks for a challenge for the current user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetDeviceChallenge {}

/// A device to register. The answer is a list of one: the token for the device's next calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterDevice {
    /// The device and the challenge it read.
    pub body: DeviceRegistration,
}

/// The device to remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteDevice {
    /// The device.
    pub device_id: DeviceId,
    /// Whose device. Default: the current user's.
    #[serde(default)]
    pub user_id: Option<UserId>,
}

/// A device and the challenge that lets it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRegistration {
    /// The challenge.
    pub challenge: Hidden,
    /// The device's own id.
    pub device_id: DeviceId,
    /// Any name for it.
    pub name: String,
}

/// A challenge for a device (`DeviceAuthorizationResponse`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeviceChallenge {
    /// Whose device it will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Where the device answers.
    #[serde(rename = "baseURL", skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Hidden>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A registered device (`TrustedDevice`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Device {
    /// The vendor's internal number.
    #[serde(rename = "_instance_id", skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<i64>,
    /// Whose device it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The device's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Timestamp>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
