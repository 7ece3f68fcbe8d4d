//! Decodes tokens without verifying them, to explain why one is refused.
//!
//! Invariant: nothing here is a proof. No function of this crate takes an [`UnverifiedToken`], and it cannot be converted into
//! a verified token.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::VerifyError;
use crate::json::NameSeed;
use crate::jws::Compact;
use crate::limits::MAX_HEADER_BYTES;

/// Decodes the header and the claims of a token **without verifying anything**, for tools that explain a token to an
/// operator.
///
/// Everybody can write such a token. Never use the result to decide who may do something: use
/// [`Verifier::verify`](crate::Verifier::verify).
///
/// ```
/// use better_auth_verifier::decode_unverified;
///
/// let token = decode_unverified("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl")?;
/// assert_eq!(token.claims(), Some([("sub".to_owned(), r#""alice""#.to_owned())].as_slice()));
/// # Ok::<(), better_auth_verifier::VerifyError>(())
/// ```
///
/// # Errors
/// The text is too long, is a session token, or does not have three segments. A segment that cannot be decoded is no error.
pub fn decode_unverified(token: &str) -> Result<UnverifiedToken, VerifyError> {
    let compact = Compact::split(token)?;
    let mut buffer = [0; MAX_HEADER_BYTES];
    let header = compact.header_text(&mut buffer).ok().and_then(members);
    let claims = compact.with_payload(|payload| Ok(members(payload)));
    Ok(UnverifiedToken {
        header,
        claims: claims.ok().flatten(),
    })
}

/// The content of a token that nobody has verified. Returned by [`decode_unverified`].
///
/// The text is untrusted and not escaped: it may have control characters and characters that change the direction of text.
/// Escape it before it is printed.
#[derive(Clone)]
pub struct UnverifiedToken {
    header: Option<Vec<(String, String)>>,
    claims: Option<Vec<(String, String)>>,
}

impl UnverifiedToken {
    /// Returns the members of the header in their order, with repeated ones: the name, unescaped, and the value as JSON. `None`
    /// if the header is not base64url of a JSON object, or longer than 1,024 bytes.
    #[must_use]
    pub fn header(&self) -> Option<&[(String, String)]> {
        self.header.as_deref()
    }

    /// Returns the claims as [`UnverifiedToken::header`] does. `None` if the payload is not base64url of a JSON object.
    #[must_use]
    pub fn claims(&self) -> Option<&[(String, String)]> {
        self.claims.as_deref()
    }
}

/// Omits the content, which is personal data and not escaped.
impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken").finish_non_exhaustive()
    }
}

fn members(json: &[u8]) -> Option<Vec<(String, String)>> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let members = reader.deserialize_map(MembersVisitor).ok()?;
    reader.end().ok()?;
    Some(members)
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key_seed(NameSeed)? {
            let value: &RawValue = map.next_value()?;
            members.push((Cow::into_owned(name), value.get().to_owned()));
        }
        Ok(members)
    }
}
