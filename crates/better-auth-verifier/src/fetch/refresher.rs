//! The background task that fetches the key set, and the state it shares with readers.
//!
//! Invariant: the lock is never held across an await.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use super::error::FetchError;
use super::file::KeyFile;
use super::http::Endpoint;
use super::status::KeySetStatus;
use crate::algorithm::RsaAlgorithm;
use crate::cache::{Cause, Failure, KeyCache, RefetchDecision, Timing, Transition};
use crate::keys::KeySet;

pub(super) struct Shared {
    state: RwLock<State>,
    started: Instant,
    timing: Timing,
    refetch_requested: Notify,
    /// Counts finished fetches.
    finished: watch::Sender<u64>,
}

struct State {
    cache: KeyCache,
    status: KeySetStatus,
    /// Whether a set with usable keys was ever loaded.
    had_keys: bool,
    /// When the loaded set lost its last usable key.
    emptied_at: Option<Duration>,
}

/// Where a key set comes from.
pub(super) enum Origin {
    Url {
        endpoint: Endpoint,
        rsa: Option<RsaAlgorithm>,
    },
    File(KeyFile),
}

impl Origin {
    async fn fetch(&mut self, connect_timeout: Duration) -> Result<KeySet, FetchError> {
        match self {
            Self::Url { endpoint, rsa } => {
                let document = endpoint.fetch(connect_timeout).await?;
                KeySet::read(&document, *rsa).map_err(FetchError::Document)
            }
            Self::File(file) => file.read().await,
        }
    }
}

impl Shared {
    pub(super) fn new(timing: Timing) -> Self {
        Self {
            state: RwLock::new(State {
                cache: KeyCache::new(timing, Duration::ZERO),
                status: KeySetStatus::default(),
                had_keys: false,
                emptied_at: None,
            }),
            started: Instant::now(),
            timing,
            refetch_requested: Notify::new(),
            finished: watch::Sender::new(0),
        }
    }

    pub(super) fn keys(&self) -> Result<KeySet, Duration> {
        self.read(|state, now| state.cache.keys(now).cloned())
    }

    pub(super) fn has_key(&self, kid: &str) -> bool {
        self.read(|state, now| {
            state
                .cache
                .keys(now)
                .is_ok_and(|keys| keys.find(kid).is_some())
        })
    }

    pub(super) fn fetch_timeout(&self) -> Duration {
        self.timing.fetch_timeout
    }

    pub(super) fn finished(&self) -> watch::Receiver<u64> {
        self.finished.subscribe()
    }

    /// Joins or starts a fetch. `None` if the cache refuses.
    pub(super) fn request_refetch(&self) -> Option<PendingFetch> {
        // Most requests of a flood of unknown keys return here, with the read lock only.
        if self.read(|state, now| state.cache.peek_refetch(now)) == RefetchDecision::Refuse {
            return None;
        }
        // Subscribe before the request, so that a fetch that finishes in between is not missed.
        let finished = self.finished();
        let decision = self.write(|state, now| state.cache.request_refetch(now));
        match decision {
            RefetchDecision::Refuse => return None,
            RefetchDecision::Join => {}
            RefetchDecision::Start => self.refetch_requested.notify_one(),
        }
        Some(PendingFetch { decision, finished })
    }

    pub(super) fn status(&self) -> KeySetStatus {
        self.read(|state, now| {
            let keys = state.cache.keys(now);
            KeySetStatus {
                keys: keys.map_or(0, KeySet::len),
                skipped: keys.map_or(0, |keys| keys.skipped().len()),
                age: keys.ok().and(state.cache.age(now)),
                empty_for: keys
                    .ok()
                    .and(state.emptied_at)
                    .map(|at| now.saturating_sub(at)),
                ..state.status.clone()
            }
        })
    }

    fn read<T>(&self, read: impl FnOnce(&State, Duration) -> T) -> T {
        read(
            &self.state.read().unwrap_or_else(PoisonError::into_inner),
            self.started.elapsed(),
        )
    }

    fn write<T>(&self, write: impl FnOnce(&mut State, Duration) -> T) -> T {
        write(
            &mut self.state.write().unwrap_or_else(PoisonError::into_inner),
            self.started.elapsed(),
        )
    }
}

/// A fetch that is in flight or about to start.
pub(super) struct PendingFetch {
    decision: RefetchDecision,
    finished: watch::Receiver<u64>,
}

impl PendingFetch {
    /// Waits until the fetch finishes, with or without success. Returns the decision of the request.
    pub(super) async fn wait(mut self) -> RefetchDecision {
        // An error means that the background task has stopped, so there is nothing to wait for.
        let _stopped = self.finished.changed().await;
        self.decision
    }
}

/// Fetches and refreshes the key set. Does not return; the caller aborts the task.
pub(super) async fn run(shared: Arc<Shared>, mut origin: Origin) {
    loop {
        shared.write(|state, now| {
            if state.cache.expire(now) {
                state.status.expiries += 1;
                tracing::error!(
                    "the key set is too old to serve; tokens are refused until it can be fetched again"
                );
            }
        });
        let Some(cause) = shared.write(begin) else {
            let delay = shared.read(|state, now| state.cache.next_wake().saturating_sub(now));
            let _elapsed = timeout(delay, shared.refetch_requested.notified()).await;
            continue;
        };
        let fetch = origin.fetch(shared.timing.connect_timeout);
        let outcome = timeout(shared.timing.fetch_timeout, fetch)
            .await
            .unwrap_or(Err(FetchError::Timeout));
        shared.write(|state, now| finish(state, now, cause, outcome));
        shared.finished.send_modify(|count| *count += 1);
    }
}

fn begin(state: &mut State, now: Duration) -> Option<Cause> {
    let cause = state.cache.begin(now)?;
    state.status.fetches += 1;
    if cause == Cause::Token {
        state.status.triggered += 1;
    }
    Some(cause)
}

fn finish(state: &mut State, now: Duration, cause: Cause, outcome: Result<KeySet, FetchError>) {
    let previous = state.cache.keys(now).ok().cloned();
    let outcome = match outcome {
        // Without earlier keys nothing was revoked: the issuer has no keys yet, or the document is the wrong one.
        Ok(keys) if keys.is_empty() && !state.had_keys => Err(FetchError::no_usable_keys(&keys)),
        other => other,
    };
    let failure = outcome.as_ref().err().cloned();
    let for_cache = outcome.clone().map_err(|error| Failure {
        retry_after: error.retry_after(),
    });
    let transition = state.cache.finish(now, random(), for_cache);
    let is_known_failure = match (&state.status.last_failure, &failure) {
        (Some(last), Some(failure)) => last.is_same_for_log(failure),
        _ => false,
    };
    state.status.last_failure.clone_from(&failure);
    match (transition, outcome) {
        (Transition::Loaded, Ok(keys)) if keys.is_empty() => {
            if state.emptied_at.is_none() {
                state.emptied_at = Some(now);
                tracing::warn!(
                    skipped = ?skipped(&keys),
                    ?cause,
                    "the key set has no usable keys any more; every token is refused until it has one"
                );
            }
        }
        (Transition::Loaded, Ok(keys)) => {
            state.had_keys = true;
            state.emptied_at = None;
            if previous.is_none_or(|previous| !previous.has_same_keys(&keys)) {
                tracing::info!(
                    keys = keys.len(),
                    skipped = ?skipped(&keys),
                    ?cause,
                    "the key set changed"
                );
            }
        }
        (transition, Err(error))
            if transition == Transition::StartedFailing || !is_known_failure =>
        {
            state.status.failures += 1;
            let consequence = if previous.is_some() {
                "the loaded one is used until it is stale"
            } else {
                "tokens are not verified until it can be"
            };
            tracing::warn!(
                code = error.code(),
                %error,
                "the key set cannot be loaded; {consequence}"
            );
        }
        (_, Err(error)) => {
            state.status.failures += 1;
            tracing::debug!(code = error.code(), %error, "the key set still cannot be loaded");
        }
        (_, Ok(_)) => {}
    }
}

fn skipped(keys: &KeySet) -> Vec<&'static str> {
    keys.skipped()
        .iter()
        .map(|skipped| skipped.reason().code())
        .collect()
}

/// In `0.0..1.0`. Without system randomness 0.5, which disables the jitter.
fn random() -> f64 {
    let mut bytes = [0; 4];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.5,
    }
}
