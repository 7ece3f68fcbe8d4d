//! What PostgreSQL's errors mean to the rest of the store.
//!
//! Invariant: of an error that the server reports, only its code, message and constraint are kept. Its detail can quote
//! the row, and with it what a user wrote; that reaches no log (SEC-90).

use std::fmt;

use deadpool::managed::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use super::super::StoreError;

/// An error that carries nothing of any row.
#[derive(Debug)]
pub(super) struct Reported {
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

impl std::error::Error for Reported {}

/// The same error, fit for a log.
pub(super) fn without_rows(
    error: tokio_postgres::Error,
) -> Box<dyn std::error::Error + Send + Sync> {
    match error.as_db_error() {
        Some(reported) => Box::new(Reported {
            code: reported.code().code().to_owned(),
            message: reported.message().to_owned(),
            constraint: reported.constraint().map(str::to_owned),
        }),
        None => error.into(),
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) => match class(code) {
                Class::Busy => Self::Overloaded,
                Class::Full => Self::Full,
                Class::Gone => Self::Unavailable(without_rows(error)),
                Class::Other => Self::Failed(without_rows(error)),
            },
            None if is_connection(&error) => Self::Unavailable(without_rows(error)),
            None => Self::Failed(without_rows(error)),
        }
    }
}

impl From<PoolError<tokio_postgres::Error>> for StoreError {
    fn from(error: PoolError<tokio_postgres::Error>) -> Self {
        match error {
            PoolError::Timeout(TimeoutType::Wait) => Self::Overloaded,
            // Not being let in, for whatever reason, is not being able to reach it.
            PoolError::Backend(error) => Self::Unavailable(without_rows(error)),
            error => Self::Unavailable(error.to_string().into()),
        }
    }
}

enum Class {
    Busy,
    Full,
    Gone,
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
        // The statement was given up, and its transaction with it: nothing was written.
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
            // The server has become a standby: another one is the primary now.
            SqlState::READ_ONLY_SQL_TRANSACTION,
        ]
        .contains(code)
    {
        Class::Gone
    } else {
        Class::Other
    }
}

fn is_connection(error: &tokio_postgres::Error) -> bool {
    error.is_closed()
        || std::error::Error::source(error)
            .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// The reason with the reasons behind it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let reasons = std::iter::successors(Some(error), |error| error.source());
    let mut texts: Vec<String> = reasons.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}
