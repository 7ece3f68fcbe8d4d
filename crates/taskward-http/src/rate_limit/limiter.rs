//! Which requests the rate limits refuse.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use axum::http::HeaderValue;
use taskward_access::Access;
use taskward_domain::UserId;

use super::Rates;
use super::buckets::{Buckets, Level, Quota};
use super::quota_fields::{policy, remaining};
use crate::client_address::network_of;

/// Users, and addresses, whose buckets are remembered.
const KEYS_MAX: usize = 100_000;
/// Written rows that cost one further request.
const ROWS_PER_REQUEST: usize = 100;
/// A deletion or restoration of lists that writes more rows is large: more than a list and 1,000 tasks.
const LARGE_LIST_ROWS: usize = 1_001;

pub(crate) struct RateLimiter {
    started: Instant,
    requests: Quota,
    writes: Quota,
    failures: Quota,
    large_lists: Quota,
    /// Requests, then writes, then large deletions and restorations of lists.
    users: Buckets<UserId, 3>,
    addresses: Buckets<IpAddr, 1>,
    policy: HeaderValue,
}

/// Whether a request may proceed.
pub(crate) struct Admission {
    /// The value of `RateLimit`.
    pub(crate) remaining: Option<HeaderValue>,
    /// Whole seconds until a retry can succeed, if the request is refused.
    pub(crate) retry_after: Option<u64>,
}

impl RateLimiter {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            started: Instant::now(),
            requests: Quota::per_minute(rates.requests),
            writes: Quota::per_minute(rates.writes),
            failures: Quota::per_minute(rates.failures),
            large_lists: Quota::per_minute(NonZeroU32::MIN),
            users: Buckets::new(KEYS_MAX),
            addresses: Buckets::new(KEYS_MAX),
            policy: policy(rates),
        }
    }

    /// The value of `RateLimit-Policy`.
    pub(crate) fn policy(&self) -> &HeaderValue {
        &self.policy
    }

    /// Counts a request of an authenticated user, unless it is refused.
    pub(crate) fn admit(&self, user: &UserId, access: Access) -> Admission {
        let (requests, writes) = self.take(user, access, self.now());
        let writes = (access == Access::Write).then_some(writes);
        let wait = requests
            .retry_after
            .max(writes.map_or(Duration::ZERO, |level| level.retry_after));
        Admission {
            remaining: remaining(requests, writes),
            retry_after: (wait > Duration::ZERO).then(|| whole_seconds(wait)),
        }
    }

    /// Takes one token of each quota that the request needs, or none, and returns the levels. In the level of a refused
    /// request `retry_after` is not zero.
    fn take(&self, user: &UserId, access: Access, now: u64) -> (Level, Level) {
        self.users.update(user, now, |[requests, writes, _]| {
            let before = (
                requests.level(self.requests, now),
                writes.level(self.writes, now),
            );
            let is_write = access == Access::Write;
            let is_refused = before.0.retry_after > Duration::ZERO
                || (is_write && before.1.retry_after > Duration::ZERO);
            if is_refused {
                return before;
            }
            requests.charge(self.requests, now, 1);
            if is_write {
                writes.charge(self.writes, now, 1);
            }
            let allowed = |level: Level| Level {
                retry_after: Duration::ZERO,
                ..level
            };
            (
                allowed(requests.level(self.requests, now)),
                allowed(writes.level(self.writes, now)),
            )
        })
    }

    /// Charges a write that wrote many rows.
    pub(crate) fn charge_rows(&self, user: &UserId, rows: usize) {
        let tokens = rows / ROWS_PER_REQUEST;
        if tokens == 0 {
            return;
        }
        let now = self.now();
        self.users.update(user, now, |[requests, writes, _]| {
            requests.charge(self.requests, now, tokens as u64);
            writes.charge(self.writes, now, tokens as u64);
        });
    }

    /// Whether a user may delete or restore a list. How many rows that writes is known only afterwards, so a large one is
    /// counted after it and refuses the next.
    ///
    /// # Errors
    /// Whole seconds until the user may.
    pub(crate) fn check_lists(&self, user: &UserId) -> Result<(), u64> {
        let wait = self.list_wait(user, self.now());
        if wait > Duration::ZERO {
            Err(whole_seconds(wait))
        } else {
            Ok(())
        }
    }

    fn list_wait(&self, user: &UserId, now: u64) -> Duration {
        let [_, _, lists] = self.users.get(user);
        lists.level(self.large_lists, now).retry_after
    }

    /// Counts a deletion or restoration of lists if it wrote many rows.
    pub(crate) fn charge_lists(&self, user: &UserId, rows: usize) {
        self.count_lists(user, rows, self.now());
    }

    fn count_lists(&self, user: &UserId, rows: usize, now: u64) {
        if rows > LARGE_LIST_ROWS {
            self.users.update(user, now, |[_, _, lists]| {
                lists.charge(self.large_lists, now, 1);
            });
        }
    }

    /// Whether an address may try to authenticate.
    ///
    /// # Errors
    /// Whole seconds until it may.
    pub(crate) fn check_address(&self, address: IpAddr) -> Result<(), u64> {
        let [failures] = self.addresses.get(&network_of(address));
        let wait = failures.level(self.failures, self.now()).retry_after;
        if wait > Duration::ZERO {
            Err(whole_seconds(wait))
        } else {
            Ok(())
        }
    }

    /// Counts a failed authentication.
    pub(crate) fn record_failure(&self, address: IpAddr) {
        let now = self.now();
        self.addresses
            .update(&network_of(address), now, |[failures]| {
                failures.charge(self.failures, now, 1);
            });
    }

    /// Nanoseconds since the start, plus one, so that no time is 0, which is a full bucket.
    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).map_or(u64::MAX / 2, |now| now + 1)
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(setting: &str) -> RateLimiter {
        let limits: super::super::RateLimits = setting.parse().unwrap();
        RateLimiter::new(limits.rates().unwrap())
    }

    fn user(id: &str) -> UserId {
        id.parse().unwrap()
    }

    #[test]
    fn sec_67_requests_and_writes_of_one_user_have_limits_of_their_own() {
        let limiter = limiter("requests=6,writes=2");
        let alice = user("alice");
        let admit = |access| limiter.admit(&alice, access);
        for _ in 0..2 {
            assert_eq!(admit(Access::Write).retry_after, None);
        }
        let refused = admit(Access::Write);
        assert!((29..=30).contains(&refused.retry_after.unwrap()));
        // A refused request takes nothing.
        for left in (0..4).rev() {
            let read = admit(Access::Read);
            assert_eq!(read.retry_after, None);
            let fields = read.remaining.unwrap();
            let text = fields.to_str().unwrap();
            assert!(
                text.starts_with(&format!("\"requests\";r={left};t=")),
                "{text}"
            );
        }
        assert!((9..=10).contains(&admit(Access::Read).retry_after.unwrap()));
        assert_eq!(limiter.admit(&user("bob"), Access::Write).retry_after, None);
    }

    #[test]
    fn sec_67_a_large_write_costs_more() {
        let limiter = limiter("requests=60,writes=20");
        let alice = user("alice");
        limiter.charge_rows(&alice, 99);
        let (requests, writes) = limiter.take(&alice, Access::Write, limiter.now());
        assert_eq!((requests.remaining, writes.remaining), (59, 19));
        limiter.charge_rows(&alice, 1_000);
        let (requests, writes) = limiter.take(&alice, Access::Write, limiter.now());
        assert_eq!((requests.remaining, writes.remaining), (48, 8));
    }

    #[test]
    fn sec_67_lists_can_be_deleted_again_a_minute_after_a_large_one() {
        const SECOND: u64 = 1_000_000_000;
        let limiter = limiter("on");
        let alice = user("alice");
        let wait = |at| limiter.list_wait(&alice, at * SECOND);
        limiter.count_lists(&alice, 1_001, SECOND);
        assert_eq!(wait(1), Duration::ZERO);
        limiter.count_lists(&alice, 1_002, 10 * SECOND);
        for (at, seconds) in [(10, 60), (40, 30), (69, 1), (70, 0), (500, 0)] {
            assert_eq!(wait(at), Duration::from_secs(seconds), "at {at} s");
        }
        assert_eq!(limiter.list_wait(&user("bob"), 10 * SECOND), Duration::ZERO);
        // Other requests have limits of their own.
        let (requests, writes) = limiter.take(&alice, Access::Write, 10 * SECOND);
        assert_eq!((requests.remaining, writes.remaining), (1_199, 599));
    }

    #[test]
    fn sec_67_an_address_with_many_failures_may_not_try() {
        let limiter = limiter("failures=3");
        let address: IpAddr = "2001:db8::1".parse().unwrap();
        let neighbor: IpAddr = "2001:db8::2".parse().unwrap();
        for _ in 0..3 {
            assert_eq!(limiter.check_address(address), Ok(()));
            limiter.record_failure(address);
        }
        assert!((19..=20).contains(&limiter.check_address(neighbor).unwrap_err()));
        let other: IpAddr = "2001:db8:0:1::1".parse().unwrap();
        assert_eq!(limiter.check_address(other), Ok(()));
    }
}
