//! What the vendor's application tells everybody about itself.
//! <https://developer.signing.today/v2/#:~:text=Retrieve%20the%20App%20configuration>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::endpoint::endpoints;

endpoints! { SIGNING_TODAY, resource "service_configurations", page "https://developer.signing.today/v2/#:~:text=Retrieve%20the%20App%20configuration";
    /// Gives the application's public configuration; the page names no field of it.
    GetServiceConfiguration: read_one GET "/service/configuration" auth None => Map<String, Value>;
}

/// Asks for the public configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetServiceConfiguration {}
