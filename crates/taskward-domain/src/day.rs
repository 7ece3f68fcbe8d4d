//! Dates as day numbers: how they are stored and sorted.

use jiff::ToSpan;
use jiff::civil::Date;

const DAY_0: Date = Date::constant(1970, 1, 1);

/// Days since 1970-01-01.
#[must_use]
pub fn day_number(date: Date) -> i64 {
    date.duration_since(DAY_0).as_hours() / 24
}

/// The date with a day number; `None` if there is none.
#[must_use]
pub fn date_of_day(number: i64) -> Option<Date> {
    DAY_0.checked_add(i32::try_from(number).ok()?.days()).ok()
}
