//! What changed in a list since a moment: the answer to `changes`.
//!
//! The moments are values of the user's write counter `seq`, which every write advances by one and stamps on its row. So
//! the rows with a later stamp are what changed, each once, as it is now.

use jiff::Timestamp;

use super::{PageLimit, Task, TaskId};

/// How long a deleted task can be brought back.
pub const TRASH_DAYS: i64 = 30;
/// How long the changes tell that a task was deleted. Who has not asked for longer has to load afresh.
pub const TOMBSTONE_DAYS: i64 = 90;

/// Which changes to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangesRequest {
    /// Those after this value of `seq`. `None` asks for no changes, only for the value to start from.
    pub since: Option<u64>,
    /// How many at most.
    pub limit: PageLimit,
}

/// A task that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was created or written; this is how it is now.
    Written(Task),
    /// It was deleted.
    Deleted {
        /// Which task.
        id: TaskId,
        /// When.
        deleted_at: Timestamp,
    },
}

/// Some changes, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// At most as many as were asked for, each task at most once.
    pub changes: Vec<Change>,
    /// Where to go on: everything up to this value of `seq` is told.
    pub cursor: u64,
    /// Whether there are further changes already.
    pub more: bool,
    /// The user's write counter when the page was read, in the same snapshot.
    pub seq: u64,
}

impl ChangesRequest {
    /// Makes the page from `rows` (each with its `seq`), which a store read oldest first and one further than the limit,
    /// in one snapshot with the counter's value `seq`.
    #[must_use]
    pub fn page(&self, mut rows: Vec<(u64, Change)>, seq: u64) -> ChangePage {
        let limit = usize::from(self.limit.get());
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().map_or(seq, |(seq, _)| *seq);
        ChangePage {
            changes: rows.into_iter().map(|(_, change)| change).collect(),
            cursor: if more { last } else { seq },
            more,
            seq,
        }
    }

    /// Whether the history still reaches back to where this request starts. It does not where a tombstone later than
    /// `since` is gone (up to `forgotten`), nor where `since` lies ahead of `seq`: such a cursor is from a history that
    /// a restored backup has undone.
    #[must_use]
    pub fn is_answerable(&self, forgotten: u64, seq: u64) -> bool {
        self.since
            .is_none_or(|since| (forgotten..=seq).contains(&since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deleted(number: u64) -> (u64, Change) {
        let id = TaskId::parse(&format!("0198f5d0-7c3a-7b21-9e4f-{number:012x}")).unwrap();
        let deleted_at = Timestamp::UNIX_EPOCH;
        (number, Change::Deleted { id, deleted_at })
    }

    fn request(since: u64, limit: u16) -> ChangesRequest {
        ChangesRequest {
            since: Some(since),
            limit: PageLimit::new(limit).unwrap(),
        }
    }

    #[test]
    fn a_page_says_where_to_go_on() {
        let full = request(0, 2).page(vec![deleted(3), deleted(7), deleted(9)], 9);
        assert_eq!((full.changes.len(), full.cursor, full.more), (2, 7, true));
        let last = request(7, 2).page(vec![deleted(9)], 9);
        assert_eq!((last.changes.len(), last.cursor, last.more), (1, 9, false));
        let none = request(9, 2).page(vec![], 9);
        assert_eq!((none.changes.len(), none.cursor, none.more), (0, 9, false));
    }

    #[test]
    fn a_cursor_from_before_the_memory_or_from_another_history_is_no_use() {
        for (since, fine) in [(4, false), (5, true), (8, true), (9, false)] {
            assert_eq!(request(since, 1).is_answerable(5, 8), fine, "{since}");
        }
        let start = ChangesRequest {
            since: None,
            limit: PageLimit::DEFAULT,
        };
        assert!(start.is_answerable(5, 8));
    }
}
