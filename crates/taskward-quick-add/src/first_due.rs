//! The first date of a repeat: of the set that its rule gives with an interval of 1.

use jiff::civil::Date;

use crate::calendar;
use crate::context::Context;
use crate::rule::{Days, Frequency, Rule, WORKDAYS};

/// Two leap days are at most eight years apart.
const SEARCHED_DAYS: i64 = 8 * 366;

/// The first date from `start` on that the rule contains and whose `minute`, if there is one, is later than now.
pub(crate) fn first_due(
    c: &Context<'_>,
    rule: &Rule,
    start: Date,
    minute: Option<i16>,
) -> Option<Date> {
    let from = match minute {
        Some(_) => start.max(c.today),
        None => start,
    };
    (0..=SEARCHED_DAYS)
        .map_while(|days| calendar::add_days(from, days))
        .filter(|date| minute.is_none_or(|minute| c.is_later(*date, minute)))
        .find(|date| contains(rule, start, *date))
}

fn contains(rule: &Rule, start: Date, date: Date) -> bool {
    match &rule.days {
        Days::OfStart => match rule.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => date.weekday() == start.weekday(),
            Frequency::Monthly => date.day() == start.day(),
            Frequency::Yearly => (date.month(), date.day()) == (start.month(), start.day()),
        },
        Days::Weekdays(days) => days.contains(&calendar::weekday(date)),
        Days::Nth(position, day) => {
            calendar::weekday(date) == *day && is_nth(date, *position, |other| *other == *day)
        }
        Days::NthWorkday(position) => {
            let is_workday = |day: &i8| WORKDAYS.contains(day);
            is_workday(&calendar::weekday(date)) && is_nth(date, *position, is_workday)
        }
        Days::OfMonth(days) => days.iter().any(|day| is_day(rule, date, *day)),
        Days::OfYear { month, day } => date.month() == *month && is_day(rule, date, *day),
    }
}

fn is_day(rule: &Rule, date: Date, day: i8) -> bool {
    let last = date.days_in_month();
    match day {
        -1 => date.day() == last,
        _ if rule.skips_backward => date.day() == day.min(last),
        _ => date.day() == day,
    }
}

/// Whether the date is at this position among the days of its month whose weekday is counted.
fn is_nth(date: Date, position: i8, is_counted: impl Fn(&i8) -> bool) -> bool {
    let weekday = calendar::weekday(date);
    let weekday_of = |day: i8| (weekday - 1 + day - date.day()).rem_euclid(7) + 1;
    if position < 0 {
        return !(date.day() + 1..=date.days_in_month()).any(|day| is_counted(&weekday_of(day)));
    }
    let before = (1..date.day()).filter(|day| is_counted(&weekday_of(*day)));
    i8::try_from(before.count()).is_ok_and(|count| count + 1 == position)
}
