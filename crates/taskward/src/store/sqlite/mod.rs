//! Tasks in one SQLite file: the default backend, embedded, for one machine.
//!
//! Readers never wait for writers (write-ahead log); all writes go through one thread, which commits those that wait
//! together with a single fsync (`writer`). `synchronous=FULL`: what was acknowledged survives a power cut.

mod readers;
mod tasks;
mod writer;

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Connection;

use super::news::News;
use super::{CallerTasks, Purged, Store, StoreError};
use crate::auth::{Caller, Maintenance};
use readers::Readers;
use tasks::SqliteTasks;
use writer::Writer;

mod embedded {
    refinery::embed_migrations!("src/store/sqlite/migrations");
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file cannot be made or opened.
    #[error("cannot open the file for reading and writing")]
    File(#[source] std::io::Error),
    /// SQLite refuses it.
    #[error("SQLite cannot use the file")]
    Sqlite(#[source] rusqlite::Error),
    /// The schema cannot be brought up to date: for instance because a newer taskward wrote it.
    #[error("the schema cannot be brought up to date")]
    Migration(#[source] Box<refinery::Error>),
}

/// The backend. Dropping it finishes the writes that wait, then closes the file.
pub struct SqliteStore {
    readers: Readers,
    writer: Writer,
    news: News,
}

impl SqliteStore {
    /// Opens `path`, creating it (readable by its owner only) and migrating it as needed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        create_private(path).map_err(OpenError::File)?;
        let mut connection = connect(path).map_err(OpenError::Sqlite)?;
        embedded::migrations::runner()
            .run(&mut connection)
            .map_err(|error| OpenError::Migration(Box::new(error)))?;
        let writer = Writer::start(connection).map_err(OpenError::File)?;
        Ok(Self {
            readers: Readers::new(path.to_owned()),
            writer,
            news: News::default(),
        })
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn for_caller<'a>(&'a self, caller: &'a Caller) -> Box<dyn CallerTasks + 'a> {
        Box::new(SqliteTasks {
            owner: caller.user_id(),
            readers: &self.readers,
            writer: &self.writer,
            news: &self.news,
        })
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.readers
            .read(|connection| connection.query_row("SELECT 1", [], |_| Ok(())))
    }

    async fn purge(&self, _: &Maintenance, _now: Timestamp) -> Result<Purged, StoreError> {
        Ok(Purged::default())
    }
}

/// SQLite gives the log and the shared-memory file the permissions of the database file, so this one call covers all
/// three (SEC-94).
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// A connection with the settings that durability and isolation rest on.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}
