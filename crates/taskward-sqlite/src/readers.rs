//! Connections for reading, opened as needed and kept for the next reader.
//!
//! Short reads run on the runtime's own threads: they are point and range look-ups of some microseconds, and handing them
//! to another thread would cost more. Reads that may take longer run on threads of their own; the service limits how many
//! run at once. So there are never more connections than threads of both kinds.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::connection::connect_to_read;
use crate::error::SqlError;

#[derive(Clone)]
pub(crate) struct Readers {
    pool: Arc<Pool>,
}

struct Pool {
    path: PathBuf,
    /// `None` once closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            pool: Arc::new(Pool {
                path,
                idle: Mutex::new(Some(Vec::new())),
            }),
        }
    }

    /// Runs `work`, which is one statement and therefore sees one snapshot.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        self.pool.read(work)
    }

    /// Runs `work` in a transaction, which sees one snapshot.
    pub(crate) fn read_snapshot<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        self.pool.read_snapshot(work)
    }

    /// The same on a thread of its own. Completes even if the future is dropped.
    pub(crate) async fn read_on_thread<T, F>(&self, work: F) -> Result<T, SqlError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, SqlError> + Send + 'static,
    {
        let pool = Arc::clone(&self.pool);
        tokio::task::spawn_blocking(move || pool.read_snapshot(work)).await?
    }

    /// Closes idle connections now, and those in use when they are released.
    pub(crate) fn close(&self) {
        drop(self.pool.lock().take());
    }
}

impl Pool {
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let connection = self.acquire()?;
        let found = work(&connection);
        // After a fault the connection is closed by its drop.
        if matches!(found, Ok(_) | Err(SqlError::Refused(_))) {
            self.release(connection);
        }
        found
    }

    fn read_snapshot<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        self.read(|connection| {
            connection.prepare_cached("BEGIN")?.execute([])?;
            let found = work(connection);
            connection.prepare_cached("COMMIT")?.execute([])?;
            found
        })
    }

    fn acquire(&self) -> Result<Connection, SqlError> {
        let idle = self.lock().as_mut().ok_or(SqlError::Stopped)?.pop();
        match idle {
            Some(connection) => Ok(connection),
            None => Ok(connect_to_read(&self.path)?),
        }
    }

    fn release(&self, connection: Connection) {
        if let Some(idle) = self.lock().as_mut() {
            idle.push(connection);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
