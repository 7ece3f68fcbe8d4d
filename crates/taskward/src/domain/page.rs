//! Pages of tasks, newest first. "Newest" follows the ids, which are UUIDv7 and so sort by the time they were made.

use super::{SearchText, Task, TaskId};

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

/// Which tasks a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only the done ones, only the others, or both.
    pub completed: Option<bool>,
    /// Only those that are found by this.
    pub search: Option<SearchText>,
}

impl TaskFilter {
    /// Tells filters apart in cursors: the FNV-1a hash of what they say. It guards against mistakes, not against
    /// anybody, because a cursor grants nothing.
    fn mark(&self) -> u64 {
        let completed = match self.completed {
            None => "all",
            Some(false) => "open",
            Some(true) => "done",
        };
        let words = self.search.iter().flat_map(SearchText::words);
        let texts = std::iter::once(completed).chain(words.map(String::as_str));
        texts
            .flat_map(|text| text.bytes().chain([0]))
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
    }
}

/// Where a page starts: after this task. It is tied to the filter it was made under and grants nothing: whoever forges
/// one still only sees tasks of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    after: TaskId,
    filter: u64,
}

impl Cursor {
    const LENGTH: usize = 24;

    /// The cursor's wire form: eight bytes for the filter, sixteen for the id.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let (filter, id) = bytes.split_at_mut(8);
        filter.copy_from_slice(&self.filter.to_be_bytes());
        id.copy_from_slice(self.after.as_uuid().as_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (filter, id) = bytes.split_first_chunk::<8>()?;
        let uuid = uuid::Uuid::from_slice(id).ok()?;
        Some(Self {
            after: TaskId::from_uuid(uuid)?,
            filter: u64::from_be_bytes(*filter),
        })
    }
}

/// Which page of which tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    limit: PageLimit,
    filter: TaskFilter,
    after: Option<TaskId>,
}

impl PageRequest {
    /// A request; `None` when the cursor was made under another filter.
    #[must_use]
    pub fn new(limit: PageLimit, filter: TaskFilter, cursor: Option<Cursor>) -> Option<Self> {
        let fits = cursor.is_none_or(|cursor| cursor.filter == filter.mark());
        fits.then(|| Self {
            limit,
            filter,
            after: cursor.map(|cursor| cursor.after),
        })
    }

    /// How many tasks at most.
    #[must_use]
    pub fn limit(&self) -> PageLimit {
        self.limit
    }

    /// Which tasks.
    #[must_use]
    pub fn filter(&self) -> &TaskFilter {
        &self.filter
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
            filter: self.filter.mark(),
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

/// What became of asking for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// The user's write counter is still the one the client knows, so the page is too.
    Unchanged,
    /// The page.
    Page(TaskPage),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_68_a_cursor_comes_back_and_belongs_to_its_filter() {
        let after = TaskId::parse("0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f").unwrap();
        let search = |text| Some(SearchText::parse(text).unwrap());
        let mut filters = Vec::new();
        for completed in [None, Some(false), Some(true)] {
            for search in [None, search("milk"), search("oat milk"), search("oatmilk")] {
                filters.push(TaskFilter { completed, search });
            }
        }
        for made_under in &filters {
            let filter = made_under.mark();
            let cursor = Cursor { after, filter };
            assert_eq!(Cursor::from_bytes(&cursor.to_bytes()), Some(cursor));
            for used_under in &filters {
                let request =
                    PageRequest::new(PageLimit::DEFAULT, used_under.clone(), Some(cursor));
                assert_eq!(request.is_some(), used_under == made_under);
            }
        }
        for forged in [&[][..], &[0], &[3; 24], &[0; 24], &[0; 25]] {
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
