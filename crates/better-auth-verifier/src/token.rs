//! The types of verified tokens.
//!
//! Invariant: they have private fields and no public constructor, `Default`, `From` or `Deserialize`, so that a value
//! exists only after a successful verification.

use std::fmt;
use std::sync::{Arc, OnceLock};

use memchr::memchr_iter;

use crate::claims::{CheckedClaims, Times, whole_seconds};
use crate::json::Object;

/// A verified JWT that Better Auth issued for a signed-in user.
///
/// Public, but only a [`Verifier`](crate::Verifier) can construct it. The token was valid when it was verified; it can
/// have expired since. Identify users by [`VerifiedToken::subject`], not by e-mail address, which can change. Clones
/// share their content.
///
/// ```compile_fail
/// let forged = better_auth_verifier::VerifiedToken { content: todo!() };
/// ```
#[derive(Clone)]
pub struct VerifiedToken {
    content: Arc<Content>,
}

impl VerifiedToken {
    pub(crate) fn mint(content: Arc<Content>) -> Self {
        Self { content }
    }

    /// Returns the user id, the `sub` claim. It has 1 to 255 bytes and no control characters.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.content.subject.read(&self.content.json)
    }

    /// Returns the issuer, the `iss` claim. Empty if the token has none, which only
    /// [`VerifierBuilder::allow_missing_issuer`](crate::VerifierBuilder::allow_missing_issuer) accepts.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.content.issuer.read(&self.content.json)
    }

    /// Returns the expiry, the `exp` claim, in seconds since the Unix epoch. A fraction is truncated.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        whole_seconds(self.content.times.expires_at)
    }

    /// Returns the time of issue, the `iat` claim, in seconds since the Unix epoch. A fraction is truncated. `None` if
    /// the token has no `iat`.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        self.content.times.issued_at.map(whole_seconds)
    }

    /// Returns a claim that is a string, such as `email` or `name`. `None` if it is missing or has another type.
    ///
    /// The value is that of the time of issue.
    #[must_use]
    pub fn claim_str(&self, name: &str) -> Option<&str> {
        self.content.claim(name)
    }

    /// Returns the payload as received, a JSON object. No object in it has duplicate members.
    #[must_use]
    pub fn claims_json(&self) -> &str {
        &self.content.json
    }
}

/// Omits the claims, which are personal data.
impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// A verified OAuth 2 access token (RFC 9068, `at+jwt`) that a client uses on behalf of a user.
///
/// Public, but only an [`AccessTokenVerifier`](crate::AccessTokenVerifier) can construct it. It is a separate type, so
/// that a handler for signed-in users cannot be called with the token of a third-party client. Clones share their
/// content.
#[derive(Clone)]
pub struct VerifiedAccessToken {
    content: Arc<Content>,
}

impl VerifiedAccessToken {
    pub(crate) fn mint(content: Arc<Content>) -> Self {
        Self { content }
    }

    /// Returns the user id, the `sub` claim. It has 1 to 255 bytes and no control characters.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.content.subject.read(&self.content.json)
    }

    /// Returns the issuer, the `iss` claim.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.content.issuer.read(&self.content.json)
    }

    /// Returns the client that acts on behalf of the user, the `client_id` claim.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.content.claim("client_id").unwrap_or_default()
    }

    /// Returns the scopes that the user granted, from the `scope` claim. Empty without the claim.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.content
            .claim("scope")
            .unwrap_or_default()
            .split(' ')
            .filter(|scope| !scope.is_empty())
    }

    /// Returns the expiry, the `exp` claim, in seconds since the Unix epoch. A fraction is truncated.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        whole_seconds(self.content.times.expires_at)
    }

    /// Returns a claim that is a string. `None` if it is missing or has another type.
    #[must_use]
    pub fn claim_str(&self, name: &str) -> Option<&str> {
        self.content.claim(name)
    }

    /// Returns the payload as received, a JSON object. No object in it has duplicate members.
    #[must_use]
    pub fn claims_json(&self) -> &str {
        &self.content.json
    }
}

impl fmt::Debug for VerifiedAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedAccessToken")
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// A verified payload.
pub(crate) struct Content {
    json: Box<str>,
    subject: Text,
    issuer: Text,
    times: Times,
    /// Names and values of the string claims. Parsed at the first call of [`Content::claim`].
    strings: OnceLock<Vec<(Text, Text)>>,
}

/// A string of the payload: a byte range of it, or a copy if the string has escapes.
enum Text {
    Range { start: usize, end: usize },
    Owned(Box<str>),
}

impl Content {
    /// `checked` must come from `json`.
    pub(crate) fn new(json: &str, checked: &CheckedClaims<'_>) -> Self {
        Self {
            json: json.into(),
            subject: Text::locate(json, checked.subject),
            issuer: Text::locate(json, checked.issuer),
            times: checked.times,
            strings: OnceLock::new(),
        }
    }

    pub(crate) fn times(&self) -> &Times {
        &self.times
    }

    /// Upper bound of the memory used, for the weight in the token cache.
    pub(crate) fn bytes(&self) -> usize {
        // A string claim has at least four quotes.
        let max_strings = memchr_iter(b'"', self.json.as_bytes()).count() / 4;
        size_of::<Self>() + self.json.len() + max_strings * size_of::<(Text, Text)>()
    }

    fn claim(&self, name: &str) -> Option<&str> {
        let strings = self.strings.get_or_init(|| {
            // Infallible: the payload was parsed before.
            let claims = Object::parse(&self.json).unwrap_or_default();
            let locate = |text: &str| Text::locate(&self.json, text);
            claims
                .strings()
                .map(|(name, text)| (locate(name), locate(text)))
                .collect()
        });
        strings
            .iter()
            .find(|(member, _)| member.read(&self.json) == name)
            .map(|(_, text)| text.read(&self.json))
    }
}

impl Text {
    /// Returns a range if `text` is a slice of `json`.
    fn locate(json: &str, text: &str) -> Self {
        let start = text.as_ptr().addr().wrapping_sub(json.as_ptr().addr());
        match start.checked_add(text.len()) {
            Some(end) if end <= json.len() => Self::Range { start, end },
            _ => Self::Owned(text.into()),
        }
    }

    fn read<'j>(&'j self, json: &'j str) -> &'j str {
        match self {
            Self::Range { start, end } => json.get(*start..*end).unwrap_or_default(),
            Self::Owned(text) => text,
        }
    }
}
