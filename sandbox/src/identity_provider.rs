//! The app's identity provider in development: OpenID Connect with named demo
//! users, authorization code and PKCE.
//! <https://openid.net/specs/openid-connect-core-1_0.html>

mod demo_users;
mod sign_in_page;
mod tokens;

#[cfg(target_arch = "wasm32")]
mod keys;
#[cfg(target_arch = "wasm32")]
mod object;

/// Where the provider is, below the sandbox's origin.
pub(crate) const BASE: &str = "/idp";

pub(crate) use tokens::is_loopback;
