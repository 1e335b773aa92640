//! Whether a call is tried again, decided from what happened.

use std::time::Duration;

use serde::Serialize;

use crate::{
    http::Headers,
    time::UnixMillis,
    transport::{Phase, TransportError},
};

/// Whether repeating a call can do harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RetrySafety {
    /// Doing it twice is the same as doing it once.
    Safe,
    /// Doing it twice may send a legal document twice.
    Unsafe,
}

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Requests sent at most, the first one included. Default 3.
    pub max_attempts: u32,
    /// The upper bound of the first wait; it doubles with each attempt. Default 200 ms.
    pub base_delay: Duration,
    /// The longest wait, also for what a vendor asks with `Retry-After`. Default 20 s.
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { max_attempts: 3, base_delay: Duration::from_millis(200), max_delay: Duration::from_secs(20) }
    }
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// A whole answer arrived.
    Answered {
        /// Its status.
        status: u16,
        /// What its `Retry-After` asks for.
        retry_after: Option<Duration>,
    },
    /// None did.
    Failed(&'a TransportError),
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Hand the answer to the caller.
    Done,
    /// Get a new token and send once more.
    RenewToken,
    /// Wait, then send once more.
    RetryAfter(Duration),
    /// Give the caller the failure.
    GiveUp,
}

/// The facts a decision rests on.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Requests sent so far.
    pub attempts: u32,
    /// Whether repeating the operation can do harm.
    pub safety: RetrySafety,
    /// Whether the operation carries a token that can still be renewed.
    pub renewable: bool,
    /// What happened.
    pub outcome: Outcome<'a>,
    /// A random number, for the jitter.
    pub random: u32,
}

impl RetryPolicy {
    /// Decides what follows an attempt.
    ///
    /// An unsafe call is repeated only after answers that say it was not
    /// carried out: 401 with a new token, and 429.
    pub fn decide(&self, attempt: &Attempt<'_>) -> Decision {
        let (retryable, retry_after) = match attempt.outcome {
            Outcome::Answered { status: 200..=299, .. } => return Decision::Done,
            Outcome::Answered { status: 401, .. } if attempt.renewable => return Decision::RenewToken,
            Outcome::Answered { status: 429, retry_after } => (true, retry_after),
            Outcome::Answered { status: 408 | 425 | 500 | 502 | 503 | 504, retry_after } => {
                (attempt.safety == RetrySafety::Safe, retry_after)
            }
            Outcome::Answered { .. } => (false, None),
            Outcome::Failed(error) => (attempt.safety == RetrySafety::Safe && error.phase != Phase::Build, None),
        };
        if !retryable || attempt.attempts >= self.max_attempts {
            return Decision::GiveUp;
        }
        match retry_after {
            Some(asked) if asked > self.max_delay => Decision::GiveUp,
            Some(asked) => Decision::RetryAfter(asked),
            None => Decision::RetryAfter(self.backoff(attempt.attempts, attempt.random)),
        }
    }

    /// A wait between nothing and the doubling bound: full jitter keeps clients from returning in step.
    fn backoff(&self, attempts: u32, random: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(20);
        let bound = self.base_delay.saturating_mul(1 << doublings).min(self.max_delay);
        let bound = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(bound.saturating_mul(u64::from(random)) / u64::from(u32::MAX))
    }
}

/// Reads `Retry-After` in both forms (RFC 9110, 10.2.3): seconds and a date.
pub fn retry_after(headers: &Headers, now: UnixMillis) -> Option<Duration> {
    let value = headers.get("retry-after")?.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(Duration::from_secs(u64::from(seconds)));
    }
    Some(UnixMillis::parse_http_date(value)?.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(safety: RetrySafety, outcome: Outcome<'_>) -> Attempt<'_> {
        Attempt { attempts: 1, safety, renewable: false, outcome, random: u32::MAX }
    }

    fn answered<'a>(status: u16) -> Outcome<'a> {
        Outcome::Answered { status, retry_after: None }
    }

    #[test]
    fn a_safe_call_is_repeated_after_a_server_error() {
        let decision = RetryPolicy::default().decide(&attempt(RetrySafety::Safe, answered(503)));
        assert_eq!(decision, Decision::RetryAfter(Duration::from_millis(200)));
    }

    #[test]
    fn an_unsafe_call_is_not_repeated_after_a_server_error() {
        let policy = RetryPolicy::default();
        let lost = TransportError { phase: Phase::Send, message: "reset".into() };
        assert_eq!(policy.decide(&attempt(RetrySafety::Unsafe, answered(503))), Decision::GiveUp);
        assert_eq!(policy.decide(&attempt(RetrySafety::Unsafe, Outcome::Failed(&lost))), Decision::GiveUp);
    }

    #[test]
    fn an_unsafe_call_is_repeated_after_429_because_it_was_not_carried_out() {
        let outcome = Outcome::Answered { status: 429, retry_after: Some(Duration::from_secs(2)) };
        assert_eq!(
            RetryPolicy::default().decide(&attempt(RetrySafety::Unsafe, outcome)),
            Decision::RetryAfter(Duration::from_secs(2))
        );
    }

    #[test]
    fn a_wait_longer_than_the_policy_allows_ends_the_call() {
        let outcome = Outcome::Answered { status: 429, retry_after: Some(Duration::from_secs(31_536_000)) };
        assert_eq!(RetryPolicy::default().decide(&attempt(RetrySafety::Safe, outcome)), Decision::GiveUp);
    }

    #[test]
    fn a_refused_token_is_renewed_once() {
        let policy = RetryPolicy::default();
        let refused = Attempt { renewable: true, ..attempt(RetrySafety::Unsafe, answered(401)) };
        assert_eq!(policy.decide(&refused), Decision::RenewToken);
        assert_eq!(policy.decide(&Attempt { renewable: false, ..refused }), Decision::GiveUp);
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        let last = Attempt { attempts: 3, ..attempt(RetrySafety::Safe, answered(500)) };
        assert_eq!(RetryPolicy::default().decide(&last), Decision::GiveUp);
    }

    #[test]
    fn waits_double_up_to_the_bound_and_jitter_reaches_down_to_zero() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.backoff(3, u32::MAX), Duration::from_millis(800));
        assert_eq!(policy.backoff(30, u32::MAX), Duration::from_secs(20));
        assert_eq!(policy.backoff(3, 0), Duration::ZERO);
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = UnixMillis::from_seconds(784_111_777);
        let header = |value: &str| [("retry-after", value)].into_iter().collect::<Headers>();
        assert_eq!(retry_after(&header("120"), now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after(&header("Sun, 06 Nov 1994 08:49:47 GMT"), now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after(&header("Sun, 06 Nov 1994 08:49:07 GMT"), now), Some(Duration::ZERO));
        assert_eq!(retry_after(&header("soon"), now), None);
    }
}
