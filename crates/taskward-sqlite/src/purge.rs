//! Purging: records that were in the trash for long enough are removed, and change rows of deleted records end.
//!
//! No user's `seq` changes, because nothing changes that a client was not told of.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, named_params};
use taskward_domain::limits::{
    DELETED_CHANGE_DAYS, DELETED_CHANGES_PER_USER, TRASH_DAYS, TRASH_KEPT_HOURS,
    TRASH_KEPT_PER_USER,
};
use taskward_store::Purged;

use crate::error::SqlError;

/// How many rows one call removes at most, so that the writes queued behind it wait for milliseconds only.
const ROWS: u32 = 500;

const EXPIRED: &str = "SELECT user_id, id FROM task
    WHERE deleted_at IS NOT NULL AND deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
/// The partial index `account_full_trash` has only the users over the limit; its condition is a literal.
const FULL_TRASH: &str = "SELECT user_id, trash_count FROM account WHERE trash_count > 10000";
const _: () = assert!(TRASH_KEPT_PER_USER == 10_000);
const OLDEST_IN_TRASH: &str = "SELECT user_id, id FROM task
    WHERE user_id = :user_id AND deleted_at IS NOT NULL AND deleted_at <= :before
    ORDER BY deleted_at LIMIT :limit";
const REMOVE_TASK: &str = "DELETE FROM task WHERE user_id = :user_id AND id = :id";
const COUNT_REMOVED: &str =
    "UPDATE account SET trash_count = trash_count - 1 WHERE user_id = :user_id";

const OLD_CHANGES: &str = "SELECT user_id, seq FROM change
    WHERE deleted_at IS NOT NULL AND deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
/// The partial index `account_many_gone` has only the users over the limit; its condition is a literal.
const MANY_GONE: &str = "SELECT user_id, gone_count FROM account WHERE gone_count > 200000";
const _: () = assert!(DELETED_CHANGES_PER_USER == 200_000);
const OLDEST_GONE: &str = "SELECT user_id, seq FROM change
    WHERE user_id = :user_id AND deleted_at IS NOT NULL AND deleted_at <= :before
      AND NOT EXISTS (SELECT 1 FROM task WHERE task.user_id = :user_id AND task.id = change.id)
    ORDER BY deleted_at LIMIT :limit";
const REMOVE_CHANGE: &str = "DELETE FROM change WHERE user_id = :user_id AND seq = :seq";
const COUNT_FORGOTTEN: &str = "UPDATE account
    SET gone_count = gone_count - 1, forgotten_seq = max(forgotten_seq, :seq) WHERE user_id = :user_id";

/// Removes at most [`ROWS`] records and as many change rows. Must run in a transaction.
pub(crate) fn purge(connection: &Connection, now: Timestamp) -> Result<Purged, SqlError> {
    let purge = Purge { connection };
    let mut records = purge.remove_tasks(EXPIRED, None, days_before(now, TRASH_DAYS), ROWS)?;
    let has_expired = records == ROWS;
    let kept_until = before(now, SignedDuration::from_hours(TRASH_KEPT_HOURS));
    for (user, count) in purge.over_limit(FULL_TRASH)? {
        let rows = (count - TRASH_KEPT_PER_USER).min(ROWS - records);
        records += purge.remove_tasks(OLDEST_IN_TRASH, Some(&user), kept_until, rows)?;
    }
    let mut changes = 0;
    // Change rows outlive their record: those of expired records end only when no expired record is left.
    if !has_expired {
        let end = days_before(now, DELETED_CHANGE_DAYS);
        changes = purge.remove_changes(OLD_CHANGES, None, end, ROWS)?;
        for (user, count) in purge.over_limit(MANY_GONE)? {
            let rows = (count - DELETED_CHANGES_PER_USER).min(ROWS - changes);
            changes += purge.remove_changes(OLDEST_GONE, Some(&user), kept_until, rows)?;
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

    fn remove_tasks(
        &self,
        which: &str,
        user: Option<&str>,
        before: i64,
        limit: u32,
    ) -> rusqlite::Result<u32> {
        let mut statement = self.connection.prepare_cached(which)?;
        let mut rows = match user {
            None => statement.query(named_params! { ":before": before, ":limit": limit }),
            Some(user) => statement
                .query(named_params! { ":user_id": user, ":before": before, ":limit": limit }),
        }?;
        // All are read before the first is removed.
        let mut found: Vec<(String, [u8; 16])> = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((row.get(0)?, row.get(1)?));
        }
        for (user, id) in &found {
            self.execute(REMOVE_TASK, named_params! { ":user_id": user, ":id": id })?;
            self.execute(COUNT_REMOVED, named_params! { ":user_id": user })?;
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
        let mut statement = self.connection.prepare_cached(which)?;
        let mut rows = match user {
            None => statement.query(named_params! { ":before": before, ":limit": limit }),
            Some(user) => statement
                .query(named_params! { ":user_id": user, ":before": before, ":limit": limit }),
        }?;
        let mut found: Vec<(String, u64)> = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((row.get(0)?, row.get(1)?));
        }
        for (user, seq) in &found {
            let row = named_params! { ":user_id": user, ":seq": seq };
            self.execute(REMOVE_CHANGE, row)?;
            self.execute(COUNT_FORGOTTEN, row)?;
        }
        Ok(u32::try_from(found.len()).unwrap_or(u32::MAX))
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
