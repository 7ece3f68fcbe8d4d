//! Tasks: the body of the record and the values in it.

mod change;
mod derived;
mod labels;
mod place;
mod priority;
mod recurrence;
mod reminders;

use jiff::Timestamp;
use jiff::civil::Date;
use taskward_recurrence::Due;

use super::Entity;
use crate::limits::TASKS_PER_USER;
use crate::{Description, Id, Record, Title, searchable_words};

pub use change::{
    DuePatch, LabelsChange, RecurrencePatch, TaskChange, TaskDetails, TaskDraft, TaskMove,
    TaskPatch, TaskReplacement,
};
pub use derived::{Agenda, Derived, Moments};
pub use labels::LabelIds;
pub use place::{Container, Place};
pub use priority::{DurationMinutes, Priority};
pub use recurrence::TaskRecurrence;
pub use reminders::{Reminder, ReminderAt, Reminders};

pub type Task = Record<TaskBody>;

/// What a task holds beside the common members of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskBody {
    pub title: Title,
    pub description: Option<Description>,
    /// When the task was completed; `None` while it is open.
    pub completed_at: Option<Timestamp>,
    pub place: Place,
    pub priority: Option<Priority>,
    pub label_ids: LabelIds,
    pub due: Option<Due>,
    /// The date before which the task is deferred.
    pub start_on: Option<Date>,
    pub deadline_on: Option<Date>,
    pub duration: Option<DurationMinutes>,
    /// A task that recurs has a due and no parent.
    pub recurrence: Option<TaskRecurrence>,
    pub reminders: Reminders,
    /// The record whose deletion took this one along; only in the trash.
    pub deleted_with: Option<Id>,
    /// Follows from the rest, the user's settings and the list. Writing it alone moves neither version nor `seq`.
    pub derived: Derived,
}

impl TaskBody {
    /// An open task with nothing but a title, in a place.
    #[must_use]
    pub fn new(title: Title, place: Place) -> Self {
        Self {
            title,
            description: None,
            completed_at: None,
            place,
            priority: None,
            label_ids: LabelIds::default(),
            due: None,
            start_on: None,
            deadline_on: None,
            duration: None,
            recurrence: None,
            reminders: Reminders::default(),
            deleted_with: None,
            derived: Derived::default(),
        }
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        self.completed_at.is_none()
    }

    /// Whether what is derived from an open task changes with the user's time zone.
    #[must_use]
    pub fn depends_on_zone(&self) -> bool {
        let due_zone = self
            .due
            .as_ref()
            .and_then(|due| due.time.as_ref()?.zone.as_ref());
        due_zone.is_some() || !self.reminders.is_empty()
    }

    /// Whether both say the same, whatever is derived from them.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let mut other = other.clone();
        other.derived = self.derived.clone();
        *self == other
    }
}

impl Entity for TaskBody {
    const LIMIT: u32 = TASKS_PER_USER;
    const IS_COUNTED_IN_TRASH: bool = true;
    const IS_SEARCHABLE: bool = true;
    type Draft = TaskDraft;
    type Change = TaskChange;

    fn words(&self) -> Vec<String> {
        searchable_words(&self.title, self.description.as_ref())
    }

    fn has_same_text(&self, other: &Self) -> bool {
        self.title == other.title && self.description == other.description
    }
}
