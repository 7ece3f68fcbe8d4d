//! What can fail inside the backend, and what it means to the callers of the store.

use rusqlite::{ErrorCode, ffi};
use taskward_domain::{OperationRefusal, Refusal};
use taskward_store::{CorruptRow, StoreError};

#[derive(Debug, thiserror::Error)]
pub(crate) enum SqlError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    OperationRefused(#[from] OperationRefusal),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Corrupt(#[from] CorruptRow),
    #[error("a batch is not decided after {0} rounds of reading")]
    UndecidedBatch(usize),
    #[error("too many writes are queued")]
    QueueFull,
    #[error("storage has stopped")]
    Stopped,
    #[error("a thread of the backend failed")]
    Thread(#[from] tokio::task::JoinError),
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Refused(refusal) => Self::Refused(refusal),
            SqlError::OperationRefused(refusal) => Self::OperationRefused(refusal),
            SqlError::QueueFull => Self::Overloaded,
            SqlError::Sqlite(error) => of_sqlite(error),
            SqlError::Corrupt(_)
            | SqlError::UndecidedBatch(_)
            | SqlError::Stopped
            | SqlError::Thread(_) => Self::Failed(error.into()),
        }
    }
}

fn of_sqlite(error: rusqlite::Error) -> StoreError {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        // SQLite reports a lack of space for this one file as an I/O error.
        _ if extended == Some(ffi::SQLITE_IOERR_SHMSIZE) => StoreError::Full,
        // Another process, such as a shell, holds the file.
        Some(ErrorCode::DatabaseBusy) => StoreError::Overloaded,
        _ => StoreError::Failed(error.into()),
    }
}

impl SqlError {
    /// The same error for another write of the same transaction.
    pub(crate) fn copy_of(error: &rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(code, text) => {
                rusqlite::Error::SqliteFailure(*code, text.clone()).into()
            }
            other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()).into(),
        }
    }
}
