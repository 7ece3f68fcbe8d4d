//! The response to a client whose request is not authenticated.
//!
//! Invariants: no response contains a part of the token; no response tells which check failed, except expiry and scope,
//! which are checked after the signature.

use std::sync::Arc;

use crate::bearer::CredentialError;
use crate::error::VerifyError;

/// The response to a client whose request is not authenticated (RFC 6750, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Challenge {
    /// 401: the request has no bearer token.
    Missing,
    /// 401: the token is not valid.
    Invalid,
    /// 401: the token is valid but expired.
    Expired,
    /// 401: the request has a Better Auth session token instead of a JWT.
    SessionToken,
    /// 400: the request has more than one `Authorization` field.
    MultipleCredentials,
    /// 403: the token is valid but does not have this scope.
    InsufficientScope(Arc<str>),
    /// 503: there are no keys to verify with.
    Unavailable {
        /// The value of `Retry-After` in seconds, rounded up, at least 1.
        retry_after: u64,
    },
}

impl Challenge {
    /// Returns the HTTP status code.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Missing | Self::Invalid | Self::Expired | Self::SessionToken => 401,
            Self::MultipleCredentials => 400,
            Self::InsufficientScope(_) => 403,
            Self::Unavailable { .. } => 503,
        }
    }

    /// Returns a stable identifier for clients.
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

    /// Returns a fixed description for people.
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

    /// Returns the value of `WWW-Authenticate`. `None` for [`Challenge::Unavailable`].
    ///
    /// `realm` is not escaped. Use [`Verifier::realm`](crate::Verifier::realm), which is validated.
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

    /// Returns the value of `Retry-After` in seconds. `None` except for [`Challenge::Unavailable`].
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
            // RFC 6750, section 3.1: no `error` for an unsupported authentication method.
            CredentialError::Missing | CredentialError::OtherScheme => Self::Missing,
            CredentialError::Multiple => Self::MultipleCredentials,
            CredentialError::SessionToken => Self::SessionToken,
            CredentialError::Empty | CredentialError::InvalidCharacter => Self::Invalid,
        }
    }
}
