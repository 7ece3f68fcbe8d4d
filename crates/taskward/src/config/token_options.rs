//! The variables and flags about tokens that most servers do not set.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::Switch;
use super::http_hosts::HttpHosts;

#[derive(Debug, Clone, Args)]
pub struct TokenOptions {
    /// File with Better Auth's public keys (a JWKS document), read again when it changes; instead of a URL
    #[arg(long, env = "BETTER_AUTH_JWKS_FILE", value_name = "FILE")]
    pub better_auth_jwks_file: Option<PathBuf>,

    /// Hosts in a private network that may be asked for keys without TLS, separated by commas [default: none]
    #[arg(
        long,
        env = "TASKWARD_ALLOW_HTTP_HOSTS",
        value_name = "HOSTS",
        default_value = "",
        hide_default_value = true,
        value_parser = http_hosts
    )]
    pub allow_http_hosts: HttpHosts,

    /// Claims that tokens may leave out, with a shared secret only; a claim that is present must still fit [default: none]
    #[arg(
        long,
        env = "TASKWARD_OPTIONAL_CLAIMS",
        value_enum,
        value_name = "CLAIMS",
        value_delimiter = ','
    )]
    pub optional_claims: Vec<OptionalClaim>,

    /// How far away the `exp` of an accepted token may be: seconds, or a number with s, m, h or d such as 24h or 7d
    #[arg(
        long,
        env = "TASKWARD_TOKEN_LIFETIME_MAX",
        value_name = "DURATION",
        default_value = "24h"
    )]
    pub token_lifetime_max: Lifetime,

    /// Whether a 401 says which check of the token failed [default: on if the listener and BETTER_AUTH_URL are on loopback
    /// and no proxy is trusted, else off]
    #[arg(long, env = "TASKWARD_EXPLAIN_TOKENS", value_enum)]
    pub explain_tokens: Option<Switch>,
}

fn http_hosts(text: &str) -> Result<HttpHosts, String> {
    if text.is_empty() {
        return Ok(HttpHosts::default());
    }
    text.parse()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OptionalClaim {
    Iss,
    Aud,
}

impl OptionalClaim {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Iss => "`iss`",
            Self::Aud => "`aud`",
        }
    }
}

/// A time of more than zero, in whole seconds.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime(pub(super) Duration);

impl FromStr for Lifetime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected whole seconds, or a whole number with s, m, h or d, for example 900, 24h or 7d";
        let digits = text.trim_end_matches(|char: char| char.is_ascii_alphabetic());
        let factor = match text.get(digits.len()..) {
            Some("" | "s") => 1,
            Some("m") => 60,
            Some("h") => 60 * 60,
            Some("d") => 24 * 60 * 60,
            _ => return Err(WRONG),
        };
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = digits.parse().map_err(|_| WRONG)?;
        match number.checked_mul(factor) {
            Some(seconds) if seconds > 0 && is_number => Ok(Self(Duration::from_secs(seconds))),
            Some(0) => Err("a lifetime of zero refuses every token; set more"),
            _ => Err(WRONG),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_number_of_seconds_or_has_a_unit() {
        let seconds = |text: &str| {
            text.parse::<Lifetime>()
                .map(|lifetime| lifetime.0.as_secs())
        };
        for (text, expected) in [
            ("900", 900),
            ("30s", 30),
            ("15m", 900),
            ("24h", 86_400),
            ("7d", 604_800),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for bad in [
            "",
            "0",
            "0d",
            "h",
            "1.5h",
            "-1",
            "+1",
            "1 h",
            "1w",
            "1H",
            "99999999999999999d",
        ] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
