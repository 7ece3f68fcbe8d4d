//! The interface between a verifier and its public keys.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::keys::KeySet;

/// A future that resolves when a refetch finishes, with or without new keys.
pub type Refetch = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// A source of the public keys of one issuer.
///
/// [`KeySet`] implements it as a fixed set. `RemoteKeySet` (feature `fetch`) fetches the keys of a Better Auth server,
/// `FileKeySet` (feature `fetch`) reads them from a file. Implement it to load keys from elsewhere.
pub trait KeySource: Send + Sync + 'static {
    /// Returns the current keys. Called for every verification, so it must not block.
    ///
    /// # Errors
    /// No key set was loaded yet, or the last one is too old to use. An empty set is not an error: all keys were revoked.
    fn keys(&self) -> Result<KeySet, KeysUnavailable>;

    /// Requests newer keys, because a token names `kid` and the set has no such key or it does not match the signature.
    ///
    /// The verifier calls it only for tokens whose issuer, audience and times are valid. `kid` comes from an unverified
    /// token: do not send it anywhere.
    ///
    /// Returns a future that resolves when the refetch finishes or times out, or `None` if no refetch is possible now.
    /// Dropping the future must not cancel the refetch. Implementations must limit how often they refetch. The default
    /// implementation returns `None`.
    fn refetch(&self, kid: &str) -> Option<Refetch> {
        let _ = kid;
        None
    }
}

/// The error of a [`KeySource`] that has no key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeysUnavailable {
    /// How long clients should wait before they retry.
    pub retry_after: Duration,
}

/// A fixed set. Never refetched.
impl KeySource for KeySet {
    fn keys(&self) -> Result<KeySet, KeysUnavailable> {
        Ok(self.clone())
    }
}
