//! The records of one user.
//!
//! A read is sent whole before its answer is awaited, so it may be cancelled. A write runs to its end in a task of its own.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use taskward_domain::{
    Batch, ChangePage, ChangesRequest, Counts, FeedCursor, Listing, Loaded, Needs, TaskQuery,
    UserId, ViewQuery,
};
use taskward_store::{Committed, StoreError, Subscription, UserStore, Viewed};

use crate::commit::BatchWrite;
use crate::pool::{deadline, with_timeout};
use crate::store::Backend;
use crate::{load, reads, views};

pub(crate) struct PostgresUserStore<'a> {
    pub(crate) owner: &'a UserId,
    pub(crate) backend: &'a Arc<Backend>,
}

#[async_trait]
impl UserStore for PostgresUserStore<'_> {
    async fn commit(&self, batch: Batch, now: Timestamp) -> Result<Committed, StoreError> {
        let owner = self.owner.clone();
        let work = |backend: Arc<Backend>| async move {
            let connection = backend.pool.acquire().await?;
            let write = BatchWrite {
                connection: &connection,
                owner: &owner,
                batch: &batch,
                now,
                deadline: deadline(),
                known_accounts: &backend.known_accounts,
            };
            let done = write.commit().await;
            let committed = connection.release(done);
            // A write whose outcome is unknown may have happened.
            match &committed {
                Ok(committed) if committed.rows == 0 => {}
                Ok(_) | Err(StoreError::OutcomeUnknown(_)) => backend.notify(&owner),
                Err(_) => {}
            }
            committed
        };
        self.backend.run_detached(work).await
    }

    async fn load(&self, needs: Needs) -> Result<Loaded, StoreError> {
        let connection = self.backend.pool.acquire().await?;
        let loaded = with_timeout(deadline(), load::load(&connection, self.owner, &needs)).await;
        connection.release(loaded)
    }

    async fn list_tasks(
        &self,
        query: TaskQuery,
        known: Option<FeedCursor>,
    ) -> Result<Listing, StoreError> {
        let connection = self.backend.pool.acquire().await?;
        let list = reads::list(&connection, self.owner, &query, known);
        let listing = with_timeout(deadline(), list).await;
        connection.release(listing)
    }

    async fn view(
        &self,
        query: ViewQuery,
        now: Timestamp,
        known: Option<FeedCursor>,
    ) -> Result<Viewed, StoreError> {
        let connection = self.backend.pool.acquire().await?;
        let view = views::view(&connection, self.owner, &query, now, known);
        let viewed = with_timeout(deadline(), view).await;
        connection.release(viewed)
    }

    async fn counts(
        &self,
        day: Option<Date>,
        now: Timestamp,
    ) -> Result<(Counts, FeedCursor), StoreError> {
        let connection = self.backend.pool.acquire().await?;
        let counts = views::counts(&connection, self.owner, day, now);
        let counted = with_timeout(deadline(), counts).await;
        connection.release(counted)
    }

    async fn changes(&self, request: ChangesRequest) -> Result<ChangePage, StoreError> {
        let connection = self.backend.pool.acquire().await?;
        let changes = reads::changes(&connection, self.owner, &request);
        let page = with_timeout(deadline(), changes).await;
        connection.release(page)
    }

    async fn newest(&self) -> Result<FeedCursor, StoreError> {
        let connection = self.backend.pool.acquire().await?;
        let newest = with_timeout(deadline(), reads::newest(&connection, self.owner)).await;
        connection.release(newest)
    }

    fn subscribe(&self) -> Subscription {
        self.backend.notifier.subscribe(self.owner)
    }
}
