//! Purging: records that were in the trash for long enough are removed, and change rows of deleted records end.
//!
//! No user's `seq` changes, because nothing changes that a client was not told of.

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row, named_params};
use taskward_domain::Kind;
use taskward_domain::limits::{
    DELETED_CHANGE_DAYS, DELETED_CHANGES_PER_USER, TRASH_DAYS, TRASH_KEPT_HOURS,
    TRASH_KEPT_PER_USER,
};
use taskward_store::Purged;

use crate::error::SqlError;

/// How many rows one call removes at most, so that the writes queued behind it wait for milliseconds only.
const ROWS: u32 = 500;

/// The partial index `account_full_trash` has only the users over the limit; its condition is a literal.
const FULL_TRASH: &str = "SELECT user_id, trash_count FROM account WHERE trash_count > 10000";
const _: () = assert!(TRASH_KEPT_PER_USER == 10_000);
const COUNT_REMOVED: &str =
    "UPDATE account SET trash_count = trash_count - 1 WHERE user_id = :user_id";

const OLD_CHANGES: &str = "SELECT user_id, seq FROM change
    WHERE deleted_at IS NOT NULL AND deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
/// The partial index `account_many_gone` has only the users over the limit; its condition is a literal.
const MANY_GONE: &str = "SELECT user_id, gone_count FROM account WHERE gone_count > 200000";
const _: () = assert!(DELETED_CHANGES_PER_USER == 200_000);
const REMOVE_CHANGE: &str = "DELETE FROM change WHERE user_id = :user_id AND seq = :seq";
const COUNT_FORGOTTEN: &str = "UPDATE account
    SET gone_count = gone_count - 1, forgotten_seq = max(forgotten_seq, :seq) WHERE user_id = :user_id";

/// The oldest records in the trash, of one user or of all.
fn oldest_in_trash(kind: Kind, user: Option<&str>) -> String {
    let table = kind.name();
    let owner = user.map_or("", |_| "user_id = :user_id AND ");
    format!(
        "SELECT user_id, id FROM {table} WHERE {owner}deleted_at IS NOT NULL AND deleted_at <= :before
         ORDER BY deleted_at LIMIT :limit"
    )
}

fn remove_record(kind: Kind) -> String {
    let table = kind.name();
    format!("DELETE FROM {table} WHERE user_id = :user_id AND id = :id")
}

/// The oldest change rows of one user's purged records.
fn oldest_gone() -> String {
    let in_trash = Kind::ALL.iter().map(|kind| {
        let (table, number) = (kind.name(), kind.number());
        format!(
            " AND NOT (kind = {number} AND EXISTS
                (SELECT 1 FROM {table} WHERE {table}.user_id = :user_id AND {table}.id = change.id))"
        )
    });
    let in_trash: String = in_trash.collect();
    format!(
        "SELECT user_id, seq FROM change
         WHERE user_id = :user_id AND deleted_at IS NOT NULL AND deleted_at <= :before{in_trash}
         ORDER BY deleted_at LIMIT :limit"
    )
}

/// Removes at most [`ROWS`] records and as many change rows. Must run in a transaction.
pub(crate) fn purge(connection: &Connection, now: Timestamp) -> Result<Purged, SqlError> {
    let purge = Purge { connection };
    let mut records = 0;
    let end = days_before(now, TRASH_DAYS);
    for &kind in Kind::ALL {
        records += purge.remove_records(kind, None, end, ROWS - records)?;
    }
    let has_expired = records == ROWS;
    let kept_until = before(now, SignedDuration::from_hours(TRASH_KEPT_HOURS));
    for (user, count) in purge.over_limit(FULL_TRASH)? {
        let mut excess = count - TRASH_KEPT_PER_USER;
        for &kind in Kind::ALL.iter().filter(|kind| kind.is_counted_in_trash()) {
            let rows = excess.min(ROWS - records);
            let removed = purge.remove_records(kind, Some(&user), kept_until, rows)?;
            (records, excess) = (records + removed, excess - removed);
        }
    }
    let mut changes = 0;
    // Change rows outlive their record: those of expired records end only when no expired record is left.
    if !has_expired {
        let end = days_before(now, DELETED_CHANGE_DAYS);
        changes = purge.remove_changes(OLD_CHANGES, None, end, ROWS)?;
        let oldest = oldest_gone();
        for (user, count) in purge.over_limit(MANY_GONE)? {
            let rows = (count - DELETED_CHANGES_PER_USER).min(ROWS - changes);
            changes += purge.remove_changes(&oldest, Some(&user), kept_until, rows)?;
        }
    }
    Ok(Purged {
        records,
        changes,
        more: records == ROWS || changes == ROWS,
    })
}

struct Purge<'a> {
    connection: &'a Connection,
}

impl Purge<'_> {
    /// The users over a limit, and their counts.
    fn over_limit(&self, which: &str) -> rusqlite::Result<Vec<(String, u32)>> {
        let mut statement = self.connection.prepare_cached(which)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    fn remove_records(
        &self,
        kind: Kind,
        user: Option<&str>,
        before: i64,
        limit: u32,
    ) -> rusqlite::Result<u32> {
        let which = oldest_in_trash(kind, user);
        let found: Vec<(String, [u8; 16])> = self.select(&which, user, before, limit)?;
        let remove = remove_record(kind);
        for (user, id) in &found {
            self.execute(&remove, named_params! { ":user_id": user, ":id": id })?;
            if kind.is_counted_in_trash() {
                self.execute(COUNT_REMOVED, named_params! { ":user_id": user })?;
            }
        }
        Ok(u32::try_from(found.len()).unwrap_or(u32::MAX))
    }

    fn remove_changes(
        &self,
        which: &str,
        user: Option<&str>,
        before: i64,
        limit: u32,
    ) -> rusqlite::Result<u32> {
        let found: Vec<(String, u64)> = self.select(which, user, before, limit)?;
        for (user, seq) in &found {
            let row = named_params! { ":user_id": user, ":seq": seq };
            self.execute(REMOVE_CHANGE, row)?;
            self.execute(COUNT_FORGOTTEN, row)?;
        }
        Ok(u32::try_from(found.len()).unwrap_or(u32::MAX))
    }

    /// The owners and keys of the rows to remove. All are read before the first is removed.
    fn select<T: FromSql>(
        &self,
        which: &str,
        user: Option<&str>,
        before: i64,
        limit: u32,
    ) -> rusqlite::Result<Vec<(String, T)>> {
        let mut statement = self.connection.prepare_cached(which)?;
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let rows = match user {
            None => statement.query_map(named_params! { ":before": before, ":limit": limit }, row),
            Some(user) => statement.query_map(
                named_params! { ":user_id": user, ":before": before, ":limit": limit },
                row,
            ),
        }?;
        rows.collect()
    }

    fn execute(
        &self,
        statement: &str,
        parameters: &[(&str, &dyn rusqlite::ToSql)],
    ) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(statement)?
            .execute(parameters)
            .map(drop)
    }
}

fn days_before(now: Timestamp, days: i64) -> i64 {
    before(now, SignedDuration::from_hours(24 * days))
}

fn before(now: Timestamp, duration: SignedDuration) -> i64 {
    // Milliseconds of a duration of some days fit easily.
    now.as_millisecond() - i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
