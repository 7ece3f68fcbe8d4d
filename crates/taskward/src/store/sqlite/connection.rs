//! How the file is opened: the settings that durability and isolation rest on, for every connection the same.
//!
//! Invariant: the log is copied into the database by the checkpointer and by nobody else's commit.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// How long a connection waits for another process that holds the file.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Pages that a connection keeps, in KiB: enough for the inner pages of a large database, and little enough for a
/// connection on every thread. The leaves are in the operating system's memory.
const CACHE_KIB: i64 = 1_024;

/// What the log's file is cut back to when somebody has held it up for long.
const LOG_BYTES: i64 = 64 << 20;

/// Makes the file, if it is missing, readable by its owner only. SQLite gives the log and the shared-memory file the
/// permissions of the database file, so this one call covers all three (SEC-94).
///
/// Not to be called while the process has a connection to the file: closing any handle of a file gives up the POSIX
/// locks that SQLite holds on it.
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    private(OpenOptions::new().create(true).truncate(false))
        .open(path)
        .map(drop)
}

/// Reading and writing, and no access for anybody but the owner.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// A connection to write with.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // Plans hold for every value that is bound. Otherwise SQLite compiles a statement with a bound LIMIT anew each time
    // another value is bound, which takes longer than a list does.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// A connection to read with.
pub(super) fn connect_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}
