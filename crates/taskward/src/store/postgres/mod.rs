//! Tasks in PostgreSQL: the backend for more than one machine.
//!
//! Two locks, of which either holds alone: every statement names its owner, and row-level security shows a transaction
//! only the rows of the user it was opened for. The tables and roles are made by `taskward migrate`; the server only
//! looks whether they are as they should be, and refuses to start where they are not.

mod address;
mod connection;
mod error;
mod events;
mod migrate;
mod pool;
mod purge;
mod rows;
mod start_check;
mod statements;
mod tasks;
#[cfg(test)]
mod tests;
mod turns;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::RwLock;

use super::news::News;
use super::{CallerTasks, Purged, Store, StoreError};
use crate::auth::{Caller, Maintenance};
use crate::domain::UserId;
use address::Address;
use events::Events;
use pool::{CONNECTIONS, Pool, in_time};
use tasks::PostgresTasks;
use turns::Turns;

pub use address::AddressError;
pub use migrate::{MigrateError, migrate};

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// There is nobody, or not for this login.
    #[error("cannot work with the server: {0}")]
    Unusable(String),
    /// The tables are not there or not those of this version.
    #[error("{0}; run `taskward migrate`")]
    NotMigrated(String),
    /// A newer taskward made the tables.
    #[error(
        "the schema is at version {found}, made by a newer taskward; this one knows versions up to {known}"
    )]
    Newer {
        /// The database's.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// Something would let one user's rows out to another.
    #[error("{0}: users would not be kept apart")]
    Unsafe(String),
}

/// The backend. Whatever it does in the background ends when it is dropped.
pub struct PostgresStore {
    backend: Arc<Backend>,
}

/// What work in progress shares.
struct Backend {
    pool: Pool,
    turns: Turns,
    news: News,
    events: Events,
    /// Held by each piece of work that runs to its end whoever waits for it.
    running: RwLock<()>,
}

impl PostgresStore {
    /// Connects, and makes sure that the database keeps users apart.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let address = Address::parse(url)?;
        start_check::check(&address).await?;
        Self::assemble(address.clone(), address, CONNECTIONS)
    }

    fn assemble(
        for_requests: Address,
        for_events: Address,
        connections: usize,
    ) -> Result<Self, OpenError> {
        let pool = Pool::new(for_requests, connections)
            .map_err(|error| OpenError::Unusable(error.to_string()))?;
        let news = News::default();
        let events = Events::start(for_events, news.clone());
        Ok(Self {
            backend: Arc::new(Backend {
                pool,
                turns: Turns::default(),
                news,
                events,
                running: RwLock::default(),
            }),
        })
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn for_caller<'a>(&'a self, caller: &'a Caller) -> Box<dyn CallerTasks + 'a> {
        Box::new(PostgresTasks {
            owner: caller.user_id(),
            backend: &self.backend,
        })
    }

    async fn check(&self) -> Result<(), StoreError> {
        let connection = self.backend.pool.lend().await?;
        let answer = in_time(async { Ok(connection.client.batch_execute("SELECT 1").await?) });
        let answer = answer.await;
        connection.give_back(answer)
    }

    async fn close(&self) {
        self.backend.pool.close();
        // Nobody holds this once every write that had begun has ended.
        drop(self.backend.running.write().await);
    }

    async fn purge(&self, _: &Maintenance, now: Timestamp) -> Result<Purged, StoreError> {
        let work = |backend: Arc<Backend>| async move {
            let connection = backend.pool.lend().await?;
            let purged = in_time(purge::purge(&connection, now)).await;
            connection.give_back(purged)
        };
        self.backend.to_the_end(work).await
    }
}

impl Backend {
    /// Tells this process at once and the others in a moment that `user`'s counter has advanced.
    fn publish(&self, user: &UserId) {
        self.news.publish(user);
        self.events.publish(user);
    }

    /// Lets work that writes run to its end, one way or the other, even if nobody waits for it any more.
    async fn to_the_end<T, W>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> W,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let backend = Arc::clone(self);
        let work = work(Arc::clone(self));
        let done = tokio::spawn(async move {
            let _running = backend.running.read().await;
            work.await
        });
        match done.await {
            Ok(done) => done,
            Err(ended) => Err(StoreError::Failed(ended.into())),
        }
    }
}
