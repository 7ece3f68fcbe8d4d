//! A connection outside the pool, for work that must not wait for requests, nor they for it.

use std::time::Duration;

use taskward_store::StoreError;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::address::Address;
use crate::connection::{Session, configure_session};
use crate::error::SqlError;
use crate::pool::with_timeout;

/// Opens a connection when it is first used, and again after an error.
pub(crate) struct Dedicated {
    address: Address,
    timeout: Duration,
    session: Mutex<Option<Session>>,
}

/// Work on a dedicated connection.
pub(crate) trait Work {
    type Output;
    fn run(&self, session: &Session)
    -> impl Future<Output = Result<Self::Output, SqlError>> + Send;
}

impl Dedicated {
    /// `timeout` bounds waiting for the connection, connecting, and the work.
    pub(crate) fn new(address: Address, timeout: Duration) -> Self {
        Self {
            address,
            timeout,
            session: Mutex::default(),
        }
    }

    pub(crate) async fn run<W: Work>(&self, work: W) -> Result<W::Output, StoreError> {
        let deadline = Instant::now() + self.timeout;
        let done = with_timeout(deadline, async {
            let mut kept = self.session.lock().await;
            // Taken out, so that a connection on which the work failed or was cancelled is closed.
            let session = match kept.take().filter(|session| !session.is_closed()) {
                Some(session) => session,
                None => {
                    let session = Session::connect(&self.address).await?;
                    configure_session(&session.client).await?;
                    session
                }
            };
            let done = work.run(&session).await?;
            *kept = Some(session);
            Ok(done)
        });
        Ok(done.await?)
    }

    pub(crate) async fn close(&self) {
        drop(self.session.lock().await.take());
    }
}

/// Whether the server answers and takes writes.
pub(crate) struct Check;

impl Work for Check {
    type Output = ();

    async fn run(&self, session: &Session) -> Result<(), SqlError> {
        let statement =
            "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";
        let row = session.client.query_one(statement, &[]).await?;
        match row.try_get(0)? {
            false => Ok(()),
            true => Err(SqlError::ReadOnly),
        }
    }
}
