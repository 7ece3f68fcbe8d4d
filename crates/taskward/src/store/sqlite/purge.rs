//! Forgetting: tasks that have lain in the trash for long enough leave a tombstone, and tombstones end.
//!
//! No user's `seq` moves, because nothing changes that a client has not been told of.

use jiff::Timestamp;
use rusqlite::{Connection, named_params};

use super::super::{Purged, StoreError};
use crate::domain::{TOMBSTONE_DAYS, TRASH_DAYS};

/// How many rows of a kind one call takes, so that the writes behind it wait for milliseconds only.
const ROWS: u32 = 500;

const IN_TRASH: &str = "SELECT user_id, id FROM task
    WHERE deleted_at IS NOT NULL AND deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
const BURY: &str = "INSERT INTO tombstone (user_id, id, deleted_at, seq)
    SELECT user_id, id, deleted_at, seq FROM task WHERE user_id = :user_id AND id = :id";
const REMOVE: &str = "DELETE FROM task WHERE user_id = :user_id AND id = :id";

const OLD_TOMBSTONES: &str = "SELECT user_id, id FROM tombstone
    WHERE deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
const REMEMBER_SEQ: &str = "UPDATE account SET forgotten_seq = max(forgotten_seq,
        (SELECT seq FROM tombstone WHERE user_id = :user_id AND id = :id))
    WHERE user_id = :user_id";
const FORGET: &str = "DELETE FROM tombstone WHERE user_id = :user_id AND id = :id";

/// Takes one helping. To be run in a transaction.
pub(super) fn purge(connection: &Connection, now: Timestamp) -> Result<Purged, StoreError> {
    let tasks = for_each(
        connection,
        IN_TRASH,
        days_before(now, TRASH_DAYS),
        &[BURY, REMOVE],
    )?;
    let end = days_before(now, TOMBSTONE_DAYS);
    let tombstones = for_each(connection, OLD_TOMBSTONES, end, &[REMEMBER_SEQ, FORGET])?;
    Ok(Purged {
        tasks,
        tombstones,
        more: tasks == ROWS || tombstones == ROWS,
    })
}

/// Runs `statements` on each row that `which` finds, and counts the rows.
fn for_each(
    connection: &Connection,
    which: &str,
    before: i64,
    statements: &[&str],
) -> rusqlite::Result<u32> {
    let mut find = connection.prepare_cached(which)?;
    let rows = find.query_map(named_params! { ":before": before, ":limit": ROWS }, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    // Read to its end before the rows it stands on are removed.
    let rows: Vec<(String, [u8; 16])> = rows.collect::<rusqlite::Result<_>>()?;
    let mut count = 0;
    for (user_id, id) in rows {
        for statement in statements {
            connection
                .prepare_cached(statement)?
                .execute(named_params! { ":user_id": user_id, ":id": id })?;
        }
        count += 1;
    }
    Ok(count)
}

fn days_before(now: Timestamp, days: i64) -> i64 {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    now.as_millisecond() - days * DAY
}
