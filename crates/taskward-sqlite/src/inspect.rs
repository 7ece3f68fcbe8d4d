//! Checks a database for damage and counts what it holds.

use std::fmt;

use rusqlite::{Connection, ErrorCode};

use taskward_domain::Kind;

use crate::schema;

/// What a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// Users who have, or had, a record.
    pub users: u64,
    /// Live tasks.
    pub tasks: u64,
    pub in_trash: u64,
    /// Deleted records that were purged and are still reported by `changes`.
    pub purged: u64,
    /// The version of the schema.
    pub schema: i64,
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            users,
            tasks,
            in_trash,
            purged,
            schema,
        } = self;
        write!(
            f,
            "users {users}, tasks {tasks}, in the trash {in_trash}, purged {purged}, schema version {schema}"
        )
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it is not a taskward database")]
    Foreign,
    #[error("it is not a database of the auth server")]
    NotAccounts,
    #[error("a newer taskward wrote it: its schema has version {0}")]
    Newer(i64),
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

/// Checks everything and counts.
pub(crate) fn inspect(connection: &Connection) -> Result<Contents, Unfit> {
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
        purged: count_purged(connection)?,
        schema,
    })
}

/// Reads every page and compares each table with its indexes and constraints.
pub(crate) fn check_integrity(connection: &Connection) -> Result<(), Unfit> {
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

/// The kinds of record that the database has. Earlier versions of the schema had tasks only.
fn kinds(connection: &Connection) -> rusqlite::Result<Vec<Kind>> {
    let mut kinds = Vec::new();
    for &kind in Kind::ALL {
        if connection.table_exists(None, kind.name())? {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}

/// Earlier versions of the schema had no purged records, or kept them in `tombstone`.
fn count_purged(connection: &Connection) -> rusqlite::Result<u64> {
    if has_change(connection)? {
        let kept = kinds(connection)?.into_iter().map(|kind| {
            let (table, number) = (kind.name(), kind.number());
            format!(
                " AND NOT (kind = {number} AND EXISTS
                    (SELECT 1 FROM {table} WHERE {table}.user_id = change.user_id AND {table}.id = change.id))"
            )
        });
        let kept: String = kept.collect();
        let sql = format!("SELECT count(user_id) FROM change WHERE deleted_at IS NOT NULL{kept}");
        connection.query_row(&sql, [], |row| row.get(0))
    } else if connection.table_exists(None, "tombstone")? {
        let sql = "SELECT count(user_id) FROM tombstone";
        connection.query_row(sql, [], |row| row.get(0))
    } else {
        Ok(0)
    }
}

/// What no constraint checks: that each user's counters agree with that user's rows, and that every record has its change
/// row.
fn check_counters(connection: &Connection) -> Result<(), Unfit> {
    let mut conditions = Vec::new();
    for kind in kinds(connection)? {
        let (table, number) = (kind.name(), kind.number());
        conditions.push(format!(
            "{table}_count <> (SELECT count(*) FROM {table} WHERE {table}.user_id = account.user_id AND deleted_at IS NULL)"
        ));
        conditions.push(format!(
            "seq < (SELECT coalesce(max({table}.seq), 0) FROM {table} WHERE {table}.user_id = account.user_id)"
        ));
        if has_change(connection)? {
            // A list whose purge has begun has another time of deletion.
            conditions.push(format!(
                "EXISTS (SELECT 1 FROM {table} LEFT JOIN change
                            ON change.user_id = {table}.user_id AND change.seq = {table}.seq
                         WHERE {table}.user_id = account.user_id
                           AND (change.kind IS NOT {number} OR change.id IS NOT {table}.id
                                OR (change.deleted_at IS NOT {table}.deleted_at AND {table}.deleted_at IS NOT 0)))"
            ));
        }
    }
    if has_change(connection)? {
        conditions.extend([
            "trash_count <> (SELECT count(*) FROM task WHERE task.user_id = account.user_id AND deleted_at IS NOT NULL)".to_owned(),
            "gone_count <> (SELECT count(*) FROM change WHERE change.user_id = account.user_id AND deleted_at IS NOT NULL)".to_owned(),
            "seq < (SELECT coalesce(max(change.seq), 0) FROM change WHERE change.user_id = account.user_id)".to_owned(),
        ]);
    }
    if connection.table_exists(None, "batch")? {
        conditions.extend([
            "zoned_count <> (SELECT count(*) FROM task
                WHERE task.user_id = account.user_id AND deleted_at IS NULL AND completed_at IS NULL
                  AND (due_zone IS NOT NULL OR reminders IS NOT NULL))"
                .to_owned(),
            "batch_count <> (SELECT count(*) FROM batch WHERE batch.user_id = account.user_id)"
                .to_owned(),
        ]);
    }
    let sql = format!(
        "SELECT count(user_id) FROM account WHERE {}",
        conditions.join(" OR ")
    );
    match connection.query_row(&sql, [], |row| row.get(0))? {
        0_u64 => Ok(()),
        users => Err(Unfit::Damaged(format!(
            "the counters of {users} users do not agree with their rows"
        ))),
    }
}

fn has_change(connection: &Connection) -> rusqlite::Result<bool> {
    connection.table_exists(None, "change")
}
