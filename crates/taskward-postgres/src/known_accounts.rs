//! The accounts that this process wrote last, so that a create can be sent without reading the account first.
//!
//! An entry is a guess: another process may have written since. The statement that uses it compares it with the row.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use taskward_domain::{Account, Settings, UserId};

use crate::history::Header;

/// About 200 bytes each.
const ENTRIES_MAX: usize = 10_000;

/// An account as it was left. While it is equal, nothing of the user's has changed, and so the settings have not either.
#[derive(Debug, Clone)]
pub(crate) struct KnownAccount {
    pub(crate) header: Header,
    pub(crate) account: Account,
    pub(crate) settings: Option<Settings>,
}

#[derive(Default)]
pub(crate) struct KnownAccounts {
    users: Mutex<HashMap<UserId, KnownAccount>>,
}

impl KnownAccounts {
    pub(crate) fn set(&self, user: &UserId, known: KnownAccount) {
        let mut users = self.lock();
        // Starting over costs each user one more round trip.
        if users.len() >= ENTRIES_MAX && !users.contains_key(user) {
            users.clear();
        }
        users.insert(user.clone(), known);
    }

    pub(crate) fn remove(&self, user: &UserId) -> Option<KnownAccount> {
        self.lock().remove(user)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, KnownAccount>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
