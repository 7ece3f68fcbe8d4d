//! The state of a remote key set, for metrics.

use std::time::Duration;

use super::error::FetchError;

/// A snapshot of a [`RemoteKeySet`](crate::RemoteKeySet) or [`FileKeySet`](crate::FileKeySet). Counters start at 0 when fetching starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySetStatus {
    /// Number of usable keys in the current set.
    pub keys: usize,
    /// Number of entries of the current set that are not used.
    pub skipped: usize,
    /// Time since the fetch of the current set started. `None` without a set.
    pub age: Option<Duration>,
    /// Time since the set lost its last usable key. `None` while it has one, and before it had one.
    pub empty_for: Option<Duration>,
    /// Fetches started, for any reason.
    pub fetches: u64,
    /// Fetches started because a token named an unknown key. Included in `fetches`.
    pub triggered: u64,
    /// Fetches that failed.
    pub failures: u64,
    /// How often a set exceeded the stale limit and was dropped.
    pub expiries: u64,
    /// Error of the last fetch. `None` if it succeeded.
    pub last_failure: Option<FetchError>,
}
