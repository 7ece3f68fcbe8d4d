//! The statements on tasks. Every one names `user_id`, bound from the caller this handle was made for.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::super::{CallerTasks, StoreError};
use super::readers::Readers;
use super::writer::Writer;
use crate::domain::{
    Creation, Description, PageRequest, Precondition, Refusal, TASKS_PER_USER, Task, TaskChange,
    TaskContent, TaskId, TaskPage, Title, UserId, Version,
};

pub(super) struct SqliteTasks<'a> {
    owner: &'a UserId,
    readers: &'a Readers,
    writer: &'a Writer,
}

impl<'a> SqliteTasks<'a> {
    pub(super) fn new(owner: &'a UserId, readers: &'a Readers, writer: &'a Writer) -> Self {
        Self {
            owner,
            readers,
            writer,
        }
    }
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
    async fn list(&self, request: PageRequest) -> Result<TaskPage, StoreError> {
        self.readers.read(|snapshot| {
            let seq = read_seq(snapshot, self.owner)?;
            let mut statement = snapshot.prepare_cached(LIST)?;
            let rows = statement.query_map(
                named_params! {
                    ":user_id": self.owner.as_str(),
                    ":after": request.after().map_or(ABOVE_EVERY_ID, |id| id.as_uuid().into_bytes()),
                    ":completed": request.completed(),
                    ":limit": i64::from(request.limit().get()) + 1,
                },
                |row| Ok(Stored::read(row, self.owner)?.task),
            )?;
            Ok(request.page(rows.collect::<rusqlite::Result<_>>()?, seq))
        })
    }

    async fn find(&self, id: TaskId) -> Result<Task, StoreError> {
        let found = self
            .readers
            .read(|snapshot| find(snapshot, self.owner, id))?;
        Ok(live(found)?.task)
    }

    async fn create(
        &self,
        id: TaskId,
        content: TaskContent,
        now: Timestamp,
    ) -> Result<Creation, StoreError> {
        let owner = self.owner.clone();
        let work = move |connection: &Connection| match find(connection, &owner, id)? {
            Some(stored) if stored.deleted_at.is_none() && content.matches(&stored.task) => {
                Ok(Creation::Repeated(stored.task))
            }
            Some(_) => Err(Refusal::TaskIdTaken.into()),
            None => {
                let task = content.into_task(id, owner.clone(), now);
                insert(connection, &task, advance(connection, &owner, 1)?)?;
                Ok(Creation::Created(task))
            }
        };
        self.writer.write(work).await
    }

    async fn change(
        &self,
        id: TaskId,
        precondition: Precondition,
        change: TaskChange,
        now: Timestamp,
    ) -> Result<Task, StoreError> {
        let owner = self.owner.clone();
        let work = move |connection: &Connection| {
            let before = live_at(find(connection, &owner, id)?, &precondition)?;
            let Some(task) = change.apply(&before.task, now) else {
                return Ok(before.task);
            };
            let after = Stored {
                task,
                deleted_at: None,
            };
            update(connection, &after, advance(connection, &owner, 0)?)?;
            Ok(after.task)
        };
        self.writer.write(work).await
    }

    async fn delete(
        &self,
        id: TaskId,
        precondition: Precondition,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let owner = self.owner.clone();
        let work = move |connection: &Connection| {
            let before = live_at(find(connection, &owner, id)?, &precondition)?;
            let after = before.moved(Some(now), now);
            update(connection, &after, advance(connection, &owner, -1)?)
        };
        self.writer.write(work).await
    }

    async fn restore(&self, id: TaskId, now: Timestamp) -> Result<Task, StoreError> {
        let owner = self.owner.clone();
        let work = move |connection: &Connection| {
            let before = find(connection, &owner, id)?.ok_or(Refusal::TaskNotFound)?;
            if before.deleted_at.is_none() {
                return Ok(before.task);
            }
            let after = before.moved(None, now);
            update(connection, &after, advance(connection, &owner, 1)?)?;
            Ok(after.task)
        };
        self.writer.write(work).await
    }
}

/// A row: the task, and whether it lies in the trash.
struct Stored {
    task: Task,
    deleted_at: Option<Timestamp>,
}

impl Stored {
    fn read(row: &Row<'_>, owner: &UserId) -> rusqlite::Result<Self> {
        let id = uuid::Uuid::from_bytes(row.get("id")?);
        let description: Option<String> = row.get("description")?;
        let task = Task {
            id: TaskId::from_uuid(id).ok_or_else(|| impossible("id"))?,
            user_id: owner.clone(),
            title: Title::parse(row.get_ref("title")?.as_str()?)
                .map_err(|_| impossible("title"))?,
            description: match description {
                Some(text) => {
                    Some(Description::parse(&text).map_err(|_| impossible("description"))?)
                }
                None => None,
            },
            completed_at: time(row, "completed_at")?,
            created_at: time(row, "created_at")?.ok_or_else(|| impossible("created_at"))?,
            updated_at: time(row, "updated_at")?.ok_or_else(|| impossible("updated_at"))?,
            version: Version::new(row.get("version")?).ok_or_else(|| impossible("version"))?,
        };
        Ok(Self {
            task,
            deleted_at: time(row, "deleted_at")?,
        })
    }

    /// The row after a move into or out of the trash, which is a write like any other.
    fn moved(self, deleted_at: Option<Timestamp>, now: Timestamp) -> Self {
        let version = self.task.version.next();
        Self {
            task: Task {
                version,
                updated_at: now,
                ..self.task
            },
            deleted_at,
        }
    }
}

fn live(found: Option<Stored>) -> Result<Stored, Refusal> {
    found
        .filter(|stored| stored.deleted_at.is_none())
        .ok_or(Refusal::TaskNotFound)
}

fn live_at(found: Option<Stored>, precondition: &Precondition) -> Result<Stored, Refusal> {
    let stored = live(found)?;
    if precondition.allows(stored.task.version) {
        Ok(stored)
    } else {
        Err(Refusal::VersionMismatch)
    }
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
    statement
        .query_row(parameters, |row| Stored::read(row, owner))
        .optional()
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

fn update(connection: &Connection, after: &Stored, seq: u64) -> Result<(), StoreError> {
    let task = &after.task;
    connection.prepare_cached(UPDATE)?.execute(named_params! {
        ":user_id": task.user_id.as_str(),
        ":id": task.id.as_uuid().into_bytes(),
        ":title": task.title.as_str(),
        ":description": task.description.as_ref().map(Description::as_str),
        ":completed_at": task.completed_at.map(Timestamp::as_millisecond),
        ":updated_at": task.updated_at.as_millisecond(),
        ":version": task.version.number(),
        ":deleted_at": after.deleted_at.map(Timestamp::as_millisecond),
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
