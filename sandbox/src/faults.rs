//! Switches that make the sandbox misbehave as real vendors do.

use crate::answer::{Answer, bad_request, error, failure, not_found};

/// One way to misbehave, as written in `POST /control/faults`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// `status:429`: this status, with the vendor's body for it.
    Status(u16),
    /// `retry-after:2`: 429 with the header, in seconds.
    RetryAfter(u32),
    /// `html`: a 200 that is a web page.
    Html,
    /// `empty`: a 200 without a body.
    Empty,
    /// `cut`: the real answer, whose body breaks off in the middle.
    Cut,
    /// `latency:250`: the real answer, milliseconds late.
    Latency(u32),
    /// `late:5000`: the next webhook waits so many milliseconds.
    Late(u32),
    /// `duplicate`: the next webhook is sent twice.
    Duplicate,
}

impl Fault {
    /// Reads a fault; `None` if there is no such.
    pub(crate) fn parse(text: &str) -> Option<Fault> {
        let (word, number) = text.split_once(':').unwrap_or((text, ""));
        let millis = || number.trim().trim_end_matches("ms").parse().ok();
        match word.trim() {
            "status" => number.trim().parse().ok().filter(|status| (200..600).contains(status)).map(Fault::Status),
            "retry-after" => millis().map(Fault::RetryAfter),
            "html" => Some(Fault::Html),
            "empty" => Some(Fault::Empty),
            "cut" | "half" => Some(Fault::Cut),
            "latency" => millis().map(Fault::Latency),
            "late" => millis().map(Fault::Late),
            "duplicate" => Some(Fault::Duplicate),
            _ => None,
        }
    }

    /// How long it delays.
    pub(crate) fn millis(&self) -> i64 {
        match self {
            Fault::Latency(millis) | Fault::Late(millis) => i64::from(*millis),
            _ => 0,
        }
    }

    /// The answer it gives in place of the real one.
    pub(crate) fn answer(&self) -> Option<Answer> {
        Some(match self {
            Fault::Status(400) => bad_request(vec![crate::answer::Fault::argument("sandbox", "a fault was asked for")]),
            Fault::Status(404) => not_found(),
            Fault::Status(status @ (204 | 205 | 304)) => Answer::empty(*status),
            Fault::Status(500) => failure("a fault was asked for"),
            Fault::Status(429) => too_many(),
            Fault::Status(status) => Answer::json(*status, &error("SandboxFault", "a fault was asked for", None)),
            Fault::RetryAfter(seconds) => too_many().with("retry-after", seconds.to_string()),
            Fault::Html => Answer::bytes(
                200,
                "text/html",
                "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>",
            ),
            Fault::Empty => Answer::empty(200),
            Fault::Cut | Fault::Latency(_) | Fault::Late(_) | Fault::Duplicate => return None,
        })
    }
}

/// Whether a switch set for `pattern` is meant for `route`.
pub(crate) fn matches(pattern: &str, route: &str) -> bool {
    pattern == route || (pattern == "*" && route != "webhook")
}

fn too_many() -> Answer {
    Answer::json(429, &error("TooManyRequests", "too many requests", None))
}

/// Takes the first switch for a route that is of the wanted kind, using up one of its times.
#[cfg(target_arch = "wasm32")]
pub(crate) fn take(
    store: &crate::signing_today::Store,
    route: &str,
    wanted: impl Fn(&Fault) -> bool,
) -> worker::Result<Option<Fault>> {
    use crate::signing_today::bind;
    #[derive(serde::Deserialize)]
    struct Row {
        id: i64,
        matches: String,
        fault: String,
    }
    let rows: Vec<Row> = store.rows("SELECT id, matches, fault FROM fault WHERE times > 0 ORDER BY id", Vec::new())?;
    let found = rows.into_iter().filter(|row| matches(&row.matches, route)).find_map(|row| {
        let fault = Fault::parse(&row.fault).filter(&wanted)?;
        Some((row.id, fault))
    });
    let Some((id, fault)) = found else { return Ok(None) };
    store.run("UPDATE fault SET times = times - 1 WHERE id = ?", bind![id])?;
    store.run("DELETE FROM fault WHERE times <= 0", Vec::new())?;
    Ok(Some(fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_contract_are_understood() {
        assert_eq!(Fault::parse("status:429"), Some(Fault::Status(429)));
        assert_eq!(Fault::parse("latency:250"), Some(Fault::Latency(250)));
        assert_eq!(Fault::parse("retry-after:2"), Some(Fault::RetryAfter(2)));
        assert_eq!(Fault::parse("status:99"), None);
        assert_eq!(Fault::parse("explode"), None);
    }

    #[test]
    fn a_star_stands_for_every_call_but_not_for_the_webhook() {
        assert!(matches("*", "GET /DSTs") && matches("GET /DSTs", "GET /DSTs"));
        assert!(!matches("*", "webhook") && !matches("GET /DSTs", "POST /DSTs"));
    }
}
