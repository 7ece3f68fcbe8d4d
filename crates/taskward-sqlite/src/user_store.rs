//! The records of one user. Every statement is bound to the owner that the handle was made for.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Connection;
use taskward_domain::{
    Account, Batch, ChangePage, ChangesRequest, Counts, FeedCursor, Listing, Loaded, Needs,
    TaskQuery, UserId, ViewQuery,
};
use taskward_store::{Committed, StoreError, Subscription, UserStore, Viewed};

use crate::commit::commit;
use crate::error::SqlError;
use crate::feed;
use crate::lists::list;
use crate::load::{Purged, Reader, needs_snapshot};
use crate::statements::{ListStatement, Statements};
use crate::store::Shared;
use crate::views;

pub(crate) struct SqliteUserStore<'a> {
    pub(crate) owner: &'a UserId,
    pub(crate) shared: &'a Shared,
}

impl SqliteUserStore<'_> {
    fn reader<'a>(&'a self, connection: &'a Connection) -> Reader<'a> {
        Reader {
            connection,
            statements: &self.shared.statements,
            owner: self.owner,
        }
    }

    /// The counters, mostly from memory.
    fn account(&self) -> Result<Account, SqlError> {
        let Shared {
            readers,
            known_accounts,
            ..
        } = self.shared;
        match known_accounts.recall(self.owner) {
            Ok(account) => Ok(account),
            Err(moment) => {
                let account = readers.read(|connection| self.reader(connection).account())?;
                known_accounts.remember(self.owner, account, &moment);
                Ok(account)
            }
        }
    }
}

#[async_trait]
impl UserStore for SqliteUserStore<'_> {
    async fn commit(&self, batch: Batch, now: Timestamp) -> Result<Committed, StoreError> {
        let Shared {
            statements,
            epoch,
            known_accounts,
            notifier,
            writer,
            ..
        } = self.shared;
        let (statements, epoch) = (statements.clone(), *epoch);
        let (owner, changed) = (self.owner.clone(), self.owner.clone());
        let (known_accounts, notifier) = (known_accounts.clone(), notifier.clone());
        let work = move |connection: &Connection| {
            commit(reader(connection, &statements, &owner), epoch, &batch, now)
        };
        let publish = move |committed: &Committed| {
            if committed.rows > 0 {
                known_accounts.forget(&changed);
                notifier.notify(&changed);
            }
        };
        Ok(writer.write(work, publish).await?)
    }

    async fn load(&self, needs: Needs) -> Result<Loaded, StoreError> {
        let Shared { epoch, readers, .. } = self.shared;
        let read = |connection: &Connection| {
            self.reader(connection)
                .load(*epoch, &needs, Purged::NotTold)
        };
        if needs_snapshot(&needs) {
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
        let account = self.account()?;
        let newest = FeedCursor {
            epoch: self.shared.epoch,
            seq: account.seq,
        };
        if known == Some(newest) {
            return Ok(Listing::Unchanged(newest));
        }
        let Shared {
            statements,
            epoch,
            readers,
            ..
        } = self.shared;
        let trash_count = account.trash_count;
        if query.is_long_read() {
            let (statements, owner, epoch) = (statements.clone(), self.owner.clone(), *epoch);
            let read = move |snapshot: &Connection| {
                let statement = statements.tasks.list(&query, trash_count);
                list(
                    reader(snapshot, &statements, &owner),
                    statement,
                    epoch,
                    &query,
                )
            };
            return Ok(readers.read_on_thread(read).await?);
        }
        // The count only decides how the rows are found, so it may be outdated.
        let statement = statements.tasks.list(&query, trash_count);
        let read =
            |connection: &Connection| list(self.reader(connection), statement, *epoch, &query);
        Ok(match statement {
            ListStatement::WithSeq(_) => readers.read(read)?,
            ListStatement::Plain(_) => readers.read_snapshot(read)?,
        })
    }

    async fn view(
        &self,
        query: ViewQuery,
        now: Timestamp,
        known: Option<FeedCursor>,
    ) -> Result<Viewed, StoreError> {
        let newest = self.newest().await?;
        if known == Some(newest) {
            return Ok(Viewed::Unchanged(newest));
        }
        let Shared {
            statements,
            epoch,
            readers,
            ..
        } = self.shared;
        let (statements, owner, epoch) = (statements.clone(), self.owner.clone(), *epoch);
        let is_long = query.is_long_read();
        let read = move |snapshot: &Connection| {
            views::view(reader(snapshot, &statements, &owner), epoch, &query, now)
        };
        let page = match is_long {
            true => readers.read_on_thread(read).await?,
            false => readers.read_snapshot(read)?,
        };
        Ok(Viewed::Page(page))
    }

    async fn counts(
        &self,
        day: Option<Date>,
        now: Timestamp,
    ) -> Result<(Counts, FeedCursor), StoreError> {
        let Shared {
            statements,
            epoch,
            readers,
            ..
        } = self.shared;
        let (statements, owner, epoch) = (statements.clone(), self.owner.clone(), *epoch);
        let read = move |snapshot: &Connection| {
            views::counts(reader(snapshot, &statements, &owner), epoch, day, now)
        };
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
            feed::changes(reader(snapshot, &statements, &owner), epoch, request)
        };
        if request.is_long_read() {
            Ok(readers.read_on_thread(read).await?)
        } else {
            Ok(readers.read_snapshot(read)?)
        }
    }

    async fn newest(&self) -> Result<FeedCursor, StoreError> {
        Ok(FeedCursor {
            epoch: self.shared.epoch,
            seq: self.account()?.seq,
        })
    }

    fn subscribe(&self) -> Subscription {
        self.shared.notifier.subscribe(self.owner)
    }
}

fn reader<'a>(
    connection: &'a Connection,
    statements: &'a Statements,
    owner: &'a UserId,
) -> Reader<'a> {
    Reader {
        connection,
        statements,
        owner,
    }
}
