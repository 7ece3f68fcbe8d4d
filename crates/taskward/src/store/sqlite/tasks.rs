//! The statements on tasks. Every one names `user_id`, bound from the caller this handle was made for.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::super::news::News;
use super::super::{CallerTasks, StoreError, Subscription};
use super::readers::Readers;
use super::writer::Writer;
use crate::domain::{
    ChangePage, ChangesRequest, Decision, Description, Listing, PageRequest, Refusal, Stored,
    TASKS_PER_USER, Task, TaskId, Title, UserId, Version, Write, Written,
};

pub(super) struct SqliteTasks<'a> {
    pub(super) owner: &'a UserId,
    pub(super) readers: &'a Readers,
    pub(super) writer: &'a Writer,
    pub(super) news: &'a News,
}

const LIST: &str =
    "SELECT id, title, description, completed_at, created_at, updated_at, version, deleted_at
     FROM task
     WHERE user_id = :user_id AND deleted_at IS NULL
       AND id < :after
       AND (:completed IS NULL OR (completed_at IS NOT NULL) = :completed)
     ORDER BY id DESC LIMIT :limit";

/// Where the first page starts. A bound that is always there keeps the scan a plain range of the primary key.
const ABOVE_EVERY_ID: [u8; 16] = [0xff; 16];

const FIND: &str =
    "SELECT id, title, description, completed_at, created_at, updated_at, version, deleted_at
     FROM task WHERE user_id = :user_id AND id = :id";

const INSERT: &str = "INSERT INTO task
       (user_id, id, title, description, completed_at, created_at, updated_at, version, seq)
     VALUES
       (:user_id, :id, :title, :description, :completed_at, :created_at, :updated_at, :version, :seq)";

const UPDATE: &str =
    "UPDATE task SET title = :title, description = :description, completed_at = :completed_at,
       updated_at = :updated_at, version = :version, deleted_at = :deleted_at, seq = :seq
     WHERE user_id = :user_id AND id = :id";

const SEQ: &str = "SELECT seq FROM account WHERE user_id = :user_id";

const ADVANCE: &str =
    "INSERT INTO account (user_id, seq, task_count) VALUES (:user_id, 1, max(:added, 0))
     ON CONFLICT (user_id) DO UPDATE SET seq = seq + 1, task_count = task_count + :added
     WHERE user_id = :user_id AND task_count + :added <= :quota
     RETURNING seq";

#[async_trait]
impl CallerTasks for SqliteTasks<'_> {
    async fn list(&self, request: PageRequest, known: Option<u64>) -> Result<Listing, StoreError> {
        self.readers.read(|snapshot| {
            let seq = read_seq(snapshot, self.owner)?;
            if known == Some(seq) {
                return Ok(Listing::Unchanged);
            }
            let mut statement = snapshot.prepare_cached(LIST)?;
            let rows = statement.query_map(
                named_params! {
                    ":user_id": self.owner.as_str(),
                    ":after": request.after().map_or(ABOVE_EVERY_ID, |id| id.as_uuid().into_bytes()),
                    ":completed": request.filter().completed,
                    ":limit": i64::from(request.limit().get()) + 1,
                },
                |row| read_task(row, self.owner),
            )?;
            Ok(Listing::Page(request.page(rows.collect::<rusqlite::Result<_>>()?, seq)))
        })
    }

    async fn find(&self, id: TaskId) -> Result<Task, StoreError> {
        let found = self
            .readers
            .read(|snapshot| find(snapshot, self.owner, id))?;
        match found {
            Some(Stored::Live(task)) => Ok(task),
            _ => Err(Refusal::TaskNotFound.into()),
        }
    }

    async fn write(&self, write: Write, now: Timestamp) -> Result<Written, StoreError> {
        let owner = self.owner.clone();
        let work = move |connection: &Connection| {
            let added = write.added();
            let found = find(connection, &owner, write.id)?;
            let (task, deleted_at, is_insert) = match write.decide(found, &owner, now)? {
                Decision::Keep(task) => {
                    return Ok(Written {
                        task,
                        is_new: false,
                    });
                }
                Decision::Insert(task) => (task, None, true),
                Decision::Update(task, deleted_at) => (task, deleted_at, false),
            };
            let seq = advance(connection, &owner, added)?;
            if is_insert {
                insert(connection, &task, seq)?;
            } else {
                update(connection, &task, deleted_at, seq)?;
            }
            Ok(Written { task, is_new: true })
        };
        let written = self.writer.write(work).await?;
        if written.is_new {
            self.news.publish(self.owner);
        }
        Ok(written)
    }

    async fn changes(&self, _request: ChangesRequest) -> Result<ChangePage, StoreError> {
        Err(StoreError::Failed("not yet".into()))
    }

    async fn seq(&self) -> Result<u64, StoreError> {
        self.readers.read(|snapshot| read_seq(snapshot, self.owner))
    }

    fn subscribe(&self) -> Subscription {
        self.news.subscribe(self.owner)
    }
}

fn read_task(row: &Row<'_>, owner: &UserId) -> rusqlite::Result<Task> {
    let id = uuid::Uuid::from_bytes(row.get("id")?);
    let description: Option<String> = row.get("description")?;
    Ok(Task {
        id: TaskId::from_uuid(id).ok_or_else(|| impossible("id"))?,
        user_id: owner.clone(),
        title: Title::parse(row.get_ref("title")?.as_str()?).map_err(|_| impossible("title"))?,
        description: match description {
            Some(text) => Some(Description::parse(&text).map_err(|_| impossible("description"))?),
            None => None,
        },
        completed_at: time(row, "completed_at")?,
        created_at: time(row, "created_at")?.ok_or_else(|| impossible("created_at"))?,
        updated_at: time(row, "updated_at")?.ok_or_else(|| impossible("updated_at"))?,
        version: Version::new(row.get("version")?).ok_or_else(|| impossible("version"))?,
    })
}

fn read_seq(connection: &Connection, owner: &UserId) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(SEQ)?;
    let seq = statement
        .query_row(named_params! { ":user_id": owner.as_str() }, |row| {
            row.get(0)
        })
        .optional()?;
    Ok(seq.unwrap_or(0))
}

fn find(connection: &Connection, owner: &UserId, id: TaskId) -> rusqlite::Result<Option<Stored>> {
    let mut statement = connection.prepare_cached(FIND)?;
    let parameters = named_params! { ":user_id": owner.as_str(), ":id": id.as_uuid().into_bytes() };
    let read = |row: &Row<'_>| {
        let task = read_task(row, owner)?;
        Ok(match time(row, "deleted_at")? {
            None => Stored::Live(task),
            Some(deleted_at) => Stored::InTrash(task, deleted_at),
        })
    };
    statement.query_row(parameters, read).optional()
}

/// Counts one write, and `added` live tasks, and gives the write's `seq`.
fn advance(connection: &Connection, owner: &UserId, added: i32) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(ADVANCE)?;
    let parameters =
        named_params! { ":user_id": owner.as_str(), ":added": added, ":quota": TASKS_PER_USER };
    let seq = statement
        .query_row(parameters, |row| row.get(0))
        .optional()?;
    // The statement returns no row only where its quota clause held the update back.
    seq.ok_or_else(|| Refusal::QuotaReached.into())
}

fn insert(connection: &Connection, task: &Task, seq: u64) -> Result<(), StoreError> {
    connection.prepare_cached(INSERT)?.execute(named_params! {
        ":user_id": task.user_id.as_str(),
        ":id": task.id.as_uuid().into_bytes(),
        ":title": task.title.as_str(),
        ":description": task.description.as_ref().map(Description::as_str),
        ":completed_at": task.completed_at.map(Timestamp::as_millisecond),
        ":created_at": task.created_at.as_millisecond(),
        ":updated_at": task.updated_at.as_millisecond(),
        ":version": task.version.number(),
        ":seq": seq,
    })?;
    Ok(())
}

fn update(
    connection: &Connection,
    task: &Task,
    deleted_at: Option<Timestamp>,
    seq: u64,
) -> Result<(), StoreError> {
    connection.prepare_cached(UPDATE)?.execute(named_params! {
        ":user_id": task.user_id.as_str(),
        ":id": task.id.as_uuid().into_bytes(),
        ":title": task.title.as_str(),
        ":description": task.description.as_ref().map(Description::as_str),
        ":completed_at": task.completed_at.map(Timestamp::as_millisecond),
        ":updated_at": task.updated_at.as_millisecond(),
        ":version": task.version.number(),
        ":deleted_at": deleted_at.map(Timestamp::as_millisecond),
        ":seq": seq,
    })?;
    Ok(())
}

fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let millisecond: Option<i64> = row.get(column)?;
    millisecond
        .map(Timestamp::from_millisecond)
        .transpose()
        .map_err(|_| impossible("time"))
}

/// A stored value that no code of ours can have written: the file was changed by other hands, or is damaged.
fn impossible(what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(
        0,
        Type::Null,
        format!("stored {what} breaks its rule").into(),
    )
}
