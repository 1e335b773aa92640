//! Identities: the certificates a user can sign with.
//! <https://developer.signing.today/v2/#:~:text=Retrieve%20User%20identities>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    ids::{IdentityId, UserId},
    resources::Resource,
};
use crate::{endpoint::endpoints, time::Timestamp};

endpoints! { SIGNING_TODAY, resource "identities", page "https://developer.signing.today/v2/#:~:text=Retrieve%20User%20identities";
    /// Lists the identities of a user.
    ListIdentities: read_many GET "/user/{id}/identities" => Vec<Identity>;
}

/// Names the user whose identities are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListIdentities {
    /// The user.
    pub id: UserId,
}

/// A certificate and the device or service that holds its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Identity {
    /// The identity's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<IdentityId>,
    /// What can be done with it, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions: Option<Map<String, Value>>,
    /// Who provides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How it is provided, for example `token`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_type: Option<String>,
    /// Whom the certificate names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_common_name: Option<String>,
    /// Who issued the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_common_name: Option<String>,
    /// When the certificate expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_date: Option<Timestamp>,
    /// The X.509 certificate in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_certificate: Option<String>,
    /// The picture shown in its signatures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appearance: Option<Resource>,
    /// What its provider says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_data: Option<ProviderData>,
    /// Whether it can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<bool>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The smart card that holds an identity's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ProviderData {
    /// The card's number.
    #[serde(rename = "smartcardID", skip_serializing_if = "Option::is_none")]
    pub smartcard_id: Option<i64>,
    /// The driver.
    #[serde(rename = "middlewareID", skip_serializing_if = "Option::is_none")]
    pub middleware_id: Option<String>,
    /// The card's answer to reset, in hex.
    #[serde(rename = "ATR", skip_serializing_if = "Option::is_none")]
    pub atr: Option<String>,
    /// What the driver says about the card (PKCS #11 `CK_TOKEN_INFO`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_info: Option<TokenInfo>,
    /// The card reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reader: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What a driver says about a smart card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TokenInfo {
    /// The shortest PIN.
    #[serde(rename = "ulMinPinLen", skip_serializing_if = "Option::is_none")]
    pub min_pin_length: Option<i64>,
    /// The card's maker.
    #[serde(rename = "manufacturerID", skip_serializing_if = "Option::is_none")]
    pub manufacturer_id: Option<String>,
    /// Free public memory in bytes.
    #[serde(rename = "ulFreePublicMemory", skip_serializing_if = "Option::is_none")]
    pub free_public_memory: Option<i64>,
    /// The card's serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// Public memory in bytes.
    #[serde(rename = "ulTotalPublicMemory", skip_serializing_if = "Option::is_none")]
    pub total_public_memory: Option<i64>,
    /// The card's label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Capabilities and state as bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<i64>,
    /// Private memory in bytes.
    #[serde(rename = "ulTotalPrivateMemory", skip_serializing_if = "Option::is_none")]
    pub total_private_memory: Option<i64>,
    /// The card's model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Free private memory in bytes.
    #[serde(rename = "ulFreePrivateMemory", skip_serializing_if = "Option::is_none")]
    pub free_private_memory: Option<i64>,
    /// The longest PIN.
    #[serde(rename = "ulMaxPinLen", skip_serializing_if = "Option::is_none")]
    pub max_pin_length: Option<i64>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
