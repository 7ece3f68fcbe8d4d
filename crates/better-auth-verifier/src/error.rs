//! What went wrong, for the operator.
//!
//! Lives here: the reasons a token is refused and the reasons a configuration is. Does not live here: what a client is
//! told (`challenge`). Invariant: no value here holds a token or a part of one beyond an escaped, cut excerpt of a
//! single name (`kid`, `alg`, `typ`, `iss`, `aud`).

use std::fmt;
use std::time::Duration;

use crate::Algorithm;

/// Why a token was not accepted.
///
/// `Display` is for logs: it says what was expected and what came. Send [`Challenge`](crate::Challenge) to clients.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// A Better Auth session token where its JWT belongs.
    SessionToken,
    /// Longer than 8,192 bytes.
    TooLong {
        /// How many bytes it has.
        length: usize,
    },
    /// Five segments, or `enc` or `zip` in the header.
    Encrypted,
    /// Not three segments of canonical base64url holding strict JSON objects.
    Malformed {
        /// Which part: `token`, `header`, `payload` or `signature`.
        part: &'static str,
        /// What about it.
        problem: &'static str,
    },
    /// A header member that we must understand and do not: `crit` or `b64`.
    UnsupportedHeader {
        /// Its name.
        member: &'static str,
    },
    /// Another kind of token by its `typ`.
    WrongType {
        /// What the token says, escaped and cut; `None` where one is required.
        got: Option<String>,
    },
    /// An `alg` that this verifier does not take.
    AlgorithmNotAllowed {
        /// What the token says, escaped and cut.
        got: String,
    },
    /// No `kid`, without which no key is chosen.
    NoKeyId,
    /// No key of this id in the key set.
    UnknownKey {
        /// The token's `kid`, escaped and cut.
        kid: String,
        /// How many keys there are.
        known: usize,
    },
    /// The key of this id is for another algorithm.
    KeyAlgorithmMismatch {
        /// The token's `kid`, escaped and cut.
        kid: String,
        /// What the key is for.
        key: Algorithm,
        /// What the token says.
        token: Algorithm,
    },
    /// The signature does not fit.
    BadSignature {
        /// Under which key, escaped and cut; `None` for the shared secret.
        kid: Option<String>,
    },
    /// A required claim is absent.
    MissingClaim {
        /// Its name.
        claim: &'static str,
    },
    /// A claim of the wrong type or out of bounds.
    InvalidClaim {
        /// Its name.
        claim: &'static str,
        /// What about it.
        problem: &'static str,
    },
    /// A claim that marks another kind of token under the same key.
    ForbiddenClaim {
        /// Its name.
        claim: &'static str,
    },
    /// Another issuer.
    WrongIssuer {
        /// What this verifier was told.
        expected: String,
        /// What the token says, escaped and cut.
        got: String,
    },
    /// Meant for somebody else.
    WrongAudience {
        /// What this verifier was told.
        expected: String,
        /// What the token says, escaped and cut; the first few where it names several.
        got: String,
    },
    /// Past its `exp` and the leeway.
    Expired {
        /// Its `exp`, in seconds since 1970.
        expired_at: u64,
        /// The clock's time, in seconds since 1970.
        now: u64,
    },
    /// Before its `nbf` or `iat`, less the leeway: somebody's clock is off.
    NotYetValid {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// Its value, in seconds since 1970.
        at: u64,
        /// The clock's time, in seconds since 1970.
        now: u64,
    },
    /// Valid for longer than the configured cap.
    LivesTooLong {
        /// Seconds until its `exp`.
        remaining: u64,
        /// The cap in seconds.
        cap: u64,
    },
    /// Lacks the configured scope.
    InsufficientScope {
        /// The scope.
        required: String,
    },
    /// There are no keys to check with: not the token's fault.
    NoKeys {
        /// When to try again.
        retry_after: Duration,
    },
}

impl VerifyError {
    /// A name out of a closed set, for metrics and logs.
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
            Self::WrongIssuer { .. } => "wrong_issuer",
            Self::WrongAudience { .. } => "wrong_audience",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::LivesTooLong { .. } => "lives_too_long",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::NoKeys { .. } => "no_keys",
        }
    }

    /// Whether another token would help: everything but [`VerifyError::NoKeys`].
    #[must_use]
    pub const fn is_client_fault(&self) -> bool {
        !matches!(self, Self::NoKeys { .. })
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SessionToken => {
                f.write_str("this is a Better Auth session token, not a JWT: send the value of GET /api/auth/token")
            }
            Self::TooLong { length } => write!(f, "the token has {length} bytes"),
            Self::Encrypted => f.write_str("the token is encrypted or compressed (JWE, `enc` or `zip`)"),
            Self::Malformed { part, problem } => write!(f, "the {part} {problem}"),
            Self::UnsupportedHeader { member } => write!(f, "the header has `{member}`"),
            Self::WrongType { got: Some(got) } => write!(f, "the header says `typ` \"{got}\": another kind of token"),
            Self::WrongType { got: None } => f.write_str("the header has no `typ`"),
            Self::AlgorithmNotAllowed { got } => write!(f, "the algorithm \"{got}\" is not allowed here"),
            Self::NoKeyId => f.write_str("the header has no `kid`"),
            Self::UnknownKey { kid, known } => write!(f, "no key \"{kid}\" among the {known} known"),
            Self::KeyAlgorithmMismatch { kid, key, token } => {
                write!(f, "the key \"{kid}\" is for {key}, the token says {token}")
            }
            Self::BadSignature { kid: Some(kid) } => write!(f, "the signature does not fit the key \"{kid}\""),
            Self::BadSignature { kid: None } => f.write_str("the signature does not fit the shared secret"),
            Self::MissingClaim { claim } => write!(f, "the claim `{claim}` is missing"),
            Self::InvalidClaim { claim, problem } => write!(f, "the claim `{claim}` {problem}"),
            Self::ForbiddenClaim { claim } => write!(f, "the claim `{claim}` marks another kind of token"),
            Self::WrongIssuer { expected, got } => write!(f, "the issuer is \"{got}\", expected \"{expected}\""),
            Self::WrongAudience { expected, got } => write!(f, "the audience is \"{got}\", expected \"{expected}\""),
            Self::Expired { expired_at, now } => write!(f, "expired at {expired_at}, it is {now}"),
            Self::NotYetValid { claim, at, now } => write!(f, "`{claim}` is {at}, it is only {now}"),
            Self::LivesTooLong { remaining, cap } => {
                write!(f, "valid for another {remaining} s, more than the {cap} s allowed")
            }
            Self::InsufficientScope { required } => write!(f, "the scope \"{required}\" is missing"),
            Self::NoKeys { retry_after } => {
                write!(f, "no keys to verify with, next attempt to fetch them in {} s", retry_after.as_secs())
            }
        }
    }
}

impl std::error::Error for VerifyError {}

/// Why a verifier cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// An empty expected issuer.
    EmptyIssuer,
    /// An empty expected audience.
    EmptyAudience,
    /// More leeway than 30 seconds.
    LeewayTooLarge {
        /// What was asked for.
        asked: Duration,
    },
    /// A cap of zero on the life of tokens refuses every token.
    ZeroLifetime,
    /// An empty list of algorithms refuses every token.
    NoAlgorithms,
    /// Not one scope of RFC 6749 (printable ASCII without space, quote and backslash).
    InvalidScope,
    /// Not a text that fits between the quotes of `realm`.
    InvalidRealm,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyIssuer => f.write_str("the expected issuer is empty"),
            Self::EmptyAudience => f.write_str("the expected audience is empty"),
            Self::LeewayTooLarge { asked } => {
                write!(
                    f,
                    "a leeway of {} s is too much, at most 30 s are allowed",
                    asked.as_secs_f64()
                )
            }
            Self::ZeroLifetime => f.write_str("a largest lifetime of zero refuses every token"),
            Self::NoAlgorithms => f.write_str("an empty list of algorithms refuses every token"),
            Self::InvalidScope => f.write_str("the required scope is not one scope of RFC 6749"),
            Self::InvalidRealm => f.write_str(
                "the realm has to be printable ASCII without quotes and backslashes, and not empty",
            ),
        }
    }
}

impl std::error::Error for ConfigError {}
