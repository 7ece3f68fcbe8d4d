//! Tasks in one SQLite file: the default backend, embedded, for one machine.
//!
//! Readers never wait for writers (write-ahead log); all writes go through one thread, which commits those that wait
//! together with a single fsync (`writer`). `synchronous=FULL`: what was acknowledged survives a power cut. One process
//! has the file at a time (`lock`).

mod backup;
mod connection;
mod counters;
mod history;
mod inspect;
mod lock;
mod log_keeper;
mod purge;
mod readers;
mod rows;
mod schema;
mod search;
mod tasks;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, ffi};

use super::news::News;
use super::{CallerTasks, Purged, Store, StoreError};
use crate::auth::{Caller, Maintenance};
use crate::domain::UserId;
pub use backup::{BackupError, Restored, backup, restore};
use counters::Counters;
pub use inspect::{Contents, Unfit};
use lock::{Left, Lock, LockError};
use log_keeper::LogKeeper;
use readers::Readers;
use tasks::SqliteTasks;
use writer::Writer;

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made or opened.
    #[error("cannot open the file for reading and writing")]
    File(#[source] std::io::Error),
    /// Another process has it.
    #[error("another taskward works on this file; stop that one first")]
    InUse,
    /// A restore did not come to its end.
    #[error("a restore of this file was interrupted; run `taskward restore` again")]
    HalfRestored,
    /// What is in the file cannot be relied on.
    #[error(
        "put the last backup in its place with `taskward restore FILE --replace`, which keeps what is there; {0}"
    )]
    Damaged(Unfit),
    /// A newer program wrote it.
    #[error("a newer taskward has written it, with version {0} of the schema; run that one")]
    Newer(i64),
    /// SQLite refuses it.
    #[error("SQLite cannot use the file")]
    Sqlite(#[source] rusqlite::Error),
    /// The schema cannot be brought up to date.
    #[error("the schema cannot be brought up to date")]
    Migration(#[source] Box<refinery::Error>),
}

/// The backend.
pub struct SqliteStore {
    readers: Readers,
    counters: Counters,
    news: News,
    writer: Writer,
    open: Mutex<Option<Open>>,
}

/// What has to come to an orderly end.
struct Open {
    writer: JoinHandle<Connection>,
    log: JoinHandle<()>,
    lock: Lock,
}

impl SqliteStore {
    /// Opens `path`, creating it (readable by its owner only) and migrating it as needed. Where the last run did not end
    /// in order, the whole file is looked through first.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let path = resolve(path).map_err(OpenError::File)?;
        let (mut lock, left) = Lock::take(&path)?;
        if left == Left::Restoring {
            return Err(OpenError::HalfRestored);
        }
        connection::create_private(&path).map_err(OpenError::File)?;
        let mut connection = connection::connect(&path)?;
        if left == Left::Running {
            check_after_unclean_end(&connection)?;
        }
        lock.leave(Left::Running).map_err(OpenError::File)?;
        schema::migrate(&mut connection)?;

        let (keeper, log) =
            LogKeeper::start(connection::connect(&path)?).map_err(OpenError::File)?;
        let (writer, writing) = Writer::start(connection, keeper).map_err(OpenError::File)?;
        Ok(Self {
            readers: Readers::new(path),
            counters: Counters::default(),
            news: News::default(),
            writer,
            open: Mutex::new(Some(Open {
                writer: writing,
                log,
                lock,
            })),
        })
    }

    /// Finishes the writes that wait, brings the log into the database, and closes the file. Whoever still asks is told
    /// that storage has stopped. Dropping the store does the same.
    fn close_file(&self) {
        let open = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(mut open) = open else { return };
        self.writer.close();
        self.readers.close();
        // A panic in a thread has been reported by the panic hook; then the file is left as one that nobody closed.
        let (Ok(connection), Ok(())) = (open.writer.join(), open.log.join()) else {
            return;
        };
        let closed = log_keeper::checkpoint(&connection, "TRUNCATE")
            .and_then(|_| connection.close().map_err(|(_, error)| error));
        let left = match closed {
            Ok(()) => open
                .lock
                .leave(Left::Clean)
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = left {
            tracing::warn!(error, "the database could not be closed in order");
        }
    }

    fn for_owner<'a>(&'a self, owner: &'a UserId) -> SqliteTasks<'a> {
        SqliteTasks {
            owner,
            readers: &self.readers,
            writer: &self.writer,
            counters: &self.counters,
            news: &self.news,
        }
    }

    async fn purge_at(&self, now: Timestamp) -> Result<Purged, StoreError> {
        let work = move |connection: &Connection| purge::purge(connection, now);
        self.writer.write(work, |_| ()).await
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close_file();
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn for_caller<'a>(&'a self, caller: &'a Caller) -> Box<dyn CallerTasks + 'a> {
        Box::new(self.for_owner(caller.user_id()))
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.readers.read(|connection| {
            connection
                .prepare_cached("SELECT 1")?
                .query_row([], |_| Ok(()))?;
            Ok(())
        })
    }

    async fn close(&self) {
        // Nothing else is served any more that this could hold up.
        self.close_file();
    }

    async fn purge(&self, _: &Maintenance, now: Timestamp) -> Result<Purged, StoreError> {
        self.purge_at(now).await
    }
}

/// The one path of a file, so that two names of it have one lock.
fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let name = path.file_name().ok_or(error)?;
            let directory = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            Ok(directory
                .unwrap_or(Path::new("."))
                .canonicalize()?
                .join(name))
        }
        other => other,
    }
}

fn check_after_unclean_end(connection: &Connection) -> Result<(), OpenError> {
    tracing::warn!("the last run did not come to its end; looking through the database");
    let began = std::time::Instant::now();
    inspect::check_integrity(connection)?;
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(milliseconds, "the database is in order");
    Ok(())
}

impl From<Unfit> for OpenError {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Sqlite(error) => Self::Sqlite(error),
            other => Self::Damaged(other),
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Unfit::from(error).into()
    }
}

impl From<LockError> for OpenError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Taken => Self::InUse,
            LockError::File(error) => Self::File(error),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            // The one file whose want of room SQLite reports as a fault of its own.
            _ if extended == Some(ffi::SQLITE_IOERR_SHMSIZE) => Self::Full,
            // Another process, such as a shell, holds the file.
            Some(ErrorCode::DatabaseBusy) => Self::Overloaded,
            _ => Self::Failed(Box::new(error)),
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Failed("storage has stopped".into())
}
