//! One connection as requests use it: in the role that row-level security binds, with every statement prepared.
//!
//! Invariant: what a transaction is about, it says itself, and says it for no longer than it lasts. A transaction that
//! only reads is queued whole before its first answer is waited for, its end included, so whoever stops waiting leaves
//! a connection behind that is ready for the next caller (SEC-49).

use futures_util::future::{try_join, try_join4};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Error};

use super::address::Address;
use super::error::without_rows;
use super::statements::Statements;
use crate::domain::UserId;

/// Names without a schema are ours, never those of a temporary table. No statement works, or waits for another one's
/// lock, for longer than a client would wait for the answer; a transaction whose process hangs is ended. Each statement
/// has one plan that is right whoever asks, so none is planned anew for its parameters.
const SETTINGS: &str = "SET ROLE taskward_app;
    SET search_path = taskward, pg_temp;
    SET statement_timeout = '5s';
    SET idle_in_transaction_session_timeout = '10s';
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_bitmapscan = off";

/// All reads see one moment.
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Whatever the database's defaults are.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// Brings a fresh session into the state that everything relies on.
pub(super) async fn settle(client: &Client) -> Result<(), Error> {
    client.batch_execute(SETTINGS).await
}

/// A connection and the task that drives it.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) statements: Statements,
    driver: JoinHandle<()>,
}

impl Connection {
    pub(super) async fn open(address: &Address) -> Result<Self, Error> {
        let (client, driver) = address.connect().await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::warn!(error = %without_rows(error), "a connection to PostgreSQL was lost");
            }
        });
        // Queued in this order and sent at once: the statements are prepared in the role that will use them. On an error
        // the driver ends with the client.
        let ((), statements) = try_join(settle(&client), Statements::prepare(&client)).await?;
        Ok(Self {
            client,
            statements,
            driver,
        })
    }

    /// Runs `reads` in one snapshot of what `owner` may see, in one round trip: `reads` queues all its statements when
    /// it is first polled.
    pub(super) async fn read<T>(
        &self,
        owner: &UserId,
        reads: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let begin = self.client.batch_execute(BEGIN_READ);
        let commit = self.client.batch_execute("COMMIT");
        // Polled, and so queued, in this order. Should one fail, those behind it fail as well or see no row.
        let ((), (), read, ()) = try_join4(begin, self.bind(owner), reads, commit).await?;
        Ok(read)
    }

    /// Begins a transaction that may write and runs `reads` in it, in one round trip. The caller ends it.
    pub(super) async fn begin_write<T>(
        &self,
        owner: &UserId,
        reads: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let begin = self.client.batch_execute(BEGIN_WRITE);
        let begun = try_join(begin, self.bind(owner));
        let (_, read) = try_join(begun, reads).await?;
        Ok(read)
    }

    /// Carries out `last` and commits, in one round trip.
    pub(super) async fn commit_with<T>(
        &self,
        last: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let (done, ()) = try_join(last, self.client.batch_execute("COMMIT")).await?;
        Ok(done)
    }

    pub(super) async fn rollback(&self) -> Result<(), Error> {
        self.client.batch_execute("ROLLBACK").await
    }

    /// Ends at once, whatever is under way.
    pub(super) fn abort(self) {
        self.driver.abort();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    async fn bind(&self, owner: &UserId) -> Result<(), Error> {
        let bound = self
            .client
            .execute(&self.statements.bind, &[&owner.as_str()])
            .await;
        bound.map(drop)
    }
}
