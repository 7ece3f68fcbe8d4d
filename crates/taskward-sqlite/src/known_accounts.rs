//! The accounts that were read before, so that "did anything change?" needs no read of the file.
//!
//! Invariant: a remembered account is the one in the file, or the one before a write that nobody was told of yet. This process
//! alone writes the file; each write forgets its user's account before it is answered; and an account that was read while any
//! write ended is not remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use taskward_domain::{Account, UserId};

/// For how many users accounts are remembered: some megabytes. When it is full it is cleared.
const USERS: usize = 1 << 16;

#[derive(Clone, Default)]
pub(crate) struct KnownAccounts {
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    accounts: HashMap<UserId, Account>,
    /// How many writes have ended.
    writes: u64,
}

/// The moment at which a read began.
pub(crate) struct Moment(u64);

impl KnownAccounts {
    /// The user's account, or the moment at which a read of it begins.
    pub(crate) fn recall(&self, user: &UserId) -> Result<Account, Moment> {
        let known = self.lock();
        known
            .accounts
            .get(user)
            .copied()
            .ok_or(Moment(known.writes))
    }

    /// Remembers an account that was read since `moment`, unless a write has ended meanwhile.
    pub(crate) fn remember(&self, user: &UserId, account: Account, moment: &Moment) {
        let mut known = self.lock();
        if known.writes != moment.0 {
            return;
        }
        if known.accounts.len() >= USERS {
            known.accounts.clear();
        }
        known.accounts.insert(user.clone(), account);
    }

    /// The user's account has advanced.
    pub(crate) fn forget(&self, user: &UserId) {
        let mut known = self.lock();
        known.writes = known.writes.wrapping_add(1);
        known.accounts.remove(user);
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

    fn account(seq: u64) -> Account {
        Account {
            seq,
            ..Account::default()
        }
    }

    #[test]
    fn an_account_is_known_until_the_next_write_of_that_user() {
        let known_accounts = KnownAccounts::default();
        for name in ["a", "b"] {
            let moment = known_accounts.recall(&user(name)).unwrap_err();
            known_accounts.remember(&user(name), account(7), &moment);
        }
        known_accounts.forget(&user("a"));
        assert!(known_accounts.recall(&user("a")).is_err());
        assert_eq!(known_accounts.recall(&user("b")).ok(), Some(account(7)));
    }

    #[test]
    fn an_account_that_was_read_while_a_write_ended_is_not_remembered() {
        let known_accounts = KnownAccounts::default();
        let before = known_accounts.recall(&user("a")).unwrap_err();
        // A reader reads 7 now; then the write that makes it 8 commits and is answered.
        known_accounts.forget(&user("a"));
        known_accounts.remember(&user("a"), account(7), &before);
        assert!(known_accounts.recall(&user("a")).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let known_accounts = KnownAccounts::default();
        for number in 0..=USERS {
            let user = user(&number.to_string());
            let moment = known_accounts.recall(&user).unwrap_err();
            known_accounts.remember(&user, account(1), &moment);
        }
        assert!(known_accounts.lock().accounts.len() <= USERS);
    }
}
