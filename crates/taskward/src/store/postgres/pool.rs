//! The connections that requests share: how many, how long somebody waits for one, and which are kept.
//!
//! Invariant: a connection on which anything failed is closed and never lent again, so nothing that a failure left behind
//! can meet the next caller (SEC-49).

use std::ops::Deref;
use std::time::Duration;

use deadpool::managed::{self, Metrics, Object, RecycleError, RecycleResult, Timeouts};
use tokio::time::timeout;
use tokio_postgres::Error;

use super::super::StoreError;
use super::address::Address;
use super::connection::Connection;

/// How many connections there are at most, besides the one for events.
pub(super) const CONNECTIONS: usize = 16;
/// How many may wait for one, and how long.
const WAITING: usize = 1_024;
const WAIT_TIME: Duration = Duration::from_secs(2);
/// How long making one may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long work on one may take until the server counts as gone. The server itself gives up sooner.
const ANSWER_TIME: Duration = Duration::from_secs(12);

#[derive(Clone)]
pub(super) struct Pool(managed::Pool<Maker>);

impl Pool {
    pub(super) fn new(address: Address, connections: usize) -> Result<Self, StoreError> {
        let timeouts = Timeouts {
            wait: Some(WAIT_TIME),
            create: Some(CONNECT_TIME),
            recycle: None,
        };
        let built = managed::Pool::builder(Maker { address })
            .max_size(connections)
            .timeouts(timeouts)
            .runtime(deadpool::Runtime::Tokio1)
            .build();
        built
            .map(Self)
            .map_err(|error| StoreError::Failed(error.into()))
    }

    /// A connection for one piece of work.
    pub(super) async fn lend(&self) -> Result<Lent, StoreError> {
        if self.0.status().waiting > WAITING {
            return Err(StoreError::Overloaded);
        }
        Ok(Lent(self.0.get().await?))
    }

    /// Lends nothing any more, and closes each connection as it comes back.
    pub(super) fn close(&self) {
        self.0.close();
    }
}

/// A connection that is back in the pool when this is dropped.
pub(super) struct Lent(Object<Maker>);

impl Deref for Lent {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl Lent {
    /// Gives the connection back if `done` says that all went as it should; a refusal is a way to end well.
    pub(super) fn give_back<T>(self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        if !matches!(done, Ok(_) | Err(StoreError::Refused(_))) {
            Object::take(self.0).abort();
        }
        done
    }
}

/// Limits how long `work` on a connection may take.
pub(super) async fn in_time<T>(
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match timeout(ANSWER_TIME, work).await {
        Ok(done) => done,
        Err(late) => Err(StoreError::Unavailable(late.into())),
    }
}

/// Makes connections and looks whether they still stand.
struct Maker {
    address: Address,
}

impl managed::Manager for Maker {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection, Error> {
        Connection::open(&self.address).await
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Error> {
        if connection.is_closed() {
            return Err(RecycleError::message("closed"));
        }
        Ok(())
    }
}
