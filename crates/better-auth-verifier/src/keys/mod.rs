//! Public keys and sets of them.
//!
//! Lives here: a parsed key set, what was skipped in it and why. Does not live here: where a set comes from (`source`,
//! `fetch`) or how long it is good for (`cache`). Invariant: at most one key per `kid`, each for exactly one algorithm.

mod jwk;
mod public_key;
mod small_order;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::algorithm::RsaAlgorithm;
use crate::excerpt::excerpt;
use crate::json::NameSeed;
use crate::limits::{JWKS_BYTES, JWKS_KEYS};

pub(crate) use public_key::PublicKey;

/// The usable keys of one key set document, and a note on each entry that could not be used.
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
///
/// Cheap to clone.
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
    /// Reads a JWKS document. Entries that must not or cannot be used are skipped and listed, never fatal.
    ///
    /// # Errors
    /// The document as a whole is refused when it is no JWKS, larger than 64 KiB or has more than 32 entries.
    pub fn from_jwks(document: impl AsRef<[u8]>) -> Result<Self, KeySetError> {
        Self::read(document.as_ref(), None)
    }

    /// The same, where RSA keys that do not name their algorithm are for this one. Without it they are skipped.
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
        if document.len() > JWKS_BYTES {
            return Err(KeySetError::TooLarge { limit: JWKS_BYTES });
        }
        let entries = entries_of(document)?;
        if entries.len() > JWKS_KEYS {
            return Err(KeySetError::TooManyKeys { limit: JWKS_KEYS });
        }
        let read: Vec<jwk::Entry> = entries
            .iter()
            .map(|entry| jwk::read(entry.get(), rsa))
            .collect();
        let ids: Vec<Option<String>> = read.iter().map(|entry| entry.id.clone()).collect();
        let mut content = Content::default();
        for entry in read {
            let twice = entry.id.is_some() && ids.iter().filter(|id| **id == entry.id).count() > 1;
            match (entry.key, entry.id) {
                (Ok(key), Some(id)) if !twice => content.keys.push(NamedKey { id: id.into(), key }),
                (Ok(_), id) => content.skip(id.as_deref(), SkipReason::DuplicateKeyId),
                (Err(reason), id) => content.skip(id.as_deref(), reason),
            }
        }
        Ok(Self {
            content: Arc::new(content),
        })
    }

    /// How many keys can verify.
    #[must_use]
    pub fn len(&self) -> usize {
        self.content.keys.len()
    }

    /// Whether no key can verify. A document with an empty `keys` array is valid and means just that.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.content.keys.is_empty()
    }

    /// The ids of the usable keys, for logs: a stranger may have chosen them.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.content.keys.iter().map(|named| &*named.id)
    }

    /// The entries that were not taken, in the order of the document.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.content.skipped
    }

    /// Whether both have the same keys under the same ids, in whatever order.
    #[cfg(feature = "fetch")]
    pub(crate) fn has_same_keys(&self, other: &Self) -> bool {
        let within = |named: &NamedKey| {
            other
                .find(&named.id)
                .is_some_and(|key| key.is_same_as(&named.key))
        };
        self.len() == other.len() && self.content.keys.iter().all(within)
    }

    /// Never by trying: the id selects exactly one key or none.
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
            // Somebody published a secret: worth an alarm, and never worth repeating what it is.
            tracing::error!(
                kid = id.as_deref(),
                "the key set has a symmetric or private key; it is not used"
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
    /// Its `kid`, escaped and cut for logs, if it had one.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> SkipReason {
        self.reason
    }
}

/// Why an entry of a key set is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// No strict JSON object, or a member of the wrong type or encoding.
    Malformed,
    /// A member twice.
    DuplicateMember,
    /// No `kid`, or an empty or overlong one.
    NoKeyId,
    /// Another entry has the same `kid`; neither is used.
    DuplicateKeyId,
    /// A symmetric key or private members in a public document: whoever published it has a problem.
    SymmetricOrPrivate,
    /// `use` or `key_ops` says it does not verify.
    NotForVerification,
    /// A key type, curve or algorithm outside the list, or an RSA key that names none.
    Unsupported,
    /// RSA sizes outside the bounds, a point off its curve, an Ed25519 key of small order.
    Weak,
}

impl SkipReason {
    /// A name out of a closed set, for metrics and logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::DuplicateMember => "duplicate_member",
            Self::NoKeyId => "no_key_id",
            Self::DuplicateKeyId => "duplicate_key_id",
            Self::SymmetricOrPrivate => "symmetric_or_private",
            Self::NotForVerification => "not_for_verification",
            Self::Unsupported => "unsupported",
            Self::Weak => "weak",
        }
    }
}

/// Why a document is no key set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySetError {
    /// More bytes than anybody needs.
    TooLarge {
        /// How many are allowed.
        limit: usize,
    },
    /// More entries than anybody needs.
    TooManyKeys {
        /// How many are allowed.
        limit: usize,
    },
    /// Not a JSON object with exactly one `keys` array.
    NotAKeySet,
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => write!(f, "the key set is larger than {limit} bytes"),
            Self::TooManyKeys { limit } => write!(f, "the key set has more than {limit} entries"),
            Self::NotAKeySet => {
                f.write_str("the document is not a JSON object with one `keys` array")
            }
        }
    }
}

impl std::error::Error for KeySetError {}

/// The entries unread, so that a broken one cannot spoil its neighbours.
fn entries_of(document: &[u8]) -> Result<Vec<&RawValue>, KeySetError> {
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
            if names.contains(&name) || names.len() >= JWKS_KEYS {
                return Err(de::Error::custom("a member twice, or too many members"));
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
