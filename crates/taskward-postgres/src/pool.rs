//! The connections that requests share: how many, how long to wait for one, and which are reused.
//!
//! Invariant: a connection on which anything failed is closed and never used again (SEC-49).
//!
//! A request waits in the service before it acquires a connection. What follows is bounded by [`ACQUIRE_TIMEOUT`],
//! [`CONNECT_TIMEOUT`] and [`ANSWER_TIMEOUT`], together less than 11 s. In a transaction the server gives up sooner: the
//! locked write of one record is four statements that take time (lock, read, write, COMMIT), each of which has 1.8 s by the
//! session's settings.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, RecycleError, RecycleResult, Timeouts};
use taskward_store::{Lane, Lanes, StoreError};
use tokio::time::{Instant, timeout_at};

use crate::address::Address;
use crate::connection::Connection;
use crate::error::{SqlError, pool_error};
use crate::statements::Statements;

/// The lanes have as many places as there are connections, so requests in a lane never wait for one.
pub(crate) const LANES: Lanes = Lanes {
    reads: Lane {
        at_once: 10,
        at_once_per_user: 5,
    },
    long_reads: Lane {
        at_once: 2,
        at_once_per_user: 1,
    },
    // One user's writes would only wait for the lock on the account, each on a connection of its own.
    writes: Lane {
        at_once: 8,
        at_once_per_user: 1,
    },
};
pub(crate) const CONNECTIONS: usize =
    LANES.reads.at_once + LANES.long_reads.at_once + LANES.writes.at_once;

/// Event streams read their cursors outside the lanes, so many of them at once can wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_millis(7_500);

#[derive(Clone)]
pub(crate) struct Pool(managed::Pool<Manager>);

impl Pool {
    pub(crate) fn new(address: Address, connections: usize) -> Result<Self, StoreError> {
        let timeouts = Timeouts {
            wait: Some(ACQUIRE_TIMEOUT),
            create: Some(CONNECT_TIMEOUT),
            recycle: None,
        };
        let texts = Arc::new(Statements::texts());
        let built = managed::Pool::builder(Manager { address, texts })
            .max_size(connections)
            .timeouts(timeouts)
            .runtime(deadpool::Runtime::Tokio1)
            .build();
        built
            .map(Self)
            .map_err(|error| StoreError::Failed(error.into()))
    }

    pub(crate) async fn acquire(&self) -> Result<Acquired, StoreError> {
        self.0.get().await.map(Acquired).map_err(pool_error)
    }

    /// Closes the idle connections now and the others when they are released.
    pub(crate) fn close(&self) {
        self.0.close();
    }
}

/// A connection that goes back to the pool when this is dropped.
pub(crate) struct Acquired(Object<Manager>);

impl Deref for Acquired {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl Acquired {
    /// Gives the connection back if `done` shows that it is in order, and closes it otherwise.
    pub(crate) fn release<T>(self, done: Result<T, SqlError>) -> Result<T, StoreError> {
        if !done.as_ref().err().is_none_or(SqlError::is_refusal) {
            drop(Object::take(self.0));
        }
        Ok(done?)
    }
}

/// When work that starts now has to be answered.
pub(crate) fn deadline() -> Instant {
    Instant::now() + ANSWER_TIMEOUT
}

pub(crate) async fn with_timeout<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, SqlError>>,
) -> Result<T, SqlError> {
    timeout_at(deadline, work)
        .await
        .unwrap_or(Err(SqlError::Timeout))
}

struct Manager {
    address: Address,
    texts: Arc<Statements<String>>,
}

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = SqlError;

    async fn create(&self) -> Result<Connection, SqlError> {
        Connection::open(&self.address, &self.texts).await
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<SqlError> {
        if connection.is_closed() {
            return Err(RecycleError::message("closed"));
        }
        Ok(())
    }
}
