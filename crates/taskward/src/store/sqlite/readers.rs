//! Connections to read with, opened as needed and kept for the next reader.
//!
//! Reads run where they are asked for, on the runtime's own threads: they are point and range look-ups of some
//! microseconds, and handing them to another thread would cost more than they do. So there are never more connections
//! than runtime threads.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Transaction};

use super::super::StoreError;
use super::connect;

pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Runs `work` on one snapshot of the database.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let kept = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut connection = match kept {
            Some(connection) => connection,
            None => {
                let connection = connect(&self.path)?;
                connection.pragma_update(None, "query_only", true)?;
                connection
            }
        };
        let transaction = connection.transaction()?;
        let found = work(&transaction)?;
        transaction.finish()?;
        // Only a connection that did what it should is worth keeping; after an error it is closed by its drop.
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        Ok(found)
    }
}
