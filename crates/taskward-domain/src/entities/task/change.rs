//! What clients say about a task.
//!
//! In all of these an outer `None` is a member that the request does not have, and an inner `None` is `null`.

use jiff::Timestamp;
use jiff::civil::Date;
use taskward_recurrence::{Anchor, MinuteOfDay, Zone};

use super::{DurationMinutes, Priority, Reminders};
use crate::{Description, Id, RankMove, Title};

/// What a create says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDraft {
    pub title: Title,
    pub description: Option<Description>,
    pub completed: bool,
    pub details: TaskDetails,
}

/// What a PUT says. What it does not have stays as it is, because clients that know no such member leave it out; only a
/// description that is left out is removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskReplacement {
    pub title: Title,
    pub description: Option<Description>,
    pub completed: Option<bool>,
    pub details: TaskDetails,
}

/// What a merge patch says (RFC 7396).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskPatch {
    pub title: Option<Title>,
    pub description: Option<Option<Description>>,
    pub completed: Option<bool>,
    pub details: TaskDetails,
}

/// The members that clients of the first convention do not know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskDetails {
    pub list: Option<Option<Id>>,
    pub parent: Option<Option<Id>>,
    pub priority: Option<Option<Priority>>,
    pub labels: LabelsChange,
    pub due: Option<Option<DuePatch>>,
    pub start_on: Option<Option<Date>>,
    pub deadline_on: Option<Option<Date>>,
    pub duration: Option<Option<DurationMinutes>>,
    pub recurrence: Option<Option<RecurrencePatch>>,
    pub reminders: Option<Reminders>,
}

/// What becomes of the labels of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LabelsChange {
    #[default]
    Keep,
    Replace(Vec<Id>),
    /// Adding what is there and removing what is not changes nothing, so two devices that each add one both succeed.
    Edit {
        add: Vec<Id>,
        remove: Vec<Id>,
    },
}

/// Members of a due that merge with those that the task has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DuePatch {
    pub date: Option<Option<Date>>,
    pub time: Option<Option<MinuteOfDay>>,
    pub zone: Option<Option<Zone>>,
}

/// Members of a recurrence that merge with those that the task has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecurrencePatch {
    /// The text of the rule, which is parsed when its start is known.
    pub rule: Option<Option<String>>,
    pub anchor: Option<Option<Anchor>>,
    pub start: Option<Option<DuePatch>>,
    pub occurrence: Option<Option<Date>>,
}

/// Where to move a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskMove {
    pub list: Option<Option<Id>>,
    pub parent: Option<Option<Id>>,
    pub to: Option<RankMove>,
}

/// A change to one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskChange {
    Replace(TaskReplacement),
    Patch(TaskPatch),
    Complete {
        /// `None` toggles, the only change that is not idempotent (SEC-73).
        completed: Option<bool>,
        /// When it was done; `None` is now.
        at: Option<Timestamp>,
    },
    Move(TaskMove),
    /// Moves an open occurrence on to the next date of its series.
    Skip {
        /// The occurrence to skip; `None` is the present one.
        occurrence: Option<Date>,
    },
}
