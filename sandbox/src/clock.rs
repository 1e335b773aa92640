//! Moments in milliseconds since 1970, and the ways the vendors write them.

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) type Millis = i64;

const DAY: Millis = 86_400_000;

/// Days until a transaction expires when nobody says otherwise (the printed sample: 30).
pub(crate) const DEFAULT_EXPIRY: Millis = 30 * DAY;

/// RFC 3339 in UTC with milliseconds: `2020-02-12T19:03:56.570Z`.
pub(crate) fn rfc3339(at: Millis) -> String {
    let (date, time) = (at.div_euclid(DAY), at.rem_euclid(DAY));
    let (year, month, day) = civil(date);
    let (seconds, millis) = (time / 1000, time % 1000);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{millis:03}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// The note's own form, a space and no zone: `2018-12-19 09:26:03.478000`.
pub(crate) fn spaced(at: Millis) -> String {
    rfc3339(at).replace('T', " ").replace('Z', "000")
}

/// A date as PDF writes it: `D:20200212190356Z`.
pub(crate) fn pdf_date(at: Millis) -> String {
    let digits: String = rfc3339(at).chars().filter(char::is_ascii_digit).take(14).collect();
    format!("D:{digits}Z")
}

/// A date for people: `12 Feb 2020, 19:03 UTC`.
pub(crate) fn spoken(at: Millis) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let minutes = at.rem_euclid(DAY) / 60_000;
    let month = MONTHS.get(usize::try_from(month - 1).unwrap_or(0)).copied().unwrap_or_default();
    format!("{day} {month} {year}, {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads every form the vendor's page shows: with `T` or a space, with or
/// without seconds, fraction and zone (none means UTC).
pub(crate) fn parse(text: &str) -> Option<Millis> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00"));
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1..=9999).contains(&year) {
        return None;
    }
    let (time, offset) = split_zone(time)?;
    let mut parts = time.splitn(3, ':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().map_or(Some(0.0), |seconds| seconds.parse().ok())?;
    if !(0..24).contains(&hours) || !(0..60).contains(&minutes) || !(0.0..61.0).contains(&seconds) {
        return None;
    }
    let millis = (seconds * 1000.0).round() as i64;
    Some(days(year, month, day) * DAY + (hours * 60 + minutes - offset) * 60_000 + millis)
}

/// Splits `19:03:56+02:00` into the time and the offset in minutes.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = time.find(['+', '-']) else { return Some((time, 0)) };
    let (time, zone) = time.split_at_checked(at)?;
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let value: i64 = digits.parse().ok()?;
    let minutes = if digits.len() <= 2 { value * 60 } else { value / 100 * 60 + value % 100 };
    Some((time, sign * minutes))
}

// Howard Hinnant's days_from_civil and civil_from_days.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_on_the_vendors_page_is_read() {
        let expected = parse("2020-02-12T19:03:56.570000+00:00");
        assert_eq!(expected, Some(1_581_534_236_570));
        assert_eq!(parse("2020-02-12T20:03:56.570+01:00"), expected);
        assert_eq!(parse("2020-02-12 19:03:56.57"), expected);
        assert_eq!(parse("2021-10-17T07:26Z").map(rfc3339).as_deref(), Some("2021-10-17T07:26:00.000Z"));
        assert_eq!(parse("next tuesday"), None);
        assert_eq!(parse("2021-13-01T00:00Z"), None);
    }

    #[test]
    fn a_moment_survives_being_written_and_read() {
        for at in [0, 951_782_400_000, 1_581_534_236_570, 4_102_444_799_999] {
            assert_eq!(parse(&rfc3339(at)), Some(at));
        }
        assert_eq!(spaced(1_545_211_563_478), "2018-12-19 09:26:03.478000");
        assert_eq!(pdf_date(1_581_534_236_570), "D:20200212190356Z");
        assert_eq!(spoken(1_581_534_236_570), "12 Feb 2020, 19:03 UTC");
    }
}
