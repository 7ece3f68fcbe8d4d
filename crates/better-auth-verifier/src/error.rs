//! Errors of verification and of the verifier's configuration, for operators.
//!
//! Invariant: of a token, an error contains only excerpts of `kid`, `alg`, `typ`, `iss` and `aud`, escaped and truncated
//! to 64 characters.

use std::fmt;
use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::limits::{MAX_LEEWAY, MAX_TOKEN_BYTES};

/// Why a token was refused.
///
/// `Display` is for logs. Send a [`Challenge`](crate::Challenge) to clients. Strings from the token are escaped and
/// truncated to 64 characters.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The text is a Better Auth session token, not a JWT.
    SessionToken,
    /// The token is longer than 8,192 bytes.
    TooLong {
        /// Length of the token in bytes.
        length: usize,
    },
    /// The token is a JWE (five segments), or its header has `enc` or `zip`.
    Encrypted,
    /// The token is not a JWS in compact serialization (RFC 7515, section 7.1) over strict JSON objects.
    Malformed {
        /// `token`, `header`, `payload` or `signature`.
        part: &'static str,
        /// A predicate, such as `is not base64url`.
        problem: &'static str,
    },
    /// The header has `crit` (RFC 7515, section 4.1.11) or `b64` (RFC 7797).
    UnsupportedHeader {
        /// The name of the member.
        member: &'static str,
    },
    /// `typ` is that of another kind of token.
    WrongType {
        /// The token's `typ`. `None` if it is missing but required.
        got: Option<String>,
    },
    /// `alg` is not in the verifier's list.
    AlgorithmNotAllowed {
        /// The token's `alg`.
        got: String,
        /// The verifier's list, separated by commas. `HS256` with a shared secret.
        allowed: String,
    },
    /// The header has no `kid`.
    NoKeyId,
    /// The key set has no key with the token's `kid`.
    UnknownKey {
        /// The token's `kid`.
        kid: String,
        /// Number of keys in the set.
        known: usize,
    },
    /// The key is bound to another algorithm than the token's.
    KeyAlgorithmMismatch {
        /// The token's `kid`.
        kid: String,
        /// Algorithm of the key.
        key: Algorithm,
        /// Algorithm of the token.
        token: Algorithm,
    },
    /// The signature does not match.
    BadSignature {
        /// The token's `kid`. `None` with a shared secret.
        kid: Option<String>,
    },
    /// A required claim is missing.
    MissingClaim {
        /// Name of the claim.
        claim: &'static str,
    },
    /// A claim has the wrong type or is out of range.
    InvalidClaim {
        /// Name of the claim.
        claim: &'static str,
        /// A predicate, such as `is not a string`.
        problem: &'static str,
    },
    /// The token has a claim of another kind of token: `nonce`, `at_hash`, `c_hash` or `cnf`.
    ForbiddenClaim {
        /// Name of the claim.
        claim: &'static str,
    },
    /// The token was issued to an OAuth client, which acts for a user: it has `client_id` (RFC 9068, section 2.2) or
    /// `azp` (OpenID Connect Core 1.0, section 2). Only a verifier of session tokens refuses these claims.
    IssuedToClient {
        /// `client_id` or `azp`.
        claim: &'static str,
    },
    /// `iss` is not the configured issuer.
    WrongIssuer {
        /// The configured issuer.
        expected: String,
        /// The token's `iss`.
        got: String,
    },
    /// `aud` does not contain the configured audience.
    WrongAudience {
        /// The configured audience.
        expected: String,
        /// The token's `aud`, or the first of several.
        got: String,
    },
    /// The time is at or after `exp` plus the leeway. All other claims but `scope` are valid.
    Expired {
        /// The token's `exp`, in seconds since the Unix epoch.
        expired_at: u64,
        /// The verifier's time, in seconds since the Unix epoch.
        now: u64,
    },
    /// The time is before `nbf` or `iat` minus the leeway, usually because of clock skew.
    NotYetValid {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// Value of the claim, in seconds since the Unix epoch.
        at: u64,
        /// The verifier's time, in seconds since the Unix epoch.
        now: u64,
    },
    /// `exp` is further away than `largest_lifetime` allows.
    LivesTooLong {
        /// Seconds until `exp`.
        remaining: u64,
        /// The configured maximum in seconds.
        cap: u64,
    },
    /// `scope` does not contain the required scope.
    InsufficientScope {
        /// The required scope.
        required: String,
    },
    /// There is no key set to verify with.
    NoKeys {
        /// How long to wait before a retry.
        retry_after: Duration,
    },
}

impl VerifyError {
    /// Returns a stable identifier for metrics and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SessionToken => "session_token",
            Self::TooLong { .. } => "too_long",
            Self::Encrypted => "encrypted",
            Self::Malformed { .. } => "malformed",
            Self::UnsupportedHeader { .. } => "unsupported_header",
            Self::WrongType { .. } => "wrong_type",
            Self::AlgorithmNotAllowed { .. } => "algorithm_not_allowed",
            Self::NoKeyId => "no_key_id",
            Self::UnknownKey { .. } => "unknown_key",
            Self::KeyAlgorithmMismatch { .. } => "key_algorithm_mismatch",
            Self::BadSignature { .. } => "bad_signature",
            Self::MissingClaim { .. } => "missing_claim",
            Self::InvalidClaim { .. } => "invalid_claim",
            Self::ForbiddenClaim { .. } => "forbidden_claim",
            Self::IssuedToClient { .. } => "issued_to_client",
            Self::WrongIssuer { .. } => "wrong_issuer",
            Self::WrongAudience { .. } => "wrong_audience",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::LivesTooLong { .. } => "lives_too_long",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::NoKeys { .. } => "no_keys",
        }
    }

    /// Returns whether the token is the cause: `true` for every error but [`VerifyError::NoKeys`].
    #[must_use]
    pub const fn is_client_fault(&self) -> bool {
        !matches!(self, Self::NoKeys { .. })
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SessionToken => {
                f.write_str("this is a Better Auth session token, not a JWT: send the JWT from GET /api/auth/token")
            }
            Self::TooLong { length } => {
                write!(f, "the token has {length} bytes, at most {MAX_TOKEN_BYTES} are allowed")
            }
            Self::Encrypted => {
                f.write_str("the token is encrypted or compressed (JWE, `enc` or `zip`), expected a JWS")
            }
            Self::Malformed { part, problem } => write!(f, "the {part} {problem}"),
            Self::UnsupportedHeader { member } => write!(f, "the header has `{member}`, which is not supported"),
            Self::WrongType { got: Some(got) } => {
                write!(f, "the `typ` of the header is \"{got}\", which marks another kind of token")
            }
            Self::WrongType { got: None } => f.write_str("the header has no `typ`"),
            Self::AlgorithmNotAllowed { got, allowed } => {
                write!(f, "the algorithm is \"{got}\", expected {allowed}")
            }
            Self::NoKeyId => f.write_str("the header has no `kid`"),
            Self::UnknownKey { kid, known } => {
                write!(f, "the key set has no key \"{kid}\" (keys in the set: {known})")
            }
            Self::KeyAlgorithmMismatch { kid, key, token } => {
                write!(f, "the algorithm of the token is {token}, but the key \"{kid}\" is for {key}")
            }
            Self::BadSignature { kid: Some(kid) } => {
                write!(f, "the signature does not match the key \"{kid}\"")
            }
            Self::BadSignature { kid: None } => f.write_str("the signature does not match the shared secret"),
            Self::MissingClaim { claim } => write!(f, "the claim `{claim}` is missing"),
            Self::InvalidClaim { claim, problem } => write!(f, "the claim `{claim}` {problem}"),
            Self::ForbiddenClaim { claim } => write!(f, "the claim `{claim}` is not allowed: it marks another kind of token"),
            Self::IssuedToClient { claim } => write!(
                f,
                "the claim `{claim}` is not allowed: it marks the access token of an OAuth client, expected the JWT of \
                 a signed-in user from GET /api/auth/token"
            ),
            Self::WrongIssuer { expected, got } => write!(f, "the issuer is \"{got}\", expected \"{expected}\""),
            Self::WrongAudience { expected, got } => write!(f, "the audience is \"{got}\", expected \"{expected}\""),
            Self::Expired { expired_at, now } => {
                write!(f, "the token expired at {expired_at}, the time is {now}")
            }
            Self::NotYetValid { claim, at, now } => {
                write!(f, "the claim `{claim}` is {at}, but the time is {now}: check the clocks of both servers")
            }
            Self::LivesTooLong { remaining, cap } => {
                write!(
                    f,
                    "the token is valid for another {remaining} s, at most {cap} s are allowed: \
                     check Better Auth's jwt.expirationTime"
                )
            }
            Self::InsufficientScope { required } => {
                write!(f, "the claim `scope` does not contain \"{required}\"")
            }
            Self::NoKeys { retry_after } => {
                write!(f, "there are no keys to verify with: retry in {} s", retry_after.as_secs())
            }
        }
    }
}

impl std::error::Error for VerifyError {}

/// Why a verifier cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The issuer is empty.
    EmptyIssuer,
    /// The audience is empty.
    EmptyAudience,
    /// The leeway is more than 30 seconds.
    LeewayTooLarge {
        /// The configured leeway.
        asked: Duration,
    },
    /// `largest_lifetime` is zero, which would refuse every token.
    ZeroLifetime,
    /// The list of algorithms is empty, which would refuse every token.
    NoAlgorithms,
    /// The required scope is not a scope token (RFC 6749, section 3.3): printable ASCII without space, quote and
    /// backslash.
    InvalidScope,
    /// The realm is empty or is not printable ASCII without quote and backslash.
    InvalidRealm,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyIssuer => {
                f.write_str("the expected issuer is empty: set it to Better Auth's jwt.issuer")
            }
            Self::EmptyAudience => {
                f.write_str("the expected audience is empty: set it to Better Auth's jwt.audience")
            }
            Self::LeewayTooLarge { asked } => {
                write!(
                    f,
                    "the leeway is {} s, at most {} s are allowed",
                    asked.as_secs_f64(),
                    MAX_LEEWAY.as_secs()
                )
            }
            Self::ZeroLifetime => f.write_str(
                "largest_lifetime is zero, which refuses every token: set more than zero",
            ),
            Self::NoAlgorithms => f.write_str(
                "the list of algorithms is empty, which refuses every token: set at least one",
            ),
            Self::InvalidScope => f.write_str(
                "the required scope is not a scope token of RFC 6749: \
                 use printable ASCII without space, quote and backslash",
            ),
            Self::InvalidRealm => f.write_str(
                "the realm is empty or has a character that is not allowed: \
                 use printable ASCII without quote and backslash",
            ),
        }
    }
}

impl std::error::Error for ConfigError {}
