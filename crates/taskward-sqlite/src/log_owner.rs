//! Whether a write-ahead log belongs to the database file beside it, and leaving no log behind.
//!
//! SQLite applies the log that it finds to whatever file has the name. If a killed server leaves a log and somebody copies a
//! backup over the file, the log undoes the copy. Two things tell them apart:
//!
//! - After a clean stop, and in every backup, the header says "no write-ahead log". A file that is in use never says that.
//! - At the start a random number is stored in the header, and in the lock file together with the schema's counter. Copies of
//!   earlier states have another number. SQLite's own backup command resets the counter.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use crate::checkpointer::checkpoint;
use crate::lock::beside;

/// How long to wait for other programs that have the file open, before its log is left as it is.
const SETTLE_TIMEOUT: Duration = Duration::from_millis(500);

/// What the header of the file has while a server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Drawn anew by each start.
    pub(crate) run: u32,
    /// Grows with each change of the schema.
    pub(crate) schema_counter: u32,
}

/// The log is of another file than the one beside it.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} does not belong to the database beside it, which was replaced after its server was killed; the log would undo that", .0.display()
)]
pub struct StaleLog(PathBuf);

/// The parts of the header that matter here (SQLite file format, section 1.3).
struct Header {
    uses_log: bool,
    identity: Identity,
}

impl Header {
    /// `None` for a file that is no complete database.
    ///
    /// Must not be called while the process has a connection to the file, like `connection::create_private`.
    fn read(path: &Path) -> io::Result<Option<Self>> {
        let mut bytes = Vec::with_capacity(100);
        File::open(path)?.take(100).read_to_end(&mut bytes)?;
        let number = |at: usize| {
            let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(bytes))
        };
        let header = || {
            Some(Self {
                uses_log: *bytes.get(19)? == 2,
                identity: Identity {
                    schema_counter: number(40)?,
                    run: number(68)?,
                },
            })
        };
        Ok(header().filter(|_| bytes.starts_with(b"SQLite format 3\0")))
    }
}

/// Checks the log beside `path`. `recorded` is what the last process that used the file has recorded.
pub(crate) fn check(path: &Path, recorded: Option<Identity>) -> Result<(), StaleLog> {
    let log = beside(path, "-wal");
    let has_log = fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    // What cannot be read is reported by the one who opens it.
    let Some(header) = Header::read(path).ok().flatten().filter(|_| has_log) else {
        return Ok(());
    };
    let is_replaced = |recorded: Identity| {
        recorded.run != header.identity.run
            || recorded.schema_counter > header.identity.schema_counter
    };
    if !header.uses_log || recorded.is_some_and(is_replaced) {
        return Err(StaleLog(log));
    }
    Ok(())
}

/// Stores a new number in the header. `None` if it could not be moved from the log into the file.
pub(crate) fn begin_run(connection: &Connection) -> rusqlite::Result<Option<Identity>> {
    let random: i64 = connection.query_row("SELECT random()", [], |row| row.get(0))?;
    // The header's field is signed.
    let run = (random & 0x7fff_ffff) as u32;
    connection.pragma_update(None, "application_id", run)?;
    if !checkpoint(connection, "TRUNCATE")? {
        return Ok(None);
    }
    let schema_counter = connection.pragma_query_value(None, "schema_version", |row| row.get(0))?;
    Ok(Some(Identity {
        run,
        schema_counter,
    }))
}

/// Moves everything from the log into the file, removes the log and closes the file. Other programs that have the file open
/// keep the log from being removed.
pub(crate) fn settle(connection: Connection, path: &Path) -> rusqlite::Result<()> {
    connection.busy_timeout(SETTLE_TIMEOUT)?;
    if checkpoint(&connection, "TRUNCATE")? {
        // Otherwise a power failure could bring back a log that the header no longer mentions.
        if let Ok(log) = File::open(beside(path, "-wal")) {
            let _synced = log.sync_all();
        }
        // A header that cannot be changed now only makes a file that replaces this one harder to recognise.
        let _without_log = use_no_log(&connection);
    }
    connection.close().map_err(|(_, error)| error)
}

/// Makes the header say that there is no log. `false` if another program uses the log.
pub(crate) fn use_no_log(connection: &Connection) -> rusqlite::Result<bool> {
    let mode = connection.query_row("PRAGMA journal_mode = delete", [], |row| {
        row.get::<_, String>(0)
    });
    match mode {
        Ok(mode) => Ok(mode == "delete"),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
