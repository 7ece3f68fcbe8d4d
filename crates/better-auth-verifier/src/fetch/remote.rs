//! The handle to a remote key set.
//!
//! Invariants: reading the keys never blocks on the network; the background task stops when the last clone is dropped.

use std::sync::Arc;

use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::refresher::Shared;
use super::status::KeySetStatus;
use crate::cache::RefetchDecision;
use crate::keys::KeySet;
use crate::source::{KeySource, KeysUnavailable, Refetch};

/// The public keys of a Better Auth server, fetched from `{origin}/api/auth/jwks`.
///
/// A background task fetches the set at start, refreshes it every 10 minutes and retries after failures. Clones share
/// the task. It stops when the last clone is dropped, including the clones that verifiers hold.
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
    task: Arc<TaskHandle>,
}

/// Aborts the background task when dropped.
struct TaskHandle {
    shared: Arc<Shared>,
    abort: AbortHandle,
}

impl Drop for TaskHandle {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

impl RemoteKeySet {
    pub(super) fn new(shared: Arc<Shared>, abort: AbortHandle) -> Self {
        Self {
            task: Arc::new(TaskHandle { shared, abort }),
        }
    }

    /// Returns whether a key set within the stale limit is loaded.
    ///
    /// A document without usable keys is not loaded, unless an earlier one had keys: then it revokes them, tokens are
    /// refused, and [`KeySetStatus::empty_for`] says since when.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.keys().is_ok()
    }

    /// Waits until a key set is loaded. Has no timeout.
    ///
    /// Serving does not require it: without keys, a verifier returns
    /// [`VerifyError::NoKeys`](crate::VerifyError::NoKeys) with a time to retry.
    pub async fn ready(&self) {
        let mut finished = self.task.shared.finished();
        while !self.is_ready() {
            if finished.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until the first fetch has finished, with or without keys. [`RemoteKeySet::status`] has its error.
    pub async fn attempted(&self) {
        let mut finished = self.task.shared.finished();
        // An error means that the background task has stopped, so there is nothing to wait for.
        let _stopped = finished.wait_for(|count| *count > 0).await;
    }

    /// Returns the state of the background task, for metrics.
    #[must_use]
    pub fn status(&self) -> KeySetStatus {
        self.task.shared.status()
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
        self.task
            .shared
            .keys()
            .map_err(|retry_after| KeysUnavailable { retry_after })
    }

    fn refetch(&self, kid: &str) -> Option<Refetch> {
        let shared = Arc::clone(&self.task.shared);
        let first = shared.request_refetch()?;
        let kid = kid.to_owned();
        Some(Box::pin(async move {
            let limit = shared.fetch_timeout();
            let waiting = async {
                let decision = first.wait().await;
                // A fetch that was already in flight may have started before the key was published. Request one more.
                if decision == RefetchDecision::Join
                    && !shared.has_key(&kid)
                    && let Some(second) = shared.request_refetch()
                {
                    second.wait().await;
                }
            };
            let _timed_out = timeout(limit, waiting).await;
        }))
    }
}
