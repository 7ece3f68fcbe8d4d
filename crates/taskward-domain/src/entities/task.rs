//! Tasks: the body of the record, what clients say about it, and how a change applies.

use jiff::Timestamp;

use super::Entity;
use crate::limits::TASKS_PER_USER;
use crate::{Description, Record, Title, searchable_words};

pub type Task = Record<TaskBody>;

/// What a task holds beside the common members of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskBody {
    pub title: Title,
    pub description: Option<Description>,
    /// When the task was completed; `None` while it is open.
    pub completed_at: Option<Timestamp>,
}

/// What a create says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDraft {
    pub title: Title,
    pub description: Option<Description>,
    pub completed: bool,
}

/// What a PUT says. `completed` stays as it is when left out, because clients that toggle by `complete` leave it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskReplacement {
    pub title: Title,
    pub description: Option<Description>,
    pub completed: Option<bool>,
}

/// What a merge patch says (RFC 7396); `None` leaves a member as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskPatch {
    pub title: Option<Title>,
    /// The inner `None` removes the description.
    pub description: Option<Option<Description>>,
    pub completed: Option<bool>,
}

/// A change to one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskChange {
    Replace(TaskReplacement),
    Patch(TaskPatch),
    /// The only change that is not idempotent (SEC-73).
    ToggleCompleted,
}

impl Entity for TaskBody {
    const LIMIT: u32 = TASKS_PER_USER;
    const IS_COUNTED_IN_TRASH: bool = true;
    const IS_SEARCHABLE: bool = true;
    type Draft = TaskDraft;
    type Change = TaskChange;

    fn create(draft: TaskDraft, now: Timestamp) -> Self {
        Self {
            title: draft.title,
            description: draft.description,
            completed_at: draft.completed.then_some(now),
        }
    }

    fn is_result_of(&self, draft: &TaskDraft) -> bool {
        self.title == draft.title
            && self.description == draft.description
            && self.completed_at.is_some() == draft.completed
    }

    /// Completing a completed task keeps the first completion time (SEC-73).
    fn apply(&self, change: TaskChange, now: Timestamp) -> Self {
        let mut after = self.clone();
        let completed = match change {
            TaskChange::Replace(new) => {
                after.title = new.title;
                after.description = new.description;
                new.completed
            }
            TaskChange::Patch(patch) => {
                if let Some(title) = patch.title {
                    after.title = title;
                }
                if let Some(description) = patch.description {
                    after.description = description;
                }
                patch.completed
            }
            TaskChange::ToggleCompleted => Some(self.completed_at.is_none()),
        };
        if let Some(completed) = completed {
            after.completed_at = completed.then(|| self.completed_at.unwrap_or(now));
        }
        after
    }

    fn words(&self) -> Vec<String> {
        searchable_words(&self.title, self.description.as_ref())
    }

    fn has_same_text(&self, other: &Self) -> bool {
        self.title == other.title && self.description == other.description
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    fn body(completed: bool) -> TaskBody {
        let draft = TaskDraft {
            title: Title::parse("milk").unwrap(),
            description: Some(Description::parse("two litres").unwrap()),
            completed,
        };
        TaskBody::create(draft, at(1))
    }

    #[test]
    fn sec_73_completing_twice_keeps_the_first_time() {
        let complete = TaskChange::Patch(TaskPatch {
            completed: Some(true),
            ..TaskPatch::default()
        });
        let first = body(false).apply(complete.clone(), at(2));
        assert_eq!(first.completed_at, Some(at(2)));
        assert_eq!(first.apply(complete, at(3)), first);
    }

    #[test]
    fn a_toggle_goes_both_ways() {
        let completed = body(false).apply(TaskChange::ToggleCompleted, at(2));
        let reopened = completed.apply(TaskChange::ToggleCompleted, at(3));
        assert_eq!(
            (completed.completed_at, reopened.completed_at),
            (Some(at(2)), None)
        );
    }

    #[test]
    fn a_replacement_resets_the_description_and_keeps_completion_when_both_are_left_out() {
        let title = Title::parse("oat milk").unwrap();
        let replace = |completed| {
            TaskChange::Replace(TaskReplacement {
                title: title.clone(),
                description: None,
                completed,
            })
        };
        let after = body(true).apply(replace(None), at(5));
        assert_eq!((after.description, after.completed_at), (None, Some(at(1))));
        let reopened = body(true).apply(replace(Some(false)), at(5));
        assert_eq!(reopened.completed_at, None);
    }

    #[test]
    fn a_patch_tells_absent_from_null() {
        let remove = TaskChange::Patch(TaskPatch {
            description: Some(None),
            ..TaskPatch::default()
        });
        assert_eq!(body(false).apply(remove, at(2)).description, None);
        let nothing = TaskChange::Patch(TaskPatch::default());
        assert_eq!(body(false).apply(nothing, at(2)), body(false));
    }
}
