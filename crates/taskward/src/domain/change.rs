//! How a task changes: every kind of write as a value, and the pure function that carries it out.
//!
//! Both storage backends apply the same function inside their own transaction, so they cannot disagree.

use jiff::Timestamp;

use super::{Description, Refusal, Task, TaskContent, Title, Version};

/// What a merge patch says about a task (RFC 7396); `None` leaves a member as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskPatch {
    /// A new title.
    pub title: Option<Title>,
    /// A new description; the inner `None` removes it.
    pub description: Option<Option<Description>>,
    /// Done or not.
    pub completed: Option<bool>,
}

/// One write to one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskChange {
    /// Everything anew.
    Replace(TaskContent),
    /// Some members.
    Patch(TaskPatch),
    /// Done becomes not done and the reverse. The only change that is not idempotent (SEC-73).
    ToggleCompleted,
}

impl TaskChange {
    /// The task after this change, or `None` when the change changes nothing: then there is no write, and the
    /// version stays. Completing what is complete keeps the first completion time (SEC-73).
    #[must_use]
    pub fn apply(self, before: &Task, now: Timestamp) -> Option<Task> {
        let (title, description, completed) = match self {
            Self::Replace(new) => (new.title, new.description, new.completed),
            Self::Patch(patch) => (
                patch.title.unwrap_or_else(|| before.title.clone()),
                patch
                    .description
                    .unwrap_or_else(|| before.description.clone()),
                patch.completed.unwrap_or(before.completed_at.is_some()),
            ),
            Self::ToggleCompleted => (
                before.title.clone(),
                before.description.clone(),
                before.completed_at.is_none(),
            ),
        };
        let completed_at = completed.then(|| before.completed_at.unwrap_or(now));
        let unchanged = title == before.title
            && description == before.description
            && completed_at == before.completed_at;
        (!unchanged).then(|| Task {
            title,
            description,
            completed_at,
            updated_at: now,
            version: before.version.next(),
            ..before.clone()
        })
    }
}

/// The condition a client put on a write: the `If-Match` of RFC 9110, section 13.1.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// No condition, or `*`: the task only has to exist.
    Exists,
    /// The task has to be at one of these versions. Tags that were no version of ours are left out, so an empty list
    /// never matches.
    AnyOf(Vec<Version>),
}

impl Precondition {
    /// Whether a task at `version` may be written.
    ///
    /// # Errors
    /// [`Refusal::VersionMismatch`] if not.
    pub fn check(&self, version: Version) -> Result<(), Refusal> {
        match self {
            Self::AnyOf(versions) if !versions.contains(&version) => Err(Refusal::VersionMismatch),
            Self::Exists | Self::AnyOf(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TaskId;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    fn task(completed: bool) -> Task {
        let id = TaskId::parse("0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f").unwrap();
        let content = TaskContent {
            title: Title::parse("milk").unwrap(),
            description: None,
            completed,
        };
        content.into_task(id, "u".parse().unwrap(), at(1))
    }

    #[test]
    fn sec_73_completing_twice_keeps_the_first_time_and_writes_once() {
        let done = TaskChange::Patch(TaskPatch {
            completed: Some(true),
            ..TaskPatch::default()
        });
        let first = done.clone().apply(&task(false), at(2)).unwrap();
        assert_eq!(
            (first.completed_at, first.version.number()),
            (Some(at(2)), 2)
        );
        assert_eq!(done.apply(&first, at(3)), None);
    }

    #[test]
    fn a_toggle_goes_both_ways() {
        let done = TaskChange::ToggleCompleted
            .apply(&task(false), at(2))
            .unwrap();
        let undone = TaskChange::ToggleCompleted.apply(&done, at(3)).unwrap();
        assert_eq!(
            (done.completed_at, undone.completed_at),
            (Some(at(2)), None)
        );
        assert_eq!(undone.version.number(), 3);
    }

    #[test]
    fn a_replacement_puts_what_is_left_out_to_its_default() {
        let mut before = task(true);
        before.description = Some(Description::parse("two litres").unwrap());
        let title = Title::parse("oat milk").unwrap();
        let change = TaskChange::Replace(TaskContent {
            title,
            description: None,
            completed: false,
        });
        let after = change.apply(&before, at(5)).unwrap();
        assert_eq!(
            (after.description, after.completed_at, after.updated_at),
            (None, None, at(5))
        );
        assert_eq!(after.created_at, at(1));
    }

    #[test]
    fn a_patch_tells_absent_from_null() {
        let mut before = task(false);
        before.description = Some(Description::parse("two litres").unwrap());
        let removed = TaskChange::Patch(TaskPatch {
            description: Some(None),
            ..TaskPatch::default()
        });
        assert_eq!(removed.apply(&before, at(2)).unwrap().description, None);
        assert_eq!(
            TaskChange::Patch(TaskPatch::default()).apply(&before, at(2)),
            None
        );
    }

    #[test]
    fn a_precondition_names_versions() {
        let (one, two) = (Version::FIRST, Version::FIRST.next());
        assert!(Precondition::Exists.check(one).is_ok());
        assert!(Precondition::AnyOf(vec![one, two]).check(two).is_ok());
        for (versions, version) in [(vec![one], two), (vec![], one)] {
            assert_eq!(
                Precondition::AnyOf(versions).check(version),
                Err(Refusal::VersionMismatch)
            );
        }
    }
}
