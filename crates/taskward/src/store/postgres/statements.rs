//! The statements on the tables, each with its text beside what it is for.
//!
//! Every one names `user_id`; those of requests compare it with `$1`, the caller, although row-level security does the
//! same: two locks, of which either holds alone. Tables are found by the search path that `connection` sets.

use futures_util::future::{try_join, try_join5};
use tokio_postgres::{Client, Error, Statement};

/// The statements of requests, prepared on one connection.
pub(super) struct Statements {
    /// Says whose rows this transaction is about, until its end.
    pub(super) bind: Statement,
    pub(super) account: Statement,
    pub(super) list: Statement,
    pub(super) find: Statement,
    pub(super) changes: Statement,
    pub(super) advance: Statement,
    pub(super) find_for_write: Statement,
    pub(super) find_tombstone: Statement,
    pub(super) insert: Statement,
    pub(super) update: Statement,
}

impl Statements {
    /// Prepares them all in one round trip.
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        let prepare = |text| client.prepare(text);
        let reads = try_join5(
            prepare(BIND),
            prepare(ACCOUNT),
            prepare(LIST),
            prepare(FIND),
            prepare(CHANGES),
        );
        let writes = try_join5(
            prepare(ADVANCE),
            prepare(FIND_FOR_WRITE),
            prepare(FIND_TOMBSTONE),
            prepare(INSERT),
            prepare(UPDATE),
        );
        let (
            (bind, account, list, find, changes),
            (advance, find_for_write, find_tombstone, insert, update),
        ) = try_join(reads, writes).await?;
        Ok(Self {
            bind,
            account,
            list,
            find,
            changes,
            advance,
            find_for_write,
            find_tombstone,
            insert,
            update,
        })
    }
}

/// `true` makes it local to the transaction: nothing of it is left when the connection serves the next caller (SEC-49).
const BIND: &str = "SELECT set_config('taskward.user_id', $1, true)";

const ACCOUNT: &str = "SELECT seq, forgotten_seq FROM account WHERE user_id = $1";

/// `$2` is a bound that is always there, so that the scan is a range of the primary key. The uncorrelated subqueries
/// are evaluated once and not for each row: the search is parsed once, and nothing is read at all when the counter
/// still is `$5`.
///
/// In a file of its own because `examples/rls_cost.rs` measures this very statement.
pub(super) const LIST: &str = include_str!("list.sql");

const FIND: &str = "SELECT id, title, description, completed_at, created_at, updated_at, version
     FROM task WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL";

/// Each half is limited for itself, so that neither reads further than its index is asked to.
pub(super) const CHANGES: &str =
    "(SELECT id, title, description, completed_at, created_at, updated_at, version, deleted_at, seq
      FROM task WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3)
     UNION ALL
     (SELECT id, NULL, NULL, NULL, NULL, NULL, NULL, deleted_at, seq
      FROM tombstone WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3)
     ORDER BY seq LIMIT $3";

/// Counts one write, and `$2` live tasks. Gives no row where the quota, or an empty list, holds the count back; the
/// user's row is locked then all the same, so whatever follows is judged on settled ground.
const ADVANCE: &str =
    "INSERT INTO account (user_id, seq, task_count) VALUES ($1, 1, greatest($2, 0))
     ON CONFLICT (user_id) DO UPDATE SET seq = account.seq + 1, task_count = account.task_count + $2
     WHERE account.user_id = $1 AND account.task_count + $2 BETWEEN 0 AND $3
     RETURNING seq";

/// Locks the row against the purge; against other writes of the user, the account's row is locked already.
const FIND_FOR_WRITE: &str =
    "SELECT id, title, description, completed_at, created_at, updated_at, version, deleted_at
     FROM task WHERE user_id = $1 AND id = $2 FOR NO KEY UPDATE";

const FIND_TOMBSTONE: &str = "SELECT 1 FROM tombstone WHERE user_id = $1 AND id = $2";

const INSERT: &str = "INSERT INTO task
       (user_id, id, title, description, completed_at, created_at, updated_at, version, deleted_at, seq, words)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, array_to_tsvector($11::text[]))";

/// Takes what `INSERT` takes, and leaves alone when the task was created.
const UPDATE: &str = "UPDATE task
     SET title = $3, description = $4, completed_at = $5, updated_at = $6, version = $7, deleted_at = $8, seq = $9,
       words = array_to_tsvector($10::text[])
     WHERE user_id = $1 AND id = $2";

/// Makes tombstones of what lies in the trash since `$1`, at most `$2`, and gives their number. The outer condition is judged again on a row
/// that was restored while this statement waited for it.
pub(super) const PURGE_TRASH: &str = "WITH gone AS (
       DELETE FROM task
       WHERE deleted_at <= $1
         AND (user_id, id) IN (SELECT user_id, id FROM task WHERE deleted_at <= $1 ORDER BY deleted_at LIMIT $2)
       RETURNING user_id, id, deleted_at, seq),
     kept AS (
       INSERT INTO tombstone (user_id, id, deleted_at, seq) SELECT user_id, id, deleted_at, seq FROM gone)
     SELECT count(*) FROM gone";

/// Removes tombstones from before `$1`, at most `$2`, notes on the accounts how far back the memory now reaches, and
/// gives their number.
pub(super) const PURGE_TOMBSTONES: &str = "WITH gone AS (
       DELETE FROM tombstone
       WHERE (user_id, id) IN (SELECT user_id, id FROM tombstone WHERE deleted_at <= $1 ORDER BY deleted_at LIMIT $2)
       RETURNING user_id, seq),
     last AS (SELECT user_id, max(seq) AS seq FROM gone GROUP BY user_id),
     raised AS (
       UPDATE account SET forgotten_seq = greatest(account.forgotten_seq, last.seq)
       FROM last WHERE account.user_id = last.user_id)
     SELECT count(*) FROM gone";
