//! The background task, and the state it shares with those who ask for keys.
//!
//! Lives here: turning the state machine's answers into sleeping, fetching and log lines. Invariant: the lock is never
//! held across an await.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use super::KeySetStatus;
use super::error::FetchError;
use super::http::Endpoint;
use crate::algorithm::RsaAlgorithm;
use crate::cache::{Cause, Failure, Finished, KeyCache, Timing, Want};
use crate::keys::KeySet;

pub(super) struct Shared {
    state: RwLock<State>,
    started: Instant,
    timing: Timing,
    /// A token asked for newer keys.
    wanted: Notify,
    /// Counts finished fetches; waiting is subscribing.
    finished: watch::Sender<u64>,
}

struct State {
    cache: KeyCache,
    status: KeySetStatus,
}

impl Shared {
    pub(super) fn new(timing: Timing) -> Self {
        Self {
            state: RwLock::new(State {
                cache: KeyCache::new(timing, Duration::ZERO),
                status: KeySetStatus::default(),
            }),
            started: Instant::now(),
            timing,
            wanted: Notify::new(),
            finished: watch::Sender::new(0),
        }
    }

    pub(super) fn keys(&self) -> Result<KeySet, Duration> {
        self.read(|state, now| state.cache.keys(now).cloned())
    }

    pub(super) fn knows(&self, kid: &str) -> bool {
        self.read(|state, now| {
            state
                .cache
                .keys(now)
                .is_ok_and(|keys| keys.find(kid).is_some())
        })
    }

    pub(super) fn wait_limit(&self) -> Duration {
        self.timing.total
    }

    pub(super) fn finished(&self) -> watch::Receiver<u64> {
        self.finished.subscribe()
    }

    /// Joins or starts a fetch, if one may be.
    pub(super) fn want(&self) -> Option<Coming> {
        // Under a flood of unknown keys nearly all end here, beside those who only read.
        if self.read(|state, now| state.cache.would_want(now)) == Want::Refused {
            return None;
        }
        // Subscribed before asking, so that an end in between is not missed.
        let finished = self.finished();
        let want = self.write(|state, now| state.cache.want(now));
        match want {
            Want::Refused => return None,
            Want::Joined => {}
            Want::Start => self.wanted.notify_one(),
        }
        Some(Coming { want, finished })
    }

    pub(super) fn status(&self) -> KeySetStatus {
        self.read(|state, now| {
            let keys = state.cache.keys(now);
            KeySetStatus {
                keys: keys.map_or(0, KeySet::len),
                skipped: keys.map_or(0, |keys| keys.skipped().len()),
                age: keys.ok().and(state.cache.age(now)),
                ..state.status.clone()
            }
        })
    }

    fn read<T>(&self, look: impl FnOnce(&State, Duration) -> T) -> T {
        look(
            &self.state.read().unwrap_or_else(PoisonError::into_inner),
            self.started.elapsed(),
        )
    }

    fn write<T>(&self, change: impl FnOnce(&mut State, Duration) -> T) -> T {
        change(
            &mut self.state.write().unwrap_or_else(PoisonError::into_inner),
            self.started.elapsed(),
        )
    }
}

/// A fetch on its way.
pub(super) struct Coming {
    want: Want,
    finished: watch::Receiver<u64>,
}

impl Coming {
    /// Waits for its end, whatever that is; returns how one came to it.
    pub(super) async fn wait(mut self) -> Want {
        // An error means that the refresher is gone: nothing to wait for either.
        let _gone = self.finished.changed().await;
        self.want
    }
}

/// Runs until it is aborted.
pub(super) async fn run(shared: Arc<Shared>, endpoint: Endpoint, rsa: Option<RsaAlgorithm>) {
    loop {
        shared.write(|state, now| {
            if state.cache.expire(now) {
                state.status.expiries += 1;
                tracing::error!("the key set is too old to serve; tokens are refused until it can be fetched again");
            }
        });
        let Some(cause) = shared.write(begin) else {
            let pause = shared.read(|state, now| state.cache.next_wake().saturating_sub(now));
            let _woken_or_due = timeout(pause, shared.wanted.notified()).await;
            continue;
        };
        let outcome =
            match timeout(shared.timing.total, endpoint.fetch(shared.timing.connect)).await {
                Ok(Ok(document)) => KeySet::read(&document, rsa).map_err(FetchError::Document),
                Ok(Err(error)) => Err(error),
                Err(_elapsed) => Err(FetchError::Timeout),
            };
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
    let before = state.cache.keys(now).ok().cloned();
    let failure = outcome.as_ref().err().cloned();
    let for_cache = outcome.clone().map_err(|error| Failure {
        retry_after: error.retry_after(),
    });
    let finished = state.cache.finish(now, random(), for_cache);
    state.status.last_failure.clone_from(&failure);
    match (finished, outcome) {
        (Finished::Loaded, Ok(keys)) => {
            if before.is_none_or(|before| !before.has_same_keys(&keys)) {
                let skipped: Vec<&str> = keys
                    .skipped()
                    .iter()
                    .map(|skipped| skipped.reason().code())
                    .collect();
                tracing::info!(keys = keys.len(), ?skipped, ?cause, "the key set changed");
            }
        }
        (Finished::StartedFailing, Err(error)) => {
            state.status.failures += 1;
            tracing::warn!(code = error.code(), %error, "the key set cannot be fetched; the last one goes on serving");
        }
        (_, Err(error)) => {
            state.status.failures += 1;
            tracing::debug!(code = error.code(), %error, "the key set still cannot be fetched");
        }
        (_, Ok(_)) => {}
    }
}

/// From 0 to below 1; the middle if the system has no randomness, which only costs the jitter.
fn random() -> f64 {
    let mut bytes = [0; 4];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0),
        Err(_) => 0.5,
    }
}
