//! The statements on tasks. Every one names `user_id`, bound from the caller this handle was made for.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::super::news::News;
use super::super::{CallerTasks, StoreError, Subscription};
use super::counters::Counters;
use super::readers::Readers;
use super::rows::{id_bytes, read_optional_time, read_task};
use super::writer::Writer;
use super::{history, search};
use crate::domain::{
    ChangePage, ChangesRequest, Decision, Description, Listing, PageRequest, Refusal, SearchText,
    Stored, TASKS_PER_USER, Task, TaskId, UserId, Write, Written,
};

pub(super) struct SqliteTasks<'a> {
    pub(super) owner: &'a UserId,
    pub(super) readers: &'a Readers,
    pub(super) writer: &'a Writer,
    pub(super) counters: &'a Counters,
    pub(super) news: &'a News,
}

/// The counter and the page in one statement, which sees one snapshot without a transaction around it. A user who has
/// never written has no row; one who has no tasks has one without a task.
const LIST: &str = "
    SELECT account.seq,
           task.id, title, description, completed_at, created_at, updated_at, version
      FROM account LEFT JOIN task
        ON task.user_id = :user_id AND task.deleted_at IS NULL AND task.id < :after
       AND (:completed IS NULL OR (task.completed_at IS NOT NULL) = :completed)
     WHERE account.user_id = :user_id
     ORDER BY task.id DESC LIMIT :limit";

/// Where the first page starts. A bound that is always there keeps the scan a plain range of the primary key.
const ABOVE_EVERY_ID: [u8; 16] = [0xff; 16];

/// The ids of a page come from one index, which has all that decides on them; only what is on the page is read. So there
/// are two statements, with the same parameters: the one that asks about completion has to look at every task it finds.
const SEARCH: &str = "
    SELECT id, title, description, completed_at, created_at, updated_at, version
      FROM task
     WHERE user_id = :user_id AND id IN (
           SELECT task.id FROM task_search CROSS JOIN task INDEXED BY task_document
               ON task.document = task_search.rowid
            WHERE task_search MATCH :question AND task.user_id = :user_id AND task.id < :after
              AND :completed IS NULL
            ORDER BY task.id DESC LIMIT :limit)
     ORDER BY id DESC";

const SEARCH_BY_COMPLETED: &str = "
    SELECT id, title, description, completed_at, created_at, updated_at, version
      FROM task
     WHERE user_id = :user_id AND id IN (
           SELECT task.id FROM task_search CROSS JOIN task INDEXED BY task_document
               ON task.document = task_search.rowid
            WHERE task_search MATCH :question AND task.user_id = :user_id AND task.id < :after
              AND (task.completed_at IS NOT NULL) = :completed
            ORDER BY task.id DESC LIMIT :limit)
     ORDER BY id DESC";

const FIND: &str = "
    SELECT id, title, description, completed_at, created_at, updated_at, version, deleted_at, document
      FROM task WHERE user_id = :user_id AND id = :id";

const FIND_TOMBSTONE: &str = "SELECT 1 FROM tombstone WHERE user_id = :user_id AND id = :id";

const INSERT: &str = "INSERT INTO task
       (user_id, id, title, description, completed_at, created_at, updated_at, version, seq, document)
     VALUES
       (:user_id, :id, :title, :description, :completed_at, :created_at, :updated_at, :version, :seq, :document)";

const UPDATE: &str =
    "UPDATE task SET title = :title, description = :description, completed_at = :completed_at,
       updated_at = :updated_at, version = :version, deleted_at = :deleted_at, seq = :seq, document = :document
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
        // Mostly without a look at the file, and for most who know a counter this is all there is to do.
        if known.is_some() && known == Some(self.seq().await?) {
            return Ok(Listing::Unchanged);
        }
        let Some(search) = request.filter().search.clone() else {
            return self
                .readers
                .read(|connection| list(connection, self.owner, &request));
        };
        let owner = self.owner.clone();
        let read = move |snapshot: &Connection| find_by_words(snapshot, &owner, &request, &search);
        self.readers.read_long(read).await
    }

    async fn find(&self, id: TaskId) -> Result<Task, StoreError> {
        let found = self
            .readers
            .read(|connection| Ok(find_task(connection, self.owner, id)?))?;
        match found {
            Some((Stored::Live(task), _)) => Ok(task),
            _ => Err(Refusal::TaskNotFound.into()),
        }
    }

    async fn write(&self, write: Write, now: Timestamp) -> Result<Written, StoreError> {
        let (owner, listener) = (self.owner.clone(), self.owner.clone());
        let (counters, news) = (self.counters.clone(), self.news.clone());
        let work = move |connection: &Connection| carry_out(connection, &owner, write.clone(), now);
        let published = move |written: &Written| {
            if written.is_new {
                counters.forget(&listener);
                news.publish(&listener);
            }
        };
        self.writer.write(work, published).await
    }

    async fn changes(&self, request: ChangesRequest) -> Result<ChangePage, StoreError> {
        self.readers
            .read_snapshot(|snapshot| history::changes(snapshot, self.owner, request))
    }

    async fn seq(&self) -> Result<u64, StoreError> {
        let moment = match self.counters.recall(self.owner) {
            Ok(seq) => return Ok(seq),
            Err(moment) => moment,
        };
        let seq = self
            .readers
            .read(|connection| Ok(read_seq(connection, self.owner)?))?;
        self.counters.remember(self.owner, seq, &moment);
        Ok(seq)
    }

    fn subscribe(&self) -> Subscription {
        self.news.subscribe(self.owner)
    }
}

fn list(
    connection: &Connection,
    owner: &UserId,
    request: &PageRequest,
) -> Result<Listing, StoreError> {
    let mut statement = connection.prepare_cached(LIST)?;
    let mut rows = statement.query(named_params! {
        ":user_id": owner.as_str(),
        ":after": request.after().map_or(ABOVE_EVERY_ID, id_bytes),
        ":completed": request.filter().completed,
        ":limit": i64::from(request.limit().get()) + 1,
    })?;
    let mut seq = 0;
    let mut tasks = Vec::new();
    while let Some(row) = rows.next()? {
        seq = row.get(0)?;
        if row.get_ref(1)? != rusqlite::types::ValueRef::Null {
            tasks.push(read_task(row, 1, owner)?);
        }
    }
    Ok(Listing::Page(request.page(tasks, seq)))
}

fn find_by_words(
    snapshot: &Connection,
    owner: &UserId,
    request: &PageRequest,
    search: &SearchText,
) -> Result<Listing, StoreError> {
    let seq = read_seq(snapshot, owner)?;
    let completed = request.filter().completed;
    let sql = if completed.is_none() {
        SEARCH
    } else {
        SEARCH_BY_COMPLETED
    };
    let mut statement = snapshot.prepare_cached(sql)?;
    let rows = statement.query_map(
        named_params! {
            ":user_id": owner.as_str(),
            ":question": search::question(owner, search),
            ":after": request.after().map_or(ABOVE_EVERY_ID, id_bytes),
            ":completed": completed,
            ":limit": i64::from(request.limit().get()) + 1,
        },
        |row| read_task(row, 0, owner),
    )?;
    let tasks = rows.collect::<rusqlite::Result<_>>()?;
    Ok(Listing::Page(request.page(tasks, seq)))
}

/// One write, in a transaction. Refuses before it changes anything.
fn carry_out(
    connection: &Connection,
    owner: &UserId,
    write: Write,
    now: Timestamp,
) -> Result<Written, StoreError> {
    let added = write.added();
    let found = find_for_write(connection, owner, write.id)?;
    let before = found.clone();
    match write.decide(found.map(|(stored, _)| stored), owner, now)? {
        Decision::Keep(task) => Ok(Written {
            task,
            is_new: false,
        }),
        Decision::Insert(task) => {
            let seq = advance(connection, owner, added)?;
            let document = search::add(connection, &task)?;
            insert(connection, &task, seq, document)?;
            Ok(Written { task, is_new: true })
        }
        Decision::Update(task, deleted_at) => {
            let seq = advance(connection, owner, added)?;
            let document = file_words(connection, before, &task, deleted_at.is_none())?;
            update(connection, &task, deleted_at, seq, document)?;
            Ok(Written { task, is_new: true })
        }
    }
}

/// Brings the index of words from what was to what is: live tasks are in it, those in the trash are not.
fn file_words(
    connection: &Connection,
    before: Option<(Stored, Option<i64>)>,
    after: &Task,
    is_live: bool,
) -> rusqlite::Result<Option<i64>> {
    match (before, is_live) {
        (Some((Stored::Live(before), Some(document))), true) => {
            search::refile(connection, document, &before, after)?;
            Ok(Some(document))
        }
        (Some((_, Some(document))), false) => {
            search::remove(connection, document)?;
            Ok(None)
        }
        (_, true) => search::add(connection, after).map(Some),
        (_, false) => Ok(None),
    }
}

fn read_seq(connection: &Connection, owner: &UserId) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(SEQ)?;
    let parameters = named_params! { ":user_id": owner.as_str() };
    let seq = statement
        .query_row(parameters, |row| row.get(0))
        .optional()?;
    Ok(seq.unwrap_or(0))
}

/// A task, live or in the trash, with the number that the search knows it by.
fn find_task(
    connection: &Connection,
    owner: &UserId,
    id: TaskId,
) -> rusqlite::Result<Option<(Stored, Option<i64>)>> {
    let mut statement = connection.prepare_cached(FIND)?;
    let parameters = named_params! { ":user_id": owner.as_str(), ":id": id_bytes(id) };
    let read = |row: &Row<'_>| {
        let task = read_task(row, 0, owner)?;
        let stored = match read_optional_time(row, 7)? {
            None => Stored::Live(task),
            Some(deleted_at) => Stored::InTrash(task, deleted_at),
        };
        Ok((stored, row.get(8)?))
    };
    statement.query_row(parameters, read).optional()
}

/// Whatever lies under an id.
fn find_for_write(
    connection: &Connection,
    owner: &UserId,
    id: TaskId,
) -> rusqlite::Result<Option<(Stored, Option<i64>)>> {
    if let Some(found) = find_task(connection, owner, id)? {
        return Ok(Some(found));
    }
    let parameters = named_params! { ":user_id": owner.as_str(), ":id": id_bytes(id) };
    let is_tombstone = connection
        .prepare_cached(FIND_TOMBSTONE)?
        .exists(parameters)?;
    Ok(is_tombstone.then_some((Stored::Tombstone, None)))
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

fn insert(connection: &Connection, task: &Task, seq: u64, document: i64) -> rusqlite::Result<()> {
    connection.prepare_cached(INSERT)?.execute(named_params! {
        ":user_id": task.user_id.as_str(),
        ":id": id_bytes(task.id),
        ":title": task.title.as_str(),
        ":description": task.description.as_ref().map(Description::as_str),
        ":completed_at": task.completed_at.map(Timestamp::as_millisecond),
        ":created_at": task.created_at.as_millisecond(),
        ":updated_at": task.updated_at.as_millisecond(),
        ":version": task.version.number(),
        ":seq": seq,
        ":document": document,
    })?;
    Ok(())
}

fn update(
    connection: &Connection,
    task: &Task,
    deleted_at: Option<Timestamp>,
    seq: u64,
    document: Option<i64>,
) -> rusqlite::Result<()> {
    connection.prepare_cached(UPDATE)?.execute(named_params! {
        ":user_id": task.user_id.as_str(),
        ":id": id_bytes(task.id),
        ":title": task.title.as_str(),
        ":description": task.description.as_ref().map(Description::as_str),
        ":completed_at": task.completed_at.map(Timestamp::as_millisecond),
        ":updated_at": task.updated_at.as_millisecond(),
        ":version": task.version.number(),
        ":deleted_at": deleted_at.map(Timestamp::as_millisecond),
        ":seq": seq,
        ":document": document,
    })?;
    Ok(())
}
