//! Recurrence rules: the subset of RFC 5545 and RFC 7529 that Taskward takes, and their canonical text.
//!
//! Invariant: a `Rule` comes only from the parser, so every combination of parts in it is one that the series can
//! evaluate.

mod error;
mod parse;
mod sets;

use std::fmt;

use jiff::civil::{Date, Weekday};

pub use error::RuleError;
pub(crate) use sets::{DaySet, Days, MonthSet, SignedSet};

use crate::{Due, Zone};

/// Longer rules are refused.
pub const MAX_RULE_BYTES: usize = 500;

/// A recurrence rule.
///
/// | part | allowed | with |
/// |---|---|---|
/// | `FREQ` | `DAILY WEEKLY MONTHLY YEARLY` | required |
/// | `INTERVAL` | 1 to 999 | |
/// | `BYMONTH` | list of 1 to 12 | any `FREQ`; required for `BYMONTHDAY` and `BYDAY` in `YEARLY` |
/// | `BYMONTHDAY` | list of ±1 to ±31 | `MONTHLY`, `YEARLY` |
/// | `BYDAY` | list of `MO` to `SU` | any `FREQ` |
/// | | with an ordinal ±1 to ±5 | `MONTHLY`, `YEARLY` (within each month) |
/// | `BYSETPOS` | list of ±1 to ±31 | `MONTHLY`, `YEARLY`, together with `BYDAY` or `BYMONTHDAY` |
/// | `COUNT` | 1 to 9999 | not with `UNTIL` |
/// | `UNTIL` | `YYYYMMDD` or `YYYYMMDDTHHMMSSZ` | not with `COUNT` |
/// | `WKST` | `MO` to `SU` | any `FREQ` |
/// | `RSCALE` | `GREGORIAN` | any `FREQ` |
/// | `SKIP` | `OMIT` | any `FREQ` |
/// | | `BACKWARD` | `RSCALE`; `MONTHLY`, `YEARLY`; at most one `BYMONTHDAY`; not with `BYDAY` or `BYSETPOS` |
///
/// Names and values are taken in any case. [`RuleError`] says how everything else is refused.
///
/// The canonical text is what `Display` writes. Two rules are equal exactly if their canonical texts are.
///
/// | in the canonical text | |
/// |---|---|
/// | parts | upper case, in the order of the table |
/// | left out | `INTERVAL=1`, `WKST=MO`, `SKIP=OMIT`, `RSCALE` without `SKIP` |
/// | numbers of a list | once each; the positive ones ascending, then the negative ones descending: `1,15,-1,-2` |
/// | days of a list | once each; without ordinal, then by ordinal in the order of numbers, then from Monday on |
/// | `UNTIL` | a date |
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    pub(crate) frequency: Frequency,
    pub(crate) interval: u16,
    pub(crate) months: MonthSet,
    pub(crate) month_days: SignedSet,
    pub(crate) days: DaySet,
    pub(crate) positions: SignedSet,
    pub(crate) end: Option<End>,
    pub(crate) week_start: Weekday,
    pub(crate) skip: Skip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum End {
    Count(u16),
    /// The last date that counts.
    Until(Date),
}

/// What becomes of a day that a month does not have (RFC 7529).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Skip {
    /// There is no occurrence in that month.
    Omit,
    /// The last day of the month.
    Backward,
}

impl Rule {
    /// Parses a rule that a client sent. `start` and the user's zone are needed for an `UNTIL` with a time:
    ///
    /// | local time of `UNTIL` in the zone of `start`, or the user's | last date that counts |
    /// |---|---|
    /// | `start` has a later time of day | the day before |
    /// | otherwise | that day |
    /// | too close to the year 10000 for an instant | the date as written |
    /// | before the year 0 | 1 January of the year 0 |
    ///
    /// # Errors
    ///
    /// See [`RuleError`].
    pub fn parse(text: &str, start: &Due, user_zone: &Zone) -> Result<Self, RuleError> {
        parse::parse(text, |until| {
            Ok(parse::last_date(until, start, start.zone_or(user_zone)))
        })
    }

    /// Parses a rule that was stored in its canonical text. Its `UNTIL` has no time, so nothing else is needed.
    ///
    /// # Errors
    ///
    /// See [`RuleError`]. An `UNTIL` with a time is refused too.
    pub fn parse_stored(text: &str) -> Result<Self, RuleError> {
        parse::parse(text, |until| {
            let detail = format!("UNTIL is {until} UTC, expected a date in a stored rule");
            Err(RuleError::Invalid(detail))
        })
    }

    /// Whether the rule ends after a number of occurrences.
    #[must_use]
    pub const fn has_count(&self) -> bool {
        matches!(self.end, Some(End::Count(_)))
    }

    /// Whether the rule only says how often, so that the day follows from where it is counted from.
    pub(crate) fn is_plain(&self) -> bool {
        self.months.is_empty() && self.month_days.is_empty() && self.days.is_empty()
    }

    pub(crate) fn ends_before(&self, date: Date) -> bool {
        matches!(self.end, Some(End::Until(last)) if last < date)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.frequency {
            Frequency::Daily => "FREQ=DAILY",
            Frequency::Weekly => "FREQ=WEEKLY",
            Frequency::Monthly => "FREQ=MONTHLY",
            Frequency::Yearly => "FREQ=YEARLY",
        })?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        write_list(f, "BYMONTH", self.months.iter())?;
        write_list(f, "BYMONTHDAY", self.month_days.iter())?;
        write_list(f, "BYDAY", self.days.iter().map(WrittenDay))?;
        write_list(f, "BYSETPOS", self.positions.iter())?;
        match self.end {
            Some(End::Count(count)) => write!(f, ";COUNT={count}")?,
            Some(End::Until(date)) => {
                let (year, month, day) = (date.year(), date.month(), date.day());
                write!(f, ";UNTIL={year:04}{month:02}{day:02}")?;
            }
            None => {}
        }
        if self.week_start != Weekday::Monday {
            write!(f, ";WKST={}", sets::weekday_name(self.week_start))?;
        }
        match self.skip {
            Skip::Omit => Ok(()),
            Skip::Backward => f.write_str(";RSCALE=GREGORIAN;SKIP=BACKWARD"),
        }
    }
}

fn write_list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    items: impl Iterator<Item = T>,
) -> fmt::Result {
    for (index, item) in items.enumerate() {
        if index == 0 {
            write!(f, ";{name}={item}")?;
        } else {
            write!(f, ",{item}")?;
        }
    }
    Ok(())
}

/// A weekday with its ordinal, where it has one.
struct WrittenDay((i8, Weekday));

impl fmt::Display for WrittenDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ordinal, weekday) = self.0;
        if ordinal != 0 {
            write!(f, "{ordinal}")?;
        }
        f.write_str(sets::weekday_name(weekday))
    }
}
