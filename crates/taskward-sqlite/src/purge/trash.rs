//! Removing records from the trash.
//!
//! | record | is removed |
//! |---|---|
//! | task | when it has expired, or early while its user has too many in the trash; with its rows in `task_label` and `reminder` |
//! | list | when it has expired and no task is left that its deletion took along |
//! | label | when it has expired; its id leaves the tasks that have it, whose version and `seq` stay |
//! | filter | when it has expired |
//!
//! Early purging that reaches a task which a list took along lets that list expire: the rest of its tasks go with it, so that
//! no list can be restored with some of its tasks only.

use std::collections::BTreeSet;

use rusqlite::{Row, named_params};
use taskward_domain::Kind;
use taskward_domain::limits::TRASH_KEPT_PER_USER;
use uuid::Uuid;

use super::{Purge, ROWS, count};

const EXPIRED_TASKS: &str = "SELECT user_id, id FROM task
    WHERE deleted_at IS NOT NULL AND deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
const REMOVE_TASK: &str = "DELETE FROM task WHERE user_id = :user_id AND id = :id";
const REMOVE_TASKS_LABELS: &str =
    "DELETE FROM task_label WHERE user_id = :user_id AND task_id = :id";
const REMOVE_TASKS_REMINDERS: &str =
    "DELETE FROM reminder WHERE user_id = :user_id AND task_id = :id";
const COUNT_TASK: &str =
    "UPDATE account SET trash_count = trash_count - 1 WHERE user_id = :user_id";

/// The partial index `account_full_trash` has only the users over the limit; its condition is a literal.
const FULL_TRASH: &str = "SELECT user_id, trash_count FROM account WHERE trash_count > 10000";
const _: () = assert!(TRASH_KEPT_PER_USER == 10_000);
const OLDEST_TASKS: &str = "SELECT id, deleted_with FROM task INDEXED BY task_trashed
    WHERE user_id = :user_id AND deleted_at IS NOT NULL AND deleted_at <= :before
    ORDER BY deleted_at LIMIT :limit";
/// The time of a list's deletion that is before every time of a purge.
const EXPIRE_LIST: &str = "UPDATE list SET deleted_at = 0
    WHERE user_id = :user_id AND id = :id AND deleted_at IS NOT NULL";

const EXPIRED_LISTS: &str = "SELECT user_id, id FROM list
    WHERE deleted_at IS NOT NULL AND deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
const TASKS_OF_LIST: &str = "SELECT user_id, id FROM task INDEXED BY task_deleted_with
    WHERE user_id = :user_id AND deleted_with = :id LIMIT :limit";
const REMOVE_LIST: &str = "DELETE FROM list WHERE user_id = :user_id AND id = :id";

const EXPIRED_LABELS: &str = "SELECT user_id, id FROM label
    WHERE deleted_at IS NOT NULL AND deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
const TASKS_OF_LABEL: &str = "SELECT user_id, task_id FROM task_label INDEXED BY task_label_open
    WHERE user_id = :user_id AND label_id = :id LIMIT :limit";
/// The ids are separated by one space, and NULL stands for none.
const STRIP_LABEL: &str = "UPDATE task
    SET label_ids = nullif(trim(replace(' ' || label_ids || ' ', ' ' || :label || ' ', ' ')), '')
    WHERE user_id = :user_id AND id = :task";
const REMOVE_LABEL_OF_TASK: &str =
    "DELETE FROM task_label WHERE user_id = :user_id AND task_id = :task AND label_id = :id";
const REMOVE_LABEL: &str = "DELETE FROM label WHERE user_id = :user_id AND id = :id";

const EXPIRED_FILTERS: &str = "SELECT user_id, id FROM filter
    WHERE deleted_at IS NOT NULL AND deleted_at <= :before ORDER BY deleted_at LIMIT :limit";
const REMOVE_FILTER: &str = "DELETE FROM filter WHERE user_id = :user_id AND id = :id";

/// Statements that find what to remove, and the index that each reads.
#[cfg(test)]
pub(super) const PATHS: [(&str, &str); 8] = [
    (
        EXPIRED_TASKS,
        "task_in_trash (deleted_at>? AND deleted_at<?)",
    ),
    (FULL_TRASH, "account_full_trash"),
    (
        OLDEST_TASKS,
        "task_trashed (user_id=? AND deleted_at>? AND deleted_at<?)",
    ),
    (
        EXPIRED_LISTS,
        "list_in_trash (deleted_at>? AND deleted_at<?)",
    ),
    (
        TASKS_OF_LIST,
        "task_deleted_with (user_id=? AND deleted_with=?)",
    ),
    (
        EXPIRED_LABELS,
        "label_in_trash (deleted_at>? AND deleted_at<?)",
    ),
    (TASKS_OF_LABEL, "task_label_open (user_id=? AND label_id=?)"),
    (
        EXPIRED_FILTERS,
        "filter_in_trash (deleted_at>? AND deleted_at<?)",
    ),
];

type IdBytes = [u8; 16];
type Key = (String, IdBytes);
/// A task in the trash, and the record whose deletion took it along.
type Companion = (IdBytes, Option<IdBytes>);

/// What was removed from the trash.
pub(super) struct Emptied {
    pub(super) records: u32,
    /// Whether there may be more to remove.
    pub(super) more: bool,
}

/// How much one call may still do.
struct Budget {
    rows: u32,
    records: u32,
}

impl Budget {
    fn removed(&mut self, records: u32) {
        self.rows = self.rows.saturating_sub(records);
        self.records += records;
    }
}

impl Purge<'_> {
    /// Removes what was deleted until `end`, and from a full trash what was deleted until `kept_until`.
    pub(super) fn empty_trash(&self, end: i64, kept_until: i64) -> rusqlite::Result<Emptied> {
        let mut budget = Budget {
            rows: ROWS,
            records: 0,
        };
        for kind in Kind::ALL {
            match kind {
                // The tasks of an expired list have expired with it, and come first.
                Kind::Task => self.remove_tasks(end, kept_until, &mut budget)?,
                Kind::List => self.remove_lists(end, &mut budget)?,
                Kind::Label => self.remove_labels(end, &mut budget)?,
                Kind::Filter => self.remove_filters(end, &mut budget)?,
                // Never in the trash.
                Kind::Settings => {}
            }
        }
        Ok(Emptied {
            records: budget.records,
            more: budget.rows == 0,
        })
    }

    fn remove_filters(&self, end: i64, budget: &mut Budget) -> rusqlite::Result<()> {
        for (user, id) in &self.select::<IdBytes>(EXPIRED_FILTERS, None, end, budget.rows)? {
            self.execute(REMOVE_FILTER, named_params! { ":user_id": user, ":id": id })?;
            budget.removed(1);
        }
        Ok(())
    }

    fn remove_tasks(&self, end: i64, kept_until: i64, budget: &mut Budget) -> rusqlite::Result<()> {
        for task in self.select(EXPIRED_TASKS, None, end, budget.rows)? {
            self.remove_task(&task)?;
            budget.removed(1);
        }
        self.remove_early(kept_until, budget)
    }

    fn remove_task(&self, (user, id): &Key) -> rusqlite::Result<()> {
        let key = named_params! { ":user_id": user, ":id": id };
        self.execute(REMOVE_TASKS_LABELS, key)?;
        self.execute(REMOVE_TASKS_REMINDERS, key)?;
        self.execute(REMOVE_TASK, key)?;
        self.execute(COUNT_TASK, named_params! { ":user_id": user })
    }

    fn remove_early(&self, kept_until: i64, budget: &mut Budget) -> rusqlite::Result<()> {
        for (user, count) in self.over_limit(FULL_TRASH)? {
            let rows = (count - TRASH_KEPT_PER_USER).min(budget.rows);
            let mut took_along = BTreeSet::new();
            for (id, deleted_with) in self.oldest_tasks(&user, kept_until, rows)? {
                self.remove_task(&(user.clone(), id))?;
                took_along.extend(deleted_with);
                budget.removed(1);
            }
            for id in took_along {
                self.execute(EXPIRE_LIST, named_params! { ":user_id": user, ":id": id })?;
            }
        }
        Ok(())
    }

    fn oldest_tasks(
        &self,
        user: &str,
        before: i64,
        limit: u32,
    ) -> rusqlite::Result<Vec<Companion>> {
        let mut statement = self.connection.prepare_cached(OLDEST_TASKS)?;
        let parameters = named_params! { ":user_id": user, ":before": before, ":limit": limit };
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let rows = statement.query_map(parameters, row)?;
        rows.collect()
    }

    fn remove_lists(&self, end: i64, budget: &mut Budget) -> rusqlite::Result<()> {
        for list in self.select(EXPIRED_LISTS, None, end, budget.rows)? {
            let tasks = self.named_by(TASKS_OF_LIST, &list, budget.rows)?;
            for task in &tasks {
                self.remove_task(task)?;
            }
            budget.removed(count(&tasks));
            if budget.rows == 0 {
                break;
            }
            let (user, id) = &list;
            self.execute(REMOVE_LIST, named_params! { ":user_id": user, ":id": id })?;
            budget.removed(1);
        }
        Ok(())
    }

    fn remove_labels(&self, end: i64, budget: &mut Budget) -> rusqlite::Result<()> {
        for label in self.select(EXPIRED_LABELS, None, end, budget.rows)? {
            let tasks = self.named_by(TASKS_OF_LABEL, &label, budget.rows)?;
            for task in &tasks {
                self.strip_label(&label, task)?;
            }
            budget.rows = budget.rows.saturating_sub(count(&tasks));
            if budget.rows == 0 {
                break;
            }
            let (user, id) = &label;
            self.execute(REMOVE_LABEL, named_params! { ":user_id": user, ":id": id })?;
            budget.removed(1);
        }
        Ok(())
    }

    fn strip_label(&self, (user, label): &Key, (_, task): &Key) -> rusqlite::Result<()> {
        let id = Uuid::from_bytes(*label).hyphenated().to_string();
        let parameters = named_params! { ":user_id": user, ":task": task, ":label": id };
        self.execute(STRIP_LABEL, parameters)?;
        let parameters = named_params! { ":user_id": user, ":task": task, ":id": label };
        self.execute(REMOVE_LABEL_OF_TASK, parameters)
    }

    /// The tasks that name another record.
    fn named_by(&self, which: &str, (user, id): &Key, limit: u32) -> rusqlite::Result<Vec<Key>> {
        let mut statement = self.connection.prepare_cached(which)?;
        let parameters = named_params! { ":user_id": user, ":id": id, ":limit": limit };
        let rows = statement.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }
}
