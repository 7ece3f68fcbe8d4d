//! Limits how often the same thing is logged, so that a flood of refused requests is no flood of log lines (SEC-92).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long after a line further ones with the same key are suppressed.
const INTERVAL: Duration = Duration::from_secs(1);
const KEYS_MAX: usize = 4_096;

/// Allows one line a second for each key. Memory is bounded: above the limit of keys, further keys share one entry.
pub(crate) struct LogThrottle<K> {
    state: Mutex<State<K>>,
}

struct State<K> {
    keys: HashMap<K, Entry>,
    /// For keys that have no entry of their own.
    others: Option<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    logged: Instant,
    suppressed: u64,
}

impl<K: Hash + Eq> LogThrottle<K> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                keys: HashMap::new(),
                others: None,
            }),
        }
    }

    /// Whether a line with this key may be logged now: the number of lines that were suppressed since the last one, or `None`.
    pub(crate) fn allow(&self, key: K) -> Option<u64> {
        self.allow_at(key, Instant::now())
    }

    fn allow_at(&self, key: K, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = state.keys.get_mut(&key) {
            return entry.allow(now);
        }
        let mut forgotten = 0;
        if state.keys.len() >= KEYS_MAX {
            state.keys.retain(|_, entry| {
                let is_recent = now.duration_since(entry.logged) < INTERVAL;
                if !is_recent {
                    forgotten += entry.suppressed;
                }
                is_recent
            });
        }
        if state.keys.len() >= KEYS_MAX {
            return match &mut state.others {
                Some(entry) => entry.allow(now),
                others => {
                    *others = Some(Entry::new(now));
                    Some(0)
                }
            };
        }
        state.keys.insert(key, Entry::new(now));
        // Reported here, so that no suppressed line goes uncounted.
        Some(forgotten)
    }
}

impl Entry {
    fn new(now: Instant) -> Self {
        Self {
            logged: now,
            suppressed: 0,
        }
    }

    fn allow(&mut self, now: Instant) -> Option<u64> {
        if now.duration_since(self.logged) < INTERVAL {
            self.suppressed += 1;
            return None;
        }
        self.logged = now;
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_92_a_flood_is_one_line_a_second_with_a_count() {
        let throttle = LogThrottle::new();
        let start = Instant::now();
        assert_eq!(throttle.allow_at("a", start), Some(0));
        for _ in 0..500 {
            assert_eq!(throttle.allow_at("a", start), None);
        }
        assert_eq!(throttle.allow_at("b", start), Some(0));
        assert_eq!(throttle.allow_at("a", start + INTERVAL), Some(500));
        assert_eq!(throttle.allow_at("a", start + INTERVAL * 2), Some(0));
    }

    #[test]
    fn sec_92_many_keys_take_bounded_memory_and_few_lines() {
        let throttle = LogThrottle::new();
        let start = Instant::now();
        let allowed = (0..100_000)
            .filter(|key| throttle.allow_at(*key, start).is_some())
            .count();
        assert_eq!(allowed, KEYS_MAX + 1);
        let state = throttle.state.lock().unwrap();
        assert_eq!(state.keys.len(), KEYS_MAX);
        drop(state);
        // The old keys are removed, and what they suppressed is counted once.
        throttle.allow_at(0, start);
        assert_eq!(throttle.allow_at(200_000, start + INTERVAL), Some(1));
        assert_eq!(throttle.state.lock().unwrap().keys.len(), 1);
    }
}
