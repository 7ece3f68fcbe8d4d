//! From `Authorization` fields to the token's text, with nothing of HTTP but bytes.
//!
//! Lives here: RFC 6750, section 2.1, and telling a session token by its shape. Does not live here: verification.
//! Invariant: a token comes from exactly one `Authorization: Bearer` field or not at all.

use std::fmt;

/// Takes the bearer token out of the values of all `Authorization` fields of one request.
///
/// ```
/// use better_auth_verifier::{CredentialError, bearer_token};
///
/// assert_eq!(bearer_token([b"Bearer aaa.bbb.ccc".as_slice()]), Ok("aaa.bbb.ccc"));
/// assert_eq!(bearer_token([]), Err(CredentialError::Missing));
/// ```
///
/// # Errors
/// There is no credential, more than one, one of another scheme, or no token in it.
pub fn bearer_token<'a>(
    values: impl IntoIterator<Item = &'a [u8]>,
) -> Result<&'a str, CredentialError> {
    let mut values = values.into_iter();
    let value = values.next().ok_or(CredentialError::Missing)?;
    if values.next().is_some() {
        return Err(CredentialError::Multiple);
    }
    let scheme_end = value
        .iter()
        .position(|byte| *byte == b' ')
        .unwrap_or(value.len());
    let (scheme, rest) = value.split_at(scheme_end);
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Err(CredentialError::OtherScheme);
    }
    let token = rest
        .get(rest.iter().take_while(|byte| **byte == b' ').count()..)
        .unwrap_or_default();
    if token.is_empty() {
        return Err(CredentialError::Empty);
    }
    if looks_like_session_token(token) {
        return Err(CredentialError::SessionToken);
    }
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if !token.iter().all(allowed) {
        return Err(CredentialError::InvalidCharacter);
    }
    std::str::from_utf8(token).map_err(|_| CredentialError::InvalidCharacter)
}

/// Why the request carries no token to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialError {
    /// No `Authorization` field.
    Missing,
    /// More than one: which of them counts would be a guess.
    Multiple,
    /// A scheme other than `Bearer`.
    OtherScheme,
    /// `Bearer` and nothing after it.
    Empty,
    /// A byte that no JWT has.
    InvalidCharacter,
    /// A Better Auth session token.
    SessionToken,
}

impl CredentialError {
    /// A name out of a closed set, for metrics and logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "no_credentials",
            Self::Multiple => "multiple_credentials",
            Self::OtherScheme => "other_scheme",
            Self::Empty => "empty_token",
            Self::InvalidCharacter => "invalid_character",
            Self::SessionToken => "session_token",
        }
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the request has no Authorization field",
            Self::Multiple => "the request has more than one Authorization field",
            Self::OtherScheme => "the Authorization scheme is not Bearer",
            Self::Empty => "the bearer token is empty",
            Self::InvalidCharacter => "the bearer token has a character that no JWT has",
            Self::SessionToken => {
                "this is a Better Auth session token, not a JWT: send the value of GET /api/auth/token"
            }
        })
    }
}

impl std::error::Error for CredentialError {}

/// Length of the random part of a Better Auth session token.
const SESSION_TOKEN_BYTES: usize = 32;

/// Better Auth's session token: 32 letters and digits, alone or followed by a dot and a signature, the cookie's
/// percent-encoded spelling included. Judged by shape alone, which is the client's own input.
pub(crate) fn looks_like_session_token(token: &[u8]) -> bool {
    let Some((random, rest)) = token.split_at_checked(SESSION_TOKEN_BYTES) else {
        return false;
    };
    if !random.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let signature = match rest {
        [] => return true,
        [b'.', signature @ ..] => signature,
        [b'%', b'2', b'E' | b'e', signature @ ..] => signature,
        _ => return false,
    };
    // Anything with a further dot may be a JWT whose header happens to be short.
    !signature.is_empty() && !signature.contains(&b'.')
}
