//! Instants as numbers and the vendors' date texts. The core has no clock: `now` is an argument.

use std::{ops::Add, time::Duration};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// The same instant in whole seconds, as JWTs and webhook signatures count.
    pub const fn as_seconds(self) -> u64 {
        self.0 / 1000
    }

    /// An instant given in whole seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The time from `earlier` to this instant, zero if it lies ahead.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Reads the date form that HTTP headers are sent with (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    ///
    /// The two obsolete forms are not read.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let mut words = text.strip_suffix(" GMT")?.split(' ').skip(1);
        let day = number(words.next()?)?;
        let month = words.next().filter(|name| name.len() == 3)?;
        let month = (0..12).find(|index| MONTHS.get(index * 3..index * 3 + 3) == Some(month))?;
        let days = days_from_civil(number(words.next()?)?, i64::try_from(month).ok()? + 1, day)?;
        let of_day = clock_millis(words.next()?)?;
        u64::try_from(days * i64::try_from(DAY).ok()? + of_day).ok().map(Self)
    }

    /// The instant as RFC 3339 in UTC with milliseconds.
    pub fn to_rfc3339(self) -> String {
        let (days, of_day) = (self.0 / DAY, self.0 % DAY);
        let (year, month, day) = civil_from_days(i64::try_from(days).unwrap_or(0));
        let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
        let (second, millisecond) = (of_day / 1000 % 60, of_day % 1000);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
    }
}

impl Add<Duration> for UnixMillis {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// A date as the vendor wrote it.
///
/// The vendors' pages show several forms side by side (`2021-10-17T07:26Z`,
/// `2030-04-25T12:00:00Z`, `2018-12-19 09:26:03.478039`), so the text is kept
/// as it came and read on demand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub String);

impl Timestamp {
    /// The instant, or `None` if the text is no date this reader knows. A date without a zone is taken as UTC.
    pub fn instant(&self) -> Option<UnixMillis> {
        let text = self.0.trim();
        let (date, time) = text.split_once(['T', 't', ' ']).unwrap_or((text, "00:00Z"));
        let mut parts = date.split('-').map(number);
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let (clock, offset) = split_offset(time.trim())?;
        let millis = days_from_civil(year, month, day)?
            .checked_mul(i64::try_from(DAY).ok()?)?
            .checked_add(clock_millis(clock)?)?
            .checked_sub(offset)?;
        u64::try_from(millis).ok().map(UnixMillis)
    }
}

impl From<UnixMillis> for Timestamp {
    fn from(instant: UnixMillis) -> Self {
        Self(instant.to_rfc3339())
    }
}

const DAY: u64 = 86_400_000;

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fraction` in milliseconds.
fn clock_millis(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?)?, number(parts.next()?)?);
    let (second, fraction) =
        parts.next().map_or(("0", ""), |second| second.split_once(['.', ',']).unwrap_or((second, "")));
    let second = number(second)?;
    if parts.next().is_some() || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(((hour * 60 + minute) * 60 + second) * 1000 + number(&thousandths)?)
}

/// Splits the zone off and gives its offset in milliseconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock.trim_end(), 0));
    }
    let Some(at) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (clock, zone) = time.split_at_checked(at)?;
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let hours = number(digits.get(..2)?)?;
    let minutes = digits.get(2..).filter(|rest| !rest.is_empty()).map_or(Some(0), number)?;
    let millis = (hours * 60 + minutes) * 60_000;
    Some((clock.trim_end(), if zone.starts_with('-') { -millis } else { millis }))
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

// Howard Hinnant's civil calendar arithmetic: eras of 400 years that start on 1 March.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Timestamp(text.into()).instant().map(UnixMillis::to_rfc3339)
    }

    #[test]
    fn every_form_the_vendors_page_shows_is_read() {
        assert_eq!(read("2021-10-17T07:26Z").as_deref(), Some("2021-10-17T07:26:00.000Z"));
        assert_eq!(read("2030-04-25T12:00:00Z").as_deref(), Some("2030-04-25T12:00:00.000Z"));
        assert_eq!(read("2018-12-19 09:26:03.478039").as_deref(), Some("2018-12-19T09:26:03.478Z"));
        assert_eq!(read("2020-02-12T19:03:56.57+01:00").as_deref(), Some("2020-02-12T18:03:56.570Z"));
        assert_eq!(read("2024-02-29").as_deref(), Some("2024-02-29T00:00:00.000Z"));
    }

    #[test]
    fn what_is_no_date_has_no_instant() {
        for text in [
            "",
            "soon",
            "2021-13-01",
            "2021-10-17T7",
            "2021-10-17T07:26:61Z",
            "2021-10-17Tü",
            "1-2-3-4",
            "2021-10-17T07:26+",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_http_date_is_read() {
        let read = |text| UnixMillis::parse_http_date(text).map(UnixMillis::to_rfc3339);
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT").as_deref(), Some("1994-11-06T08:49:37.000Z"));
        for text in
            ["", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 CET", "Sun, x Nov 1994 08:49:37 GMT", "GMT"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_survives_its_text() {
        let instant = UnixMillis(1_763_796_188_123);
        assert_eq!(Timestamp::from(instant).instant(), Some(instant));
    }
}
