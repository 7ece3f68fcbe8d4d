//! Token buckets for many keys, by the generic cell rate algorithm.
//!
//! A bucket is one number: the time at which it is full again. Memory is bounded by a number of keys; a bucket that is full
//! needs no entry. Unlike the crates for this algorithm, a bucket can be inspected without taking from it, and can be charged
//! afterwards.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const SHARDS: usize = 16;
const MINUTE: u64 = 60_000_000_000;

/// How many tokens a bucket holds, and how fast they come back: all within a minute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quota {
    /// Nanoseconds for one token.
    interval: u64,
    /// Nanoseconds for a whole bucket.
    window: u64,
}

impl Quota {
    pub(super) fn per_minute(count: NonZeroU32) -> Self {
        let interval = MINUTE / u64::from(count.get());
        Self {
            interval,
            window: interval * u64::from(count.get()),
        }
    }
}

/// The state of one quota for one key after a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    /// Tokens that are left.
    pub(super) remaining: u64,
    /// Until the bucket is full.
    pub(super) reset: Duration,
    /// Until the next token; zero when there is one.
    pub(super) retry_after: Duration,
}

/// When the bucket is full again, in nanoseconds on the caller's clock. 0 is a full bucket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bucket(u64);

impl Bucket {
    pub(super) fn level(self, quota: Quota, now: u64) -> Level {
        let owed = self.0.saturating_sub(now);
        let free = quota.window.saturating_sub(owed);
        let missing = quota.interval.saturating_sub(free);
        Level {
            remaining: free / quota.interval,
            reset: Duration::from_nanos(owed),
            retry_after: Duration::from_nanos(missing),
        }
    }

    /// Takes tokens whether or not they are there, down to one bucket of debt.
    pub(super) fn charge(&mut self, quota: Quota, now: u64, tokens: u64) {
        let owed = self.0.saturating_sub(now);
        let owed = owed.saturating_add(quota.interval.saturating_mul(tokens));
        self.0 = now + owed.min(2 * quota.window);
    }
}

/// Buckets of `N` quotas for each key.
pub(super) struct Buckets<K, const N: usize> {
    hasher: RandomState,
    shards: [Mutex<HashMap<K, [Bucket; N], RandomState>>; SHARDS],
    keys_per_shard: usize,
}

impl<K: Hash + Eq + Clone, const N: usize> Buckets<K, N> {
    pub(super) fn new(keys_max: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| Mutex::default()),
            keys_per_shard: keys_max.div_ceil(SHARDS),
        }
    }

    /// The buckets of a key.
    pub(super) fn get(&self, key: &K) -> [Bucket; N] {
        self.shard(key)
            .and_then(|shard| shard.get(key).copied())
            .unwrap_or([Bucket::default(); N])
    }

    /// Changes the buckets of a key. They are stored only if `change` changes them.
    pub(super) fn update<T>(
        &self,
        key: &K,
        now: u64,
        change: impl FnOnce(&mut [Bucket; N]) -> T,
    ) -> T {
        let Some(mut shard) = self.shard(key) else {
            return change(&mut [Bucket::default(); N]);
        };
        if let Some(buckets) = shard.get_mut(key) {
            return change(buckets);
        }
        let mut buckets = [Bucket::default(); N];
        let result = change(&mut buckets);
        if owed(&buckets, now) > 0 {
            if shard.len() >= self.keys_per_shard {
                evict(&mut shard, now);
            }
            shard.insert(key.clone(), buckets);
        }
        result
    }

    /// `None` never happens, because the index is below the number of shards.
    fn shard(&self, key: &K) -> Option<MutexGuard<'_, HashMap<K, [Bucket; N]>>> {
        let index = self.hasher.hash_one(key) % SHARDS as u64;
        let shard = self.shards.get(usize::try_from(index).ok()?)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let shards = self.shards.iter();
        shards.map(|shard| shard.lock().unwrap().len()).sum()
    }
}

/// Removes full buckets. If there are none, removes those that are fuller than the average, so that keys near their limit
/// stay and a removal pays for many inserts.
fn evict<K: Hash + Eq, const N: usize>(shard: &mut HashMap<K, [Bucket; N]>, now: u64) {
    let before = shard.len();
    shard.retain(|_, buckets| owed(buckets, now) > 0);
    if shard.len() == before {
        let sum: u128 = shard
            .values()
            .map(|buckets| u128::from(owed(buckets, now)))
            .sum();
        let average = u64::try_from(sum / before.max(1) as u128).unwrap_or(u64::MAX);
        shard.retain(|_, buckets| owed(buckets, now) > average);
    }
}

/// How long until all buckets are full.
fn owed<const N: usize>(buckets: &[Bucket; N], now: u64) -> u64 {
    let full = buckets.iter().map(|bucket| bucket.0).max();
    full.unwrap_or_default().saturating_sub(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn quota(count: u32) -> Quota {
        Quota::per_minute(NonZeroU32::new(count).unwrap())
    }

    #[test]
    fn tokens_run_out_and_come_back() {
        let quota = quota(60);
        let mut bucket = Bucket::default();
        assert_eq!(bucket.level(quota, 0).remaining, 60);
        for taken in 1..=60 {
            bucket.charge(quota, 0, 1);
            assert_eq!(bucket.level(quota, 0).remaining, 60 - taken);
        }
        let empty = bucket.level(quota, 0);
        assert_eq!(empty.retry_after, Duration::from_secs(1));
        assert_eq!(empty.reset, Duration::from_secs(60));
        assert_eq!(bucket.level(quota, SECOND).remaining, 1);
        assert_eq!(bucket.level(quota, SECOND).retry_after, Duration::ZERO);
        assert_eq!(bucket.level(quota, 60 * SECOND).remaining, 60);
    }

    #[test]
    fn a_debt_is_bounded() {
        let quota = quota(60);
        let mut bucket = Bucket::default();
        bucket.charge(quota, 0, u64::MAX);
        let level = bucket.level(quota, 0);
        assert_eq!(
            (level.remaining, level.retry_after),
            (0, Duration::from_secs(1))
        );
        assert_eq!(bucket.level(quota, 61 * SECOND).remaining, 1);
    }

    #[test]
    fn sec_67_memory_is_bounded_and_keys_near_their_limit_stay() {
        let quota = quota(60);
        let buckets = Buckets::<u32, 1>::new(1_600);
        let charge = |key: u32, tokens| {
            buckets.update(&key, 0, |[bucket]| bucket.charge(quota, 0, tokens));
        };
        charge(u32::MAX, 60);
        for key in 0..100_000 {
            charge(key, 1);
            assert!(buckets.len() <= 1_600);
        }
        let [bucket] = buckets.get(&u32::MAX);
        assert_eq!(bucket.level(quota, 0).remaining, 0);
        // All are full again, so the next inserts find room by removing them.
        let later = 120 * SECOND;
        for key in 0..1_600 {
            buckets.update(&key, later, |[bucket]| bucket.charge(quota, later, 1));
        }
        assert!(buckets.len() <= 1_600);
    }

    #[test]
    fn reading_stores_nothing() {
        let buckets = Buckets::<u32, 2>::new(16);
        let _ = buckets.get(&1);
        buckets.update(&2, 5, |_| ());
        assert_eq!(buckets.len(), 0);
    }
}
