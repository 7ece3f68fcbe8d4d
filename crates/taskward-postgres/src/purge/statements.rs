//! The statements of the purge. A removal takes the time until which it removes, how many rows at most, and the users; it
//! gives how many rows it removed, and whether it left some that it saw.

use taskward_domain::Kind;

/// The role and the lock last as long as the transaction.
pub(super) const BEGIN: &str = "BEGIN; SET LOCAL ROLE taskward_maintenance";

/// What row-level security lets this transaction see, and whether no other process purges.
pub(super) const BIND: &str = "SELECT pg_try_advisory_xact_lock($3),
       set_config('taskward.trash_until', $1, true), set_config('taskward.tombstones_until', $2, true),
       set_config('taskward.batches_until', $2, true)";

pub(super) const LOCK_ACCOUNTS: &str = "SELECT user_id FROM account WHERE user_id = ANY($1::text[])
     ORDER BY user_id FOR NO KEY UPDATE SKIP LOCKED";

/// The owners of what is from before `$1` by the column `at`, oldest first.
pub(super) fn owners(table: &str, at: &str) -> String {
    format!(
        "SELECT DISTINCT user_id FROM
           (SELECT user_id FROM {table} WHERE {at} <= $1 ORDER BY {at} LIMIT $2) AS oldest"
    )
}

pub(super) const FULL_TRASH: &str = "SELECT user_id, trash_count::bigint FROM account WHERE trash_count > 10000 ORDER BY user_id LIMIT $1";
pub(super) const MANY_CHANGES: &str = "SELECT user_id, gone_count::bigint FROM account WHERE gone_count > 200000 ORDER BY user_id LIMIT $1";
pub(super) const MANY_BATCHES: &str = "SELECT user_id, batch_count::bigint FROM account WHERE batch_count > 20000 ORDER BY user_id LIMIT $1";

/// Removes records of the trash. Their change rows stay. `None` for a kind that cannot be deleted.
pub(super) fn remove_records(kind: Kind) -> Option<String> {
    match kind {
        Kind::Task => Some(REMOVE_TASKS.to_owned()),
        // One that has tasks in the trash goes with them.
        Kind::List => Some(remove_trash(
            kind,
            "NOT EXISTS (SELECT FROM task WHERE task.user_id = list.user_id AND task.deleted_with = list.id)",
        )),
        Kind::Label => Some(remove_trash(
            kind,
            "NOT EXISTS (SELECT FROM task_label WHERE task_label.user_id = label.user_id AND task_label.label_id = label.id)",
        )),
        Kind::Filter => Some(remove_trash(kind, "true")),
        Kind::Settings => None,
    }
}

fn remove_trash(kind: Kind, condition: &str) -> String {
    let table = kind.name();
    format!(
        "WITH gone AS (
           DELETE FROM {table} WHERE deleted_at <= $1 AND (user_id, id) IN
             (SELECT user_id, id FROM {table} WHERE user_id = ANY($3::text[]) AND deleted_at <= $1 AND {condition}
              ORDER BY deleted_at LIMIT $2)
           RETURNING user_id)
         SELECT count(*), false FROM gone"
    )
}

/// Of the oldest tasks those that were not deleted with a list, and of the lists of the others one, with all its tasks.
const REMOVE_TASKS: &str = "WITH oldest AS (
       SELECT first.user_id, first.id, list.id AS list_id
       FROM (SELECT user_id, id, deleted_with FROM task WHERE user_id = ANY($3::text[]) AND deleted_at <= $1
             ORDER BY deleted_at LIMIT $2) AS first
       LEFT JOIN list ON list.user_id = first.user_id AND list.id = first.deleted_with),
     whole AS (SELECT user_id, list_id FROM oldest WHERE list_id IS NOT NULL LIMIT 1),
     lists AS (
       DELETE FROM list USING whole WHERE list.user_id = whole.user_id AND list.id = whole.list_id RETURNING list.id),
     gone AS (
       DELETE FROM task WHERE deleted_at <= $1 AND (user_id, id) IN (
         SELECT user_id, id FROM oldest WHERE list_id IS NULL
         UNION ALL
         SELECT task.user_id, task.id FROM whole JOIN task
           ON task.user_id = whole.user_id AND task.deleted_with = whole.list_id)
       RETURNING user_id, id),
     labels AS (
       DELETE FROM task_label USING gone WHERE task_label.user_id = gone.user_id AND task_label.task_id = gone.id),
     reminders AS (
       DELETE FROM reminder USING gone WHERE reminder.user_id = gone.user_id AND reminder.task_id = gone.id),
     counted AS (SELECT user_id, count(*)::integer AS removed FROM gone GROUP BY user_id),
     lowered AS (
       UPDATE account SET trash_count = greatest(account.trash_count - counted.removed, 0)
       FROM counted WHERE account.user_id = counted.user_id)
     SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM lists),
       (SELECT count(DISTINCT (user_id, list_id)) > 1 FROM oldest WHERE list_id IS NOT NULL)";

/// Removes the ids of expired labels from tasks. Neither version nor `seq` of the tasks moves.
pub(super) const REMOVE_LABEL_IDS: &str = "WITH expired AS (
       SELECT user_id, id FROM label WHERE user_id = ANY($3::text[]) AND deleted_at <= $1),
     found AS (
       SELECT task_label.user_id, task_label.task_id FROM expired JOIN task_label
         ON task_label.user_id = expired.user_id AND task_label.label_id = expired.id LIMIT $2),
     labelled AS (SELECT DISTINCT user_id, task_id FROM found),
     edited AS (
       UPDATE task SET label_ids = (
         SELECT string_agg(one.id, ' ' ORDER BY one.n)
         FROM unnest(string_to_array(task.label_ids, ' ')) WITH ORDINALITY AS one (id, n)
         WHERE NOT EXISTS (SELECT FROM expired WHERE expired.user_id = task.user_id AND expired.id = one.id::uuid))
       FROM labelled WHERE task.user_id = labelled.user_id AND task.id = labelled.task_id),
     gone AS (
       DELETE FROM task_label USING labelled, expired
       WHERE task_label.user_id = labelled.user_id AND task_label.task_id = labelled.task_id
         AND task_label.user_id = expired.user_id AND task_label.label_id = expired.id)
     SELECT count(*), false FROM found";

/// Removes change rows of purged records, and raises `forgotten_seq` behind them. `{oldest}` selects the rows.
pub(super) fn remove_changes(oldest: &str) -> String {
    let deletable = Kind::ALL.iter().filter(|kind| **kind != Kind::Settings);
    let kept = deletable.map(|&kind| still_in_trash(kind));
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
         SELECT count(*), false FROM gone"
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
pub(super) const OLD_CHANGES: &str = "SELECT user_id, seq FROM change
     WHERE user_id = ANY($3::text[]) AND deleted_at <= $1 AND {purged} ORDER BY deleted_at LIMIT $2";

/// The oldest of one user. `seq` grows with the time of the deletion.
pub(super) const OLDEST_CHANGES: &str = "SELECT user_id, seq FROM change
     WHERE user_id = ANY($3::text[]) AND deleted_at <= $1 AND {purged} ORDER BY seq LIMIT $2";

/// The oldest batches that were carried out.
pub(super) const REMOVE_BATCHES: &str = "WITH gone AS (
       DELETE FROM batch WHERE at <= $1 AND (user_id, id) IN
         (SELECT user_id, id FROM batch WHERE user_id = ANY($3::text[]) AND at <= $1 ORDER BY at LIMIT $2)
       RETURNING user_id),
     counted AS (SELECT user_id, count(*)::integer AS removed FROM gone GROUP BY user_id),
     lowered AS (
       UPDATE account SET batch_count = greatest(account.batch_count - counted.removed, 0)
       FROM counted WHERE account.user_id = counted.user_id)
     SELECT count(*), false FROM gone";
