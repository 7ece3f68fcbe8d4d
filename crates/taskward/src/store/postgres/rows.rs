//! From rows to tasks and back.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::super::StoreError;
use crate::domain::{
    Change, Description, Stored, Task, TaskId, Title, UserId, Version, searchable_words,
};

/// A row of `task`, owned by `owner`.
pub(super) fn read_task(row: &Row, owner: &UserId) -> Result<Task, StoreError> {
    let description: Option<&str> = row.try_get("description")?;
    Ok(Task {
        id: read_id(row)?,
        user_id: owner.clone(),
        title: Title::parse(row.try_get("title")?).map_err(|_| impossible("title"))?,
        description: description
            .map(Description::parse)
            .transpose()
            .map_err(|_| impossible("description"))?,
        completed_at: time(row, "completed_at")?,
        created_at: time(row, "created_at")?.ok_or_else(|| impossible("created_at"))?,
        updated_at: time(row, "updated_at")?.ok_or_else(|| impossible("updated_at"))?,
        version: Version::new(number(row, "version")?).ok_or_else(|| impossible("version"))?,
    })
}

/// A row of `task` in whatever state.
pub(super) fn read_stored(row: &Row, owner: &UserId) -> Result<Stored, StoreError> {
    let task = read_task(row, owner)?;
    Ok(match time(row, "deleted_at")? {
        None => Stored::Live(task),
        Some(deleted_at) => Stored::InTrash(task, deleted_at),
    })
}

/// A row of `task` or `tombstone`, with its place among the changes.
pub(super) fn read_change(row: &Row, owner: &UserId) -> Result<(u64, Change), StoreError> {
    let change = match time(row, "deleted_at")? {
        None => Change::Written(read_task(row, owner)?),
        Some(deleted_at) => Change::Deleted {
            id: read_id(row)?,
            deleted_at,
        },
    };
    Ok((number(row, "seq")?, change))
}

/// A column that counts.
pub(super) fn number(row: &Row, column: &str) -> Result<u64, StoreError> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|_| impossible("number"))
}

fn read_id(row: &Row) -> Result<TaskId, StoreError> {
    let uuid: Uuid = row.try_get("id")?;
    TaskId::from_uuid(uuid).ok_or_else(|| impossible("id"))
}

fn time(row: &Row, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let millisecond: Option<i64> = row.try_get(column)?;
    millisecond
        .map(Timestamp::from_millisecond)
        .transpose()
        .map_err(|_| impossible("time"))
}

/// A stored value that no code of ours can have written: the table was changed by other hands, or is damaged.
fn impossible(what: &'static str) -> StoreError {
    StoreError::Failed(format!("stored {what} breaks its rule").into())
}

/// A task as parameters of the statements that write it.
pub(super) struct TaskRow<'a> {
    owner: &'a str,
    id: Uuid,
    title: &'a str,
    description: Option<&'a str>,
    completed_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
    deleted_at: Option<i64>,
    seq: i64,
    words: Vec<String>,
}

impl<'a> TaskRow<'a> {
    pub(super) fn new(task: &'a Task, deleted_at: Option<Timestamp>, seq: i64) -> Self {
        let words = searchable_words(&task.title, task.description.as_ref());
        Self {
            owner: task.user_id.as_str(),
            id: task.id.as_uuid(),
            title: task.title.as_str(),
            description: task.description.as_ref().map(Description::as_str),
            completed_at: task.completed_at.map(Timestamp::as_millisecond),
            created_at: task.created_at.as_millisecond(),
            updated_at: task.updated_at.as_millisecond(),
            version: i64::try_from(task.version.number()).unwrap_or(i64::MAX),
            deleted_at: deleted_at.map(Timestamp::as_millisecond),
            seq,
            words: words.into_iter().map(lexeme).collect(),
        }
    }

    pub(super) fn for_insert(&self) -> [&(dyn ToSql + Sync); 11] {
        [
            &self.owner,
            &self.id,
            &self.title,
            &self.description,
            &self.completed_at,
            &self.created_at,
            &self.updated_at,
            &self.version,
            &self.deleted_at,
            &self.seq,
            &self.words,
        ]
    }

    pub(super) fn for_update(&self) -> [&(dyn ToSql + Sync); 10] {
        [
            &self.owner,
            &self.id,
            &self.title,
            &self.description,
            &self.completed_at,
            &self.updated_at,
            &self.version,
            &self.deleted_at,
            &self.seq,
            &self.words,
        ]
    }
}

/// The longest word a tsvector takes, in bytes.
const LONGEST_LEXEME: usize = 2_046;

/// A word as it is indexed and asked for. Only somebody who writes hundreds of letters without a break is cut short, and
/// is found by what is left.
fn lexeme(mut word: String) -> String {
    word.truncate(word.floor_char_boundary(LONGEST_LEXEME));
    word
}

/// A `tsquery` that asks for tasks with, for each word, a word that begins with it. Words are letters and digits only,
/// so quotes keep them whole whatever letters they are.
pub(super) fn tsquery(words: &[String]) -> String {
    let parts: Vec<String> = words
        .iter()
        .map(|word| format!("'{}':*", lexeme(word.clone())))
        .collect();
    parts.join(" & ")
}
