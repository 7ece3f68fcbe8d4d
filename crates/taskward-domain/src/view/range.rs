//! The ranges of indexes that views read.

use std::cmp::Reverse;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{Container, Id, SearchText, Task};

/// One range of one index, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskRange {
    /// Open tasks of a container, by rank and id.
    Container(Container),
    /// Open, shown tasks by agenda day and minute, priority and id.
    Agenda(Bound<Date>),
    /// Open, shown tasks with a label, newest first.
    Label(Id),
    /// Completed tasks, completed last first, then newest first.
    Completed(Bound<Timestamp>),
    /// Tasks that were deleted by themselves, deleted last first, then newest first.
    Trash,
    /// Live tasks of a series, highest index first.
    Series(Id),
    /// Open tasks, newest first.
    Open,
    /// Live tasks, newest first.
    Live,
    /// Live tasks with the words of a search, newest first.
    Words(SearchText),
}

/// From a value on, up to another one that is excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound<T> {
    pub from: Option<T>,
    pub to: Option<T>,
}

impl<T> Default for Bound<T> {
    fn default() -> Self {
        Self {
            from: None,
            to: None,
        }
    }
}

impl<T: Ord> Bound<T> {
    pub(super) fn up_to(to: T) -> Self {
        Self {
            from: None,
            to: Some(to),
        }
    }

    pub(super) fn contains(&self, value: &T) -> bool {
        self.from.as_ref().is_none_or(|from| value >= from)
            && self.to.as_ref().is_none_or(|to| value < to)
    }
}

impl TaskRange {
    /// Brings rows that were read from the range into its order, where a database does not promise it.
    pub fn sort(&self, tasks: &mut [Task]) {
        match self {
            Self::Container(_) => {
                tasks.sort_by_cached_key(|task| (task.body.place.rank.clone(), task.id))
            }
            Self::Agenda(_) => tasks.sort_by_cached_key(|task| {
                let priority = task.body.priority;
                (
                    task.body.derived.agenda,
                    priority.is_none(),
                    priority,
                    task.id,
                )
            }),
            Self::Completed(_) => {
                tasks.sort_by_cached_key(|task| Reverse((task.body.completed_at, task.id)));
            }
            Self::Trash => {
                tasks.sort_by_cached_key(|task| Reverse((task.meta.deleted_at, task.id)));
            }
            Self::Series(_) => tasks.sort_by_cached_key(|task| {
                let series = task.body.recurrence.as_ref();
                Reverse((series.map(|series| series.recurrence.index), task.id))
            }),
            Self::Label(_) | Self::Open | Self::Live | Self::Words(_) => {
                tasks.sort_by_key(|task| Reverse(task.id));
            }
        }
    }
}
