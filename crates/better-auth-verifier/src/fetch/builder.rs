//! Options of a remote key set. Starting does no network I/O.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::error::RemoteKeySetError;
use super::http::Endpoint;
use super::refresher::{self, Origin, Shared};
use super::remote::RemoteKeySet;
use super::url::{KeyUrl, is_loopback};
use crate::algorithm::RsaAlgorithm;
use crate::cache::Timing;

const MAX_STALE_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

// Here and not in `remote`, so that modules depend on each other in one direction.
impl RemoteKeySet {
    /// Starts fetching from `url` with default options. See [`RemoteKeySet::builder`] for others.
    ///
    /// # Errors
    /// As [`RemoteKeySetBuilder::start`].
    pub fn start(url: &str) -> Result<Self, RemoteKeySetError> {
        Self::builder(url).start()
    }

    /// Returns a builder for a key set at `url`.
    pub fn builder(url: &str) -> RemoteKeySetBuilder {
        RemoteKeySetBuilder {
            url: url.to_owned(),
            insecure_allowed: false,
            roots: None,
            rsa: None,
            timing: Timing::default(),
        }
    }
}

/// Options for a [`RemoteKeySet`].
#[must_use]
pub struct RemoteKeySetBuilder {
    url: String,
    insecure_allowed: bool,
    roots: Option<Vec<u8>>,
    rsa: Option<RsaAlgorithm>,
    timing: Timing,
}

impl RemoteKeySetBuilder {
    /// Allows `http` to hosts other than loopback. Default: not allowed.
    ///
    /// Anyone who can modify the traffic can replace the keys and forge tokens. Use it only on networks that are
    /// encrypted by other means. Logs a warning at each start.
    pub fn allow_insecure_http(mut self) -> Self {
        self.insecure_allowed = true;
        self
    }

    /// Trusts these PEM certificates as TLS roots instead of the system's.
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = Some(pem.into());
        self
    }

    /// Sets the algorithm of RSA keys without `alg`. Default: such keys are skipped. Better Auth publishes `alg`.
    pub fn rsa_algorithm(mut self, rsa: RsaAlgorithm) -> Self {
        self.rsa = Some(rsa);
        self
    }

    /// Sets how long the last key set is used while fetching fails. Default: 1 hour. Must be more than zero and at
    /// most 24 hours, checked by [`RemoteKeySetBuilder::start`].
    ///
    /// A leaked key that was removed stays valid for this long if an attacker can block the connection to the key
    /// endpoint.
    pub fn stale_limit(mut self, limit: Duration) -> Self {
        self.timing.stale_limit = limit;
        self
    }

    /// Sets the refresh interval, for tests. Default: 10 minutes. A shorter interval also shortens the first retry
    /// delay.
    #[cfg(feature = "testing")]
    pub fn refresh_every(mut self, refresh: Duration) -> Self {
        self.timing.first_retry = self.timing.first_retry.min(refresh);
        self.timing.refresh = refresh;
        self
    }

    /// Sets the minimum interval between refetches that tokens trigger, for tests. Default: 30 seconds.
    #[cfg(feature = "testing")]
    pub fn cool_down(mut self, cool_down: Duration) -> Self {
        self.timing.cool_down = cool_down;
        self
    }

    /// Sets the timeout of one fetch, for tests. Default: 5 seconds.
    #[cfg(feature = "testing")]
    pub fn fetch_limit(mut self, limit: Duration) -> Self {
        self.timing.fetch_timeout = limit;
        self
    }

    /// Starts fetching in the background and returns without waiting for the first fetch.
    ///
    /// # Errors
    /// The URL is not allowed, the stale limit is out of range, the root certificates are invalid or missing, or there
    /// is no tokio runtime.
    pub fn start(self) -> Result<RemoteKeySet, RemoteKeySetError> {
        let url = KeyUrl::parse(&self.url, self.insecure_allowed)?;
        if self.timing.stale_limit.is_zero() || self.timing.stale_limit > MAX_STALE_LIMIT {
            return Err(RemoteKeySetError::StaleLimit);
        }
        if !url.secure && !is_loopback(&url.host) {
            tracing::warn!(
                host = %url.host,
                "keys are fetched over http: anyone who can modify the traffic can forge tokens; use https"
            );
        }
        let endpoint = Endpoint::new(url, self.roots.as_deref())?;
        let runtime = Handle::try_current().map_err(|_| RemoteKeySetError::NoRuntime)?;
        let shared = Arc::new(Shared::new(self.timing));
        let origin = Origin::Url {
            endpoint,
            rsa: self.rsa,
        };
        let task = runtime.spawn(refresher::run(Arc::clone(&shared), origin));
        Ok(RemoteKeySet::new(shared, task.abort_handle()))
    }
}
