//! Removes what is no longer kept, for all users, in the role that can do only that.
//!
//! Invariants: a transaction locks the accounts before it touches their rows, as writes do, so neither can wait for the
//! other in a circle; accounts that are locked are left for the next time. A transaction removes at most [`BATCH`] rows.

use jiff::{SignedDuration, Timestamp};
use taskward_domain::Kind;
use taskward_domain::limits::{
    DELETED_CHANGE_DAYS, DELETED_CHANGES_PER_USER, TRASH_DAYS, TRASH_KEPT_HOURS,
    TRASH_KEPT_PER_USER,
};
use taskward_store::Purged;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::connection::Session;
use crate::dedicated::Work;
use crate::error::SqlError;

const BATCH: i64 = 500;

/// How many users over a limit one call looks at.
const USERS: i64 = 1_000;

/// The advisory lock of this job: of all processes on the database, one does it at a time.
const LOCK: i64 = 7_260_318;

/// The role and the lock last as long as the transaction.
const BEGIN: &str = "BEGIN; SET LOCAL ROLE taskward_maintenance";

/// What row-level security lets this transaction see, and whether no other process purges.
const BIND: &str = "SELECT set_config('taskward.trash_until', $1, true),
       set_config('taskward.tombstones_until', $2, true),
       pg_try_advisory_xact_lock($3)";

const LOCK_ACCOUNTS: &str = "SELECT user_id FROM account WHERE user_id = ANY($1::text[])
     ORDER BY user_id FOR NO KEY UPDATE SKIP LOCKED";

/// The owners of what was deleted until `$1`, oldest first.
fn owners(table: &str) -> String {
    format!(
        "SELECT DISTINCT user_id FROM
           (SELECT user_id FROM {table} WHERE deleted_at <= $1 ORDER BY deleted_at LIMIT $2) AS oldest"
    )
}

const FULL_TRASH: &str = "SELECT user_id, trash_count::bigint FROM account WHERE trash_count > 10000 ORDER BY user_id LIMIT $1";
const MANY_CHANGES: &str = "SELECT user_id, gone_count::bigint FROM account WHERE gone_count > 200000 ORDER BY user_id LIMIT $1";

/// Removes the users' records that were deleted until `$1`. Their change rows stay.
fn remove_trash(kind: Kind) -> String {
    let table = kind.name();
    let lowered = match kind.is_counted_in_trash() {
        true => {
            ", lowered AS (
               UPDATE account SET trash_count = greatest(account.trash_count - counted.removed, 0)
               FROM counted WHERE account.user_id = counted.user_id)"
        }
        false => "",
    };
    format!(
        "WITH gone AS (
           DELETE FROM {table} WHERE deleted_at <= $1 AND (user_id, id) IN
             (SELECT user_id, id FROM {table} WHERE user_id = ANY($3::text[]) AND deleted_at <= $1
              ORDER BY deleted_at LIMIT $2)
           RETURNING user_id),
         counted AS (SELECT user_id, count(*)::integer AS removed FROM gone GROUP BY user_id){lowered}
         SELECT count(*) FROM gone"
    )
}

/// Removes change rows of purged records, and raises `forgotten_seq` behind them. `{oldest}` selects the rows.
fn remove_changes(oldest: &str) -> String {
    let kept = Kind::ALL.iter().map(|&kind| still_in_trash(kind));
    let kept = kept.collect::<Vec<_>>().join(" OR ");
    let oldest = oldest.replace("{purged}", &format!("NOT ({kept})"));
    format!(
        "WITH gone AS (
           DELETE FROM change WHERE (user_id, seq) IN ({oldest}) RETURNING user_id, seq),
         counted AS (SELECT user_id, count(*)::integer AS removed, max(seq) AS seq FROM gone GROUP BY user_id),
         lowered AS (
           UPDATE account SET gone_count = greatest(account.gone_count - counted.removed, 0),
             forgotten_seq = greatest(account.forgotten_seq, counted.seq)
           FROM counted WHERE account.user_id = counted.user_id)
         SELECT count(*) FROM gone"
    )
}

/// A restored record needs its change row, so the rows of records in the trash stay.
fn still_in_trash(kind: Kind) -> String {
    let (table, kind) = (kind.name(), kind.number());
    format!(
        "EXISTS (SELECT FROM {table} WHERE change.kind = {kind} AND {table}.user_id = change.user_id AND {table}.id = change.id)"
    )
}

/// By age, of several users.
const OLD_CHANGES: &str = "SELECT user_id, seq FROM change
     WHERE user_id = ANY($3::text[]) AND deleted_at <= $1 AND {purged} ORDER BY deleted_at LIMIT $2";

/// The oldest of one user. `seq` grows with the time of the deletion.
const OLDEST_CHANGES: &str = "SELECT user_id, seq FROM change
     WHERE user_id = ANY($3::text[]) AND deleted_at <= $1 AND {purged} ORDER BY seq LIMIT $2";

/// One call of the purge at the time `now`.
pub(crate) struct Purge {
    pub(crate) now: Timestamp,
}

impl Work for Purge {
    type Output = Purged;

    async fn run(&self, session: &Session) -> Result<Purged, SqlError> {
        let client = &session.client;
        let trash = self.before(24 * TRASH_DAYS)?;
        let mut records = Step {
            until: trash,
            ..Step::new(client, trash)
        };
        let mut more = false;
        for &kind in Kind::ALL {
            records.removal = remove_trash(kind);
            more |= records.by_age(&owners(kind.name())).await?;
        }
        records.until = self.before(TRASH_KEPT_HOURS)?;
        for &kind in Kind::ALL.iter().filter(|kind| kind.is_counted_in_trash()) {
            records.removal = remove_trash(kind);
            more |= records.above(FULL_TRASH, TRASH_KEPT_PER_USER).await?;
        }

        let mut changes = Step {
            until: self.before(24 * DELETED_CHANGE_DAYS)?,
            removal: remove_changes(OLD_CHANGES),
            ..Step::new(client, i64::MAX)
        };
        more |= changes.by_age(&owners("change")).await?;
        changes.until = self.before(0)?;
        changes.removal = remove_changes(OLDEST_CHANGES);
        more |= changes
            .above(MANY_CHANGES, DELETED_CHANGES_PER_USER)
            .await?;
        Ok(Purged {
            records: records.removed,
            changes: changes.removed,
            more,
        })
    }
}

impl Purge {
    /// So many hours ago, in milliseconds.
    fn before(&self, hours: i64) -> Result<i64, SqlError> {
        let before = self.now.checked_sub(SignedDuration::from_hours(hours));
        before
            .map(Timestamp::as_millisecond)
            .map_err(|_| SqlError::Unexpected("the clock is out of range"))
    }
}

/// Removals of one sort.
struct Step<'a> {
    client: &'a Client,
    /// What was deleted at this time, in milliseconds, or before may be removed.
    until: i64,
    /// What the removal may see of the trash, for removals that ask whether a record is in it.
    trash_seen: i64,
    removal: String,
    removed: u32,
}

impl<'a> Step<'a> {
    fn new(client: &'a Client, trash_seen: i64) -> Self {
        Self {
            client,
            until: i64::MIN,
            trash_seen,
            removal: String::new(),
            removed: 0,
        }
    }

    /// Removes what is old enough. Says whether there may be more.
    async fn by_age(&mut self, owners: &str) -> Result<bool, SqlError> {
        if !self.begin().await? {
            return Ok(false);
        }
        let owners = self.users(owners, &[&self.until, &BATCH]).await?;
        let removed = self.remove(owners, BATCH).await?;
        Ok(removed == BATCH)
    }

    /// Removes the excess of users over a limit. Says whether there may be more.
    async fn above(&mut self, over: &str, limit: u32) -> Result<bool, SqlError> {
        if !self.begin().await? {
            return Ok(false);
        }
        let users = self.client.query(over, &[&USERS]).await?;
        self.client.batch_execute("COMMIT").await?;
        for user in users {
            let (user, count): (String, i64) = (user.try_get(0)?, user.try_get(1)?);
            if !self.begin().await? {
                return Ok(false);
            }
            let excess = (count - i64::from(limit)).min(BATCH);
            if self.remove(vec![user], excess).await? == BATCH {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Begins a transaction, unless another process purges.
    async fn begin(&self) -> Result<bool, SqlError> {
        self.client.batch_execute(BEGIN).await?;
        let trash = self.until.max(self.trash_seen).to_string();
        let bound = self
            .client
            .query_one(BIND, &[&trash, &self.until.to_string(), &LOCK])
            .await?;
        let is_ours: bool = bound.try_get(2)?;
        if !is_ours {
            self.client.batch_execute("ROLLBACK").await?;
        }
        Ok(is_ours)
    }

    /// Locks the accounts of `users` that are free, removes at most `limit` of their rows and commits.
    async fn remove(&mut self, users: Vec<String>, limit: i64) -> Result<i64, SqlError> {
        let locked = self.users(LOCK_ACCOUNTS, &[&users]).await?;
        let row = self
            .client
            .query_one(&self.removal, &[&self.until, &limit, &locked])
            .await?;
        self.client.batch_execute("COMMIT").await?;
        let removed: i64 = row.try_get(0)?;
        let count = u32::try_from(removed).unwrap_or(u32::MAX);
        self.removed = self.removed.saturating_add(count);
        Ok(removed)
    }

    async fn users(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<String>, SqlError> {
        let rows = self.client.query(statement, parameters).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_indexes() {
        assert!(FULL_TRASH.contains(&format!("trash_count > {TRASH_KEPT_PER_USER} ")));
        assert!(MANY_CHANGES.contains(&format!("gone_count > {DELETED_CHANGES_PER_USER} ")));
    }
}
