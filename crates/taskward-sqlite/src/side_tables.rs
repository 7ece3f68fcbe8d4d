//! The tables that follow from the rows of tasks: which tasks have a label, and when reminders are due.
//!
//! Invariant: `task_label` has one row for each label of each task, in any state; `reminder` has one for each moment of
//! each task. They change in the transaction that changes the task, by what differs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::params;
use taskward_domain::{Id, Task};
use taskward_store::ColumnValue;

use crate::error::SqlError;
use crate::load::Reader;
use crate::values::Parameter;

/// The statements of one table. The first three parameters are the key of a row: owner, task, and which one of the task.
struct SideTable {
    add: &'static str,
    set: &'static str,
    remove: &'static str,
}

const TASK_LABEL: SideTable = SideTable {
    add: "INSERT INTO task_label (user_id, task_id, label_id, open) VALUES (?1, ?2, ?3, ?4)",
    set: "UPDATE task_label SET open = ?4 WHERE user_id = ?1 AND task_id = ?2 AND label_id = ?3",
    remove: "DELETE FROM task_label WHERE user_id = ?1 AND task_id = ?2 AND label_id = ?3",
};

const REMINDER: SideTable = SideTable {
    add: "INSERT INTO reminder (user_id, task_id, n, fire_at) VALUES (?1, ?2, ?3, ?4)",
    set: "UPDATE reminder SET fire_at = ?4 WHERE user_id = ?1 AND task_id = ?2 AND n = ?3",
    remove: "DELETE FROM reminder WHERE user_id = ?1 AND task_id = ?2 AND n = ?3",
};

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 6] = [
    TASK_LABEL.add,
    TASK_LABEL.set,
    TASK_LABEL.remove,
    REMINDER.add,
    REMINDER.set,
    REMINDER.remove,
];

/// Carries the write of a task over to the tables.
pub(crate) fn follow(
    user: Reader<'_>,
    before: Option<&Task>,
    after: &Task,
) -> Result<(), SqlError> {
    let old = before.map(labels).unwrap_or_default();
    TASK_LABEL.follow(user, after.id, &old, &labels(after))?;
    let old = before.map(moments).unwrap_or_default();
    REMINDER.follow(user, after.id, &old, &moments(after))
}

/// The labels of a task, and whether views of a label show the task.
pub(crate) fn labels(task: &Task) -> BTreeMap<Id, bool> {
    let is_open = task.is_live() && task.body.is_open() && task.body.derived.is_shown;
    let ids = task.body.label_ids.as_slice().iter();
    ids.map(|id| (*id, is_open)).collect()
}

/// The reminders of a task that are to come, and when.
pub(crate) fn moments(task: &Task) -> BTreeMap<u32, Timestamp> {
    let moments = task.body.derived.moments.as_slice().iter();
    moments.map(|(n, at)| (u32::from(*n), *at)).collect()
}

impl SideTable {
    fn follow<K, V>(
        &self,
        user: Reader<'_>,
        task: Id,
        before: &BTreeMap<K, V>,
        after: &BTreeMap<K, V>,
    ) -> Result<(), SqlError>
    where
        K: ColumnValue + Ord,
        V: ColumnValue + PartialEq,
    {
        let (owner, task) = (user.owner.as_str(), Parameter(task.to_value()));
        for key in before.keys().filter(|key| !after.contains_key(key)) {
            user.connection
                .prepare_cached(self.remove)?
                .execute(params![owner, task, Parameter(key.to_value())])?;
        }
        for (key, value) in after {
            let statement = match before.get(key) {
                None => self.add,
                Some(old) if old != value => self.set,
                Some(_) => continue,
            };
            let (key, value) = (Parameter(key.to_value()), Parameter(value.to_value()));
            user.connection
                .prepare_cached(statement)?
                .execute(params![owner, task, key, value])?;
        }
        Ok(())
    }
}
