//! The rules that repeats produce, and their canonical RRULE text.

use std::fmt;

use jiff::civil::Date;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Which days of a period belong to the rule. Weekdays count from Monday, 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Days {
    /// Those of the date that the series starts with.
    OfStart,
    /// Sorted, each once.
    Weekdays(Vec<i8>),
    /// A weekday with its position in the month, -1 for the last.
    Nth(i8, i8),
    /// The workday at this position in the month, -1 for the last.
    NthWorkday(i8),
    /// Sorted, each once; -1 is the last day.
    OfMonth(Vec<i8>),
    OfYear {
        month: i8,
        day: i8,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) frequency: Frequency,
    pub(crate) interval: i64,
    pub(crate) days: Days,
    pub(crate) count: Option<i64>,
    pub(crate) until: Option<Date>,
    /// A day that a month lacks means the last day of that month (RFC 7529, `SKIP=BACKWARD`).
    pub(crate) skips_backward: bool,
}

pub(crate) const WORKDAYS: [i8; 5] = [1, 2, 3, 4, 5];

impl Rule {
    pub(crate) fn new(frequency: Frequency, interval: i64, days: Days) -> Self {
        Self {
            frequency,
            interval,
            days,
            count: None,
            until: None,
            skips_backward: false,
        }
    }

    /// The single day of a month that the rule names, if it does.
    pub(crate) fn single_day_of_month(&self) -> Option<i8> {
        match &self.days {
            Days::OfMonth(days) => match days.as_slice() {
                [day] => Some(*day),
                _ => None,
            },
            Days::OfYear { day, .. } => Some(*day),
            _ => None,
        }
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
        if self.interval > 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match &self.days {
            Days::OfStart => {}
            Days::Weekdays(days) => write!(f, ";BYDAY={}", joined(days, |day| name(*day)))?,
            Days::Nth(position, day) => write!(f, ";BYDAY={position}{}", name(*day))?,
            Days::NthWorkday(position) => {
                let days = joined(&WORKDAYS, |day| name(*day));
                write!(f, ";BYDAY={days};BYSETPOS={position}")?;
            }
            Days::OfMonth(days) => {
                let days = joined(days, i8::to_string);
                write!(f, ";BYMONTHDAY={days}")?;
            }
            Days::OfYear { month, day } => write!(f, ";BYMONTH={month};BYMONTHDAY={day}")?,
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        if let Some(until) = self.until {
            let (year, month, day) = (until.year(), until.month(), until.day());
            write!(f, ";UNTIL={year:04}{month:02}{day:02}")?;
        }
        if self.skips_backward {
            f.write_str(";RSCALE=GREGORIAN;SKIP=BACKWARD")?;
        }
        Ok(())
    }
}

fn name(weekday: i8) -> String {
    let name = match weekday {
        1 => "MO",
        2 => "TU",
        3 => "WE",
        4 => "TH",
        5 => "FR",
        6 => "SA",
        _ => "SU",
    };
    name.to_owned()
}

fn joined<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join(",")
}
