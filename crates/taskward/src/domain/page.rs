//! Pages of tasks, newest first. "Newest" follows the ids, which are UUIDv7 and so sort by the time they were made.

use super::{Task, TaskId};

/// How many tasks a page may hold: 1 to 500 (SEC-68).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u16);

impl PageLimit {
    /// What a page holds when nobody says.
    pub const DEFAULT: Self = Self(100);
    /// The most a page may hold.
    pub const MAX: u16 = 500;

    /// Takes a number within the bounds; anything else is `None`, never clamped.
    #[must_use]
    pub fn new(limit: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&limit).then_some(Self(limit))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

/// Where a page starts: after this task. It is tied to the filter it was made under and grants nothing: whoever forges
/// one still only sees tasks of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    after: TaskId,
    completed: Option<bool>,
}

impl Cursor {
    const LENGTH: usize = 17;

    /// The cursor's wire form: one byte for the filter, sixteen for the id.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let (filter, id) = bytes.split_at_mut(1);
        filter.fill(match self.completed {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        });
        id.copy_from_slice(self.after.as_uuid().as_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (filter, id) = bytes.split_first()?;
        let completed = match filter {
            0 => None,
            1 => Some(false),
            2 => Some(true),
            _ => return None,
        };
        let uuid = uuid::Uuid::from_slice(id).ok()?;
        Some(Self {
            after: TaskId::from_uuid(uuid)?,
            completed,
        })
    }
}

/// Which tasks to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    limit: PageLimit,
    completed: Option<bool>,
    after: Option<TaskId>,
}

impl PageRequest {
    /// A request; `None` when the cursor was made under another filter.
    #[must_use]
    pub fn new(limit: PageLimit, completed: Option<bool>, cursor: Option<Cursor>) -> Option<Self> {
        let fits = cursor.is_none_or(|cursor| cursor.completed == completed);
        fits.then(|| Self {
            limit,
            completed,
            after: cursor.map(|cursor| cursor.after),
        })
    }

    /// How many tasks at most.
    #[must_use]
    pub fn limit(&self) -> PageLimit {
        self.limit
    }

    /// Only the done ones, only the others, or both.
    #[must_use]
    pub fn completed(&self) -> Option<bool> {
        self.completed
    }

    /// Start behind this task.
    #[must_use]
    pub fn after(&self) -> Option<TaskId> {
        self.after
    }

    /// Makes the page from `tasks`, which a store read one further than the limit to see whether there is more.
    #[must_use]
    pub fn page(&self, mut tasks: Vec<Task>, seq: u64) -> TaskPage {
        let limit = usize::from(self.limit.0);
        let more = tasks.len() > limit;
        tasks.truncate(limit);
        let next = tasks.last().filter(|_| more).map(|last| Cursor {
            after: last.id,
            completed: self.completed,
        });
        TaskPage { tasks, next, seq }
    }
}

/// One page of a user's tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPage {
    /// Newest first.
    pub tasks: Vec<Task>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
    /// The user's write counter when the page was read, in the same snapshot.
    pub seq: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_68_a_cursor_comes_back_and_belongs_to_its_filter() {
        let after = TaskId::parse("0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f").unwrap();
        for completed in [None, Some(false), Some(true)] {
            let cursor = Cursor { after, completed };
            assert_eq!(Cursor::from_bytes(&cursor.to_bytes()), Some(cursor));
            assert!(PageRequest::new(PageLimit::DEFAULT, completed, Some(cursor)).is_some());
        }
        let cursor = Cursor {
            after,
            completed: None,
        };
        assert_eq!(
            PageRequest::new(PageLimit::DEFAULT, Some(true), Some(cursor)),
            None
        );
        for forged in [&[][..], &[0], &[3; 17], &[0; 17], &[0; 18]] {
            assert_eq!(Cursor::from_bytes(forged), None, "{forged:?}");
        }
    }

    #[test]
    fn sec_68_limits_are_not_clamped() {
        assert_eq!(PageLimit::new(0), None);
        assert_eq!(PageLimit::new(501), None);
        assert_eq!(PageLimit::new(500).map(PageLimit::get), Some(500));
    }
}
