//! Public keys from a Better Auth server, kept fresh in the background (feature `fetch`).
//!
//! Lives here: the value that owns the background task, and what it tells about itself. Does not live here: when to
//! fetch (`cache`), the task (`refresher`), the request (`http`), the rules for URLs (`url`). Invariants: asking for
//! keys takes a lock nobody holds while waiting; the task ends with the last clone.

mod builder;
mod error;
mod http;
mod refresher;
mod url;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::cache::Want;
use crate::keys::KeySet;
use crate::source::{KeySource, KeysUnavailable, Refetch};

pub use builder::RemoteKeySetBuilder;
pub use error::{FetchError, RemoteKeySetError};

use refresher::Shared;

/// The keys of a Better Auth server: `{origin}/api/auth/jwks`.
///
/// Starts at once and loads in the background. Cheap to clone; fetching stops when the last clone is dropped, which
/// includes the ones that verifiers hold.
///
/// ```no_run
/// use better_auth_verifier::{RemoteKeySet, Verifier};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = RemoteKeySet::start("https://todo.example/api/auth/jwks")?;
/// let verifier = Verifier::builder()
///     .issuer("https://todo.example")
///     .audience("https://todo.example")
///     .key_source(keys.clone())
///     .build()?;
/// // For the readiness probe:
/// let ready = keys.is_ready();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RemoteKeySet {
    owner: Arc<Owner>,
}

struct Owner {
    shared: Arc<Shared>,
    task: AbortHandle,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl RemoteKeySet {
    /// Starts with the defaults; see [`RemoteKeySet::builder`] for the rest.
    ///
    /// # Errors
    /// The URL is not acceptable, there are no root certificates, or no tokio runtime.
    pub fn start(url: &str) -> Result<Self, RemoteKeySetError> {
        Self::builder(url).start()
    }

    /// Starts with options.
    pub fn builder(url: &str) -> RemoteKeySetBuilder {
        RemoteKeySetBuilder::new(url)
    }

    fn new(shared: Arc<Shared>, task: AbortHandle) -> Self {
        Self {
            owner: Arc::new(Owner { shared, task }),
        }
    }

    /// Whether there is a key set that is not too old, be it an empty one.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.keys().is_ok()
    }

    /// Waits until there is a key set. Not needed before serving: requests that come first are told to try again.
    pub async fn ready(&self) {
        let mut finished = self.owner.shared.finished();
        while !self.is_ready() {
            if finished.changed().await.is_err() {
                return;
            }
        }
    }

    /// What the background task has been doing, for metrics.
    #[must_use]
    pub fn status(&self) -> KeySetStatus {
        self.owner.shared.status()
    }
}

impl std::fmt::Debug for RemoteKeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteKeySet")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

impl KeySource for RemoteKeySet {
    fn keys(&self) -> Result<KeySet, KeysUnavailable> {
        self.owner
            .shared
            .keys()
            .map_err(|retry_after| KeysUnavailable { retry_after })
    }

    fn refetch(&self, kid: &str) -> Option<Refetch> {
        let shared = Arc::clone(&self.owner.shared);
        let first = shared.want()?;
        let kid = kid.to_owned();
        Some(Box::pin(async move {
            let limit = shared.wait_limit();
            let waiting = async {
                let joined = first.wait().await;
                // A fetch that was joined may have begun before the key existed: asks once more, within the limit.
                if joined == Want::Joined
                    && !shared.knows(&kid)
                    && let Some(second) = shared.want()
                {
                    second.wait().await;
                }
            };
            let _timed_out = timeout(limit, waiting).await;
        }))
    }
}

/// A snapshot of a [`RemoteKeySet`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySetStatus {
    /// Usable keys at the moment.
    pub keys: usize,
    /// Entries of the set in force that are not used.
    pub skipped: usize,
    /// Since the fetch of the set in force was started.
    pub age: Option<Duration>,
    /// Fetches begun, of whatever cause.
    pub fetches: u64,
    /// Of those, the ones that tokens caused.
    pub triggered: u64,
    /// Fetches that failed.
    pub failures: u64,
    /// How often a set became too old to serve.
    pub expiries: u64,
    /// Why the last fetch failed; none if it did not.
    pub last_failure: Option<FetchError>,
}
