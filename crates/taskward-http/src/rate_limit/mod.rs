//! Rate limits (SEC-67): requests and writes of each user, failed authentications of each client address.

mod buckets;
mod limiter;
mod quota_fields;

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

pub(crate) use limiter::RateLimiter;
pub(crate) use quota_fields::QuotaFields;

/// The setting of rate limits: `on`, `off`, or numbers a minute such as `requests=1200,writes=600,failures=60`, where a number
/// that is left out keeps its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits(Option<Rates>);

/// How many are allowed a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests of one user.
    pub requests: NonZeroU32,
    /// Requests of one user that write.
    pub writes: NonZeroU32,
    /// Failed authentications from one client address.
    pub failures: NonZeroU32,
}

/// The text is no setting of rate limits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; expected on, off, or numbers a minute from 1 to {MAX} such as requests=1200,writes=600,failures=60"
)]
pub struct InvalidRateLimits(String);

const MAX: u32 = 10_000_000;

impl RateLimits {
    pub const OFF: Self = Self(None);

    #[must_use]
    pub fn on(rates: Rates) -> Self {
        Self(Some(rates))
    }

    /// `None` when rate limits are off.
    #[must_use]
    pub fn rates(&self) -> Option<Rates> {
        self.0
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self(Some(Rates::default()))
    }
}

const fn number(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            requests: const { number(1_200) },
            writes: const { number(600) },
            failures: const { number(60) },
        }
    }
}

impl FromStr for RateLimits {
    type Err = InvalidRateLimits;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "on" => return Ok(Self::default()),
            "off" => return Ok(Self::OFF),
            _ => {}
        }
        let mut rates = Rates::default();
        let mut seen = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| InvalidRateLimits(format!("`{part}` is no rate limit")))?;
            if seen.contains(&name) {
                return Err(InvalidRateLimits(format!("`{name}` is there twice")));
            }
            seen.push(name);
            let value = value
                .parse()
                .ok()
                .filter(|number: &NonZeroU32| number.get() <= MAX)
                .ok_or_else(|| InvalidRateLimits(format!("`{value}` is no number for `{name}`")))?;
            match name {
                "requests" => rates.requests = value,
                "writes" => rates.writes = value,
                "failures" => rates.failures = value,
                _ => return Err(InvalidRateLimits(format!("`{name}` is no rate limit"))),
            }
        }
        Ok(Self(Some(rates)))
    }
}

impl fmt::Display for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("off"),
            Some(rates) => write!(
                f,
                "requests={},writes={},failures={}",
                rates.requests, rates.writes, rates.failures
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_67_the_setting_is_on_off_or_numbers() {
        let read = |text: &str| text.parse::<RateLimits>().map(|limits| limits.to_string());
        let default = "requests=1200,writes=600,failures=60";
        assert_eq!(read("on").unwrap(), default);
        assert_eq!(read("off").unwrap(), "off");
        assert_eq!(read(default).unwrap(), default);
        assert_eq!(
            read("writes=5, failures=7").unwrap(),
            "requests=1200,writes=5,failures=7"
        );
    }

    #[test]
    fn sec_93_a_wrong_setting_is_refused_with_what_is_expected() {
        for (text, reason) in [
            ("", "`` is no rate limit"),
            ("maybe", "`maybe` is no rate limit"),
            ("reads=1", "`reads` is no rate limit"),
            ("requests=0", "`0` is no number for `requests`"),
            ("requests=-1", "`-1` is no number for `requests`"),
            (
                "requests=10000001",
                "`10000001` is no number for `requests`",
            ),
            ("writes=1,writes=2", "`writes` is there twice"),
        ] {
            let error = text.parse::<RateLimits>().unwrap_err().to_string();
            assert!(error.starts_with(reason), "{error}");
            assert!(error.contains("expected on, off, or numbers"), "{error}");
        }
    }
}
