//! Opens, checks and closes the database.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Connection;
use taskward_access::{Grant, Maintenance};
use taskward_domain::{Epoch, UserId};
use taskward_store::{ChangeNotifier, Lane, Lanes, Purged, Store, StoreError, UserStore};

use crate::checkpointer::Checkpointer;
use crate::error::SqlError;
use crate::foreign::{self, Foreign};
use crate::inspect::{self, Unfit};
use crate::known_accounts::KnownAccounts;
use crate::lock::{Lock, LockError, ShutdownState};
use crate::log_owner::StaleLog;
use crate::readers::Readers;
use crate::statements::Statements;
use crate::user_store::SqliteUserStore;
use crate::writer::{BATCH, Writer};
use crate::{connection, log_owner, purge, schema};

/// Short reads run on the runtime's threads and need no limit.
const UNLIMITED: Lane = Lane {
    at_once: usize::MAX,
    at_once_per_user: usize::MAX,
};
/// A long read occupies a thread and a processor.
const LONG_READS: Lane = Lane {
    at_once: 4,
    at_once_per_user: 2,
};
/// As many as one commit takes, a quarter of it for one user.
const WRITES: Lane = Lane {
    at_once: BATCH,
    at_once_per_user: BATCH / 4,
};

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot open the file for reading and writing")]
    File(#[source] std::io::Error),
    #[error("another taskward process uses this file; stop it first")]
    InUse,
    #[error("a restore of this file was interrupted; run `taskward restore` again")]
    HalfRestored,
    #[error(
        "restore the last backup with `taskward restore FILE --replace`, which keeps the present file; {0}"
    )]
    Damaged(Unfit),
    #[error(
        "{0}; to keep the present file, move the files that end in -wal and -shm away and run `taskward restore --mark`; to \
         go back to a backup, run `taskward restore FILE --replace`"
    )]
    StaleLog(#[from] StaleLog),
    /// Nothing was changed.
    #[error("{0}")]
    Foreign(Foreign),
    #[error("a newer taskward wrote it, with version {0} of the schema; run that version")]
    Newer(i64),
    #[error("SQLite cannot use the file")]
    Sqlite(#[source] rusqlite::Error),
    #[error("the schema cannot be migrated")]
    Migration(#[source] Box<refinery::Error>),
}

/// The backend.
pub struct SqliteStore {
    pub(crate) shared: Shared,
    open: Mutex<Option<Open>>,
}

/// What the handles of all users share.
pub(crate) struct Shared {
    pub(crate) statements: Arc<Statements>,
    /// Constant while the process has the database: only a restore draws another one.
    pub(crate) epoch: Epoch,
    pub(crate) readers: Readers,
    pub(crate) known_accounts: KnownAccounts,
    pub(crate) notifier: ChangeNotifier,
    pub(crate) writer: Writer,
}

/// What has to be closed in order.
struct Open {
    writer: JoinHandle<Connection>,
    checkpointer: JoinHandle<()>,
    lock: Lock,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens `path`. Creates it, readable by its owner only, and migrates it as needed. After an unclean shutdown the whole
    /// file is checked first.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let path = resolve(path).map_err(OpenError::File)?;
        if let Some(foreign) = foreign::find(&path) {
            return Err(OpenError::Foreign(foreign));
        }
        let (mut lock, found) = Lock::acquire(&path)?;
        if found == ShutdownState::Restoring {
            return Err(OpenError::HalfRestored);
        }
        log_owner::check(&path, found.identity())?;
        connection::create_private(&path).map_err(OpenError::File)?;
        let mut connection = connection::connect(&path)?;
        if matches!(found, ShutdownState::Running(_)) {
            check_after_unclean_shutdown(&connection)?;
        }
        // Without an identity until the header has the new one.
        lock.set_state(ShutdownState::Running(None))
            .map_err(OpenError::File)?;
        schema::migrate(&mut connection)?;
        let epoch = schema::epoch(&connection)?;
        let identity = log_owner::begin_run(&connection).unwrap_or_else(|error| {
            // Not a reason not to start: the disk may be full, and then tasks can still be read.
            tracing::warn!(error = %error, "the start cannot be recorded in the database");
            None
        });
        lock.set_state(ShutdownState::Running(identity))
            .map_err(OpenError::File)?;

        let (checkpointer, checkpointing) =
            Checkpointer::start(connection::connect(&path)?).map_err(OpenError::File)?;
        let (writer, writing) = Writer::start(connection, checkpointer).map_err(OpenError::File)?;
        Ok(Self {
            shared: Shared {
                statements: Arc::new(Statements::new()),
                epoch,
                readers: Readers::new(path.clone()),
                known_accounts: KnownAccounts::default(),
                notifier: ChangeNotifier::default(),
                writer,
            },
            open: Mutex::new(Some(Open {
                writer: writing,
                checkpointer: checkpointing,
                lock,
                path,
            })),
        })
    }

    /// Completes the queued writes, checkpoints the log and closes the file. Later calls fail. Dropping the store does the
    /// same.
    pub(crate) fn close_file(&self) {
        let open = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(mut open) = open else { return };
        self.shared.writer.close();
        self.shared.readers.close();
        // The panic hook reported a panic in a thread. The state then stays `Running`.
        let (Ok(connection), Ok(())) = (open.writer.join(), open.checkpointer.join()) else {
            return;
        };
        let closed = log_owner::settle(connection, &open.path)
            .map_err(|error| error.to_string())
            .and_then(|()| {
                let state = open.lock.set_state(ShutdownState::Clean);
                state.map_err(|error| error.to_string())
            });
        if let Err(error) = closed {
            tracing::warn!(error, "closing the database failed");
        }
    }

    pub(crate) fn for_owner<'a>(&'a self, owner: &'a UserId) -> SqliteUserStore<'a> {
        SqliteUserStore {
            owner,
            shared: &self.shared,
        }
    }

    pub(crate) async fn purge_at(&self, now: Timestamp) -> Result<Purged, StoreError> {
        let work = move |connection: &Connection| purge::purge(connection, now);
        Ok(self.shared.writer.write(work, |_| ()).await?)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close_file();
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn for_grant<'a>(&'a self, grant: &'a Grant) -> Box<dyn UserStore + 'a> {
        Box::new(self.for_owner(grant.user()))
    }

    fn lanes(&self) -> Lanes {
        Lanes {
            reads: UNLIMITED,
            long_reads: LONG_READS,
            writes: WRITES,
        }
    }

    async fn check(&self) -> Result<(), StoreError> {
        if !self.shared.writer.is_running() {
            return Err(SqlError::Stopped.into());
        }
        let answer = self.shared.readers.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT 1")?;
            Ok(statement.query_row([], |_| Ok(()))?)
        });
        Ok(answer?)
    }

    async fn close(&self) {
        // Blocks the thread. Nothing else is served any more.
        self.close_file();
    }

    async fn purge(&self, _: &Maintenance, now: Timestamp) -> Result<Purged, StoreError> {
        self.purge_at(now).await
    }
}

/// The canonical path, so that two names of one file have one lock.
pub(crate) fn resolve(path: &Path) -> std::io::Result<PathBuf> {
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

fn check_after_unclean_shutdown(connection: &Connection) -> Result<(), OpenError> {
    tracing::warn!("the last shutdown was not clean; checking the database");
    let began = std::time::Instant::now();
    inspect::check_integrity(connection)?;
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(milliseconds, "the database is intact");
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
