//! Opens the file, with the settings that durability and isolation depend on.
//!
//! Invariant: no commit checkpoints the write-ahead log; the checkpointer does.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// How long a connection waits for another process that has locked the file.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The page cache of a connection, in KiB: enough for the interior pages of a large database, and little enough for one
/// connection a thread. The leaf pages are in the operating system's cache.
const CACHE_KIB: i64 = 1_024;

/// The log file is truncated to this size after a reader has kept it from being reset.
const LOG_BYTES: i64 = 64 << 20;

/// Creates the file if it is missing, readable by its owner only. SQLite gives the log and the shared-memory file the
/// permissions of the database file, so this covers all three (SEC-94).
///
/// Must not be called while the process has a connection to the file: closing any handle of a file releases the POSIX locks
/// that SQLite holds on it.
pub(crate) fn create_private(path: &Path) -> std::io::Result<()> {
    private(OpenOptions::new().create(true).truncate(false))
        .open(path)
        .map(drop)
}

/// Read and write, with access for the owner only.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// A connection for writing.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // Query plans do not depend on bound values. Otherwise SQLite recompiles a statement whenever another LIMIT is bound,
    // which takes longer than reading the list.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// A connection for reading.
pub(crate) fn connect_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}
