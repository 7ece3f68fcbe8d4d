//! Removes what has been kept for long enough, for all users, in the role that can do only that.
//!
//! Invariant: the two steps are two transactions. A write locks its account and then its task; a transaction that held
//! tasks and went on to accounts could wait for a write that waits for it.

use jiff::{SignedDuration, Timestamp};

use super::super::{Purged, StoreError};
use super::connection::Connection;
use super::statements::{PURGE_TOMBSTONES, PURGE_TRASH};
use crate::domain::{TOMBSTONE_DAYS, TRASH_DAYS};

/// How many rows one transaction removes at most.
const BATCH: i64 = 500;

/// Names this job among advisory locks: of all processes on the database, one does it at a time.
const LOCK: i64 = 7_260_318;

/// The role lasts as long as the transaction.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL ROLE taskward_maintenance";

/// What row-level security lets this transaction see, and whether it is its turn.
const BIND: &str = "SELECT set_config('taskward.trash_until', $1, true),
       set_config('taskward.tombstones_until', $2, true),
       pg_try_advisory_xact_lock($3)";

pub(super) async fn purge(connection: &Connection, now: Timestamp) -> Result<Purged, StoreError> {
    let until = Until {
        trash: before(now, TRASH_DAYS)?,
        tombstones: before(now, TOMBSTONE_DAYS)?,
    };
    let tasks = until.remove(connection, PURGE_TRASH, until.trash).await?;
    let tombstones = until
        .remove(connection, PURGE_TOMBSTONES, until.tombstones)
        .await?;
    Ok(Purged {
        tasks: u32::try_from(tasks).unwrap_or(u32::MAX),
        tombstones: u32::try_from(tombstones).unwrap_or(u32::MAX),
        more: tasks >= BATCH || tombstones >= BATCH,
    })
}

/// What was deleted at these times, in milliseconds, or before has been kept for long enough.
struct Until {
    trash: i64,
    tombstones: i64,
}

impl Until {
    /// One transaction with one `statement`, which gives the number of rows it removed.
    async fn remove(
        &self,
        connection: &Connection,
        statement: &str,
        until: i64,
    ) -> Result<i64, StoreError> {
        let client = &connection.client;
        client.batch_execute(BEGIN).await?;
        let (trash, tombstones) = (self.trash.to_string(), self.tombstones.to_string());
        let turn = client
            .query_one(BIND, &[&trash, &tombstones, &LOCK])
            .await?;
        if !turn.try_get::<_, bool>(2)? {
            connection.rollback().await?;
            return Ok(0);
        }
        let removed = client.query_one(statement, &[&until, &BATCH]).await?;
        client.batch_execute("COMMIT").await?;
        Ok(removed.try_get(0)?)
    }
}

fn before(now: Timestamp, days: i64) -> Result<i64, StoreError> {
    now.checked_sub(SignedDuration::from_hours(24 * days))
        .map(Timestamp::as_millisecond)
        .map_err(|error| StoreError::Failed(error.into()))
}
