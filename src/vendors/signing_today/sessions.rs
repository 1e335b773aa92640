//! Who is logged in: the current user, logging out, and logins that come from elsewhere.
//! <https://developer.signing.today/v2/#:~:text=Return%20the%20current%20logged%20in%20user>

use serde::{Deserialize, Serialize};

use super::{hidden::Hidden, users::User};
use crate::endpoint::{Empty, endpoints};

endpoints! { SIGNING_TODAY, resource "sessions", page "https://developer.signing.today/v2/#:~:text=Return%20the%20current%20logged%20in%20user";
    /// Gives the user the token belongs to.
    GetCurrentUser: read_one GET "/auth/user" => User;
    /// Logs the current user out.
    // A GET on the page, but it ends the token: a repetition would log in again only to log out.
    DeleteSession: delete_one GET "/auth/logout" retry Unsafe => Empty;
    /// Registers or updates a user that a SAML identity provider vouches for, and redirects (303) with a new token.
    RegisterSamlUser: register_one POST "/auth/saml" takes Form auth None => Empty;
}

/// Asks for the current user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetCurrentUser {}

/// Ends the current user's session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteSession {}

/// A user from a SAML identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterSamlUser {
    /// What the identity provider says.
    pub body: SamlLogin,
}

/// The form fields of a SAML login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlLogin {
    /// The SAML domain.
    pub domain: String,
    /// The SAML reply as JSON, in base64.
    #[serde(rename = "IDToken1")]
    pub id_token1: Hidden,
    /// HMAC-SHA-256 of the decoded `IDToken1`, in hex.
    #[serde(rename = "IDToken2")]
    pub id_token2: Hidden,
}
