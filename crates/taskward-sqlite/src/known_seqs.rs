//! The values of `seq` that were read before, so that "did anything change?" needs no read of the file.
//!
//! Invariant: a remembered value is the one in the file, or the one before a write that nobody was told of yet. This process
//! alone writes the file; each write forgets its user's value before it is answered; and a value that was read while any
//! write ended is not remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use taskward_domain::UserId;

/// For how many users values are remembered: some megabytes. When it is full it is cleared.
const USERS: usize = 1 << 16;

#[derive(Clone, Default)]
pub(crate) struct KnownSeqs {
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    seqs: HashMap<UserId, u64>,
    /// How many writes have ended.
    writes: u64,
}

/// The moment at which a read began.
pub(crate) struct Moment(u64);

impl KnownSeqs {
    /// The user's value, or the moment at which a read of it begins.
    pub(crate) fn recall(&self, user: &UserId) -> Result<u64, Moment> {
        let known = self.lock();
        known.seqs.get(user).copied().ok_or(Moment(known.writes))
    }

    /// Remembers a value that was read since `moment`, unless a write has ended meanwhile.
    pub(crate) fn remember(&self, user: &UserId, seq: u64, moment: &Moment) {
        let mut known = self.lock();
        if known.writes != moment.0 {
            return;
        }
        if known.seqs.len() >= USERS {
            known.seqs.clear();
        }
        known.seqs.insert(user.clone(), seq);
    }

    /// The user's value has advanced.
    pub(crate) fn forget(&self, user: &UserId) {
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
    fn a_value_is_known_until_the_next_write_of_that_user() {
        let known_seqs = KnownSeqs::default();
        for name in ["a", "b"] {
            let moment = known_seqs.recall(&user(name)).unwrap_err();
            known_seqs.remember(&user(name), 7, &moment);
        }
        known_seqs.forget(&user("a"));
        assert!(known_seqs.recall(&user("a")).is_err());
        assert_eq!(known_seqs.recall(&user("b")).ok(), Some(7));
    }

    #[test]
    fn a_value_that_was_read_while_a_write_ended_is_not_remembered() {
        let known_seqs = KnownSeqs::default();
        let before = known_seqs.recall(&user("a")).unwrap_err();
        // A reader reads 7 now; then the write that makes it 8 commits and is answered.
        known_seqs.forget(&user("a"));
        known_seqs.remember(&user("a"), 7, &before);
        assert!(known_seqs.recall(&user("a")).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let known_seqs = KnownSeqs::default();
        for number in 0..=USERS {
            let user = user(&number.to_string());
            let moment = known_seqs.recall(&user).unwrap_err();
            known_seqs.remember(&user, 1, &moment);
        }
        assert!(known_seqs.lock().seqs.len() <= USERS);
    }
}
