//! How many tasks the views have: the numbers beside their names.

use std::collections::BTreeMap;

use jiff::civil::Date;
use taskward_recurrence::Due;

use super::{InvalidView, ViewContext, days_after, is_overdue, today};
use crate::Id;

/// How many days ahead `upcoming` is counted.
const UPCOMING_COUNTED: i32 = 7;

/// The numbers of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// The date that today meant.
    pub day: Date,
    /// Open tasks of the Inbox on the top level.
    pub inbox: u32,
    /// Tasks on the agenda up to today.
    pub today: u32,
    pub overdue: u32,
    /// Tasks on the agenda of the seven days after today.
    pub upcoming_7: u32,
    /// Open tasks of each list on the top level. A list without one is left out.
    pub lists: BTreeMap<Id, u32>,
    /// Open, shown tasks with each label. A label without one is left out.
    pub labels: BTreeMap<Id, u32>,
    /// Tasks that were deleted by themselves.
    pub trash: u32,
}

/// What of a task on the agenda is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaEntry {
    pub day: Date,
    pub due: Option<Due>,
    pub deadline_on: Option<Date>,
}

/// Counts that are being made.
#[derive(Debug)]
pub struct Counting {
    context: ViewContext,
    counts: Counts,
}

impl Counting {
    /// # Errors
    /// [`InvalidView::Day`].
    pub fn new(day: Option<Date>, context: ViewContext) -> Result<Self, InvalidView> {
        let day = today(day, &context)?;
        Ok(Self {
            context,
            counts: Counts {
                day,
                inbox: 0,
                today: 0,
                overdue: 0,
                upcoming_7: 0,
                lists: BTreeMap::new(),
                labels: BTreeMap::new(),
                trash: 0,
            },
        })
    }

    /// The day before which the agenda has to be read.
    #[must_use]
    pub fn agenda_end(&self) -> Date {
        days_after(self.counts.day, UPCOMING_COUNTED + 1)
    }

    /// Takes the open, shown tasks on the agenda before [`Self::agenda_end`], one by one.
    pub fn add_to_agenda(&mut self, entry: &AgendaEntry) {
        let today = self.counts.day;
        if entry.day > today {
            self.counts.upcoming_7 += 1;
        } else {
            self.counts.today += 1;
        }
        if is_overdue(entry.due.as_ref(), entry.deadline_on, today, &self.context) {
            self.counts.overdue += 1;
        }
    }

    /// Takes the number of open tasks of a list on the top level; `None` is the Inbox.
    pub fn add_list(&mut self, list: Option<Id>, tasks: u32) {
        match list {
            Some(list) => drop(self.counts.lists.insert(list, tasks)),
            None => self.counts.inbox = tasks,
        }
    }

    /// Takes the number of open, shown tasks with a label.
    pub fn add_label(&mut self, label: Id, tasks: u32) {
        self.counts.labels.insert(label, tasks);
    }

    /// Takes the number of tasks that were deleted by themselves.
    pub fn add_trash(&mut self, tasks: u32) {
        self.counts.trash = tasks;
    }

    #[must_use]
    pub fn finish(self) -> Counts {
        self.counts
    }
}
