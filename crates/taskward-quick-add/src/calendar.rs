//! Arithmetic on local dates of the years 1970 to 9999. Weekdays count from Monday, 1.

use jiff::Span;
use jiff::civil::Date;

fn in_range(date: Date) -> Option<Date> {
    (1970..=9999).contains(&date.year()).then_some(date)
}

pub(crate) fn date(year: i64, month: i8, day: i8) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, month, day)
        .ok()
        .and_then(in_range)
}

pub(crate) fn add_days(date: Date, days: i64) -> Option<Date> {
    add(date, Span::new().try_days(days).ok()?)
}

/// Goes to the last day of a shorter month.
pub(crate) fn add_months(date: Date, months: i64) -> Option<Date> {
    add(date, Span::new().try_months(months).ok()?)
}

fn add(date: Date, span: Span) -> Option<Date> {
    date.checked_add(span).ok().and_then(in_range)
}

pub(crate) fn weekday(date: Date) -> i8 {
    date.weekday().to_monday_one_offset()
}

/// The next date with this weekday, never `date` itself.
pub(crate) fn next_weekday(date: Date, wanted: i8) -> Option<Date> {
    add_days(date, i64::from((wanted - weekday(date) + 6) % 7 + 1))
}

/// The first date from `from` on with this day and month, of those that exist.
pub(crate) fn next_in_year(from: Date, month: i8, day: i8) -> Option<Date> {
    let first = i64::from(from.year());
    // Two leap days are at most eight years apart.
    (first..=first + 8)
        .filter_map(|year| date(year, month, day))
        .find(|found| *found >= from)
}

/// The first date from `from` on with this day of the month, of those that exist.
pub(crate) fn next_in_month(from: Date, day: i8) -> Option<Date> {
    let first = from.first_of_month();
    // A month of 31 days follows after at most one shorter month.
    (0..=2)
        .filter_map(|months| first.checked_add(Span::new().months(months)).ok())
        .filter_map(|month| date(i64::from(month.year()), month.month(), day))
        .find(|found| *found >= from)
}
