//! The words of the language, read and written by the same tables.

use jiff::civil::Weekday;

use crate::dates::{DateValue, Unit};
use crate::tree::{Absent, DateField, Op, Part, State, Word};

/// Words and what they mean.
pub(crate) type Table<T> = &'static [(&'static str, T)];

pub(crate) const WORDS: Table<Word> = &[
    ("today", Word::Today),
    ("tomorrow", Word::Tomorrow),
    ("overdue", Word::Overdue),
    ("deferred", Word::Deferred),
];

pub(crate) const DATE_FIELDS: Table<DateField> = &[
    ("due", DateField::Due),
    ("deadline", DateField::Deadline),
    ("start", DateField::Start),
    ("created", DateField::Created),
    ("done", DateField::Done),
];

pub(crate) const PRIORITIES: Table<u8> = &[("p1", 1), ("p2", 2), ("p3", 3)];

pub(crate) const ABSENT: Table<Absent> = &[
    ("due", Absent::Due),
    ("deadline", Absent::Deadline),
    ("start", Absent::Start),
    ("priority", Absent::Priority),
    ("label", Absent::Label),
    ("list", Absent::List),
    ("description", Absent::Description),
];

pub(crate) const STATES: Table<State> = &[
    ("open", State::Open),
    ("done", State::Done),
    ("any", State::Any),
    ("recurring", State::Recurring),
    ("subtask", State::Subtask),
    ("top", State::Top),
];

pub(crate) const PARTS: Table<Part> = &[
    ("time", Part::Time),
    ("zone", Part::Zone),
    ("reminder", Part::Reminder),
    ("duration", Part::Duration),
];

pub(crate) const DAYS: Table<DateValue> = &[
    ("today", DateValue::Today),
    ("tomorrow", DateValue::Tomorrow),
    ("yesterday", DateValue::Yesterday),
    ("mon", DateValue::Next(Weekday::Monday)),
    ("tue", DateValue::Next(Weekday::Tuesday)),
    ("wed", DateValue::Next(Weekday::Wednesday)),
    ("thu", DateValue::Next(Weekday::Thursday)),
    ("fri", DateValue::Next(Weekday::Friday)),
    ("sat", DateValue::Next(Weekday::Saturday)),
    ("sun", DateValue::Next(Weekday::Sunday)),
];

pub(crate) const UNITS: Table<Unit> = &[("d", Unit::Day), ("w", Unit::Week), ("m", Unit::Month)];

/// The longer spellings precede those that they begin with. `=` is read as `:`.
pub(crate) const OPS: Table<Op> = &[
    ("<=", Op::AtMost),
    (">=", Op::AtLeast),
    ("<", Op::Less),
    (">", Op::Greater),
    (":", Op::Equal),
    ("=", Op::Equal),
];

/// The list that is the absence of a list.
pub(crate) const INBOX: &str = "inbox";

/// What a word in lower case means.
pub(crate) fn meaning<T: Copy>(table: Table<T>, word: &str) -> Option<T> {
    table
        .iter()
        .find(|(spelling, _)| *spelling == word)
        .map(|(_, meaning)| *meaning)
}

/// The word for a meaning. Each meaning is in its table.
pub(crate) fn spelling<T: PartialEq>(table: Table<T>, meaning: &T) -> &'static str {
    table
        .iter()
        .find(|(_, other)| other == meaning)
        .map_or("", |(spelling, _)| spelling)
}

/// The words of a table for an error: `open, done or any`.
pub(crate) fn listed<T>(table: Table<T>) -> String {
    let words: Vec<_> = table.iter().map(|(spelling, _)| *spelling).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
