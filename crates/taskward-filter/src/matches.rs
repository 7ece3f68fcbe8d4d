//! Whether a task is a result of a filter.

use std::collections::HashSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use taskward_recurrence::{Due, MinuteOfDay, UserDay, Zone};
use uuid::Uuid;

use crate::dates::DateValue;
use crate::filter::Filter;
use crate::tree::{Absent, DateField, Node, Part, State, Term, Word};

/// What a filter asks about a task.
#[derive(Clone, Copy)]
pub struct TaskFacts<'a> {
    /// `None`: the Inbox.
    pub list: Option<Uuid>,
    pub is_subtask: bool,
    /// Without those that are in the trash, which count as gone.
    pub labels: &'a [Uuid],
    /// 1, the highest, to 3.
    pub priority: Option<u8>,
    pub due: Option<&'a Due>,
    pub start: Option<Date>,
    pub deadline: Option<Date>,
    pub has_duration: bool,
    pub has_reminder: bool,
    pub has_description: bool,
    pub is_recurring: bool,
    pub created_at: Timestamp,
    pub completed_at: Option<Timestamp>,
    /// Whether a search for the text finds the task. Called with [`Filter::texts`].
    pub has_words: &'a dyn Fn(&str) -> bool,
}

/// What the answer depends on beside the task.
#[derive(Clone, Debug)]
pub struct Context {
    pub(crate) today: Date,
    pub(crate) now: Timestamp,
    calendar: UserDay,
    archived_lists: HashSet<Uuid>,
}

impl Context {
    /// `today` is the user's day, which may begin later than midnight. `zone` is the user's.
    pub fn new(
        today: Date,
        now: Timestamp,
        zone: Zone,
        archived_lists: impl IntoIterator<Item = Uuid>,
    ) -> Self {
        Self {
            today,
            now,
            calendar: UserDay {
                zone,
                starts_at: MinuteOfDay::MIDNIGHT,
            },
            archived_lists: archived_lists.into_iter().collect(),
        }
    }

    pub(crate) fn is_archived(&self, list: Uuid) -> bool {
        self.archived_lists.contains(&list)
    }

    /// The date that the user's calendar shows at an instant.
    pub(crate) fn local_date(&self, instant: Timestamp) -> Date {
        self.calendar.date(instant)
    }

    /// The day that the user sees a due on. Only a due with a zone can be on another day than its own.
    fn due_day(&self, due: &Due) -> Date {
        let has_zone = due.time.as_ref().is_some_and(|time| time.zone.is_some());
        let instant = has_zone.then(|| due.instant(&self.calendar.zone));
        instant
            .flatten()
            .map_or(due.date, |instant| self.local_date(instant))
    }

    /// A due with a time is over when its instant has passed, an all-day due or a deadline when its date has.
    fn is_overdue(&self, task: &TaskFacts<'_>) -> bool {
        let is_due_over = task.due.is_some_and(|due| match &due.time {
            Some(_) => due
                .instant(&self.calendar.zone)
                .is_some_and(|instant| instant < self.now),
            None => due.date < self.today,
        });
        is_due_over || task.deadline.is_some_and(|date| date < self.today)
    }
}

impl Filter {
    /// Whether the task is a result.
    ///
    /// | term | is true if |
    /// |---|---|
    /// | `today`, `tomorrow` | the user sees the due on that day |
    /// | `overdue` | the instant of a due with a time, or the date of an all-day due or of the deadline, has passed |
    /// | `deferred` | the start date is later than today |
    /// | `due` with a date | the day compares on which the user sees the due; false without one |
    /// | `start`, `deadline` with a date | that date compares; false without one |
    /// | `created`, `done` with a date | the local date of the instant compares; false without one |
    /// | `is:open` | not completed |
    ///
    /// `is:open` is implied unless the query has `is:done`, `is:any` or `done`. A task in an archived list is no result
    /// unless the query names the list.
    #[must_use]
    pub fn matches(&self, task: &TaskFacts<'_>, context: &Context) -> bool {
        let is_wanted = self.has_done || task.completed_at.is_none();
        let is_hidden = |list| context.is_archived(list) && !self.names_list(list);
        is_wanted && !task.list.is_some_and(is_hidden) && self.root.matches(task, context)
    }
}

impl Node {
    fn matches(&self, task: &TaskFacts<'_>, context: &Context) -> bool {
        match self {
            Self::Or(operands) => operands.iter().any(|node| node.matches(task, context)),
            Self::And(operands) => operands.iter().all(|node| node.matches(task, context)),
            Self::Not(operand) => !operand.matches(task, context),
            Self::Term(term) => term.matches(task, context),
        }
    }
}

impl Term {
    fn matches(&self, task: &TaskFacts<'_>, context: &Context) -> bool {
        let is_due_on = |value: DateValue| {
            let day = value.resolve(context.today);
            task.due.is_some_and(|due| context.due_day(due) == day)
        };
        match self {
            Self::Word(Word::Today) => is_due_on(DateValue::Today),
            Self::Word(Word::Tomorrow) => is_due_on(DateValue::Tomorrow),
            Self::Word(Word::Overdue) => context.is_overdue(task),
            Self::Word(Word::Deferred) => task.start.is_some_and(|date| date > context.today),
            Self::Date(field, op, value) => {
                let bound = value.resolve(context.today);
                task.date(*field, context)
                    .is_some_and(|date| op.holds(date, bound))
            }
            Self::No(absent) => !task.has(*absent),
            Self::Is(state) => task.is(*state),
            Self::Has(part) => task.has_part(*part),
            Self::Priority(priority) => task.priority == Some(*priority),
            Self::List(list) => task.list == *list,
            Self::Label(label) => task.labels.contains(label),
            Self::Text(text) => (task.has_words)(text),
        }
    }
}

impl TaskFacts<'_> {
    fn date(&self, field: DateField, context: &Context) -> Option<Date> {
        match field {
            DateField::Due => self.due.map(|due| context.due_day(due)),
            DateField::Deadline => self.deadline,
            DateField::Start => self.start,
            DateField::Created => Some(context.local_date(self.created_at)),
            DateField::Done => self.completed_at.map(|at| context.local_date(at)),
        }
    }

    fn has(&self, absent: Absent) -> bool {
        match absent {
            Absent::Due => self.due.is_some(),
            Absent::Deadline => self.deadline.is_some(),
            Absent::Start => self.start.is_some(),
            Absent::Priority => self.priority.is_some(),
            Absent::Label => !self.labels.is_empty(),
            Absent::List => self.list.is_some(),
            Absent::Description => self.has_description,
        }
    }

    fn is(&self, state: State) -> bool {
        match state {
            State::Open => self.completed_at.is_none(),
            State::Done => self.completed_at.is_some(),
            State::Any => true,
            State::Recurring => self.is_recurring,
            State::Subtask => self.is_subtask,
            State::Top => !self.is_subtask,
        }
    }

    fn has_part(&self, part: Part) -> bool {
        let time = self.due.and_then(|due| due.time.as_ref());
        match part {
            Part::Time => time.is_some(),
            Part::Zone => time.is_some_and(|time| time.zone.is_some()),
            Part::Reminder => self.has_reminder,
            Part::Duration => self.has_duration,
        }
    }
}

impl fmt::Debug for TaskFacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskFacts").finish_non_exhaustive()
    }
}
