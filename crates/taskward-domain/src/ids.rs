//! Identifiers of users and records.
//!
//! Invariant: one value has one spelling, so comparing bytes compares ids (SEC-53, SEC-54).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use uuid::Uuid;

/// The owner of records: the `sub` of a verified token, opaque text of 1 to 255 bytes, compared byte for byte.
///
/// A `UserId` proves nothing about the caller; a `Grant` does.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserId(Arc<str>);

/// The text is not a user id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a user id has 1 to 255 bytes and no control characters")]
pub struct InvalidUserId;

impl UserId {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if (1..=255).contains(&text.len()) && !text.chars().any(char::is_control) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidUserId)
        }
    }
}

impl fmt::Debug for UserId {
    /// Omits the id: a `sub` may be an e-mail address (SEC-90).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserId(..)")
    }
}

/// A record's id: a UUID of version 7 (RFC 9562), so ids sort by creation time.
///
/// Unique within one user and kind only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Uuid);

impl Id {
    /// The id of a record of which each user has one, and of nothing that a client can name.
    pub const NIL: Self = Self(Uuid::nil());

    /// Accepts a UUID of version 7 and of the RFC 9562 variant.
    #[must_use]
    pub fn from_uuid(uuid: Uuid) -> Option<Self> {
        let is_v7 = uuid.get_version_num() == 7 && uuid.get_variant() == uuid::Variant::RFC4122;
        is_v7.then_some(Self(uuid))
    }

    /// Reads the canonical spelling: 36 characters, lower case, hyphens. Any other spelling is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = Uuid::try_parse(text).ok()?;
        let mut canonical = Uuid::encode_buffer();
        let is_canonical = uuid.hyphenated().encode_lower(&mut canonical) == text;
        if is_canonical {
            Self::from_uuid(uuid)
        } else {
            None
        }
    }

    #[must_use]
    pub fn as_uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANONICAL: &str = "0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f";

    #[test]
    fn sec_54_a_record_id_has_one_spelling() {
        assert_eq!(Id::parse(CANONICAL).unwrap().to_string(), CANONICAL);
        for other in [
            CANONICAL.to_uppercase(),
            CANONICAL.replace('-', ""),
            format!("{{{CANONICAL}}}"),
            format!("urn:uuid:{CANONICAL}"),
            format!(" {CANONICAL}"),
            CANONICAL.replacen("-7b21", "-4b21", 1),
            CANONICAL.replacen("-9e4f", "-ce4f", 1),
            String::new(),
        ] {
            assert_eq!(Id::parse(&other), None, "{other:?}");
        }
    }

    #[test]
    fn a_user_id_is_opaque_but_bounded() {
        for accepted in [
            "u",
            "a@b.example",
            "me",
            "../x",
            "é",
            "a/b|c d",
            &"x".repeat(255),
        ] {
            assert_eq!(accepted.parse::<UserId>().unwrap().as_str(), accepted);
        }
        for refused in ["", "a\0b", "a\nb", &"x".repeat(256)] {
            assert!(refused.parse::<UserId>().is_err(), "{refused:?}");
        }
    }
}
