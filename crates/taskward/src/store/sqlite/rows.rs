//! Rows as values of the domain. Every value is checked on the way in, because a file can be changed by other hands.

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSql, Type};
use uuid::Uuid;

use crate::domain::{Description, Task, TaskId, Title, UserId, Version};

/// Which column of a row holds what. Rows are read by position, which is what a list's speed rests on; statements that
/// select a task name its columns in this order.
///
/// `id, title, description, completed_at, created_at, updated_at, version`
pub(super) fn read_task(row: &Row<'_>, first: usize, owner: &UserId) -> rusqlite::Result<Task> {
    let title = row.get_ref(first + 1)?.as_str()?;
    let description = row.get_ref(first + 2)?.as_str_or_null()?;
    Ok(Task {
        id: read_id(row, first)?,
        user_id: owner.clone(),
        title: Title::parse(title).map_err(|_| impossible("title"))?,
        description: description
            .map(Description::parse)
            .transpose()
            .map_err(|_| impossible("description"))?,
        completed_at: read_optional_time(row, first + 3)?,
        created_at: read_time(row, first + 4)?,
        updated_at: read_time(row, first + 5)?,
        version: Version::new(row.get(first + 6)?).ok_or_else(|| impossible("version"))?,
    })
}

pub(super) fn read_id(row: &Row<'_>, column: usize) -> rusqlite::Result<TaskId> {
    let bytes = <[u8; 16]>::column_result(row.get_ref(column)?)?;
    TaskId::from_uuid(Uuid::from_bytes(bytes)).ok_or_else(|| impossible("id"))
}

pub(super) fn read_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|_| impossible("time"))
}

pub(super) fn read_optional_time(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<Timestamp>> {
    let millisecond: Option<i64> = row.get(column)?;
    millisecond
        .map(Timestamp::from_millisecond)
        .transpose()
        .map_err(|_| impossible("time"))
}

/// How an id is stored.
pub(super) fn id_bytes(id: TaskId) -> [u8; 16] {
    id.as_uuid().into_bytes()
}

/// A stored value that no code of ours can have written: the file was changed by other hands, or is damaged.
pub(super) fn impossible(what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(
        0,
        Type::Null,
        format!("stored {what} breaks its rule").into(),
    )
}
