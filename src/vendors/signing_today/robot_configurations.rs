//! What a service account (robot) sends with its webhooks, and where it sends them.
//! <https://developer.signing.today/v2/#:~:text=Retrieve%20the%20Robot%20configuration>

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::hidden::Hidden;
use crate::{
    endpoint::{Empty, endpoints},
    open_enum::open_enum,
};

endpoints! { SIGNING_TODAY, resource "robot_configurations", page "https://developer.signing.today/v2/#:~:text=Retrieve%20the%20Robot%20configuration";
    /// Gives a robot's configuration, passwords included.
    GetRobotConfiguration: read_one GET "/robot/configuration{?username,domain}" => RobotConfiguration;
    /// Replaces a robot's configuration.
    UpdateRobotConfiguration: update_one PUT "/robot/configuration{?username,domain}" takes Json => Empty;
}

/// Names the robot whose configuration is read. Default: the account that asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GetRobotConfiguration {
    /// The robot's name.
    pub username: Option<String>,
    /// The robot's organization.
    pub domain: Option<String>,
}

/// A robot's new configuration. Default: that of the account that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateRobotConfiguration {
    /// The robot's name.
    #[serde(default)]
    pub username: Option<String>,
    /// The robot's organization.
    #[serde(default)]
    pub domain: Option<String>,
    /// The configuration as it shall be.
    pub body: RobotConfiguration,
}

open_enum! {
    /// How the vendor logs in where it calls.
    pub enum AuthMode {
        /// HTTP Basic.
        Basic = "basic",
        /// HTTP Digest.
        Digest = "digest",
    }
}

/// What the vendor uses when it calls for a robot: to deliver webhooks and to fetch documents by URL.
///
/// Webhooks carry no signature; these headers and this login are all a receiver can check.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RobotConfiguration {
    /// Header fields to send: for each name a list of values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_headers: Option<Map<String, Value>>,
    /// The login to use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<RobotAuthentication>,
    /// Where notices go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<RobotWebhooks>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl fmt::Debug for RobotConfiguration {
    // Header values are credentials as often as not.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Option<Vec<_>> = self.request_headers.as_ref().map(|headers| headers.keys().collect());
        formatter
            .debug_struct("RobotConfiguration")
            .field("request_headers", &names)
            .field("authentication", &self.authentication)
            .field("webhooks", &self.webhooks)
            .finish_non_exhaustive()
    }
}

/// A login for the places the vendor calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RobotAuthentication {
    /// The user's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The user's password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Hidden>,
    /// How name and password are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_mode: Option<AuthMode>,
    /// The key of a client certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_key: Option<Hidden>,
    /// A client certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_cert: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Where notices go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RobotWebhooks {
    /// The address for notices about transactions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst: Option<String>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_configuration_prints_no_secret() {
        let configuration: RobotConfiguration = serde_json::from_value(json!({
            "requestHeaders": {"Authorization": ["Token eed3fc66"]},
            "authentication": {"username": "jdo", "password": "A12345678z", "clientKey": "k3y"},
        }))
        .expect("the page's sample");
        let printed = format!("{configuration:?}");
        assert!(printed.contains("jdo") && printed.contains("Authorization"), "{printed}");
        for secret in ["eed3fc66", "A12345678z", "k3y"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
