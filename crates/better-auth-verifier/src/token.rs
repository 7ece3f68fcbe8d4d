//! The proofs.
//!
//! Lives here: the two types that say "this was verified", and reading from them. Does not live here: verifying
//! (`verifier`), the only caller of the constructors. Invariant: private fields, no `Default`, no deserialization, no
//! public constructor, so holding one means that a verifier made it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use memchr::memchr_iter;

use crate::claims::{Checked, Times, whole};
use crate::json::Object;

/// Proof that Better Auth issued a JWT for a signed-in user and that it is in force.
///
/// Only a [`Verifier`](crate::Verifier) makes one. Identity is [`VerifiedToken::subject`] and nothing else: e-mail
/// addresses change hands. Cheap to clone.
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

    /// The user: `sub`, byte for byte.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.content.subject.read(&self.content.json)
    }

    /// Who issued the token: `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.content.issuer.read(&self.content.json)
    }

    /// When the token ends, in seconds since 1970; a fraction is cut off.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        whole(self.content.times.expires_at)
    }

    /// When it was issued, in seconds since 1970, if it says so.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        self.content.times.issued_at.map(whole)
    }

    /// Another claim that is text, such as `email` or `name`. Claims about the user, as fresh as the token is old.
    #[must_use]
    pub fn claim_str(&self, name: &str) -> Option<&str> {
        self.content.claim(name)
    }

    /// The whole payload as JSON, for claims that are not text. It was read strictly: no member comes twice.
    #[must_use]
    pub fn claims_json(&self) -> &str {
        &self.content.json
    }
}

/// Shows who, never what: claims are personal data.
impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

/// Proof that an OAuth 2 access token (RFC 9068, `at+jwt`) for a user is in force.
///
/// A type of its own: a handler that wants a signed-in user cannot be handed what a third-party client holds.
#[derive(Clone)]
pub struct VerifiedAccessToken {
    content: Arc<Content>,
}

impl VerifiedAccessToken {
    pub(crate) fn mint(content: Arc<Content>) -> Self {
        Self { content }
    }

    /// The user: `sub`, byte for byte.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.content.subject.read(&self.content.json)
    }

    /// Who issued the token: `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.content.issuer.read(&self.content.json)
    }

    /// The client that acts for the user: `client_id`.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.content.claim("client_id").unwrap_or_default()
    }

    /// What the user granted the client.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.content
            .claim("scope")
            .unwrap_or_default()
            .split(' ')
            .filter(|scope| !scope.is_empty())
    }

    /// When the token ends, in seconds since 1970; a fraction is cut off.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        whole(self.content.times.expires_at)
    }

    /// Another claim that is text.
    #[must_use]
    pub fn claim_str(&self, name: &str) -> Option<&str> {
        self.content.claim(name)
    }

    /// The whole payload as JSON.
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

/// A verified payload and where its texts are.
pub(crate) struct Content {
    json: Box<str>,
    subject: Text,
    issuer: Text,
    times: Times,
    /// Names and texts of the members that are text; looked for when somebody first asks for one.
    texts: OnceLock<Vec<(Text, Text)>>,
}

/// A text of the payload: as it stands there, or apart where it had escapes.
enum Text {
    Within { start: usize, end: usize },
    Apart(Box<str>),
}

impl Content {
    /// `checked` has to be of this text.
    pub(crate) fn new(json: &str, checked: &Checked<'_>) -> Self {
        Self {
            json: json.into(),
            subject: Text::locate(json, checked.subject),
            issuer: Text::locate(json, checked.issuer),
            times: checked.times,
            texts: OnceLock::new(),
        }
    }

    pub(crate) fn times(&self) -> &Times {
        &self.times
    }

    /// What it costs to keep at most, for the cache's bound.
    pub(crate) fn bytes(&self) -> usize {
        // A member that is text has four quotes.
        let most_texts = memchr_iter(b'"', self.json.as_bytes()).count() / 4;
        size_of::<Self>() + self.json.len() + most_texts * size_of::<(Text, Text)>()
    }

    fn claim(&self, name: &str) -> Option<&str> {
        let texts = self.texts.get_or_init(|| {
            // It was read before, so it can be read again.
            let claims = Object::parse(&self.json).unwrap_or_default();
            let locate = |text: &str| Text::locate(&self.json, text);
            claims
                .strings()
                .map(|(name, text)| (locate(name), locate(text)))
                .collect()
        });
        texts
            .iter()
            .find(|(member, _)| member.read(&self.json) == name)
            .map(|(_, text)| text.read(&self.json))
    }
}

impl Text {
    /// A text whose bytes are among those of `json` is that part of it.
    fn locate(json: &str, text: &str) -> Self {
        let start = text.as_ptr().addr().wrapping_sub(json.as_ptr().addr());
        match start.checked_add(text.len()) {
            Some(end) if end <= json.len() => Self::Within { start, end },
            _ => Self::Apart(text.into()),
        }
    }

    fn read<'j>(&'j self, json: &'j str) -> &'j str {
        match self {
            Self::Within { start, end } => json.get(*start..*end).unwrap_or_default(),
            Self::Apart(text) => text,
        }
    }
}
