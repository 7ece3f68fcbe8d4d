//! Removes what is no longer kept, for all users, in the role that can do only that.
//!
//! Invariants: a transaction locks the accounts before it touches their rows, as writes do, so neither can wait for the
//! other in a circle; accounts that are locked are left for the next time. A transaction removes at most [`BATCH`] rows, and
//! of one list all tasks that were deleted with it, so that nobody restores a part of them.

mod statements;

use jiff::{SignedDuration, Timestamp};
use taskward_domain::Kind;
use taskward_domain::limits::{
    BATCH_DAYS, BATCHES_PER_USER, DELETED_CHANGE_DAYS, DELETED_CHANGES_PER_USER, TRASH_DAYS,
    TRASH_KEPT_HOURS, TRASH_KEPT_PER_USER,
};
use taskward_store::Purged;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use crate::connection::Session;
use crate::dedicated::Work;
use crate::error::SqlError;
use statements::{
    BEGIN, BIND, FULL_TRASH, LOCK_ACCOUNTS, MANY_BATCHES, MANY_CHANGES, OLD_CHANGES,
    OLDEST_CHANGES, REMOVE_BATCHES, REMOVE_LABEL_IDS, owners, remove_changes, remove_records,
};

const BATCH: i64 = 500;

/// How many users over a limit one call looks at.
const USERS: i64 = 1_000;

/// The advisory lock of this job: of all processes on the database, one does it at a time.
const LOCK: i64 = 7_260_318;

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
        let mut labels = Step {
            until: trash,
            removal: REMOVE_LABEL_IDS.to_owned(),
            ..Step::new(client, trash)
        };
        // A label goes after its ids, and a list that had no tasks after those that had.
        let mut more = labels.by_age(&deleted(Kind::Label)).await?;
        for &kind in Kind::ALL {
            if let Some(removal) = remove_records(kind) {
                records.removal = removal;
                more |= records.by_age(&deleted(kind)).await?;
            }
        }
        records.until = self.before(TRASH_KEPT_HOURS)?;
        for &kind in Kind::ALL.iter().filter(|kind| kind.is_counted_in_trash()) {
            if let Some(removal) = remove_records(kind) {
                records.removal = removal;
                more |= records.above(FULL_TRASH, TRASH_KEPT_PER_USER).await?;
            }
        }

        let mut changes = Step {
            until: self.before(24 * DELETED_CHANGE_DAYS)?,
            removal: remove_changes(OLD_CHANGES),
            ..Step::new(client, i64::MAX)
        };
        more |= changes.by_age(&owners("change", "deleted_at")).await?;
        changes.until = self.before(0)?;
        changes.removal = remove_changes(OLDEST_CHANGES);
        more |= changes
            .above(MANY_CHANGES, DELETED_CHANGES_PER_USER)
            .await?;

        let mut batches = Step {
            until: self.before(24 * BATCH_DAYS)?,
            removal: REMOVE_BATCHES.to_owned(),
            ..Step::new(client, i64::MIN)
        };
        more |= batches.by_age(&owners("batch", "at")).await?;
        batches.until = self.before(0)?;
        more |= batches.above(MANY_BATCHES, BATCHES_PER_USER).await?;
        Ok(Purged {
            records: records.removed,
            changes: changes.removed,
            more,
        })
    }
}

/// The owners of what was deleted long enough ago.
fn deleted(kind: Kind) -> String {
    owners(kind.name(), "deleted_at")
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
    /// What was deleted, or carried out, at this time, in milliseconds, or before may be removed.
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
        self.remove(owners, BATCH).await
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
            if self.remove(vec![user], excess).await? {
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
        let is_ours: bool = bound.try_get(0)?;
        if !is_ours {
            self.client.batch_execute("ROLLBACK").await?;
        }
        Ok(is_ours)
    }

    /// Locks the accounts of `users` that are free, removes at most `limit` of their rows and commits. Says whether there may
    /// be more.
    async fn remove(&mut self, users: Vec<String>, limit: i64) -> Result<bool, SqlError> {
        let locked = self.users(LOCK_ACCOUNTS, &[&users]).await?;
        let row = self
            .client
            .query_one(&self.removal, &[&self.until, &limit, &locked])
            .await?;
        self.client.batch_execute("COMMIT").await?;
        let (removed, has_more): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
        let count = u32::try_from(removed).unwrap_or(u32::MAX);
        self.removed = self.removed.saturating_add(count);
        Ok(has_more || removed >= BATCH)
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
        assert!(MANY_BATCHES.contains(&format!("batch_count > {BATCHES_PER_USER} ")));
    }
}
