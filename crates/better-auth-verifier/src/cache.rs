//! The state machine that decides when a remote key set is fetched and how long it is used.
//!
//! Does no I/O: the current time and random numbers are arguments. Times are durations since a fixed instant of a
//! monotonic clock. Invariants: at most one fetch is in flight; tokens trigger at most one fetch per cool-down, counted
//! from its start and regardless of its result; a failed fetch never removes keys.

use std::time::Duration;

use crate::keys::KeySet;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// From the end of a successful fetch to the next one.
    pub(crate) refresh: Duration,
    /// Minimum between the starts of fetches that tokens trigger.
    pub(crate) cool_down: Duration,
    /// How long a set is used, counted from the start of its fetch.
    pub(crate) stale_limit: Duration,
    /// Backoff after the first failed fetch. Doubles with each failure.
    pub(crate) first_retry: Duration,
    pub(crate) max_retry: Duration,
    /// For the TCP connection and the TLS handshake together.
    pub(crate) connect_timeout: Duration,
    /// For a whole fetch, and for a token that waits for one.
    pub(crate) fetch_timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(600),
            cool_down: Duration::from_secs(30),
            stale_limit: Duration::from_secs(3_600),
            first_retry: Duration::from_secs(1),
            max_retry: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(2),
            fetch_timeout: Duration::from_secs(5),
        }
    }
}

/// Why a fetch is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The refresh interval or the backoff elapsed.
    Schedule,
    /// A token names a key that is not in the set, or its signature does not match that key.
    Token,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefetchDecision {
    /// A fetch is in flight or requested already. Wait for it.
    Join,
    /// Start a fetch now.
    Start,
    /// No fetch: the cool-down has not elapsed, or the server asked to wait.
    Refuse,
}

/// A fetch that returned no key set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) retry_after: Option<Duration>,
}

/// What a finished fetch changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transition {
    Loaded,
    /// The first failure since the start or since the last success.
    StartedFailing,
    StillFailing,
}

#[derive(Debug)]
pub(crate) struct KeyCache {
    timing: Timing,
    loaded: Option<Loaded>,
    in_flight: Option<InFlight>,
    /// [`RefetchDecision::Start`] was returned and no fetch has begun since.
    refetch_requested: bool,
    next_refresh: Duration,
    /// When the last fetch for a token was requested.
    last_requested: Option<Duration>,
    /// The server asked for no requests before this time.
    backoff_until: Duration,
    failures: u32,
    is_failing: bool,
}

#[derive(Debug)]
struct Loaded {
    keys: KeySet,
    fetch_started: Duration,
}

#[derive(Clone, Copy, Debug)]
struct InFlight {
    cause: Cause,
    started: Duration,
}

impl KeyCache {
    /// An empty cache whose first fetch is due immediately.
    pub(crate) fn new(timing: Timing, now: Duration) -> Self {
        Self {
            timing,
            loaded: None,
            in_flight: None,
            refetch_requested: false,
            next_refresh: now,
            last_requested: None,
            backoff_until: Duration::ZERO,
            failures: 0,
            is_failing: false,
        }
    }

    /// The keys that are not stale.
    ///
    /// # Errors
    /// There are none. The error is the time to wait before the next call.
    pub(crate) fn keys(&self, now: Duration) -> Result<&KeySet, Duration> {
        match &self.loaded {
            Some(loaded) if !self.is_stale(loaded, now) => Ok(&loaded.keys),
            _ if self.in_flight.is_some() => Err(self.timing.first_retry),
            _ => Err(self
                .next_refresh
                .saturating_sub(now)
                .max(self.timing.first_retry)),
        }
    }

    /// Time since the fetch of the loaded set started.
    pub(crate) fn age(&self, now: Duration) -> Option<Duration> {
        self.loaded
            .as_ref()
            .map(|loaded| now.saturating_sub(loaded.fetch_started))
    }

    /// Requests a fetch for a token that passed every check but the key.
    pub(crate) fn request_refetch(&mut self, now: Duration) -> RefetchDecision {
        let decision = self.peek_refetch(now);
        if decision == RefetchDecision::Start {
            self.last_requested = Some(now);
            self.refetch_requested = true;
        }
        decision
    }

    /// The result that [`KeyCache::request_refetch`] would have, without changing the state.
    pub(crate) fn peek_refetch(&self, now: Duration) -> RefetchDecision {
        let is_cooling_down = self
            .last_requested
            .is_some_and(|at| now < at.saturating_add(self.timing.cool_down));
        if self.in_flight.is_some() || self.refetch_requested {
            RefetchDecision::Join
        } else if is_cooling_down || now < self.backoff_until {
            RefetchDecision::Refuse
        } else {
            RefetchDecision::Start
        }
    }

    /// Starts the fetch that is due, if there is one. The caller then makes it and calls [`KeyCache::finish`].
    pub(crate) fn begin(&mut self, now: Duration) -> Option<Cause> {
        if self.in_flight.is_some() {
            return None;
        }
        let cause = if self.refetch_requested {
            Cause::Token
        } else if now >= self.next_refresh {
            Cause::Schedule
        } else {
            return None;
        };
        self.refetch_requested = false;
        self.in_flight = Some(InFlight {
            cause,
            started: now,
        });
        Some(cause)
    }

    /// When [`KeyCache::begin`] or [`KeyCache::expire`] has to be called next if no refetch is requested.
    pub(crate) fn next_wake(&self) -> Duration {
        let stale_at = self
            .loaded
            .as_ref()
            .map(|loaded| loaded.fetch_started.saturating_add(self.timing.stale_limit));
        stale_at.map_or(self.next_refresh, |at| at.min(self.next_refresh))
    }

    /// Records the result of the fetch in flight. `random` is in `0.0..1.0`.
    pub(crate) fn finish(
        &mut self,
        now: Duration,
        random: f64,
        outcome: Result<KeySet, Failure>,
    ) -> Transition {
        let Some(InFlight { cause, started }) = self.in_flight.take() else {
            return Transition::StillFailing;
        };
        let failure = match outcome {
            Ok(keys) => {
                self.loaded = Some(Loaded {
                    keys,
                    fetch_started: started,
                });
                self.failures = 0;
                self.is_failing = false;
                self.next_refresh = now.saturating_add(with_jitter(self.timing.refresh, random));
                return Transition::Loaded;
            }
            Err(failure) => failure,
        };
        // A failed fetch for a token must not change the schedule: clients could control it with forged tokens.
        if cause == Cause::Schedule {
            let backoff = self
                .timing
                .first_retry
                .saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
            self.failures = self.failures.saturating_add(1);
            let backoff = with_jitter(backoff.min(self.timing.max_retry), random);
            self.next_refresh = now.saturating_add(backoff);
        }
        if let Some(retry_after) = failure.retry_after {
            // Bounded, so that the server cannot stop refreshes and with them the revocation of keys.
            self.backoff_until = now.saturating_add(retry_after.min(self.timing.refresh));
            self.next_refresh = self.next_refresh.max(self.backoff_until);
        }
        if std::mem::replace(&mut self.is_failing, true) {
            Transition::StillFailing
        } else {
            Transition::StartedFailing
        }
    }

    /// Drops the loaded set if it is stale. Returns whether it was.
    pub(crate) fn expire(&mut self, now: Duration) -> bool {
        let is_expired = self
            .loaded
            .as_ref()
            .is_some_and(|loaded| self.is_stale(loaded, now));
        if is_expired {
            self.loaded = None;
        }
        is_expired
    }

    fn is_stale(&self, loaded: &Loaded, now: Duration) -> bool {
        now >= loaded.fetch_started.saturating_add(self.timing.stale_limit)
    }
}

/// Plus or minus 10 percent, so that many processes do not fetch at the same moment.
fn with_jitter(interval: Duration, random: f64) -> Duration {
    interval.mul_f64(0.9 + 0.2 * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;
