//! Reading a page of a view: which rows of the range belong to it, and when to stop.

use std::ops::ControlFlow;

use jiff::civil::Date;

use crate::query::mark;
use crate::{FeedCursor, Task};

use super::judge::Judge;
use super::{InvalidView, Position, TaskRange, VIEW_BUDGET, ViewContext, ViewCursor, ViewQuery};

/// A page that is being read.
#[derive(Debug)]
pub struct ViewScan {
    judge: Judge,
    is_exact: bool,
    range: TaskRange,
    after: Option<Position>,
    limit: usize,
    today: Date,
    question: u64,
    tasks: Vec<Task>,
    /// Where the next page starts if reading stops here.
    last: Option<Position>,
    looked_at: u32,
    has_more: bool,
}

/// What was read for a page.
#[derive(Debug)]
pub struct Scanned {
    pub tasks: Vec<Task>,
    /// Where the next page starts; `None` on the last one. A page can be empty and have a next one.
    pub next: Option<ViewCursor>,
    /// The date that today meant.
    pub day: Date,
}

/// One page of a view.
#[derive(Debug)]
pub struct ViewPage {
    pub scanned: Scanned,
    /// The newest position of the feed when the page was read, in the same snapshot.
    pub newest: FeedCursor,
}

impl ViewScan {
    pub(super) fn new(
        query: &ViewQuery,
        range: TaskRange,
        today: Date,
        context: ViewContext,
    ) -> Result<Self, InvalidView> {
        let question = mark(&query.canonical(today));
        let after = match &query.cursor {
            Some(cursor) if cursor.question == question && cursor.after.fits(&range) => {
                Some(cursor.after.clone())
            }
            Some(_) => return Err(InvalidView::Cursor),
            None => None,
        };
        Ok(Self {
            judge: Judge::new(query.view.clone(), today, context),
            is_exact: query.view.is_exact() && query.search.is_none(),
            range,
            after,
            limit: usize::from(query.limit.get()),
            today,
            question,
            tasks: Vec::new(),
            last: None,
            looked_at: 0,
            has_more: false,
        })
    }

    /// The range to read, in its order, behind [`Self::after`].
    #[must_use]
    pub fn range(&self) -> &TaskRange {
        &self.range
    }

    #[must_use]
    pub fn after(&self) -> Option<&Position> {
        self.after.as_ref()
    }

    /// The most rows that the page can take, one more than it has, to know whether there are further ones.
    #[must_use]
    pub fn rows(&self) -> usize {
        if self.is_exact {
            self.limit + 1
        } else {
            VIEW_BUDGET as usize + 1
        }
    }

    /// Takes the next row of the range. `Break`: the page is complete.
    pub fn push(&mut self, task: Task) -> ControlFlow<()> {
        let belongs = self.judge.contains(&task);
        if self.looked_at >= VIEW_BUDGET || (belongs && self.tasks.len() >= self.limit) {
            self.has_more = true;
            return ControlFlow::Break(());
        }
        self.looked_at += 1;
        self.last = Position::of(&self.range, &task);
        if belongs {
            self.tasks.push(task);
        }
        ControlFlow::Continue(())
    }

    #[must_use]
    pub fn finish(self) -> Scanned {
        let next = self.last.filter(|_| self.has_more).map(|after| ViewCursor {
            after,
            question: self.question,
        });
        Scanned {
            tasks: self.tasks,
            next,
            day: self.today,
        }
    }
}
