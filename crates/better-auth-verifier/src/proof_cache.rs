//! A bounded memory of tokens that were verified, so that a signature is checked once and not at each request.
//!
//! Lives here: what is kept and when it stops counting. Does not live here: time (the caller judges it at each hit).
//! Invariant: keyed by the whole token, successes only, bounded in bytes, and an entry whose key is no longer in the
//! key set counts for nothing.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::keys::{KeySet, PublicKey};
use crate::token::Content;

/// What a usual entry weighs; only sizes the table in advance.
const USUAL_BYTES: u64 = 2_048;
/// What the table itself takes for an entry, roughly.
const TABLE_BYTES: usize = 64;

pub(crate) struct ProofCache {
    proofs: Option<Cache<Box<str>, Proof, Bytes>>,
}

/// A verified token's content and the key that verified it.
#[derive(Clone)]
pub(crate) struct Proof {
    inner: Arc<ProofInner>,
}

struct ProofInner {
    kid: Box<str>,
    key: PublicKey,
    content: Arc<Content>,
}

impl Proof {
    pub(crate) fn new(kid: &str, key: &PublicKey, content: &Arc<Content>) -> Self {
        Self {
            inner: Arc::new(ProofInner {
                kid: kid.into(),
                key: key.clone(),
                content: Arc::clone(content),
            }),
        }
    }
}

impl ProofCache {
    pub(crate) fn new(bytes: u64) -> Self {
        let entries = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
        Self {
            proofs: (entries > 0).then(|| Cache::with_weighter(entries, bytes, Bytes)),
        }
    }

    pub(crate) fn recall(&self, token: &str, keys: &KeySet) -> Option<Arc<Content>> {
        let proofs = self.proofs.as_ref()?;
        let proof = proofs.get(token)?.inner;
        if keys
            .find(&proof.kid)
            .is_some_and(|key| key.is_same_as(&proof.key))
        {
            return Some(Arc::clone(&proof.content));
        }
        proofs.remove(token);
        None
    }

    pub(crate) fn remember(&self, token: &str, proof: Proof) {
        if let Some(proofs) = &self.proofs {
            proofs.insert(token.into(), proof);
        }
    }
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Box<str>, Proof> for Bytes {
    fn weight(&self, token: &Box<str>, proof: &Proof) -> u64 {
        let bytes = token.len() + proof.inner.kid.len() + proof.inner.content.bytes() + TABLE_BYTES;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}
