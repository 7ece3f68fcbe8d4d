//! Options of a remote key set.
//!
//! Lives here: what an operator may change, within bounds. Invariant: starting does no network I/O and never waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::RemoteKeySet;
use super::error::RemoteKeySetError;
use super::http::Endpoint;
use super::refresher::{self, Shared};
use super::url::{KeyUrl, is_loopback};
use crate::algorithm::RsaAlgorithm;
use crate::cache::Timing;

/// How long a set may serve at most while its server is down.
const LARGEST_STALE_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

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
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            insecure_allowed: false,
            roots: None,
            rsa: None,
            timing: Timing::default(),
        }
    }

    /// Allows `http` to hosts other than loopback. Whoever is on the way can then mint tokens: for private networks
    /// that are encrypted otherwise. Warns in the log at each start.
    pub fn allow_insecure_http(mut self) -> Self {
        self.insecure_allowed = true;
        self
    }

    /// Trusts these PEM certificates in place of the system's.
    pub fn root_certificates_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = Some(pem.into());
        self
    }

    /// What RSA keys that do not name their algorithm are for. Better Auth's do.
    pub fn rsa_algorithm(mut self, rsa: RsaAlgorithm) -> Self {
        self.rsa = Some(rsa);
        self
    }

    /// How long the last good set serves while the server cannot be reached: 1 hour unless told otherwise, at most 24.
    ///
    /// A key that leaked and was removed works for as long, for whoever can also keep this service from the server.
    pub fn stale_limit(mut self, limit: Duration) -> Self {
        self.timing.stale_limit = limit;
        self
    }

    /// Another pause between refreshes than ten minutes, for tests that cannot wait. Retries shrink with it.
    #[cfg(feature = "testing")]
    pub fn refresh_every(mut self, refresh: Duration) -> Self {
        self.timing.first_retry = self.timing.first_retry.min(refresh);
        self.timing.refresh = refresh;
        self
    }

    /// Another cool-down between the fetches that tokens cause than 30 seconds, for tests that cannot wait.
    #[cfg(feature = "testing")]
    pub fn cool_down(mut self, cool_down: Duration) -> Self {
        self.timing.cool_down = cool_down;
        self
    }

    /// Another limit on a whole fetch than 5 seconds, for tests that cannot wait.
    #[cfg(feature = "testing")]
    pub fn fetch_limit(mut self, limit: Duration) -> Self {
        self.timing.total = limit;
        self
    }

    /// Starts fetching in the background and returns at once.
    ///
    /// # Errors
    /// The URL is not acceptable, there are no root certificates, or no tokio runtime.
    pub fn start(self) -> Result<RemoteKeySet, RemoteKeySetError> {
        let url = KeyUrl::parse(&self.url, self.insecure_allowed)?;
        if self.timing.stale_limit.is_zero() || self.timing.stale_limit > LARGEST_STALE_LIMIT {
            return Err(RemoteKeySetError::StaleLimit);
        }
        if !url.secure && !is_loopback(&url.host) {
            tracing::warn!(host = %url.host, "keys are fetched over http: whoever is on the way can mint tokens");
        }
        let endpoint = Endpoint::new(url, self.roots.as_deref())?;
        let runtime = Handle::try_current().map_err(|_| RemoteKeySetError::NoRuntime)?;
        let shared = Arc::new(Shared::new(self.timing));
        let task = runtime.spawn(refresher::run(Arc::clone(&shared), endpoint, self.rsa));
        Ok(RemoteKeySet::new(shared, task.abort_handle()))
    }
}
