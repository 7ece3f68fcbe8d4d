//! Whether a database can be relied on, and what it holds.

use std::fmt;

use rusqlite::{Connection, ErrorCode};

use super::schema;

/// What a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// Users who have, or had, a task.
    pub users: u64,
    /// Live tasks.
    pub tasks: u64,
    /// Tasks in the trash.
    pub in_trash: u64,
    /// Tombstones of deleted tasks.
    pub tombstones: u64,
    /// The schema's version.
    pub schema: i64,
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            users,
            tasks,
            in_trash,
            tombstones,
            schema,
        } = self;
        write!(
            f,
            "users {users}, tasks {tasks}, in the trash {in_trash}, tombstones {tombstones}, schema version {schema}"
        )
    }
}

/// Why a database cannot be relied on.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// What is in it contradicts itself.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It is something else.
    #[error("it is no database of taskward")]
    Foreign,
    /// A newer program wrote it.
    #[error("a newer taskward has written it: its schema has version {0}")]
    Newer(i64),
    /// SQLite failed for another reason.
    #[error("SQLite cannot read it")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for Unfit {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::Foreign,
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

/// Looks through everything.
pub(super) fn inspect(connection: &Connection) -> Result<Contents, Unfit> {
    let schema = schema::version(connection)?.ok_or(Unfit::Foreign)?;
    if schema > schema::newest_version() {
        return Err(Unfit::Newer(schema));
    }
    check_integrity(connection)?;
    check_counters(connection)?;
    let count = |sql| connection.query_row(sql, [], |row| row.get(0));
    Ok(Contents {
        users: count("SELECT count(user_id) FROM account")?,
        tasks: count("SELECT count(user_id) FROM task WHERE deleted_at IS NULL")?,
        in_trash: count("SELECT count(user_id) FROM task WHERE deleted_at IS NOT NULL")?,
        tombstones: if connection.table_exists(None, "tombstone")? {
            count("SELECT count(user_id) FROM tombstone")?
        } else {
            0
        },
        schema,
    })
}

/// Reads every page and compares each table with its indexes and rules.
pub(super) fn check_integrity(connection: &Connection) -> Result<(), Unfit> {
    let mut statement = connection.prepare("PRAGMA integrity_check(3)")?;
    let found = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    if found == ["ok"] {
        Ok(())
    } else {
        Err(Unfit::Damaged(found.join("; ").replace('\n', "; ")))
    }
}

/// What SQLite does not know: that each user's number of tasks is the number of that user's tasks, and that no row is
/// from after the counter.
fn check_counters(connection: &Connection) -> Result<(), Unfit> {
    let wrong: u64 = connection.query_row(
        "SELECT count(*) FROM account
          WHERE task_count <> (SELECT count(*) FROM task WHERE task.user_id = account.user_id AND deleted_at IS NULL)
             OR seq < (SELECT coalesce(max(task.seq), 0) FROM task WHERE task.user_id = account.user_id)",
        [],
        |row| row.get(0),
    )?;
    if wrong == 0 {
        Ok(())
    } else {
        Err(Unfit::Damaged(format!(
            "the counters of {wrong} users are wrong"
        )))
    }
}
