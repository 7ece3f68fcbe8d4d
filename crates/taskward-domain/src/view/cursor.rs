//! Where a page of a view starts.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Id, Priority, Rank, Task, day_number};

use super::TaskRange;

/// The sort key of a task in a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    Rank(Rank, Id),
    /// Day number, minute, and the number of the priority, 4 for none.
    Agenda(i32, u16, u8, Id),
    Time(Timestamp, Id),
    /// The index in a series.
    Index(u64, Id),
    Newest(Id),
}

/// The number that sorts tasks without a priority last.
const NO_PRIORITY: u8 = 4;

impl Position {
    pub(super) fn of(range: &TaskRange, task: &Task) -> Option<Self> {
        let (id, body) = (task.id, &task.body);
        Some(match range {
            TaskRange::Container(_) => Self::Rank(body.place.rank.clone(), id),
            TaskRange::Agenda(_) => {
                let agenda = body.derived.agenda?;
                let priority = body.priority.map_or(NO_PRIORITY, Priority::number);
                let day = i32::try_from(day_number(agenda.day)).ok()?;
                Self::Agenda(day, agenda.minute, priority, id)
            }
            TaskRange::Completed(_) => Self::Time(body.completed_at?, id),
            TaskRange::Trash => Self::Time(task.meta.deleted_at?, id),
            TaskRange::Series(_) => Self::Index(body.recurrence.as_ref()?.recurrence.index, id),
            TaskRange::Label(_) | TaskRange::Open | TaskRange::Live | TaskRange::Words(_) => {
                Self::Newest(id)
            }
        })
    }

    /// Whether the position is one of the range's order.
    pub(super) fn fits(&self, range: &TaskRange) -> bool {
        matches!(
            (self, range),
            (Self::Rank(..), TaskRange::Container(_))
                | (Self::Agenda(..), TaskRange::Agenda(_))
                | (Self::Time(..), TaskRange::Completed(_) | TaskRange::Trash)
                | (Self::Index(..), TaskRange::Series(_))
                | (
                    Self::Newest(_),
                    TaskRange::Label(_) | TaskRange::Open | TaskRange::Live | TaskRange::Words(_)
                )
        )
    }

    fn id(&self) -> Id {
        match self {
            Self::Rank(_, id)
            | Self::Agenda(_, _, _, id)
            | Self::Time(_, id)
            | Self::Index(_, id)
            | Self::Newest(id) => *id,
        }
    }
}

/// Where a page starts. It belongs to one question and grants nothing (SEC-68).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewCursor {
    pub(super) after: Position,
    /// A hash of the question.
    pub(super) question: u64,
}

impl ViewCursor {
    /// Eight bytes of the question's hash, sixteen of the id, one for the order, then the rest of the sort key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.question.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.after.id().as_uuid().as_bytes());
        match &self.after {
            Position::Rank(rank, _) => {
                bytes.push(0);
                bytes.extend_from_slice(rank.as_str().as_bytes());
            }
            Position::Agenda(day, minute, priority, _) => {
                bytes.push(1);
                bytes.extend_from_slice(&day.to_be_bytes());
                bytes.extend_from_slice(&minute.to_be_bytes());
                bytes.push(*priority);
            }
            Position::Time(at, _) => {
                bytes.push(2);
                bytes.extend_from_slice(&at.as_millisecond().to_be_bytes());
            }
            Position::Newest(_) => bytes.push(3),
            Position::Index(index, _) => {
                bytes.push(4);
                bytes.extend_from_slice(&index.to_be_bytes());
            }
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (question, rest) = bytes.split_first_chunk::<8>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let id = Id::from_uuid(Uuid::from_bytes(*id))?;
        let (order, key) = rest.split_first()?;
        let after = match (order, key) {
            (0, rank) => Position::Rank(Rank::parse(std::str::from_utf8(rank).ok()?)?, id),
            (1, key) => {
                let (day, key) = key.split_first_chunk::<4>()?;
                let (minute, key) = key.split_first_chunk::<2>()?;
                let [priority] = key else { return None };
                Position::Agenda(
                    i32::from_be_bytes(*day),
                    u16::from_be_bytes(*minute),
                    *priority,
                    id,
                )
            }
            (2, at) => {
                let millisecond = i64::from_be_bytes(at.try_into().ok()?);
                Position::Time(Timestamp::from_millisecond(millisecond).ok()?, id)
            }
            (3, []) => Position::Newest(id),
            (4, index) => Position::Index(u64::from_be_bytes(index.try_into().ok()?), id),
            _ => return None,
        };
        Some(Self {
            after,
            question: u64::from_be_bytes(*question),
        })
    }
}
