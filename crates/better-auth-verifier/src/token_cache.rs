//! A bounded cache of verified tokens, so that a repeated token costs no signature check.
//!
//! Invariants: the cache key is the whole token; only accepted tokens are stored; an entry is valid only while the key
//! that verified it is in the key set. The caller checks the times at every hit.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::keys::{KeySet, PublicKey};
use crate::token::Content;

/// Weight of a typical entry. Determines the initial capacity.
const TYPICAL_ENTRY_BYTES: u64 = 2_048;
/// Approximate size of the table's own bookkeeping per entry.
const TABLE_BYTES: usize = 64;

pub(crate) struct TokenCache {
    entries: Option<Cache<Box<str>, Entry, ByteWeighter>>,
}

/// A verified token's content and the key that verified it.
#[derive(Clone)]
pub(crate) struct Entry {
    inner: Arc<EntryInner>,
}

struct EntryInner {
    kid: Box<str>,
    key: PublicKey,
    content: Arc<Content>,
}

impl Entry {
    pub(crate) fn new(kid: &str, key: &PublicKey, content: &Arc<Content>) -> Self {
        Self {
            inner: Arc::new(EntryInner {
                kid: kid.into(),
                key: key.clone(),
                content: Arc::clone(content),
            }),
        }
    }
}

impl TokenCache {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let capacity = usize::try_from(max_bytes / TYPICAL_ENTRY_BYTES).unwrap_or(usize::MAX);
        Self {
            entries: (capacity > 0)
                .then(|| Cache::with_weighter(capacity, max_bytes, ByteWeighter)),
        }
    }

    /// Returns the content if `keys` still has the key that verified it. Removes the entry otherwise.
    pub(crate) fn get(&self, token: &str, keys: &KeySet) -> Option<Arc<Content>> {
        let entries = self.entries.as_ref()?;
        let entry = entries.get(token)?.inner;
        if keys
            .find(&entry.kid)
            .is_some_and(|key| key.is_same_as(&entry.key))
        {
            return Some(Arc::clone(&entry.content));
        }
        entries.remove(token);
        None
    }

    pub(crate) fn insert(&self, token: &str, entry: Entry) {
        if let Some(entries) = &self.entries {
            entries.insert(token.into(), entry);
        }
    }
}

#[derive(Clone)]
struct ByteWeighter;

impl Weighter<Box<str>, Entry> for ByteWeighter {
    fn weight(&self, token: &Box<str>, entry: &Entry) -> u64 {
        let bytes = token.len() + entry.inner.kid.len() + entry.inner.content.bytes() + TABLE_BYTES;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}
