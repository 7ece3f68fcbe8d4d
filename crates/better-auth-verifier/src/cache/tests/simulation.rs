//! A simulated clock, endpoint and refresher for tests of the state machine.

use std::time::Duration;

use super::super::{Cause, Failure, KeyCache, RefetchDecision, Timing};
use crate::keys::KeySet;

/// A random number that gives no jitter.
pub(super) const NO_JITTER: f64 = 0.5;

pub(super) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A set that is identified by the number of its skipped entries.
pub(super) fn numbered(number: usize) -> KeySet {
    let entries = vec!["{}"; number].join(",");
    KeySet::from_jwks(format!(r#"{{"keys":[{entries}]}}"#)).unwrap()
}

pub(super) fn number_of(keys: &KeySet) -> usize {
    keys.skipped().len()
}

/// The response of the endpoint to fetches. Delays are in milliseconds, `retry_after` is in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Script {
    Serve {
        set: usize,
        after: u64,
    },
    Fail {
        after: u64,
        retry_after: Option<u64>,
    },
    /// No response until the fetch times out.
    Hang,
}

/// The loop of `fetch::refresher` with simulated time.
pub(super) struct Simulation {
    pub(super) cache: KeyCache,
    pub(super) timing: Timing,
    pub(super) now: Duration,
    pub(super) script: Script,
    pub(super) random: f64,
    in_flight: Option<(Cause, Duration, Script)>,
    pub(super) begun: Vec<(Cause, Duration)>,
    /// The start of the last successful fetch and the number of its set.
    last_good: Option<(Duration, usize)>,
    backoff_until: Duration,
}

impl Simulation {
    pub(super) fn new(script: Script) -> Self {
        let timing = Timing::default();
        let cache = KeyCache::new(timing, Duration::ZERO);
        let mut simulation = Self {
            cache,
            timing,
            now: Duration::ZERO,
            script,
            random: NO_JITTER,
            in_flight: None,
            begun: Vec::new(),
            last_good: None,
            backoff_until: Duration::ZERO,
        };
        simulation.run_due();
        simulation
    }

    /// Starts and finishes all fetches that are due now.
    fn run_due(&mut self) {
        loop {
            if let Some((_, since, script)) = self.in_flight {
                let (end, outcome) = self.end_of(since, script);
                if end > self.now {
                    return;
                }
                self.in_flight = None;
                if let Ok(keys) = &outcome {
                    self.last_good = Some((since, number_of(keys)));
                } else if let Err(Failure {
                    retry_after: Some(pause),
                }) = &outcome
                {
                    self.backoff_until = self.now + (*pause).min(self.timing.refresh);
                }
                self.cache.finish(self.now, self.random, outcome);
            }
            self.cache.expire(self.now);
            let Some(cause) = self.cache.begin(self.now) else {
                assert!(
                    self.cache.next_wake() > self.now,
                    "the loop would not sleep"
                );
                return;
            };
            assert_eq!(
                self.cache.begin(self.now),
                None,
                "at most one fetch is in flight"
            );
            assert!(self.now >= self.backoff_until, "the server asked to wait");
            self.begun.push((cause, self.now));
            self.in_flight = Some((cause, self.now, self.script));
        }
    }

    fn end_of(&self, since: Duration, script: Script) -> (Duration, Result<KeySet, Failure>) {
        match script {
            Script::Serve { set, after } => {
                (since + Duration::from_millis(after), Ok(numbered(set)))
            }
            Script::Fail { after, retry_after } => (
                since + Duration::from_millis(after),
                Err(Failure {
                    retry_after: retry_after.map(seconds),
                }),
            ),
            Script::Hang => (since + self.timing.fetch_timeout, Err(Failure::default())),
        }
    }

    /// Advances time, and runs the loop whenever it would wake.
    pub(super) fn advance(&mut self, by: Duration) {
        let target = self.now + by;
        while self.now < target {
            let wake = match self.in_flight {
                Some((_, since, script)) => self.end_of(since, script).0,
                None => self.cache.next_wake(),
            };
            self.now = wake.max(self.now).min(target);
            self.run_due();
        }
    }

    pub(super) fn token_with_unknown_kid(&mut self) -> RefetchDecision {
        let peeked = self.cache.peek_refetch(self.now);
        let decision = self.cache.request_refetch(self.now);
        assert_eq!(peeked, decision);
        self.run_due();
        decision
    }

    pub(super) fn triggered(&self) -> Vec<Duration> {
        self.begun
            .iter()
            .filter(|(cause, _)| *cause == Cause::Token)
            .map(|(_, at)| *at)
            .collect()
    }

    pub(super) fn check(&self) {
        for pair in self.triggered().windows(2) {
            assert!(pair[1] - pair[0] >= self.timing.cool_down, "{pair:?}");
        }
        let expected = self
            .last_good
            .filter(|(at, _)| self.now < *at + self.timing.stale_limit);
        let got = self.cache.keys(self.now).ok().map(number_of);
        assert_eq!(got, expected.map(|(_, number)| number), "at {:?}", self.now);
        if let Err(retry_after) = self.cache.keys(self.now) {
            assert!(
                retry_after >= seconds(1) && retry_after <= self.timing.refresh * 2,
                "{retry_after:?}"
            );
        }
    }
}
