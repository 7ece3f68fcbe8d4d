//! Which range of rows contains every result of a filter.

use jiff::civil::Date;
use uuid::Uuid;

use crate::dates::DateValue;
use crate::filter::Filter;
use crate::matches::Context;
use crate::tree::{Absent, DateField, Node, Op, State, Term, Word};

/// A range of rows that contains every result. It decides the order too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterPath<'f> {
    /// Tasks that a search for the text finds, open or completed.
    Words(&'f str),
    /// Open tasks with the label that are not in an archived list.
    Label(Uuid),
    /// Open tasks of the list, `None` for the Inbox, that are no subtasks. The list may be archived.
    List(Option<Uuid>),
    /// Open tasks with an agenda day that are not in an archived list. Both ends are included, and `None` is no end. The
    /// range may be empty.
    Agenda {
        from: Option<Date>,
        to: Option<Date>,
    },
    /// Completed tasks.
    Done,
    /// All live tasks.
    Any,
    /// Open tasks.
    Open,
}

impl Filter {
    /// The narrowest range by the terms that every result fulfils: text, label, list with `is:top`, dates of due and
    /// deadline, completed tasks; else open tasks or all.
    ///
    /// `context` gives the dates of relative bounds and the archived lists: where the query names one of those, tasks are
    /// results that the ranges of labels and of the agenda do not have.
    #[must_use]
    pub fn path(&self, context: &Context) -> FilterPath<'_> {
        let required = self.root.required_terms();
        if let Some(text) = required.iter().find_map(|term| text(term)) {
            return FilterPath::Words(text);
        }
        let has = |wanted: Term| required.iter().any(|term| **term == wanted);
        let is_done = |term: &&Term| {
            matches!(
                term,
                Term::Is(State::Done) | Term::Date(DateField::Done, ..)
            )
        };
        if self.has_done && !has(Term::Is(State::Open)) {
            return if required.iter().any(is_done) {
                FilterPath::Done
            } else {
                FilterPath::Any
            };
        }
        let is_archived_list =
            |term: &&Term| matches!(term, Term::List(Some(id)) if context.is_archived(*id));
        let is_shown = !self.root.terms().iter().any(is_archived_list);
        let label = required.iter().find_map(|term| match term {
            Term::Label(id) => Some(*id),
            _ => None,
        });
        if let (Some(label), true) = (label, is_shown) {
            return FilterPath::Label(label);
        }
        let list = required.iter().find_map(|term| match term {
            Term::List(list) => Some(*list),
            _ => None,
        });
        if let (Some(list), true) = (list, has(Term::Is(State::Top))) {
            return FilterPath::List(list);
        }
        let dates = Dates::of(&self.root, context);
        if dates.has_date && is_shown {
            return dates.agenda();
        }
        FilterPath::Open
    }
}

fn text(term: &Term) -> Option<&str> {
    match term {
        Term::Text(text) => Some(text),
        _ => None,
    }
}

/// What is true of the dates of every result.
///
/// The agenda day of a task with a due or a deadline is the earlier of the two. So an upper bound of one of them is one
/// of the agenda day. A lower bound needs one of both, where absence is as good as a bound.
#[derive(Clone, Copy)]
struct Dates {
    /// A due or a deadline is there.
    has_date: bool,
    /// The agenda day is at most this.
    to: Date,
    /// The due is absent or at least this.
    due_from: Date,
    /// The deadline is absent or at least this.
    deadline_from: Date,
}

impl Dates {
    const UNKNOWN: Self = Self {
        has_date: false,
        to: Date::MAX,
        due_from: Date::MIN,
        deadline_from: Date::MIN,
    };

    fn of(node: &Node, context: &Context) -> Self {
        match node {
            Node::And(operands) => operands
                .iter()
                .map(|operand| Self::of(operand, context))
                .fold(Self::UNKNOWN, Self::both),
            Node::Or(operands) => operands
                .iter()
                .map(|operand| Self::of(operand, context))
                .reduce(Self::either)
                .unwrap_or(Self::UNKNOWN),
            Node::Not(_) => Self::UNKNOWN,
            Node::Term(term) => Self::of_term(term, context),
        }
    }

    fn of_term(term: &Term, context: &Context) -> Self {
        let day = |value: DateValue| Range::of(Op::Equal, value.resolve(context.today));
        match term {
            Term::Word(Word::Today) => Self::due(day(DateValue::Today)),
            Term::Word(Word::Tomorrow) => Self::due(day(DateValue::Tomorrow)),
            Term::Word(Word::Overdue) => {
                // A day later than now: where clocks go back over midnight, a passed instant can be on a later date.
                let passed = tomorrow(context.local_date(context.now));
                Self {
                    has_date: true,
                    to: passed.max(context.today),
                    ..Self::UNKNOWN
                }
            }
            Term::Date(DateField::Due, op, value) => {
                Self::due(Range::of(*op, value.resolve(context.today)))
            }
            Term::Date(DateField::Deadline, op, value) => {
                let range = Range::of(*op, value.resolve(context.today));
                Self {
                    has_date: true,
                    to: range.to,
                    deadline_from: range.from,
                    ..Self::UNKNOWN
                }
            }
            Term::No(Absent::Due) => Self {
                due_from: Date::MAX,
                ..Self::UNKNOWN
            },
            Term::No(Absent::Deadline) => Self {
                deadline_from: Date::MAX,
                ..Self::UNKNOWN
            },
            _ => Self::UNKNOWN,
        }
    }

    fn due(range: Range) -> Self {
        Self {
            has_date: true,
            to: range.to,
            due_from: range.from,
            ..Self::UNKNOWN
        }
    }

    fn both(self, other: Self) -> Self {
        Self {
            has_date: self.has_date || other.has_date,
            to: self.to.min(other.to),
            due_from: self.due_from.max(other.due_from),
            deadline_from: self.deadline_from.max(other.deadline_from),
        }
    }

    fn either(self, other: Self) -> Self {
        Self {
            has_date: self.has_date && other.has_date,
            to: self.to.max(other.to),
            due_from: self.due_from.min(other.due_from),
            deadline_from: self.deadline_from.min(other.deadline_from),
        }
    }

    fn agenda<'f>(self) -> FilterPath<'f> {
        let from = self.due_from.min(self.deadline_from);
        FilterPath::Agenda {
            from: (from > Date::MIN).then_some(from),
            to: (self.to < Date::MAX).then_some(self.to),
        }
    }
}

/// Dates that a comparison allows, both ends included.
struct Range {
    from: Date,
    to: Date,
}

impl Range {
    fn of(op: Op, bound: Date) -> Self {
        let (from, to) = match op {
            Op::Equal => (bound, bound),
            Op::Less => (Date::MIN, bound.yesterday().unwrap_or(Date::MIN)),
            Op::AtMost => (Date::MIN, bound),
            Op::Greater => (tomorrow(bound), Date::MAX),
            Op::AtLeast => (bound, Date::MAX),
        };
        Self { from, to }
    }
}

fn tomorrow(date: Date) -> Date {
    date.tomorrow().unwrap_or(Date::MAX)
}
