//! Purging: records that were in the trash for long enough are removed, and change rows of deleted records and old batches
//! end.
//!
//! No user's `seq` changes, because nothing changes that a client was not told of.

mod trash;

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::FromSql;
use rusqlite::{Connection, Row, named_params};
use taskward_domain::Kind;
use taskward_domain::limits::{
    BATCH_DAYS, BATCHES_PER_USER, DELETED_CHANGE_DAYS, DELETED_CHANGES_PER_USER, TRASH_DAYS,
    TRASH_KEPT_HOURS,
};
use taskward_store::Purged;

use crate::error::SqlError;

/// How many rows of each sort one call removes at most, so that the writes queued behind it wait for milliseconds only.
const ROWS: u32 = 500;

const OLD_CHANGES: &str = "SELECT user_id, seq FROM change
    WHERE deleted_at IS NOT NULL AND deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
/// The partial index `account_many_gone` has only the users over the limit; its condition is a literal.
const MANY_GONE: &str = "SELECT user_id, gone_count FROM account WHERE gone_count > 200000";
const _: () = assert!(DELETED_CHANGES_PER_USER == 200_000);
const REMOVE_CHANGE: &str = "DELETE FROM change WHERE user_id = :user_id AND seq = :seq";
const COUNT_FORGOTTEN: &str = "UPDATE account
    SET gone_count = gone_count - 1, forgotten_seq = max(forgotten_seq, :seq) WHERE user_id = :user_id";

const OLD_BATCHES: &str =
    "SELECT user_id, id FROM batch WHERE at <= :before ORDER BY at LIMIT :limit";
/// The partial index `account_many_batches` has only the users over the limit; its condition is a literal.
const MANY_BATCHES: &str = "SELECT user_id, batch_count FROM account WHERE batch_count > 20000";
const _: () = assert!(BATCHES_PER_USER == 20_000);
/// Sorts the batches of one user, which are little more than the limit.
const OLDEST_BATCHES: &str = "SELECT user_id, id FROM batch
    WHERE user_id = :user_id AND at <= :before ORDER BY at LIMIT :limit";
const REMOVE_BATCH: &str = "DELETE FROM batch WHERE user_id = :user_id AND id = :id";
const COUNT_BATCH: &str =
    "UPDATE account SET batch_count = batch_count - 1 WHERE user_id = :user_id";

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

/// Removes at most [`ROWS`] records, as many change rows and as many batches. Must run in a transaction.
pub(crate) fn purge(connection: &Connection, now: Timestamp) -> Result<Purged, SqlError> {
    let purge = Purge { connection };
    let kept_until = before(now, SignedDuration::from_hours(TRASH_KEPT_HOURS));
    let trash = purge.empty_trash(days_before(now, TRASH_DAYS), kept_until)?;
    // Change rows outlive their record: those of expired records end only when no expired record is left.
    let changes = match trash.more {
        true => 0,
        false => purge.remove_old_changes(now, kept_until)?,
    };
    let batches = purge.remove_old_batches(now)?;
    Ok(Purged {
        records: trash.records,
        changes,
        more: trash.more || changes == ROWS || batches == ROWS,
    })
}

/// Statements that find what to remove, and the index that each reads.
#[cfg(test)]
pub(crate) fn paths() -> Vec<(&'static str, &'static str)> {
    let own = [
        (OLD_CHANGES, "change_age (deleted_at>? AND deleted_at<?)"),
        (MANY_GONE, "account_many_gone"),
        (OLD_BATCHES, "batch_age (at<?)"),
        (MANY_BATCHES, "account_many_batches"),
    ];
    own.into_iter().chain(trash::PATHS).collect()
}

struct Purge<'a> {
    connection: &'a Connection,
}

impl Purge<'_> {
    fn remove_old_changes(&self, now: Timestamp, kept_until: i64) -> rusqlite::Result<u32> {
        let end = days_before(now, DELETED_CHANGE_DAYS);
        let mut changes = self.remove_changes(OLD_CHANGES, None, end, ROWS)?;
        let oldest = oldest_gone();
        for (user, count) in self.over_limit(MANY_GONE)? {
            let rows = (count - DELETED_CHANGES_PER_USER).min(ROWS - changes);
            changes += self.remove_changes(&oldest, Some(&user), kept_until, rows)?;
        }
        Ok(changes)
    }

    fn remove_old_batches(&self, now: Timestamp) -> rusqlite::Result<u32> {
        let end = days_before(now, BATCH_DAYS);
        let mut batches = self.remove_batches(OLD_BATCHES, None, end, ROWS)?;
        for (user, count) in self.over_limit(MANY_BATCHES)? {
            let rows = (count - BATCHES_PER_USER).min(ROWS - batches);
            batches += self.remove_batches(OLDEST_BATCHES, Some(&user), i64::MAX, rows)?;
        }
        Ok(batches)
    }

    /// The users over a limit, and their counts.
    fn over_limit(&self, which: &str) -> rusqlite::Result<Vec<(String, u32)>> {
        let mut statement = self.connection.prepare_cached(which)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
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
        Ok(count(&found))
    }

    fn remove_batches(
        &self,
        which: &str,
        user: Option<&str>,
        before: i64,
        limit: u32,
    ) -> rusqlite::Result<u32> {
        let found: Vec<(String, [u8; 16])> = self.select(which, user, before, limit)?;
        for (user, id) in &found {
            self.execute(REMOVE_BATCH, named_params! { ":user_id": user, ":id": id })?;
            self.execute(COUNT_BATCH, named_params! { ":user_id": user })?;
        }
        Ok(count(&found))
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

fn count<T>(rows: &[T]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX)
}

fn days_before(now: Timestamp, days: i64) -> i64 {
    before(now, SignedDuration::from_hours(24 * days))
}

fn before(now: Timestamp, duration: SignedDuration) -> i64 {
    // Milliseconds of a duration of some days fit easily.
    now.as_millisecond() - i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
