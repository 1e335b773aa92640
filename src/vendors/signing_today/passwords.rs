//! Passwords: forgotten, reset, changed.
//! <https://developer.signing.today/v2/#:~:text=Request%20to%20recover%20own%20password>

use serde::{Deserialize, Serialize};

use super::hidden::Hidden;
use crate::endpoint::{Empty, endpoints};

// Two of these are GETs that send a mail; repeating them would send another.
endpoints! { SIGNING_TODAY, resource "passwords", page "https://developer.signing.today/v2/#:~:text=Request%20to%20recover%20own%20password";
    /// Sends a mail to a user who forgot their password.
    RecoverPassword: recover_one GET "/auth/passwordLost{?username,domain}" auth None retry Unsafe => Empty;
    /// Resets another user's password; only a superuser may.
    ResetPassword: reset_one GET "/auth/passwordReset{?username,domain}" retry Unsafe => Empty;
    /// Changes the current user's password.
    UpdatePassword: update_one POST "/auth/passwordReset" takes Json => Empty;
    /// Sets a password with a token made for that.
    ChangePassword: change_one POST "/auth/changePassword{?passwordToken}" takes Text auth None => Empty;
    /// Sets the password of a service account.
    ChangeServicePassword: assign_one POST "/service/changePassword{?username,domain}" takes Text => Empty;
    /// Gives a token to set the current user's password with.
    GetPasswordToken: read_one GET "/auth/passwordToken" => Vec<Hidden>;
}

/// The user who forgot their password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoverPassword {
    /// The user's name.
    pub username: String,
    /// The user's organization.
    pub domain: String,
}

/// The user whose password is reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetPassword {
    /// The user's name.
    pub username: String,
    /// The user's organization.
    pub domain: String,
}

/// The current user's new password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdatePassword {
    /// The old and the new password.
    pub body: PasswordUpdate,
}

/// An old and a new password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordUpdate {
    /// The password as it is.
    pub current_password: Hidden,
    /// The password as it shall be.
    pub new_password: Hidden,
}

/// A new password and the token that allows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePassword {
    /// The token; it works once.
    pub password_token: Hidden,
    /// The new password, as plain text. The page says `BCrypt` beside it but shows a plain one.
    pub body: Hidden,
}

/// A service account's new password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeServicePassword {
    /// The account's name.
    pub username: String,
    /// The account's organization.
    pub domain: String,
    /// The new password, as plain text. The page says `BCrypt` beside it but shows a plain one.
    pub body: Hidden,
}

/// Asks for a password token. The answer is a list of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetPasswordToken {}
