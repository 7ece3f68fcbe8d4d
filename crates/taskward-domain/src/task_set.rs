//! Sets of one user's tasks that a decision has to know: each is one range of one index.

use super::{Container, Id, Rank, Task};

/// A set of tasks. What of it was read is brought up to date by [`Self::contains`] after each operation of a batch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskSet {
    /// The live subtasks of a task.
    Subtasks(Id),
    /// The tasks in the trash that the deletion of this record took along.
    DeletedWith(Id),
    /// The live tasks of a list.
    Listed(Id),
    /// The open tasks of a list.
    OpenListed(Id),
    /// The open tasks of a series: at most one.
    OpenInSeries(Id),
    /// The live tasks of a series with a higher index, lowest first; at most [`Self::WINDOW`].
    LaterInSeries(Id, u64),
    /// The open tasks beside a place, nearest first; at most [`Self::WINDOW`].
    Neighbours(Container, Side, Option<(Rank, Id)>),
    /// The open tasks of a container.
    Container(Container),
    /// The open tasks from which something is derived that changes with the user's time zone.
    DependsOnZone,
}

/// On which side of a place. Without a place: from that end of the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Lower ranks. Without a place: from the last one on.
    Before,
    /// Higher ranks. Without a place: from the first one on.
    After,
}

impl TaskSet {
    /// How many tasks of a set with a bound are read: enough to know the nearest two, whatever the operations of one batch
    /// have removed.
    pub const WINDOW: u16 = 102;

    /// Whether the set is bounded by [`Self::WINDOW`].
    #[must_use]
    pub fn is_window(&self) -> bool {
        matches!(self, Self::LaterInSeries(..) | Self::Neighbours(..))
    }

    /// Whether a task belongs to the set.
    #[must_use]
    pub fn contains(&self, task: &Task) -> bool {
        let (body, is_live) = (&task.body, task.is_live());
        let is_open = is_live && body.is_open();
        let place = &body.place;
        let series = body.recurrence.as_ref();
        match self {
            Self::Subtasks(parent) => is_live && place.container.parent == Some(*parent),
            Self::DeletedWith(record) => !is_live && body.deleted_with == Some(*record),
            Self::Listed(list) => is_live && place.container.list == Some(*list),
            Self::OpenListed(list) => is_open && place.container.list == Some(*list),
            Self::OpenInSeries(id) => {
                is_open && series.is_some_and(|series| series.series_id == *id)
            }
            Self::LaterInSeries(id, index) => {
                is_live
                    && series.is_some_and(|series| {
                        series.series_id == *id && series.recurrence.index > *index
                    })
            }
            Self::Neighbours(container, side, from) => {
                let key = (&place.rank, &task.id);
                is_open
                    && place.container == *container
                    && from.as_ref().is_none_or(|(rank, id)| match side {
                        Side::Before => key < (rank, id),
                        Side::After => key > (rank, id),
                    })
            }
            Self::Container(container) => is_open && place.container == *container,
            Self::DependsOnZone => is_open && body.depends_on_zone(),
        }
    }

    /// Brings members into the order of the set.
    pub(super) fn sort(&self, tasks: &mut [Task]) {
        match self {
            Self::LaterInSeries(..) => tasks.sort_by_key(|task| {
                task.body
                    .recurrence
                    .as_ref()
                    .map(|series| series.recurrence.index)
            }),
            Self::Neighbours(_, Side::Before, _) => tasks.sort_by(|one, other| by_rank(other, one)),
            _ => tasks.sort_by(by_rank),
        }
    }
}

/// The order of a container. Ids make it total.
pub(super) fn by_rank(one: &Task, other: &Task) -> std::cmp::Ordering {
    let key = |task: &Task| (task.body.place.rank.clone(), task.id);
    key(one).cmp(&key(other))
}
