//! Where public keys come from.
//!
//! Lives here: the trait between a verifier and its keys, and the keys that never change. Does not live here: HTTP
//! (`fetch`) or the timing of it (`cache`). Invariant: asking for the keys in force never waits.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::keys::KeySet;

/// The end of a refetch; resolves whether or not it brought new keys.
pub type Refetch = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// The keys of one issuer.
///
/// [`KeySet`] is one that never changes; `RemoteKeySet` (feature `fetch`) follows a Better Auth server. Implement it
/// to bring keys from elsewhere.
pub trait KeySource: Send + Sync + 'static {
    /// The keys in force. Must not block: every verification asks.
    ///
    /// # Errors
    /// There are none, not even an empty set: nothing was ever loaded, or it is too old to trust.
    fn keys(&self) -> Result<KeySet, KeysUnavailable>;

    /// A token that looks like this issuer's names a key that is not there, or does not fit it.
    ///
    /// `kid` is that key's name, from an unverified token: never send it anywhere.
    /// Starts or joins a refetch unless one was started a short while ago. The future ends with it, or after the
    /// source's own time limit; dropping it does not stop the refetch.
    fn refetch(&self, kid: &str) -> Option<Refetch> {
        let _ = kid;
        None
    }
}

/// There is no key set at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeysUnavailable {
    /// When asking again makes sense.
    pub retry_after: Duration,
}

/// A fixed set: never refetched.
impl KeySource for KeySet {
    fn keys(&self) -> Result<KeySet, KeysUnavailable> {
        Ok(self.clone())
    }
}
