//! Following a list: who is told that it changed, and how many may be told at once (SEC-48).
//!
//! A follower holds a caller and reads that caller's counter, nothing else. It never keeps more than the last value it
//! told, so a slow one costs no memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{ServiceError, Services};
use crate::auth::Caller;
use crate::domain::{EVENT_STREAMS_PER_USER, UserId};
use crate::store::{Store, Subscription};

/// How many followers this process has at most.
const FOLLOWERS: usize = 2_000;

/// Somebody who is told whenever their list has changed.
pub struct Follower {
    caller: Caller,
    store: Arc<dyn Store>,
    subscription: Subscription,
    told: Option<u64>,
    remaining: Duration,
    _place: Place,
}

impl Services {
    /// Follows the caller's list from where the counter was `told`; with `None` the first thing told is where it is.
    ///
    /// # Errors
    /// `TooManyStreams` when the caller has as many followers as one may have, `Overloaded` when the process has.
    pub fn follow(&self, caller: Caller, told: Option<u64>) -> Result<Follower, ServiceError> {
        let place = self.followers.take(caller.user_id())?;
        let subscription = self.store.for_caller(&caller).subscribe();
        let now = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        Ok(Follower {
            subscription,
            store: Arc::clone(&self.store),
            told,
            remaining: Duration::from_secs(caller.expires_at().saturating_sub(now)),
            caller,
            _place: place,
        })
    }
}

impl Follower {
    /// How long the caller's proof held when following began. Nobody may be told anything afterwards.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.remaining
    }

    /// Waits until the counter is another than the one told last, and gives it. Looks at once, so that calling anew
    /// from time to time finds what no news came of. May be dropped and called again without losing anything.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn changed(&mut self) -> Result<u64, ServiceError> {
        loop {
            let seq = self.store.for_caller(&self.caller).seq().await?;
            if self.told != Some(seq) {
                self.told = Some(seq);
                return Ok(seq);
            }
            self.subscription.news().await;
        }
    }
}

/// Counts followers.
#[derive(Clone, Default)]
pub(super) struct Followers {
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    /// Users with at least one.
    of_user: HashMap<UserId, u32>,
}

impl Followers {
    fn take(&self, user: &UserId) -> Result<Place, ServiceError> {
        let mut counts = self.lock();
        if counts.all >= FOLLOWERS {
            return Err(ServiceError::Overloaded);
        }
        let of_user = counts.of_user.entry(user.clone()).or_default();
        if *of_user >= EVENT_STREAMS_PER_USER {
            return Err(ServiceError::TooManyStreams);
        }
        *of_user += 1;
        counts.all += 1;
        Ok(Place {
            user: user.clone(),
            followers: self.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One counted follower. Given back by its drop.
struct Place {
    user: UserId,
    followers: Followers,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.followers.lock();
        counts.all = counts.all.saturating_sub(1);
        if let Entry::Occupied(mut of_user) = counts.of_user.entry(self.user.clone()) {
            *of_user.get_mut() = of_user.get().saturating_sub(1);
            if *of_user.get() == 0 {
                of_user.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_48_places_are_bounded_for_each_user_and_in_all() {
        let followers = Followers::default();
        let user = |name: String| name.parse::<UserId>().unwrap();
        let mut taken = Vec::new();
        for _ in 0..EVENT_STREAMS_PER_USER {
            taken.push(followers.take(&user("a".into())).unwrap());
        }
        let refused = followers.take(&user("a".into()));
        assert!(matches!(refused, Err(ServiceError::TooManyStreams)));
        for number in taken.len()..FOLLOWERS {
            taken.push(followers.take(&user(format!("u{number}"))).unwrap());
        }
        let refused = followers.take(&user("b".into()));
        assert!(matches!(refused, Err(ServiceError::Overloaded)));
        taken.remove(0);
        taken.push(followers.take(&user("a".into())).unwrap());
        taken.clear();
        let counts = followers.lock();
        assert!(
            counts.all == 0 && counts.of_user.is_empty(),
            "all places are given back"
        );
    }
}
