//! Connections to read with, opened as needed and kept for the next reader.
//!
//! Short reads run where they are asked for, on the runtime's own threads: they are point and range look-ups of some
//! microseconds, and handing them to another thread would cost more than they do. Long ones, which are searches, run on
//! threads of their own, a few at a time. So there are never more connections than threads of both kinds.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::super::StoreError;
use super::connection::connect_to_read;
use super::stopped;

/// How many long reads run at a time.
const LONG_READS: usize = 4;
/// How long another one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct Readers {
    pool: Arc<Pool>,
    long_reads: Arc<Semaphore>,
}

struct Pool {
    path: PathBuf,
    /// `None` once closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            pool: Arc::new(Pool {
                path,
                idle: Mutex::new(Some(Vec::new())),
            }),
            long_reads: Arc::new(Semaphore::new(LONG_READS)),
        }
    }

    /// Runs `work`, which is one statement and so sees one snapshot.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.pool.read(work)
    }

    /// Runs `work` on one snapshot of the database.
    pub(super) fn read_snapshot<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.pool.read_snapshot(work)
    }

    /// The same on a thread of its own, when it is its turn. Goes on when nobody waits for it any more.
    pub(super) async fn read_long<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let turn = Arc::clone(&self.long_reads).acquire_owned();
        let turn = tokio::time::timeout(PATIENCE, turn)
            .await
            .map_err(|_| StoreError::Overloaded)?
            .map_err(|_| stopped())?;
        let pool = Arc::clone(&self.pool);
        let read = tokio::task::spawn_blocking(move || {
            let found = pool.read_snapshot(work);
            drop(turn);
            found
        });
        read.await
            .map_err(|error| StoreError::Failed(Box::new(error)))?
    }

    /// Closes what is idle, and from now on what is in use as soon as it is not.
    pub(super) fn close(&self) {
        drop(self.pool.lock().take());
    }
}

impl Pool {
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self.lock().as_mut().ok_or_else(stopped)?.pop();
        let connection = match kept {
            Some(connection) => connection,
            None => connect_to_read(&self.path)?,
        };
        let found = work(&connection);
        // Only a connection that did what it should is worth keeping; after a fault it is closed by its drop.
        if matches!(found, Ok(_) | Err(StoreError::Refused(_))) {
            self.keep(connection);
        }
        found
    }

    fn read_snapshot<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read(|connection| {
            connection.prepare_cached("BEGIN")?.execute([])?;
            let found = work(connection);
            connection.prepare_cached("COMMIT")?.execute([])?;
            found
        })
    }

    fn keep(&self, connection: Connection) {
        if let Some(idle) = self.lock().as_mut() {
            idle.push(connection);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
