//! What a caller does with tasks, each a transaction: one round trip to read, two to write.
//!
//! A write takes its end even if nobody waits for it any more; a read is queued whole, so it may be dropped.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::{try_join, try_join3};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::{CallerTasks, StoreError, Subscription};
use super::Backend;
use super::connection::Connection;
use super::pool::in_time;
use super::rows::{TaskRow, number, read_change, read_stored, read_task, tsquery};
use crate::domain::{
    ChangePage, ChangesRequest, Decision, Listing, PageRequest, Refusal, SearchText, Stored,
    TASKS_PER_USER, Task, TaskId, UserId, Write, Written,
};

pub(super) struct PostgresTasks<'a> {
    pub(super) owner: &'a UserId,
    pub(super) backend: &'a Arc<Backend>,
}

#[async_trait]
impl CallerTasks for PostgresTasks<'_> {
    async fn list(&self, request: PageRequest, known: Option<u64>) -> Result<Listing, StoreError> {
        let connection = self.backend.pool.lend().await?;
        let listing = in_time(list(&connection, self.owner, &request, known)).await;
        connection.give_back(listing)
    }

    async fn find(&self, id: TaskId) -> Result<Task, StoreError> {
        let connection = self.backend.pool.lend().await?;
        let found = in_time(find(&connection, self.owner, id)).await;
        connection
            .give_back(found)?
            .ok_or_else(|| Refusal::TaskNotFound.into())
    }

    async fn write(&self, asked: Write, now: Timestamp) -> Result<Written, StoreError> {
        let owner = self.owner.clone();
        let work = |backend: Arc<Backend>| async move {
            let _turn = backend.turns.take(&owner).await?;
            let connection = backend.pool.lend().await?;
            let written = in_time(write(&connection, &owner, asked, now)).await;
            let written = connection.give_back(written)?;
            if written.is_new {
                backend.publish(&owner);
            }
            Ok(written)
        };
        self.backend.to_the_end(work).await
    }

    async fn changes(&self, request: ChangesRequest) -> Result<ChangePage, StoreError> {
        let connection = self.backend.pool.lend().await?;
        let page = in_time(changes(&connection, self.owner, &request)).await;
        connection.give_back(page)
    }

    async fn seq(&self) -> Result<u64, StoreError> {
        let connection = self.backend.pool.lend().await?;
        let seq = in_time(async {
            let account = account(&connection, self.owner);
            let account = connection.read(self.owner, account).await?;
            Ok(Counters::of(account.as_ref())?.seq)
        });
        let seq = seq.await;
        connection.give_back(seq)
    }

    fn subscribe(&self) -> Subscription {
        self.backend.news.subscribe(self.owner)
    }
}

async fn list(
    connection: &Connection,
    owner: &UserId,
    request: &PageRequest,
    known: Option<u64>,
) -> Result<Listing, StoreError> {
    let after = request.after().map_or(Uuid::max(), |id| id.as_uuid());
    let search = request.filter().search.as_ref();
    let search = search.map(|text| tsquery(SearchText::words(text)));
    let rows = async {
        connection
            .client
            .query(
                &connection.statements.list,
                &[
                    &owner.as_str(),
                    &after,
                    &request.filter().completed,
                    &search,
                    &known.map(signed),
                    &(i64::from(request.limit().get()) + 1),
                ],
            )
            .await
    };
    let reads = try_join(account(connection, owner), rows);
    let (account, rows) = connection.read(owner, reads).await?;
    let seq = Counters::of(account.as_ref())?.seq;
    if known == Some(seq) {
        return Ok(Listing::Unchanged);
    }
    let tasks = rows.iter().map(|row| read_task(row, owner));
    Ok(Listing::Page(
        request.page(tasks.collect::<Result<_, _>>()?, seq),
    ))
}

async fn find(
    connection: &Connection,
    owner: &UserId,
    id: TaskId,
) -> Result<Option<Task>, StoreError> {
    let statement = &connection.statements.find;
    let row = async {
        let parameters: [&(dyn ToSql + Sync); 2] = [&owner.as_str(), &id.as_uuid()];
        connection.client.query_opt(statement, &parameters).await
    };
    let row = connection.read(owner, row).await?;
    row.map(|row| read_task(&row, owner)).transpose()
}

async fn changes(
    connection: &Connection,
    owner: &UserId,
    request: &ChangesRequest,
) -> Result<ChangePage, StoreError> {
    let rows = async {
        let Some(since) = request.since else {
            return Ok(Vec::new());
        };
        let limit = i64::from(request.limit.get()) + 1;
        let statement = &connection.statements.changes;
        connection
            .client
            .query(statement, &[&owner.as_str(), &signed(since), &limit])
            .await
    };
    let reads = try_join(account(connection, owner), rows);
    let (account, rows) = connection.read(owner, reads).await?;
    let Counters { seq, forgotten } = Counters::of(account.as_ref())?;
    if !request.is_answerable(forgotten, seq) {
        return Err(Refusal::CursorTooOld.into());
    }
    let rows = rows.iter().map(|row| read_change(row, owner));
    Ok(request.page(rows.collect::<Result<_, _>>()?, seq))
}

async fn write(
    connection: &Connection,
    owner: &UserId,
    write: Write,
    now: Timestamp,
) -> Result<Written, StoreError> {
    let (seq, found) = look_up(connection, owner, &write).await?;
    let (task, deleted_at, is_insert) = match (write.decide(found, owner, now), seq) {
        (Ok(Decision::Insert(task)), Some(_)) => (task, None, true),
        (Ok(Decision::Update(task, deleted_at)), Some(_)) => (task, deleted_at, false),
        (Ok(Decision::Keep(task)), _) => {
            connection.rollback().await?;
            return Ok(Written {
                task,
                is_new: false,
            });
        }
        (Ok(Decision::Insert(_) | Decision::Update(..)), None) => {
            connection.rollback().await?;
            return Err(Refusal::QuotaReached.into());
        }
        (Err(refusal), _) => {
            connection.rollback().await?;
            return Err(refusal.into());
        }
    };
    let row = TaskRow::new(&task, deleted_at, seq.unwrap_or_default());
    let (client, statements) = (&connection.client, &connection.statements);
    let rows = if is_insert {
        let insert = row.for_insert();
        connection
            .commit_with(client.execute(&statements.insert, &insert))
            .await?
    } else {
        let update = row.for_update();
        connection
            .commit_with(client.execute(&statements.update, &update))
            .await?
    };
    if rows != 1 {
        return Err(StoreError::Failed(
            "a row that was locked is not there".into(),
        ));
    }
    Ok(Written { task, is_new: true })
}

/// The first half of a write: counts it, which locks the user's row until the end, and reads what it is about. The
/// write's `seq` is `None` where no live task may be added, or none be taken away.
async fn look_up(
    connection: &Connection,
    owner: &UserId,
    write: &Write,
) -> Result<(Option<i64>, Option<Stored>), StoreError> {
    let (client, statements) = (&connection.client, &connection.statements);
    let (owner_text, id) = (owner.as_str(), write.id.as_uuid());
    let (added, quota) = (
        write.added(),
        i32::try_from(TASKS_PER_USER).unwrap_or(i32::MAX),
    );
    let advance = async {
        let parameters: [&(dyn ToSql + Sync); 3] = [&owner_text, &added, &quota];
        client.query_opt(&statements.advance, &parameters).await
    };
    let task = async {
        let parameters: [&(dyn ToSql + Sync); 2] = [&owner_text, &id];
        client
            .query_opt(&statements.find_for_write, &parameters)
            .await
    };
    // After the task: one that the purge takes away while the statement before waits for it has left its tombstone.
    let tombstone = async {
        let parameters: [&(dyn ToSql + Sync); 2] = [&owner_text, &id];
        client
            .query_opt(&statements.find_tombstone, &parameters)
            .await
    };
    let reads = try_join3(advance, task, tombstone);
    let (advanced, task, tombstone) = connection.begin_write(owner, reads).await?;
    let seq = advanced.map(|row| row.try_get("seq")).transpose()?;
    let found = match (task, tombstone) {
        (Some(row), _) => Some(read_stored(&row, owner)?),
        (None, Some(_)) => Some(Stored::Tombstone),
        (None, None) => None,
    };
    Ok((seq, found))
}

/// What the row of a user counts; a user without one has never written.
#[derive(Default)]
struct Counters {
    seq: u64,
    forgotten: u64,
}

impl Counters {
    fn of(row: Option<&Row>) -> Result<Self, StoreError> {
        let Some(row) = row else {
            return Ok(Self::default());
        };
        Ok(Self {
            seq: number(row, "seq")?,
            forgotten: number(row, "forgotten_seq")?,
        })
    }
}

async fn account(
    connection: &Connection,
    owner: &UserId,
) -> Result<Option<Row>, tokio_postgres::Error> {
    let statement = &connection.statements.account;
    connection
        .client
        .query_opt(statement, &[&owner.as_str()])
        .await
}

/// A number that clients send may be larger than any that is stored.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
