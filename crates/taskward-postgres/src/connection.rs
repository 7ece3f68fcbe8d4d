//! Connections: the session settings that everything relies on, and transactions bound to one user.
//!
//! Invariant: a transaction names its user itself and for no longer than it lasts, so a connection carries nothing from
//! one caller to the next (SEC-49).

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use futures_util::future::maybe_done;
use taskward_domain::UserId;
use tokio::task::JoinHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};

use crate::address::Address;
use crate::error::{SqlError, without_rows};
use crate::history::{self, Header, Identity};
use crate::statements::Statements;

/// - Names without a schema are those of the schema `taskward`, never those of a temporary table.
/// - The time limits are explained in `pool`.
/// - Each statement has one generic plan that is right for every user: a range of an index in the index's order.
const SETTINGS: &str = "SET ROLE taskward_app;
    SET search_path = taskward, pg_temp;
    SET statement_timeout = '1800ms';
    SET idle_in_transaction_session_timeout = '5s';
    SET default_transaction_isolation = 'read committed';
    SET default_transaction_read_only = off;
    SET plan_cache_mode = force_generic_plan;
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off;
    SET enable_sort = off;
    SET max_parallel_workers_per_gather = 0;
    SET jit = off";

pub(crate) async fn configure_session(client: &Client) -> Result<(), Error> {
    client.batch_execute(SETTINGS).await
}

/// A connection and the task that drives it, which ends with it.
pub(crate) struct Session {
    pub(crate) client: Client,
    driver: JoinHandle<()>,
}

impl Session {
    pub(crate) async fn connect(address: &Address) -> Result<Self, Error> {
        let (client, driver) = address.connect().await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::warn!(error = %without_rows(error), "a connection to PostgreSQL was lost");
            }
        });
        Ok(Self { client, driver })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// A connection of the pool.
pub(crate) struct Connection {
    session: Session,
    pub(crate) statements: Statements,
    /// The oid of the history's table when its identity was last compared.
    history_table: AtomicU32,
}

impl Connection {
    pub(crate) async fn open(
        address: &Address,
        texts: &Statements<String>,
    ) -> Result<Self, SqlError> {
        let session = Session::connect(address).await?;
        let client = &session.client;
        // One round trip; the settings are first, because the rest is done in the role that they set.
        let settings = async { Ok(configure_session(client).await?) };
        let others = async { tokio::try_join!(texts.prepare(client), Identity::read(client)) };
        let ((), (statements, identity)) = futures_util::future::try_join(settings, others).await?;
        let history_table = history::verify(client, identity).await?;
        Ok(Self {
            session,
            statements,
            history_table: AtomicU32::new(history_table),
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.session.client
    }

    /// Runs a statement that is a transaction of its own and whose rows start with a [`Header`]. It has at least one row.
    pub(crate) async fn read(
        &self,
        statement: &Statement,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<(Header, Vec<Row>), SqlError> {
        for _ in 0..2 {
            let rows = self.client().query(statement, parameters).await?;
            let header = header(rows.first())?;
            if self.is_current(header) {
                return Ok((header, rows));
            }
            self.verify_history().await?;
        }
        Err(REPLACED)
    }

    /// Begins a transaction for `owner` and locks the account, and runs `reads`, all in one round trip. Gives the account's
    /// row. The caller ends the transaction.
    pub(crate) async fn begin_write<T>(
        &self,
        owner: &UserId,
        reads: impl AsyncReads<T>,
    ) -> Result<(Header, Row, T), SqlError> {
        for _ in 0..2 {
            let begin = self.client().batch_execute("BEGIN");
            let lock = self.account(&self.statements.common.lock_account, owner);
            let begun = futures_util::future::try_join(begin, lock);
            let (((), row), read) =
                futures_util::future::try_join(async { Ok(begun.await?) }, reads.run()).await?;
            let header = header(Some(&row))?;
            if self.is_current(header) {
                return Ok((header, row, read));
            }
            self.rollback().await?;
            self.verify_history().await?;
        }
        Err(REPLACED)
    }

    pub(crate) async fn account(
        &self,
        statement: &Statement,
        owner: &UserId,
    ) -> Result<Row, Error> {
        self.client().query_one(statement, &[&owner.as_str()]).await
    }

    pub(crate) async fn rollback(&self) -> Result<(), Error> {
        self.client().batch_execute("ROLLBACK").await
    }

    /// Whether the header comes from the history that this connection has compared.
    pub(crate) fn is_current(&self, header: Header) -> bool {
        header.table == self.history_table.load(Ordering::Relaxed)
    }

    pub(crate) async fn verify_history(&self) -> Result<(), SqlError> {
        let identity = Identity::read(self.client()).await?;
        let table = history::verify(self.client(), identity).await?;
        self.history_table.store(table, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.session.is_closed()
    }
}

pub(crate) const REPLACED: SqlError =
    SqlError::Unexpected("the history was replaced twice in a row");

fn header(row: Option<&Row>) -> Result<Header, SqlError> {
    Header::read(row.ok_or(SqlError::Unexpected("taskward.history has no row"))?)
}

/// Statements of a transaction, which can be queued more than once.
pub(crate) trait AsyncReads<T> {
    fn run(&self) -> impl Future<Output = Result<T, SqlError>> + Send;
}

pub(crate) type Queued<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Sends the statements of `queue` in their order, without waiting for an answer between them. A statement is sent when its
/// future is first polled. Gives their results in the same order, or the first error.
pub(crate) async fn pipeline<T: Send>(queue: Vec<Queued<'_, T>>) -> Result<Vec<T>, Error> {
    let mut sent: Vec<_> = queue.into_iter().map(maybe_done).collect();
    poll_fn(|context| {
        for statement in &mut sent {
            // Whether it is done is asked below, in the order in which the server answers.
            let _ = Pin::new(statement).poll(context);
        }
        Poll::Ready(())
    })
    .await;
    let mut results = Vec::with_capacity(sent.len());
    for statement in &mut sent {
        Pin::new(&mut *statement).await;
        if let Some(result) = Pin::new(statement).take_output() {
            results.push(result?);
        }
    }
    Ok(results)
}
