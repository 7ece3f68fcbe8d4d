//! Lists of tasks: what is asked for, the canonical text of the question, and the page that answers it.
//!
//! Invariant: the canonical text names the question completely. The entity tag, the page cursor and the `next` link are
//! all made from it.

use super::search::SearchText;
use super::{FeedCursor, Id, PageLimit, Task};

/// Which tasks, by completion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Completion {
    #[default]
    Any,
    Open,
    Done,
}

/// Which tasks a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    pub completion: Completion,
    pub search: Option<SearchText>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By id, descending. Ids are UUIDv7, which sort by creation time.
    #[default]
    Newest,
}

/// The sort key of the last task of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub id: Id,
}

/// How a store finds the rows of a query. Each path is one range of one index, so its cost depends on the rows of the
/// page and not on the rows around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessPath {
    /// Live tasks, newest first.
    Live,
    /// Open tasks, newest first.
    Open,
    /// Completed tasks, newest first.
    Done,
    /// Tasks with the words of a search, newest first.
    Words,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskQuery {
    filter: TaskFilter,
    sort: Sort,
    after: Option<Position>,
    limit: PageLimit,
}

impl TaskQuery {
    /// `None` when the cursor was made for another filter or sort.
    #[must_use]
    pub fn new(
        filter: TaskFilter,
        sort: Sort,
        cursor: Option<PageCursor>,
        limit: PageLimit,
    ) -> Option<Self> {
        let query = Self {
            filter,
            sort,
            after: cursor.map(|cursor| cursor.after),
            limit,
        };
        let fits = cursor.is_none_or(|cursor| cursor.question == query.mark());
        fits.then_some(query)
    }

    #[must_use]
    pub fn filter(&self) -> &TaskFilter {
        &self.filter
    }

    #[must_use]
    pub fn after(&self) -> Option<Position> {
        self.after
    }

    #[must_use]
    pub fn limit(&self) -> PageLimit {
        self.limit
    }

    #[must_use]
    pub fn path(&self) -> AccessPath {
        match (&self.filter.search, self.filter.completion, self.sort) {
            (Some(_), _, Sort::Newest) => AccessPath::Words,
            (None, Completion::Any, Sort::Newest) => AccessPath::Live,
            (None, Completion::Open, Sort::Newest) => AccessPath::Open,
            (None, Completion::Done, Sort::Newest) => AccessPath::Done,
        }
    }

    /// Whether reading the page may take more than a millisecond.
    #[must_use]
    pub fn is_long_read(&self) -> bool {
        self.path() == AccessPath::Words || self.limit.is_long()
    }

    /// The filter and sort as a URL query string, in one order and spelling. Empty for all live tasks, newest first.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        match self.filter.completion {
            Completion::Any => {}
            Completion::Open => drop(text.append_pair("completed", "false")),
            Completion::Done => drop(text.append_pair("completed", "true")),
        }
        if let Some(search) = &self.filter.search {
            text.append_pair("q", &search.words().join(" "));
        }
        match self.sort {
            Sort::Newest => {}
        }
        text.finish()
    }

    /// Makes the page from `tasks`, read one more than the limit in one snapshot with `newest`.
    #[must_use]
    pub fn page(&self, mut tasks: Vec<Task>, newest: FeedCursor) -> TaskPage {
        let limit = usize::from(self.limit.get());
        let more = tasks.len() > limit;
        tasks.truncate(limit);
        let next = tasks.last().filter(|_| more).map(|last| PageCursor {
            after: Position { id: last.id },
            question: self.mark(),
        });
        TaskPage {
            tasks,
            next,
            newest,
        }
    }

    fn mark(&self) -> u64 {
        mark(&self.canonical())
    }
}

/// The FNV-1a hash of a canonical text. It catches mistakes; a cursor grants nothing, so a forged one does no harm.
pub(crate) fn mark(canonical: &str) -> u64 {
    canonical.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Where a page starts. It belongs to one question and grants nothing (SEC-68).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageCursor {
    after: Position,
    question: u64,
}

impl PageCursor {
    const LENGTH: usize = 24;

    /// Eight bytes of the question's hash, sixteen of the id.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let (question, id) = bytes.split_at_mut(8);
        question.copy_from_slice(&self.question.to_be_bytes());
        id.copy_from_slice(self.after.id.as_uuid().as_bytes());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (question, id) = bytes.split_first_chunk::<8>()?;
        let id = Id::from_uuid(uuid::Uuid::from_slice(id).ok()?)?;
        Some(Self {
            after: Position { id },
            question: u64::from_be_bytes(*question),
        })
    }
}

/// One page of a user's tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPage {
    pub tasks: Vec<Task>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<PageCursor>,
    /// The newest position of the feed when the page was read, in the same snapshot.
    pub newest: FeedCursor,
}

/// The answer to a list request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// Nothing of the user's changed since the position that the client knows.
    Unchanged(FeedCursor),
    Page(TaskPage),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(filter: &TaskFilter, cursor: Option<PageCursor>) -> Option<TaskQuery> {
        TaskQuery::new(filter.clone(), Sort::Newest, cursor, PageLimit::DEFAULT)
    }

    #[test]
    fn sec_68_a_cursor_belongs_to_its_question() {
        let id = Id::parse("0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f").unwrap();
        let search = |text| Some(SearchText::parse(text).unwrap());
        let mut filters = Vec::new();
        for completion in [Completion::Any, Completion::Open, Completion::Done] {
            for search in [None, search("milk"), search("oat milk"), search("oatmilk")] {
                filters.push(TaskFilter { completion, search });
            }
        }
        for made_for in &filters {
            let cursor = PageCursor {
                after: Position { id },
                question: query(made_for, None).unwrap().mark(),
            };
            assert_eq!(PageCursor::from_bytes(&cursor.to_bytes()), Some(cursor));
            for used_for in &filters {
                let is_accepted = query(used_for, Some(cursor)).is_some();
                assert_eq!(is_accepted, used_for == made_for);
            }
        }
        for forged in [&[][..], &[0], &[3; 24], &[0; 24], &[0; 25]] {
            assert_eq!(PageCursor::from_bytes(forged), None, "{forged:?}");
        }
    }

    #[test]
    fn the_canonical_text_asks_the_same_question_again() {
        let filter = TaskFilter {
            completion: Completion::Open,
            search: Some(SearchText::parse("Oat  MILK & café").unwrap()),
        };
        let text = query(&filter, None).unwrap().canonical();
        assert_eq!(text, "completed=false&q=cafe+milk+oat");
        let asked_again = SearchText::parse("cafe milk oat").unwrap();
        assert_eq!(filter.search.unwrap().words(), asked_again.words());
        assert_eq!(query(&TaskFilter::default(), None).unwrap().canonical(), "");
    }
}
