//! Write counters that were read before, so that "has anything changed?" needs no look at the file.
//!
//! Invariant: what is remembered for a user is what the file says, or what it said until a write that nobody has been
//! told of yet. It holds because this process alone writes the file (`lock`): each write forgets its user's counter
//! before it is answered, and what was read while any write ended is not remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::UserId;

/// For how many users. Some megabytes; when it is full it starts anew.
const USERS: usize = 1 << 16;

#[derive(Clone, Default)]
pub(super) struct Counters {
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    seqs: HashMap<UserId, u64>,
    /// How many writes have ended.
    writes: u64,
}

/// The moment a reading began.
pub(super) struct Moment(u64);

impl Counters {
    /// The user's counter, or the moment from which it may be read and then remembered.
    pub(super) fn recall(&self, user: &UserId) -> Result<u64, Moment> {
        let known = self.lock();
        known.seqs.get(user).copied().ok_or(Moment(known.writes))
    }

    /// Keeps what was read since `moment`, unless a write has ended meanwhile.
    pub(super) fn remember(&self, user: &UserId, seq: u64, moment: &Moment) {
        let mut known = self.lock();
        if known.writes != moment.0 {
            return;
        }
        if known.seqs.len() >= USERS {
            known.seqs.clear();
        }
        known.seqs.insert(user.clone(), seq);
    }

    /// The user's counter has advanced.
    pub(super) fn forget(&self, user: &UserId) {
        let mut known = self.lock();
        known.writes = known.writes.wrapping_add(1);
        known.seqs.remove(user);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserId {
        name.parse().unwrap()
    }

    #[test]
    fn what_was_read_is_known_until_the_next_write_of_that_user() {
        let counters = Counters::default();
        for name in ["a", "b"] {
            let moment = counters.recall(&user(name)).unwrap_err();
            counters.remember(&user(name), 7, &moment);
        }
        counters.forget(&user("a"));
        assert!(counters.recall(&user("a")).is_err());
        assert_eq!(counters.recall(&user("b")).ok(), Some(7));
    }

    #[test]
    fn what_was_read_while_a_write_ended_is_not_kept() {
        let counters = Counters::default();
        let before = counters.recall(&user("a")).unwrap_err();
        // Somebody reads 7 now; then the write that makes it 8 commits and is answered.
        counters.forget(&user("a"));
        counters.remember(&user("a"), 7, &before);
        assert!(counters.recall(&user("a")).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let counters = Counters::default();
        for number in 0..=USERS {
            let user = user(&number.to_string());
            let moment = counters.recall(&user).unwrap_err();
            counters.remember(&user, 1, &moment);
        }
        assert!(counters.lock().seqs.len() <= USERS);
    }
}
