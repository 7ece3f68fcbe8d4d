//! One write to one task, and the pure decision what it does.
//!
//! A backend looks up what lies under the id, asks [`Write::decide`] inside its transaction and carries out the answer.
//! So two backends cannot judge a write differently, and none of the rules lives in SQL.

use jiff::Timestamp;

use super::{Precondition, Refusal, Task, TaskChange, TaskContent, TaskId, UserId};

/// A write that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Which task.
    pub id: TaskId,
    /// What to do with it.
    pub action: WriteAction,
}

/// What to do with a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteAction {
    /// Make it.
    Create(TaskContent),
    /// Change it, if the condition holds.
    Change(Precondition, TaskChange),
    /// Put it into the trash, if the condition holds.
    Delete(Precondition),
    /// Take it out of the trash.
    Restore,
}

/// What a store has under an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// A task that can be read and written.
    Live(Task),
    /// A task in the trash, as it was before; the time is when it was deleted.
    InTrash(Task, Timestamp),
    /// Only the memory that there was one, until everybody who follows the changes has heard of its end.
    Tombstone,
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: the task is as it was asked to be.
    Keep(Task),
    /// A row that is not there yet.
    Insert(Task),
    /// The row anew: live, or deleted at this time.
    Update(Task, Option<Timestamp>),
}

/// What became of a write that was not refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The task as it is now.
    pub task: Task,
    /// Whether anything was written; otherwise the task had been as asked already.
    pub is_new: bool,
}

impl Write {
    /// By how much the number of live tasks changes if the write takes place.
    #[must_use]
    pub fn added(&self) -> i32 {
        match self.action {
            WriteAction::Create(_) | WriteAction::Restore => 1,
            WriteAction::Change(..) => 0,
            WriteAction::Delete(_) => -1,
        }
    }

    /// What this write does to `found`, which belongs to `owner`.
    ///
    /// # Errors
    /// - [`Refusal::TaskNotFound`]: only a create goes without a task, and only a restore reaches into the trash;
    /// - [`Refusal::VersionMismatch`]: the condition does not hold;
    /// - [`Refusal::TaskIdTaken`]: a create names the id of another task, or of a deleted one (SEC-72, SEC-73).
    pub fn decide(
        self,
        found: Option<Stored>,
        owner: &UserId,
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        match (self.action, found) {
            (WriteAction::Create(content), None) => Ok(Decision::Insert(content.into_task(
                self.id,
                owner.clone(),
                now,
            ))),
            (WriteAction::Create(content), Some(Stored::Live(task))) if content.matches(&task) => {
                Ok(Decision::Keep(task))
            }
            (WriteAction::Create(_), Some(_)) => Err(Refusal::TaskIdTaken),

            (WriteAction::Change(condition, change), Some(Stored::Live(task))) => {
                condition.check(task.version)?;
                Ok(match change.apply(&task, now) {
                    Some(after) => Decision::Update(after, None),
                    None => Decision::Keep(task),
                })
            }
            (WriteAction::Delete(condition), Some(Stored::Live(task))) => {
                condition.check(task.version)?;
                Ok(Decision::Update(written(task, now), Some(now)))
            }
            (WriteAction::Restore, Some(Stored::Live(task))) => Ok(Decision::Keep(task)),
            (WriteAction::Restore, Some(Stored::InTrash(task, _))) => {
                Ok(Decision::Update(written(task, now), None))
            }
            (WriteAction::Change(..) | WriteAction::Delete(_) | WriteAction::Restore, _) => {
                Err(Refusal::TaskNotFound)
            }
        }
    }
}

/// A move into or out of the trash is a write like any other.
fn written(task: Task, now: Timestamp) -> Task {
    let version = task.version.next();
    Task {
        version,
        updated_at: now,
        ..task
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Title, Version};

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    fn content(title: &str) -> TaskContent {
        TaskContent {
            title: Title::parse(title).unwrap(),
            description: None,
            completed: false,
        }
    }

    fn task() -> Task {
        let id = TaskId::parse("0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f").unwrap();
        content("milk").into_task(id, "u".parse().unwrap(), at(1))
    }

    fn decide(action: WriteAction, found: Option<Stored>) -> Result<Decision, Refusal> {
        let write = Write {
            id: task().id,
            action,
        };
        write.decide(found, &task().user_id, at(2))
    }

    fn states() -> [Option<Stored>; 4] {
        [
            None,
            Some(Stored::Live(task())),
            Some(Stored::InTrash(task(), at(1))),
            Some(Stored::Tombstone),
        ]
    }

    #[test]
    fn sec_72_sec_73_a_create_meets_what_is_there() {
        let [nothing, live, trash, tombstone] = states();
        let create = || WriteAction::Create(content("milk"));
        assert!(
            matches!(decide(create(), nothing), Ok(Decision::Insert(made)) if made.version == Version::FIRST)
        );
        assert_eq!(decide(create(), live.clone()), Ok(Decision::Keep(task())));
        let other = WriteAction::Create(content("oat milk"));
        for (action, found) in [(other, live), (create(), trash), (create(), tombstone)] {
            assert_eq!(decide(action, found), Err(Refusal::TaskIdTaken));
        }
    }

    #[test]
    fn only_live_tasks_are_changed_and_deleted() {
        let [nothing, live, trash, tombstone] = states();
        let toggle = || WriteAction::Change(Precondition::Exists, TaskChange::ToggleCompleted);
        for found in [nothing, trash, tombstone] {
            assert_eq!(decide(toggle(), found.clone()), Err(Refusal::TaskNotFound));
            let delete = WriteAction::Delete(Precondition::Exists);
            assert_eq!(decide(delete, found), Err(Refusal::TaskNotFound));
        }
        assert!(
            matches!(decide(toggle(), live.clone()), Ok(Decision::Update(after, None)) if after.version.number() == 2)
        );
        let deleted = decide(WriteAction::Delete(Precondition::Exists), live);
        assert!(
            matches!(deleted, Ok(Decision::Update(after, Some(time))) if after.version.number() == 2 && time == at(2))
        );
    }

    #[test]
    fn sec_70_a_condition_that_does_not_hold_refuses() {
        let live = || Some(Stored::Live(task()));
        let stale = || Precondition::AnyOf(vec![Version::FIRST.next()]);
        let change = WriteAction::Change(stale(), TaskChange::ToggleCompleted);
        assert_eq!(decide(change, live()), Err(Refusal::VersionMismatch));
        assert_eq!(
            decide(WriteAction::Delete(stale()), live()),
            Err(Refusal::VersionMismatch)
        );
    }

    #[test]
    fn only_the_trash_gives_back() {
        let [nothing, live, trash, tombstone] = states();
        assert_eq!(
            decide(WriteAction::Restore, live),
            Ok(Decision::Keep(task()))
        );
        assert!(
            matches!(decide(WriteAction::Restore, trash), Ok(Decision::Update(after, None)) if after.version.number() == 2)
        );
        for found in [nothing, tombstone] {
            assert_eq!(
                decide(WriteAction::Restore, found),
                Err(Refusal::TaskNotFound)
            );
        }
    }
}
