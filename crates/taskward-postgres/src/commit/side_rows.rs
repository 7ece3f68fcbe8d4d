//! The rows of `task_label` and `reminder` that follow from a task: what a write of the task changes in them.

use std::collections::BTreeMap;

use taskward_domain::{AnyWrite, Task};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::locked::Queue;
use crate::connection::{Connection, Queued};

/// Whether a write changes no such row, and no purge could change one in between.
pub(super) fn is_alone(write: &AnyWrite) -> bool {
    let AnyWrite::Task(write) = write else {
        return true;
    };
    let (before, after) = (write.before(), write.after());
    let has_labels = |task: &Task| !task.body.label_ids.as_slice().is_empty();
    !has_labels(after)
        && !before.is_some_and(has_labels)
        && before.map(due).unwrap_or_default() == due(after)
}

/// Adds the statements that change the rows of a task.
pub(super) fn add<'a>(
    connection: &'a Connection,
    owner: &'a str,
    write: &AnyWrite,
    queue: &mut Queue<'a>,
) {
    let AnyWrite::Task(write) = write else {
        return;
    };
    let task = write.after().id.as_uuid();
    let rows = Rows {
        connection,
        owner,
        task,
    };
    rows.change_labels(write.before(), write.after(), queue);
    rows.change_reminders(write.before(), write.after(), queue);
}

/// The reminders to come: number and moment.
fn due(task: &Task) -> BTreeMap<i16, i64> {
    let moments = task.body.derived.moments.as_slice().iter();
    moments
        .map(|(number, moment)| (i16::from(*number), moment.as_millisecond()))
        .collect()
}

fn is_open(task: &Task) -> bool {
    task.is_live() && task.body.is_open() && task.body.derived.is_shown
}

/// The labels of `one` that `other` does not have.
fn labels_without(one: &Task, other: Option<&Task>) -> Vec<Uuid> {
    let of_other = |id| other.is_some_and(|other| other.body.label_ids.contains(id));
    let ids = one.body.label_ids.as_slice().iter();
    ids.filter(|id| !of_other(**id))
        .map(|id| id.as_uuid())
        .collect()
}

/// A parameter of a statement.
type Value = Box<dyn ToSql + Sync + Send>;

#[derive(Clone, Copy)]
struct Rows<'a> {
    connection: &'a Connection,
    owner: &'a str,
    task: Uuid,
}

impl<'a> Rows<'a> {
    fn with(self, statement: &'a Statement, values: Vec<Value>) -> Queued<'a, u64> {
        Box::pin(async move {
            let mut all: Vec<&(dyn ToSql + Sync)> = vec![&self.owner, &self.task];
            for value in &values {
                all.push(value.as_ref());
            }
            self.connection.client().execute(statement, &all).await
        })
    }

    fn change_labels(self, before: Option<&Task>, after: &Task, queue: &mut Queue<'a>) {
        let statements = &self.connection.statements.side_rows;
        let open = i16::from(is_open(after));
        let removed = before.map(|before| labels_without(before, Some(after)));
        let removed = removed.unwrap_or_default();
        let added = labels_without(after, before);
        let kept = after.body.label_ids.as_slice().len() - added.len();
        if !removed.is_empty() {
            queue.add(
                removed.len(),
                self.with(&statements.delete_labels, vec![Box::new(removed)]),
            );
        }
        if kept > 0 && before.is_some_and(|before| is_open(before) != is_open(after)) {
            queue.add(kept, self.with(&statements.set_open, vec![Box::new(open)]));
        }
        if !added.is_empty() {
            queue.add(
                added.len(),
                self.with(
                    &statements.insert_labels,
                    vec![Box::new(added), Box::new(open)],
                ),
            );
        }
    }

    fn change_reminders(self, before: Option<&Task>, after: &Task, queue: &mut Queue<'a>) {
        let statements = &self.connection.statements.side_rows;
        let (before, after) = (before.map(due).unwrap_or_default(), due(after));
        let changed = |one: &BTreeMap<i16, i64>, other: &BTreeMap<i16, i64>| {
            let rows = one.iter().filter(|(n, at)| other.get(n) != Some(at));
            let (numbers, moments): (Vec<i16>, Vec<i64>) = rows.unzip();
            (numbers, moments)
        };
        let (removed, _) = changed(&before, &after);
        if !removed.is_empty() {
            queue.add(
                removed.len(),
                self.with(&statements.delete_reminders, vec![Box::new(removed)]),
            );
        }
        let (added, moments) = changed(&after, &before);
        if !added.is_empty() {
            queue.add(
                added.len(),
                self.with(
                    &statements.insert_reminders,
                    vec![Box::new(added), Box::new(moments)],
                ),
            );
        }
    }
}
