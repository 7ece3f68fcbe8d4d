//! The syntax tree. An AND has no AND as an operand and an OR no OR, so that parentheses that change nothing leave no
//! trace.

use uuid::Uuid;

use crate::dates::DateValue;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// At least two.
    Or(Vec<Node>),
    /// At least two.
    And(Vec<Node>),
    Not(Box<Node>),
    Term(Term),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Term {
    Word(Word),
    Date(DateField, Op, DateValue),
    No(Absent),
    Is(State),
    Has(Part),
    /// 1 to 3.
    Priority(u8),
    /// `None`: the Inbox.
    List(Option<Uuid>),
    Label(Uuid),
    Text(String),
}

/// A term of one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Today,
    Tomorrow,
    Overdue,
    Deferred,
}

/// A date of a task that can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateField {
    Due,
    Deadline,
    Start,
    Created,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// What a task may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    Due,
    Deadline,
    Start,
    Priority,
    Label,
    List,
    Description,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    Done,
    Any,
    Recurring,
    Subtask,
    Top,
}

/// What a task may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Time,
    Zone,
    Reminder,
    Duration,
}

impl Node {
    pub(crate) fn or(operands: Vec<Self>) -> Self {
        let flat = operands.into_iter().flat_map(|operand| match operand {
            Self::Or(inner) => inner,
            other => vec![other],
        });
        Self::of_operands(flat.collect(), Self::Or)
    }

    pub(crate) fn and(operands: Vec<Self>) -> Self {
        let flat = operands.into_iter().flat_map(|operand| match operand {
            Self::And(inner) => inner,
            other => vec![other],
        });
        Self::of_operands(flat.collect(), Self::And)
    }

    fn of_operands(mut operands: Vec<Self>, combine: fn(Vec<Self>) -> Self) -> Self {
        match operands.pop() {
            Some(only) if operands.is_empty() => only,
            Some(last) => {
                operands.push(last);
                combine(operands)
            }
            None => combine(operands),
        }
    }

    /// All terms, in the order of the text.
    pub(crate) fn terms(&self) -> Vec<&Term> {
        match self {
            Self::Or(operands) | Self::And(operands) => {
                operands.iter().flat_map(Self::terms).collect()
            }
            Self::Not(operand) => operand.terms(),
            Self::Term(term) => vec![term],
        }
    }

    /// The terms that are true of every result.
    pub(crate) fn required_terms(&self) -> Vec<&Term> {
        let operands = match self {
            Self::And(operands) => operands.as_slice(),
            other => std::slice::from_ref(other),
        };
        let terms = operands.iter().filter_map(|operand| match operand {
            Self::Term(term) => Some(term),
            _ => None,
        });
        terms.collect()
    }
}

impl Op {
    pub(crate) fn holds<T: Ord>(self, value: T, bound: T) -> bool {
        match self {
            Self::Equal => value == bound,
            Self::Less => value < bound,
            Self::AtMost => value <= bound,
            Self::Greater => value > bound,
            Self::AtLeast => value >= bound,
        }
    }
}
