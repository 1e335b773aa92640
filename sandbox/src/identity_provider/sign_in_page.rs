//! The page that asks who is signing in.

use crate::html::{escape, page};

use super::demo_users::USERS;

/// Lists the demo users as buttons; `hidden` goes back with the choice.
pub(crate) fn choose(client: &str, hidden: &[(&str, &str)]) -> String {
    let hidden: String = hidden
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value)))
        .collect();
    let people: String = USERS
        .iter()
        .map(|user| {
            let initials: String = user.name.split(' ').filter_map(|part| part.chars().next()).collect();
            format!(
                "<button class=\"person\" type=\"submit\" name=\"user\" value=\"{}\"><span class=\"face\" aria-hidden=\"true\">{initials}</span>\
                 <span>{}<small>{} · {}</small></span></button>",
                user.id, user.name, user.email, user.role
            )
        })
        .collect();
    let body = format!(
        "<div class=\"narrow\"><h1>Who are you today?</h1><p class=\"lead\">Choose a demo user to sign in to <strong>{}</strong>. \
         No password: this provider exists only on your machine.</p><form method=\"post\">{hidden}{people}</form></div>",
        escape(client)
    );
    page("Sign in", "Demo sign-in", &body)
}

/// Says why nobody can sign in.
pub(crate) fn refuse(reason: &str) -> String {
    let body = format!(
        "<div class=\"narrow card\"><h1>This sign-in cannot go on</h1><p class=\"soft\">{}</p></div>",
        escape(reason)
    );
    page("Sign-in refused", "Demo sign-in", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_demo_user_is_a_button_and_the_state_stays_text() {
        let page = choose("console", &[("state", "\"><script>")]);
        assert_eq!(page.matches("name=\"user\"").count(), 3);
        assert!(page.contains("Ada Lovelace") && !page.contains("<script>"));
    }
}
