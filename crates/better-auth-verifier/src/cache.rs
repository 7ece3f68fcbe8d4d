//! The life of a remote key set as a pure state machine.
//!
//! Lives here: when to fetch, how long a set serves, what an unknown `kid` may cause. Does not live here: sockets,
//! clocks, randomness (`fetch` brings them as arguments). Invariants: one fetch at a time; at most one triggered fetch
//! a cool-down, counted from its start and whatever its outcome; a failed fetch never takes keys away.
//!
//! Times are durations since any fixed moment of a monotonic clock.

use std::time::Duration;

use crate::keys::KeySet;

/// The numbers, each of which has a default that suits Better Auth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Between the end of a successful fetch and the next.
    pub(crate) refresh: Duration,
    /// Between the starts of fetches that tokens cause.
    pub(crate) cool_down: Duration,
    /// How long a set serves after its fetch was started.
    pub(crate) stale_limit: Duration,
    /// The first pause after a failed fetch; it doubles each time.
    pub(crate) first_retry: Duration,
    /// The longest such pause.
    pub(crate) longest_retry: Duration,
    /// How long establishing a connection may take, TLS included.
    pub(crate) connect: Duration,
    /// How long a whole fetch may take, and a token wait for one.
    pub(crate) total: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(600),
            cool_down: Duration::from_secs(30),
            stale_limit: Duration::from_secs(3_600),
            first_retry: Duration::from_secs(1),
            longest_retry: Duration::from_secs(60),
            connect: Duration::from_secs(2),
            total: Duration::from_secs(5),
        }
    }
}

/// Why a fetch is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It was time.
    Schedule,
    /// A token names a key that is not there, or does not fit it.
    Token,
}

/// What a token's wish for newer keys came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// A fetch is on its way already.
    Joined,
    /// One is to be started now.
    Start,
    /// Not now: the last one was too recent, or the server asked for a pause.
    Refused,
}

/// A fetch that brought no key set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What the server asked for.
    pub(crate) retry_after: Option<Duration>,
}

/// What the end of a fetch changed, for logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finished {
    /// New keys are in force.
    Loaded,
    /// The first failure after a success, or ever.
    StartedFailing,
    /// One more.
    StillFailing,
}

/// The state.
#[derive(Debug)]
pub(crate) struct KeyCache {
    timing: Timing,
    loaded: Option<Loaded>,
    in_flight: Option<InFlight>,
    /// A token was told `Want::Start` and no fetch has begun since.
    wanted: bool,
    next_refresh: Duration,
    /// When the last triggered fetch was granted.
    triggered: Option<Duration>,
    /// The server asked for silence until then.
    quiet_until: Duration,
    failures: u32,
    failing: bool,
}

#[derive(Debug)]
struct Loaded {
    keys: KeySet,
    at: Duration,
}

#[derive(Clone, Copy, Debug)]
struct InFlight {
    cause: Cause,
    since: Duration,
}

impl KeyCache {
    /// Nothing loaded; the first fetch is due at once.
    pub(crate) fn new(timing: Timing, now: Duration) -> Self {
        Self {
            timing,
            loaded: None,
            in_flight: None,
            wanted: false,
            next_refresh: now,
            triggered: None,
            quiet_until: Duration::ZERO,
            failures: 0,
            failing: false,
        }
    }

    /// The keys in force, or how long to wait before asking again.
    ///
    /// # Errors
    /// Nothing was ever loaded, or it is too old.
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

    /// How old the set in force is.
    pub(crate) fn age(&self, now: Duration) -> Option<Duration> {
        self.loaded
            .as_ref()
            .map(|loaded| now.saturating_sub(loaded.at))
    }

    /// A token that fits in everything but its key asks for newer keys.
    pub(crate) fn want(&mut self, now: Duration) -> Want {
        let answer = self.would_want(now);
        if answer == Want::Start {
            self.triggered = Some(now);
            self.wanted = true;
        }
        answer
    }

    /// What [`KeyCache::want`] would answer, without taking the cool-down.
    pub(crate) fn would_want(&self, now: Duration) -> Want {
        let cooling = self
            .triggered
            .is_some_and(|at| now < at.saturating_add(self.timing.cool_down));
        if self.in_flight.is_some() || self.wanted {
            Want::Joined
        } else if cooling || now < self.quiet_until {
            Want::Refused
        } else {
            Want::Start
        }
    }

    /// Takes the fetch that is due, if one is; the caller makes it and then calls [`KeyCache::finish`].
    pub(crate) fn begin(&mut self, now: Duration) -> Option<Cause> {
        if self.in_flight.is_some() {
            return None;
        }
        let cause = if self.wanted {
            Cause::Token
        } else if now >= self.next_refresh {
            Cause::Schedule
        } else {
            return None;
        };
        self.wanted = false;
        self.in_flight = Some(InFlight { cause, since: now });
        Some(cause)
    }

    /// When to look again if nothing happens before.
    pub(crate) fn next_wake(&self) -> Duration {
        let stale_at = self
            .loaded
            .as_ref()
            .map(|loaded| loaded.at.saturating_add(self.timing.stale_limit));
        stale_at.map_or(self.next_refresh, |at| at.min(self.next_refresh))
    }

    /// Takes the result of the fetch that was begun. `random` is from 0 to below 1.
    pub(crate) fn finish(
        &mut self,
        now: Duration,
        random: f64,
        outcome: Result<KeySet, Failure>,
    ) -> Finished {
        let Some(InFlight { cause, since }) = self.in_flight.take() else {
            return Finished::StillFailing;
        };
        let failure = match outcome {
            Ok(keys) => {
                self.loaded = Some(Loaded { keys, at: since });
                self.failures = 0;
                self.failing = false;
                self.next_refresh = now.saturating_add(jittered(self.timing.refresh, random));
                return Finished::Loaded;
            }
            Err(failure) => failure,
        };
        // What tokens cause must not change the schedule, or strangers could drive it.
        if cause == Cause::Schedule {
            let pause = self
                .timing
                .first_retry
                .saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
            self.failures = self.failures.saturating_add(1);
            let pause = jittered(pause.min(self.timing.longest_retry), random);
            self.next_refresh = now.saturating_add(pause);
        }
        if let Some(pause) = failure.retry_after {
            // However long a server asks for, revocation has to go on.
            self.quiet_until = now.saturating_add(pause.min(self.timing.refresh));
            self.next_refresh = self.next_refresh.max(self.quiet_until);
        }
        let first = !self.failing;
        self.failing = true;
        if first {
            Finished::StartedFailing
        } else {
            Finished::StillFailing
        }
    }

    /// Lets go of a set that is too old. Whether there was one.
    pub(crate) fn expire(&mut self, now: Duration) -> bool {
        let expired = self
            .loaded
            .as_ref()
            .is_some_and(|loaded| self.is_stale(loaded, now));
        if expired {
            self.loaded = None;
        }
        expired
    }

    fn is_stale(&self, loaded: &Loaded, now: Duration) -> bool {
        now >= loaded.at.saturating_add(self.timing.stale_limit)
    }
}

/// Within a tenth around it, so that many processes do not ask at the same moment.
fn jittered(pause: Duration, random: f64) -> Duration {
    pause.mul_f64(0.9 + 0.2 * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests;
