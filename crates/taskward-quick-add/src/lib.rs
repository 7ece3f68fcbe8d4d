//! Quick add: reads a line such as `Call Ann tomorrow 5pm p1 @phone #Work` as a task.
//!
//! [`parse`] is pure. The web app has the same parser in TypeScript; both are tested with the same vectors. What is not
//! understood stays in the title.

mod calendar;
mod context;
mod dates;
mod due;
mod first_due;
mod locale;
mod markers;
mod names;
mod repeats;
mod rule;
mod scan;
mod text;
mod times;
mod title;

use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

use context::Context;
use scan::{Match, Value};
use text::Text;

pub use names::Names;

/// What a text says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    pub title: String,
    pub description: Option<String>,
    /// With a recurrence, its first date.
    pub due: Option<Due>,
    pub recurrence: Option<Recurrence>,
    /// 1 to 3; 1 is the highest.
    pub priority: Option<u8>,
    /// As the user has them, in the order of the text, each once.
    pub labels: Vec<String>,
    pub list: Option<String>,
    pub start_on: Option<Date>,
    pub deadline_on: Option<Date>,
    /// The understood parts of the text, in its order. They do not overlap.
    pub spans: Vec<Span>,
    pub unknown: Vec<Unknown>,
}

/// A local date, with or without a time, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub date: Date,
    pub time: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// In canonical form.
    pub rule: String,
    pub anchor: Anchor,
}

/// What the next occurrence is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Schedule,
    /// Written `every!`.
    Completion,
}

/// A part of the text. Offsets count code points; the end is excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: SpanKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    Due,
    Recurrence,
    Priority,
    Label,
    List,
    Start,
    Deadline,
    Description,
    /// A backslash that makes the token behind it plain text.
    Escape,
}

/// A `#name` or `@name` of nothing that the user has. It stays in the title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    pub kind: UnknownKind,
    pub text: String,
    pub start: usize,
    pub end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownKind {
    List,
    Label,
}

/// Reads an English text, which is said at `now` in `zone`.
///
/// ```
/// use jiff::{civil::Weekday, tz::TimeZone};
/// use taskward_quick_add::{Names, parse};
///
/// let names = Names::new(["Work"], ["phone"], str::to_lowercase);
/// let now = "2026-11-25T09:00:00Z".parse()?;
/// let parsed = parse("Call Ann friday p1 @phone", now, &TimeZone::UTC, Weekday::Monday, &names);
/// assert_eq!(parsed.title, "Call Ann");
/// assert_eq!(parsed.due.map(|due| due.date.to_string()), Some("2026-11-27".to_owned()));
/// # Ok::<(), jiff::Error>(())
/// ```
#[must_use]
pub fn parse(
    text: &str,
    now: Timestamp,
    zone: &TimeZone,
    week_start: Weekday,
    names: &Names,
) -> Parsed {
    let text = Text::new(text);
    let week_start = week_start.to_monday_one_offset();
    let context = Context::new(&text, names, now, zone, week_start);
    let matches = scan::matches(&context);
    let counted = counted(&matches);
    let removed: Vec<_> = counted
        .iter()
        .filter(|found| !matches!(found.value, Value::Escape | Value::Unknown(_)))
        .map(|found| (found.start, found.end))
        .collect();
    let escapes: Vec<_> = counted
        .iter()
        .filter(|found| matches!(found.value, Value::Escape))
        .map(|found| found.start)
        .collect();
    let Some(title) = title::title(&text, &removed, &escapes) else {
        let title = text.slice(0, text.len()).trim().to_owned();
        let mut parsed = Parsed {
            title,
            ..Parsed::default()
        };
        parsed.unknown = counted
            .iter()
            .filter_map(|found| unknown(&text, found))
            .collect();
        return parsed;
    };
    let mut parsed = Parsed {
        title,
        ..Parsed::default()
    };
    for found in counted {
        parsed.add(&text, found);
    }
    parsed
}

/// The matches that count: of several lists, priorities, dues, repeats, starts and deadlines the last one, and no due
/// beside a repeat.
fn counted(matches: &[Match]) -> Vec<&Match> {
    let last =
        |is_kind: fn(&Value) -> bool| matches.iter().rposition(|found| is_kind(&found.value));
    let repeat = last(|value| matches!(value, Value::Repeat { .. }));
    let due = last(|value| matches!(value, Value::Due(..))).filter(|_| repeat.is_none());
    let priority = last(|value| matches!(value, Value::Priority(_)));
    let list = last(|value| matches!(value, Value::List(_)));
    let start = last(|value| matches!(value, Value::Start(_)));
    let deadline = last(|value| matches!(value, Value::Deadline(_)));
    matches
        .iter()
        .enumerate()
        .filter(|(index, found)| {
            let wanted = match found.value {
                Value::Due(..) => due,
                Value::Repeat { .. } => repeat,
                Value::Priority(_) => priority,
                Value::List(_) => list,
                Value::Start(_) => start,
                Value::Deadline(_) => deadline,
                Value::Label(_) | Value::Description | Value::Escape | Value::Unknown(_) => {
                    return true;
                }
            };
            wanted == Some(*index)
        })
        .map(|(_, found)| found)
        .collect()
}

fn unknown(text: &Text, found: &Match) -> Option<Unknown> {
    let Value::Unknown(kind) = found.value else {
        return None;
    };
    Some(Unknown {
        kind,
        text: text.slice(found.start, found.end),
        start: found.start,
        end: found.end,
    })
}

impl Parsed {
    fn add(&mut self, text: &Text, found: &Match) {
        let kind = match &found.value {
            Value::Due(date, minute) => {
                self.due = Some(Due::new(*date, *minute));
                SpanKind::Due
            }
            Value::Repeat {
                rule,
                anchor,
                date,
                minute,
            } => {
                self.due = Some(Due::new(*date, *minute));
                self.recurrence = Some(Recurrence {
                    rule: rule.clone(),
                    anchor: *anchor,
                });
                SpanKind::Recurrence
            }
            Value::Priority(priority) => {
                self.priority = *priority;
                SpanKind::Priority
            }
            Value::Label(label) => {
                if !self.labels.contains(label) {
                    self.labels.push(label.clone());
                }
                SpanKind::Label
            }
            Value::List(list) => {
                self.list = Some(list.clone());
                SpanKind::List
            }
            Value::Start(date) => {
                self.start_on = Some(*date);
                SpanKind::Start
            }
            Value::Deadline(date) => {
                self.deadline_on = Some(*date);
                SpanKind::Deadline
            }
            Value::Description => {
                let rest = text.slice(found.start + "//".len(), found.end);
                self.description = Some(rest.trim().to_owned());
                SpanKind::Description
            }
            Value::Escape => SpanKind::Escape,
            Value::Unknown(_) => {
                self.unknown.extend(unknown(text, found));
                return;
            }
        };
        self.spans.push(Span {
            start: found.start,
            end: found.end,
            kind,
        });
    }
}

impl Due {
    fn new(date: Date, minute: Option<i16>) -> Self {
        let time = |minute: i16| {
            let hour = i8::try_from(minute / 60).ok()?;
            let minute = i8::try_from(minute % 60).ok()?;
            Time::new(hour, minute, 0, 0).ok()
        };
        Self {
            date,
            time: minute.and_then(time),
        }
    }
}
