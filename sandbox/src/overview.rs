//! `GET /`: what the sandbox holds, for people.

use serde::Deserialize;

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::clock;
use crate::html::{escape, page};
use crate::signing_today::{Store, bind};

#[derive(Deserialize)]
struct Line {
    at: i64,
    method: String,
    path: String,
    status: i64,
}

#[derive(Deserialize)]
struct Counts {
    users: i64,
    tokens: i64,
    waiting: i64,
    sent: i64,
}

/// The page.
pub(crate) fn answer(store: &Store, call: &Call) -> Outcome {
    let dsts: Vec<String> = store
        .summaries()?
        .iter()
        .rev()
        .take(20)
        .map(|dst| {
            let tray = dst.tray.as_deref();
            let tray = tray.map_or_else(String::new, |url| format!(" · <a href=\"{}\">tray</a>", escape(url)));
            format!(
                "<li class=\"row\"><span>{}<small><code>{}</code>{tray}</small></span><span class=\"pill\">{}</span></li>",
                escape(&dst.title),
                escape(&dst.id),
                dst.status
            )
        })
        .collect();
    let counts: Option<Counts> = store.row(
        "SELECT (SELECT count(*) FROM user) AS users, (SELECT count(*) FROM token) AS tokens, \
         (SELECT count(*) FROM outbox WHERE delivered IS NULL) AS waiting, (SELECT count(*) FROM outbox WHERE delivered IS NOT NULL) AS sent",
        bind![],
    )?;
    let counts = counts.map_or_else(String::new, |counts| {
        format!(
            "<li class=\"row\"><span>Users</span><span>{}</span></li><li class=\"row\"><span>Live tokens</span><span>{}</span></li>\
             <li class=\"row\"><span>Webhooks sent</span><span>{}</span></li><li class=\"row\"><span>Webhooks waiting</span><span>{}</span></li>",
            counts.users, counts.tokens, counts.sent, counts.waiting
        )
    });
    let lines: Vec<Line> = store.rows("SELECT at, method, path, status FROM log ORDER BY id DESC LIMIT 15", bind![])?;
    let lines: String = lines.iter().map(line).collect();
    let empty = |what: &str| format!("<p class=\"soft\">{what}</p>");
    let dsts = if dsts.is_empty() {
        empty("No transactions yet.")
    } else {
        format!("<ul class=\"plain\">{}</ul>", dsts.concat())
    };
    let log = if lines.is_empty() {
        empty("No calls yet.")
    } else {
        format!(
            "<div class=\"scroll\"><table><thead><tr><th>When</th><th>Call</th><th>Status</th></tr></thead><tbody>{lines}</tbody></table></div>"
        )
    };
    let body = format!(
        "<h1>The sandbox</h1><p class=\"lead\">Signing Today and an identity provider, played offline. Everything here is made up.</p>\
         <div class=\"columns\"><section><div class=\"card\"><h2>Transactions</h2>{dsts}</div><div class=\"card\"><h2>Latest calls</h2>{log}</div></section>\
         <aside><div class=\"card\"><h2>What it holds</h2><ul class=\"plain\">{counts}</ul></div>\
         <div class=\"card\"><h2>Where things are</h2><ul class=\"plain\">\
         <li class=\"row\"><span>Signing Today API<small><code>{origin}/signing-today/api</code></small></span></li>\
         <li class=\"row\"><span>Identity provider<small><code>{origin}/idp</code></small></span></li>\
         <li class=\"row\"><span>Log<small><a href=\"/control/log\">/control/log</a></small></span></li>\
         <li class=\"row\"><span>Webhook outbox<small><a href=\"/control/outbox\">/control/outbox</a></small></span></li>\
         <li class=\"row\"><span>Faults<small><a href=\"/control/faults\">/control/faults</a></small></span></li></ul></div></aside></div>",
        origin = escape(&call.origin),
    );
    Ok(Answer::html(200, page("Countersign sandbox", "Countersign", &body)))
}

fn line(line: &Line) -> String {
    let at: String = clock::rfc3339(line.at).chars().skip(11).take(8).collect();
    format!(
        "<tr><td>{at}</td><td><code>{} {}</code></td><td>{}</td></tr>",
        escape(&line.method),
        escape(&line.path),
        line.status
    )
}
