//! The records of one user. Every statement is bound to the owner that the handle was made for.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Connection;
use taskward_domain::{
    Batch, ChangePage, ChangesRequest, FeedCursor, Listing, Loaded, Needs, TaskQuery, UserId,
};
use taskward_store::{Committed, StoreError, Subscription, UserStore};

use crate::commit::commit;
use crate::feed;
use crate::lists::list;
use crate::load::{Purged, load, seq};
use crate::store::Shared;

pub(crate) struct SqliteUserStore<'a> {
    pub(crate) owner: &'a UserId,
    pub(crate) shared: &'a Shared,
}

#[async_trait]
impl UserStore for SqliteUserStore<'_> {
    async fn commit(&self, batch: Batch, now: Timestamp) -> Result<Committed, StoreError> {
        let Shared {
            statements,
            epoch,
            known_seqs,
            notifier,
            writer,
            ..
        } = self.shared;
        let (statements, epoch) = (statements.clone(), *epoch);
        let (owner, changed) = (self.owner.clone(), self.owner.clone());
        let (known_seqs, notifier) = (known_seqs.clone(), notifier.clone());
        let work = move |connection: &Connection| {
            commit(connection, &statements, &owner, epoch, &batch, now)
        };
        let publish = move |committed: &Committed| {
            if committed.rows > 0 {
                known_seqs.forget(&changed);
                notifier.notify(&changed);
            }
        };
        Ok(writer.write(work, publish).await?)
    }

    async fn load(&self, needs: Needs) -> Result<Loaded, StoreError> {
        let Shared {
            statements,
            epoch,
            readers,
            ..
        } = self.shared;
        let read = |connection: &Connection| {
            load(
                connection,
                statements,
                self.owner,
                *epoch,
                &needs,
                Purged::NotTold,
            )
        };
        // One record without the account is one statement.
        if needs.account || needs.tasks.len() > 1 {
            Ok(readers.read_snapshot(read)?)
        } else {
            Ok(readers.read(read)?)
        }
    }

    async fn list_tasks(
        &self,
        query: TaskQuery,
        known: Option<FeedCursor>,
    ) -> Result<Listing, StoreError> {
        if known.is_some() {
            // Mostly from memory.
            let newest = self.newest().await?;
            if known == Some(newest) {
                return Ok(Listing::Unchanged(newest));
            }
        }
        let Shared {
            statements,
            epoch,
            readers,
            ..
        } = self.shared;
        if !query.is_long_read() {
            let read =
                |connection: &Connection| list(connection, statements, self.owner, *epoch, &query);
            return Ok(readers.read(read)?);
        }
        let (statements, owner, epoch) = (statements.clone(), self.owner.clone(), *epoch);
        let read = move |snapshot: &Connection| list(snapshot, &statements, &owner, epoch, &query);
        Ok(readers.read_on_thread(read).await?)
    }

    async fn changes(&self, request: ChangesRequest) -> Result<ChangePage, StoreError> {
        let Shared {
            statements,
            epoch,
            readers,
            ..
        } = self.shared;
        let (statements, owner, epoch) = (statements.clone(), self.owner.clone(), *epoch);
        let read = move |snapshot: &Connection| {
            feed::changes(snapshot, &statements, &owner, epoch, request)
        };
        if request.is_long_read() {
            Ok(readers.read_on_thread(read).await?)
        } else {
            Ok(readers.read_snapshot(read)?)
        }
    }

    async fn newest(&self) -> Result<FeedCursor, StoreError> {
        let Shared {
            epoch,
            readers,
            known_seqs,
            ..
        } = self.shared;
        let seq = match known_seqs.recall(self.owner) {
            Ok(seq) => seq,
            Err(moment) => {
                let read = |connection: &Connection| seq(connection, self.owner);
                let seq = readers.read(read)?;
                known_seqs.remember(self.owner, seq, &moment);
                seq
            }
        };
        Ok(FeedCursor { epoch: *epoch, seq })
    }

    fn subscribe(&self) -> Subscription {
        self.shared.notifier.subscribe(self.owner)
    }
}
