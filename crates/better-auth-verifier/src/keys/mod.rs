//! Key sets (JWKS, RFC 7517).
//!
//! Invariant: a set has at most one key per `kid`, and each key is bound to one algorithm.

mod jwk;
mod public_key;
mod skip_reason;
mod small_order;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::algorithm::RsaAlgorithm;
use crate::excerpt::excerpt;
use crate::json::NameSeed;
use crate::limits::{MAX_JWKS_BYTES, MAX_JWKS_KEYS};

pub(crate) use public_key::PublicKey;
pub use skip_reason::SkipReason;

/// The usable keys of a JWKS document (RFC 7517), and the reason for each entry that is not used.
///
/// Clones share their content.
///
/// ```
/// use better_auth_verifier::KeySet;
///
/// let document = br#"{"keys":[
///   {"alg":"EdDSA","crv":"Ed25519","kty":"OKP","kid":"1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///   {"kty":"oct","k":"c2VjcmV0","kid":"2"}]}"#;
/// let keys = KeySet::from_jwks(document)?;
/// assert_eq!(keys.len(), 1);
/// assert_eq!(keys.skipped()[0].reason().code(), "symmetric_or_private");
/// # Ok::<(), better_auth_verifier::KeySetError>(())
/// ```
#[derive(Clone, Default)]
pub struct KeySet {
    content: Arc<Content>,
}

#[derive(Default)]
struct Content {
    keys: Vec<NamedKey>,
    skipped: Vec<SkippedKey>,
}

struct NamedKey {
    id: Box<str>,
    key: PublicKey,
}

impl KeySet {
    /// Parses a JWKS document. Entries that cannot be used are listed in [`KeySet::skipped`]. RSA keys without `alg` are
    /// skipped.
    ///
    /// # Errors
    /// The document is not a JWKS, is larger than 64 KiB or has more than 32 entries.
    pub fn from_jwks(document: impl AsRef<[u8]>) -> Result<Self, KeySetError> {
        Self::read(document.as_ref(), None)
    }

    /// Parses a JWKS document as [`KeySet::from_jwks`] does, with `rsa` as the algorithm of RSA keys without `alg`.
    ///
    /// # Errors
    /// As [`KeySet::from_jwks`].
    pub fn from_jwks_with_rsa(
        document: impl AsRef<[u8]>,
        rsa: RsaAlgorithm,
    ) -> Result<Self, KeySetError> {
        Self::read(document.as_ref(), Some(rsa))
    }

    pub(crate) fn read(document: &[u8], rsa: Option<RsaAlgorithm>) -> Result<Self, KeySetError> {
        if document.len() > MAX_JWKS_BYTES {
            return Err(KeySetError::TooLarge {
                limit: MAX_JWKS_BYTES,
            });
        }
        let entries = raw_entries(document)?;
        if entries.len() > MAX_JWKS_KEYS {
            return Err(KeySetError::TooManyKeys {
                limit: MAX_JWKS_KEYS,
            });
        }
        let parsed: Vec<jwk::Entry> = entries
            .iter()
            .map(|entry| jwk::parse(entry.get(), rsa))
            .collect();
        let ids: Vec<Option<String>> = parsed.iter().map(|entry| entry.id.clone()).collect();
        let mut content = Content::default();
        for entry in parsed {
            let is_duplicate =
                entry.id.is_some() && ids.iter().filter(|id| **id == entry.id).count() > 1;
            match (entry.key, entry.id) {
                (Ok(key), Some(id)) if !is_duplicate => {
                    content.keys.push(NamedKey { id: id.into(), key })
                }
                (Ok(_), id) => content.skip(id.as_deref(), SkipReason::DuplicateKeyId),
                (Err(reason), id) => content.skip(id.as_deref(), reason),
            }
        }
        Ok(Self {
            content: Arc::new(content),
        })
    }

    /// Returns the number of usable keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.content.keys.len()
    }

    /// Returns whether the set has no usable keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.content.keys.is_empty()
    }

    /// Returns the ids of the usable keys. They are untrusted: escape them in logs.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.content.keys.iter().map(|named| &*named.id)
    }

    /// Returns the entries that are not used, in document order.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.content.skipped
    }

    /// Compares ids and keys, ignoring the order.
    #[cfg(feature = "fetch")]
    pub(crate) fn has_same_keys(&self, other: &Self) -> bool {
        let is_in_other = |named: &NamedKey| {
            other
                .find(&named.id)
                .is_some_and(|key| key.is_same_as(&named.key))
        };
        self.len() == other.len() && self.content.keys.iter().all(is_in_other)
    }

    pub(crate) fn find(&self, id: &str) -> Option<&PublicKey> {
        self.content
            .keys
            .iter()
            .find(|named| &*named.id == id)
            .map(|named| &named.key)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("keys", &self.key_ids().map(excerpt).collect::<Vec<_>>())
            .field("skipped", &self.content.skipped)
            .finish()
    }
}

impl Content {
    fn skip(&mut self, id: Option<&str>, reason: SkipReason) {
        let id = id.map(excerpt);
        if reason == SkipReason::SymmetricOrPrivate {
            tracing::error!(
                kid = id.as_deref(),
                "the key set contains a symmetric or private key, which is not used; replace this key, because its secret is published"
            );
        }
        self.skipped.push(SkippedKey { id, reason });
    }
}

/// An entry of a key set that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    id: Option<String>,
    reason: SkipReason,
}

impl SkippedKey {
    /// Returns the `kid`, escaped and truncated to 64 characters. `None` if it is missing or invalid.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Returns why the entry is not used.
    #[must_use]
    pub fn reason(&self) -> SkipReason {
        self.reason
    }
}

/// Why a document is not accepted as key set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySetError {
    /// The document is larger than 64 KiB.
    TooLarge {
        /// The maximum in bytes.
        limit: usize,
    },
    /// The document has more than 32 entries.
    TooManyKeys {
        /// The maximum number of entries.
        limit: usize,
    },
    /// The document is not a JSON object with one `keys` array.
    NotAKeySet,
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => write!(
                f,
                "the key set is larger than {limit} bytes, which is the maximum"
            ),
            Self::TooManyKeys { limit } => write!(
                f,
                "the key set has more than {limit} entries, which is the maximum"
            ),
            Self::NotAKeySet => f.write_str(
                "the document is not a key set: expected a JSON object with one `keys` array",
            ),
        }
    }
}

impl std::error::Error for KeySetError {}

/// Returns the entries unparsed, so that an invalid entry does not affect the others.
fn raw_entries(document: &[u8]) -> Result<Vec<&RawValue>, KeySetError> {
    let mut reader = serde_json::Deserializer::from_slice(document);
    let entries = reader
        .deserialize_map(DocumentVisitor)
        .map_err(|_| KeySetError::NotAKeySet)?;
    reader.end().map_err(|_| KeySetError::NotAKeySet)?;
    Ok(entries)
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JWKS document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = None;
        let mut names: Vec<Cow<'de, str>> = Vec::new();
        while let Some(name) = map.next_key_seed(NameSeed)? {
            if names.contains(&name) || names.len() >= MAX_JWKS_KEYS {
                return Err(de::Error::custom("duplicate member, or too many members"));
            }
            if name == "keys" {
                entries = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            names.push(name);
        }
        entries.ok_or_else(|| de::Error::missing_field("keys"))
    }
}
