//! Dates of a query, absolute or relative to today.

use jiff::Span;
use jiff::civil::{Date, Weekday, date};

/// The last date that a task can have.
const LAST: Date = date(9999, 12, 31);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateValue {
    On(Date),
    Today,
    Tomorrow,
    Yesterday,
    /// Today and so many units, at most 9,999 forward or back.
    Offset(i16, Unit),
    /// The next one, never today.
    Next(Weekday),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Day,
    Week,
    Month,
}

impl DateValue {
    /// The date, at most 9999-12-31. Months go to the last day of a shorter month.
    pub(crate) fn resolve(self, today: Date) -> Date {
        let days = |days: i64| today.saturating_add(Span::new().days(days));
        match self {
            Self::On(date) => date,
            Self::Today => today,
            Self::Tomorrow => days(1),
            Self::Yesterday => days(-1),
            Self::Offset(count, Unit::Day) => days(i64::from(count)),
            Self::Offset(count, Unit::Week) => days(i64::from(count) * 7),
            Self::Offset(count, Unit::Month) => {
                today.saturating_add(Span::new().months(i64::from(count)))
            }
            Self::Next(weekday) => today.nth_weekday(1, weekday).unwrap_or(LAST),
        }
    }

    pub(crate) fn is_relative(self) -> bool {
        !matches!(self, Self::On(_))
    }
}
