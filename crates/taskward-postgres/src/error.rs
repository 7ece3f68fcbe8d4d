//! What PostgreSQL's errors mean to the callers of the store.
//!
//! Invariant: of an error that the server reports, only code, message and constraint are kept. Its detail can quote the
//! row, and user data must not reach a log (SEC-90).

use std::error::Error;
use std::fmt;

use deadpool::managed::{PoolError, TimeoutType};
use taskward_domain::{OperationRefusal, Refusal};
use taskward_store::{CorruptRow, StoreError};
use tokio_postgres::error::SqlState;

type Source = Box<dyn Error + Send + Sync>;

/// Why work on a connection failed.
#[derive(Debug)]
pub(crate) enum SqlError {
    Refused(Refusal),
    OperationRefused(OperationRefusal),
    Database(tokio_postgres::Error),
    Corrupt(CorruptRow),
    /// A defect of this program or of the database's content.
    Unexpected(&'static str),
    /// The server is a standby or takes no writes.
    ReadOnly,
    /// The work took too long; the connection is in an unknown state.
    Timeout,
    /// COMMIT was sent and the answer was lost.
    OutcomeUnknown(Source),
}

impl From<tokio_postgres::Error> for SqlError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<CorruptRow> for SqlError {
    fn from(error: CorruptRow) -> Self {
        Self::Corrupt(error)
    }
}

impl From<Refusal> for SqlError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<OperationRefusal> for SqlError {
    fn from(refusal: OperationRefusal) -> Self {
        Self::OperationRefused(refusal)
    }
}

impl SqlError {
    /// Whether a rule refused the work, so that the connection is in order.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::OperationRefused(_))
    }

    /// The same error, of work that had sent COMMIT. An error that the server reported means that it rolled back.
    pub(crate) fn after_commit_was_sent(self) -> Self {
        match self {
            Self::Database(error) if error.as_db_error().is_none() => {
                Self::OutcomeUnknown(without_rows(error))
            }
            Self::Timeout => Self::OutcomeUnknown("no answer to COMMIT".into()),
            other => other,
        }
    }

    pub(crate) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Database(error) => error.code(),
            _ => None,
        }
    }

    /// Whether the server reported that `constraint` is violated.
    pub(crate) fn violates(&self, constraint: &str) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        error
            .as_db_error()
            .is_some_and(|reported| reported.constraint() == Some(constraint))
    }
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Refused(refusal) => Self::Refused(refusal),
            SqlError::OperationRefused(refusal) => Self::OperationRefused(refusal),
            SqlError::Database(error) => database_error(error),
            SqlError::Corrupt(error) => Self::Failed(error.into()),
            SqlError::Unexpected(text) => Self::Failed(text.into()),
            SqlError::ReadOnly => Self::Unavailable("the server is read-only".into()),
            SqlError::Timeout => Self::Unavailable("PostgreSQL does not answer".into()),
            SqlError::OutcomeUnknown(source) => Self::OutcomeUnknown(source),
        }
    }
}

/// An error that carries nothing of a row.
#[derive(Debug)]
struct Reported {
    code: String,
    message: String,
    constraint: Option<String>,
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.code)?;
        match &self.constraint {
            Some(constraint) => write!(f, ", constraint {constraint}"),
            None => Ok(()),
        }
    }
}

impl Error for Reported {}

/// The same error, fit for a log.
pub(crate) fn without_rows(error: tokio_postgres::Error) -> Source {
    match error.as_db_error() {
        Some(reported) => Box::new(Reported {
            code: reported.code().code().to_owned(),
            message: reported.message().to_owned(),
            constraint: reported.constraint().map(str::to_owned),
        }),
        None => error.into(),
    }
}

fn database_error(error: tokio_postgres::Error) -> StoreError {
    match error.code().map(class) {
        Some(Class::Busy) => StoreError::Overloaded,
        Some(Class::Full) => StoreError::Full,
        Some(Class::Unavailable) => StoreError::Unavailable(without_rows(error)),
        None if is_connection(&error) => StoreError::Unavailable(without_rows(error)),
        Some(Class::Other) | None => StoreError::Failed(without_rows(error)),
    }
}

/// What failed while a connection was acquired. Nothing was written.
pub(crate) fn pool_error(error: PoolError<SqlError>) -> StoreError {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => StoreError::Overloaded,
        // A server that accepts no connection, for whatever reason, cannot be reached.
        PoolError::Backend(SqlError::Database(error)) => {
            StoreError::Unavailable(without_rows(error))
        }
        PoolError::Backend(error) => error.into(),
        PoolError::Closed => StoreError::Unavailable("the store is closed".into()),
        PoolError::Timeout(_) => StoreError::Unavailable("connecting took too long".into()),
        PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            StoreError::Failed("the connection pool is not set up".into())
        }
    }
}

enum Class {
    Busy,
    Full,
    Unavailable,
    Other,
}

fn class(code: &SqlState) -> Class {
    if [
        SqlState::QUERY_CANCELED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::OUT_OF_MEMORY,
    ]
    .contains(code)
    {
        // The server gave up the statement and its transaction, so nothing was written.
        Class::Busy
    } else if *code == SqlState::DISK_FULL {
        Class::Full
    } else if code.code().starts_with("08")
        || [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            // The server is a standby now; another one is the primary.
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ]
        .contains(code)
    {
        Class::Unavailable
    } else {
        Class::Other
    }
}

fn is_connection(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || Error::source(error).is_some_and(<dyn Error>::is::<std::io::Error>)
}

/// The error with its sources, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let sources = std::iter::successors(Some(error), |&error| error.source());
    let mut texts: Vec<String> = sources.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}
