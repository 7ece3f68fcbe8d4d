//! How a task recurs.

use taskward_recurrence::Recurrence;

use crate::Id;

/// The recurrence of one occurrence, and the series it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecurrence {
    pub series_id: Id,
    pub recurrence: Recurrence,
}
