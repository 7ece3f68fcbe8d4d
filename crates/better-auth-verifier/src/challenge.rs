//! What went wrong, for the client: a closed list of fixed answers.
//!
//! Lives here: status, code, text and `WWW-Authenticate` of every refusal. Does not live here: the exact reason
//! (`error`), which is for logs. Invariant: nothing of the token is repeated; which check failed cannot be told, but
//! for expiry, which is only ever found after the signature.

use std::sync::Arc;

use crate::bearer::CredentialError;
use crate::error::VerifyError;

/// The outside of a refusal: RFC 6750, section 3.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Challenge {
    /// 401: no credentials were sent.
    Missing,
    /// 401: the token is not accepted.
    Invalid,
    /// 401: the token was good and has expired.
    Expired,
    /// 401: a session token was sent in place of a JWT.
    SessionToken,
    /// 400: several credentials were sent.
    MultipleCredentials,
    /// 403: the token is good and lacks this scope.
    InsufficientScope(Arc<str>),
    /// 503: there are no keys to check with.
    Unavailable {
        /// For `Retry-After`, in whole seconds, at least one.
        retry_after: u64,
    },
}

impl Challenge {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Missing | Self::Invalid | Self::Expired | Self::SessionToken => 401,
            Self::MultipleCredentials => 400,
            Self::InsufficientScope(_) => 403,
            Self::Unavailable { .. } => 503,
        }
    }

    /// A stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing_token",
            Self::Invalid => "invalid_token",
            Self::Expired => "expired_token",
            Self::SessionToken => "session_token",
            Self::MultipleCredentials => "multiple_credentials",
            Self::InsufficientScope(_) => "insufficient_scope",
            Self::Unavailable { .. } => "keys_unavailable",
        }
    }

    /// A sentence for people, always the same one.
    #[must_use]
    pub const fn detail(&self) -> &'static str {
        match self {
            Self::Missing => "A bearer token is required.",
            Self::Invalid => "The bearer token is not valid here.",
            Self::Expired => "The bearer token has expired.",
            Self::SessionToken => {
                "This is a Better Auth session token. Send the JWT that GET /api/auth/token returns instead."
            }
            Self::MultipleCredentials => "The request has more than one Authorization field.",
            Self::InsufficientScope(_) => "The bearer token lacks the required scope.",
            Self::Unavailable { .. } => "Tokens cannot be verified at the moment.",
        }
    }

    /// The value of `WWW-Authenticate`, where one belongs.
    ///
    /// `realm` goes between quotes as it is: take [`Verifier::realm`](crate::Verifier::realm), which was checked.
    #[must_use]
    pub fn www_authenticate(&self, realm: &str) -> Option<String> {
        let error = match self {
            Self::Missing => return Some(format!("Bearer realm=\"{realm}\"")),
            Self::Invalid | Self::Expired | Self::SessionToken => "invalid_token",
            Self::MultipleCredentials => "invalid_request",
            Self::InsufficientScope(_) => "insufficient_scope",
            Self::Unavailable { .. } => return None,
        };
        let detail = self.detail();
        let mut value =
            format!("Bearer realm=\"{realm}\", error=\"{error}\", error_description=\"{detail}\"");
        if let Self::InsufficientScope(scope) = self {
            value.push_str(", scope=\"");
            value.push_str(scope);
            value.push('"');
        }
        Some(value)
    }

    /// The value of `Retry-After` in seconds, where one belongs.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Unavailable { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

impl From<&VerifyError> for Challenge {
    fn from(error: &VerifyError) -> Self {
        match error {
            VerifyError::Expired { .. } => Self::Expired,
            VerifyError::SessionToken => Self::SessionToken,
            VerifyError::InsufficientScope { required } => {
                Self::InsufficientScope(required.as_str().into())
            }
            VerifyError::NoKeys { retry_after } => {
                let round_up = u64::from(retry_after.subsec_nanos() > 0);
                Self::Unavailable {
                    retry_after: retry_after.as_secs().saturating_add(round_up).max(1),
                }
            }
            _ => Self::Invalid,
        }
    }
}

impl From<&CredentialError> for Challenge {
    fn from(error: &CredentialError) -> Self {
        match error {
            // RFC 6750, section 3.1: an unsupported method is no credential, so it gets no `error` either.
            CredentialError::Missing | CredentialError::OtherScheme => Self::Missing,
            CredentialError::Multiple => Self::MultipleCredentials,
            CredentialError::SessionToken => Self::SessionToken,
            CredentialError::Empty | CredentialError::InvalidCharacter => Self::Invalid,
        }
    }
}
