//! The auth server's SQLite database, as far as this program handles it: whether it is one, what it holds, and that it is left
//! without a write-ahead log.
//!
//! The auth server owns the tables. Nothing here reads or writes a row.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::backup::open_to_write;
use crate::inspect::{Unfit, check_integrity};
use crate::lock::{Lock, LockError, ShutdownState};
use crate::log_owner::{self, StaleLog};
use crate::store::resolve;

/// What a database of accounts holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountContents {
    pub users: u64,
    pub sessions: u64,
}

impl fmt::Display for AccountContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { users, sessions } = self;
        write!(f, "accounts {users}, sessions {sessions}")
    }
}

/// Whether the tables of Better Auth are there.
pub(crate) fn has_accounts(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(connection.table_exists(None, "user")? && connection.table_exists(None, "session")?)
}

/// Checks everything and counts.
pub(crate) fn inspect(connection: &Connection) -> Result<AccountContents, Unfit> {
    if !has_accounts(connection)? {
        return Err(Unfit::NotAccounts);
    }
    check_integrity(connection)?;
    let count = |sql| connection.query_row(sql, [], |row| row.get(0));
    Ok(AccountContents {
        users: count("SELECT count(*) FROM \"user\"")?,
        sessions: count("SELECT count(*) FROM session")?,
    })
}

/// The database of an auth server that this process runs.
pub struct AccountsFile {
    path: PathBuf,
    lock: Lock,
}

impl AccountsFile {
    /// Checks that a log beside the file belongs to it. To be called before the auth server starts. `None` if there is no
    /// directory for the file yet, or if another process runs an auth server on it.
    ///
    /// # Errors
    /// [`StaleLog`].
    pub fn begin(path: &Path) -> Result<Option<Self>, StaleLog> {
        let Ok(path) = resolve(path) else {
            return Ok(None);
        };
        let (lock, found) = match Lock::acquire(&path) {
            Ok(acquired) => acquired,
            Err(LockError::Taken) => return Ok(None),
            Err(LockError::File(error)) => {
                // The auth server cannot use the directory either, and says why.
                tracing::warn!(error = %error, "the database of the auth server cannot be locked");
                return Ok(None);
            }
        };
        log_owner::check(&path, found.identity())?;
        let mut file = Self { path, lock };
        file.record(ShutdownState::Running(None));
        match file.begin_run() {
            Ok(state) => file.record(state),
            // A damaged file is reported by the auth server.
            Err(error) => {
                tracing::warn!(error = %error, "the start cannot be recorded in the database of the auth server");
            }
        }
        Ok(Some(file))
    }

    fn begin_run(&self) -> rusqlite::Result<ShutdownState> {
        let is_new = self.path.metadata().map_or(true, |file| file.len() == 0);
        if is_new {
            return Ok(ShutdownState::Running(None));
        }
        let connection = open_to_write(&self.path)?;
        let identity = if has_accounts(&connection)? {
            log_owner::begin_run(&connection)?
        } else {
            None
        };
        connection.close().map_err(|(_, error)| error)?;
        Ok(ShutdownState::Running(identity))
    }

    /// Moves everything from the log into the file. To be called after the auth server has exited.
    pub fn settle(mut self) {
        let settled = if self.path.exists() {
            open_to_write(&self.path)
                .and_then(|connection| log_owner::settle(connection, &self.path))
        } else {
            Ok(())
        };
        match settled {
            Ok(()) => self.record(ShutdownState::Clean),
            Err(error) => {
                tracing::warn!(error = %error, "closing the database of the auth server failed");
            }
        }
    }

    fn record(&mut self, state: ShutdownState) {
        if let Err(error) = self.lock.set_state(state) {
            tracing::warn!(error = %error, "the state of the database of the auth server cannot be recorded");
        }
    }
}
