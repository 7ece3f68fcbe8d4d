//! The embedded storage backend: one SQLite file, for one machine.
//!
//! Readers never wait for writers (write-ahead log). All writes go through one thread, which commits the queued ones
//! together with a single fsync (`writer`). `synchronous=FULL`: what was acknowledged survives a power failure. One
//! process uses the file at a time (`lock`).

mod accounts;
mod backup;
mod checkpointer;
mod commit;
mod connection;
mod error;
mod feed;
mod foreign;
mod inspect;
mod known_accounts;
mod lists;
mod load;
mod lock;
mod log_owner;
mod purge;
mod readers;
mod schema;
mod search;
mod sets;
mod side_tables;
mod statements;
mod store;
#[cfg(test)]
mod tests;
mod user_store;
mod values;
mod views;
mod writer;

pub use accounts::{AccountContents, AccountsFile};
pub use backup::{
    BackedUp, BackupError, Restored, RestoredAccounts, Selection, accounts_beside, backup,
    mark_restored, restore,
};
pub use foreign::{Foreign, find as find_foreign};
pub use inspect::{Contents, Unfit};
pub use log_owner::StaleLog;
pub use store::{OpenError, SqliteStore};
