//! The lifetime token of a service account (robot).
//! <https://developer.signing.today/v2/#:~:text=Robot%20authentication%20lifetime%20token>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::hidden::Hidden;
use crate::endpoint::{Empty, endpoints};

endpoints! { SIGNING_TODAY, resource "robot_tokens", page "https://developer.signing.today/v2/#:~:text=Robot%20authentication%20lifetime%20token";
    /// Gives a robot's lifetime token, and makes one if there is none.
    GetRobotToken: read_one GET "/robot/authentication{?username,domain}" => RobotToken;
    /// Ends a robot's lifetime token.
    DeleteRobotToken: delete_one DELETE "/robot/authentication{?username,domain}" => Empty;
}

/// Names the robot whose token is read. Default: the account that asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GetRobotToken {
    /// The robot's name.
    pub username: Option<String>,
    /// The robot's organization.
    pub domain: Option<String>,
}

/// Names the robot whose token ends. Default: the account that asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeleteRobotToken {
    /// The robot's name.
    pub username: Option<String>,
    /// The robot's organization.
    pub domain: Option<String>,
}

/// A token without expiry (`RobotAuthenticationToken`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RobotToken {
    /// The token for the `Authorization` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<Hidden>,
    /// Fields the page does not name, kept on the way through.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
