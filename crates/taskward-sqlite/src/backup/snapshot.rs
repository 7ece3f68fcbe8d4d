//! Read transactions on two databases that show the same moment.
//!
//! SQLite has no snapshot of several files. Both write locks are held while both read transactions begin, so no write is
//! between them. Writers wait for a few milliseconds; then the copying blocks nobody.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::files::{open_to_write, unfit};
use super::{BackupError, connection};
use crate::inspect::Unfit;
use crate::{accounts, schema};

/// How long the writers of accounts may wait for this command. The writer of tasks commits within milliseconds.
const SECOND_LOCK_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) struct Snapshots {
    pub(super) tasks: Connection,
    pub(super) accounts: Option<Connection>,
    /// Drawn at random, to recognise the two copies of one backup. 0 if there is one copy.
    pub(super) number: i64,
}

pub(super) fn take(tasks: &Path, accounts: Option<&Path>) -> Result<Snapshots, BackupError> {
    // Whoever holds this lock for long keeps only the accounts locked, so wait for it first.
    let accounts_lock = match accounts {
        Some(path) => Some(lock(path, connection::BUSY_TIMEOUT)?),
        None => None,
    };
    let timeout = match accounts {
        Some(_) => SECOND_LOCK_TIMEOUT,
        None => connection::BUSY_TIMEOUT,
    };
    let tasks_lock = lock(tasks, timeout)?;
    let snapshots = Snapshots {
        tasks: read(tasks, |tasks| Ok(schema::version(tasks)?.is_some()))?,
        accounts: match accounts {
            Some(path) => Some(read(path, accounts::has_accounts)?),
            None => None,
        },
        number: match accounts {
            Some(_) => draw_number(&tasks_lock).map_err(failed(tasks))?,
            None => 0,
        },
    };
    drop((tasks_lock, accounts_lock));
    Ok(snapshots)
}

/// Fits into the signed field of the header.
fn draw_number(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT abs(random() % 2147483647) + 1";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Keeps others from writing until the connection is dropped.
fn lock(path: &Path, timeout: Duration) -> Result<Connection, BackupError> {
    let begin = || {
        let connection = open_to_write(path)?;
        connection.busy_timeout(timeout)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(connection)
    };
    begin().map_err(failed(path))
}

/// A read transaction on a database that `is_ours`.
fn read(
    path: &Path,
    is_ours: impl Fn(&Connection) -> rusqlite::Result<bool>,
) -> Result<Connection, BackupError> {
    let begin = || {
        let connection = open_to_write(path)?;
        connection.busy_timeout(connection::BUSY_TIMEOUT)?;
        connection.execute_batch("BEGIN")?;
        // The transaction begins with the first row that is read.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        let is_ours = is_ours(&connection)?;
        Ok((connection, is_ours))
    };
    match begin().map_err(failed(path))? {
        (connection, true) => Ok(connection),
        (_, false) => Err(unfit(path)(Unfit::Foreign)),
    }
}

fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> BackupError {
    let path = path.to_owned();
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            BackupError::Locked(path.clone())
        }
        _ => unfit(&path)(error.into()),
    }
}
