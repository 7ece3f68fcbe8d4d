//! Extracts the bearer token from `Authorization` fields (RFC 6750, section 2.1), without an HTTP library.

use std::fmt;

/// Extracts the bearer token from the values of all `Authorization` fields of one request (RFC 6750, section 2.1).
///
/// Does not verify the token.
///
/// ```
/// use better_auth_verifier::{CredentialError, bearer_token};
///
/// assert_eq!(bearer_token([b"Bearer aaa.bbb.ccc".as_slice()]), Ok("aaa.bbb.ccc"));
/// assert_eq!(bearer_token([]), Err(CredentialError::Missing));
/// ```
///
/// # Errors
/// There is not exactly one field, its scheme is not `Bearer`, or its token is empty, is a Better Auth session token or
/// contains a character that a JWT cannot contain.
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
    if !token.chunks(BLOCK_BYTES).all(is_jwt_text) {
        return Err(CredentialError::InvalidCharacter);
    }
    std::str::from_utf8(token).map_err(|_| CredentialError::InvalidCharacter)
}

const BLOCK_BYTES: usize = 32;

/// Whether `block` has only bytes of the base64url alphabet and dots. Without an early exit, so that the compiler can use
/// vector instructions.
fn is_jwt_text(block: &[u8]) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    block.iter().fold(true, |all, byte| all & allowed(*byte))
}

/// Why a request has no bearer token to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialError {
    /// The request has no `Authorization` field.
    Missing,
    /// The request has more than one `Authorization` field.
    Multiple,
    /// The scheme is not `Bearer`.
    OtherScheme,
    /// There is no token after `Bearer`.
    Empty,
    /// The token contains a byte outside the base64url alphabet and `.`.
    InvalidCharacter,
    /// The token is a Better Auth session token, not a JWT.
    SessionToken,
}

impl CredentialError {
    /// Returns a stable identifier for metrics and logs.
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
            Self::Missing => "the request has no Authorization field: send a bearer token",
            Self::Multiple => "the request has more than one Authorization field: send exactly one",
            Self::OtherScheme => "the Authorization scheme is not Bearer: send a bearer token",
            Self::Empty => "the bearer token is empty: send a JWT",
            Self::InvalidCharacter => {
                "the bearer token contains a character that a JWT cannot contain: send a JWT"
            }
            Self::SessionToken => {
                "this is a Better Auth session token, not a JWT: send the JWT from GET /api/auth/token"
            }
        })
    }
}

impl std::error::Error for CredentialError {}

/// Length of the random part.
const SESSION_TOKEN_BYTES: usize = 32;

/// Whether `token` has the format of a Better Auth session token: 32 letters and digits, optionally followed by a dot
/// and a signature, where the dot may be percent-encoded as in the cookie.
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
    // With another dot it may be a JWT whose header has 32 characters.
    !signature.is_empty() && !signature.contains(&b'.')
}
