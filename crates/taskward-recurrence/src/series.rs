//! The set of dates that a rule gives from a start, and the search for its members.

use std::cmp::Ordering;

use jiff::Span;
use jiff::civil::{Date, Weekday};

use crate::rule::{Days, End, Frequency, Rule, Skip};

/// Bounds the work for rules that have no member, such as the 30th of February.
const MAX_PERIODS: i32 = 10_000;

/// The dates that a rule gives from a start.
///
/// With `f = FREQ`, `iv = INTERVAL` and `s` the start, a date `d >= s` is a member exactly if all of this holds:
///
/// | `f` | period of `d` | day in the period |
/// |---|---|---|
/// | `DAILY` | days from `s` to `d` are a multiple of `iv` | `BYMONTH` and `BYDAY`, if given, contain it |
/// | `WEEKLY` | weeks between the week of `s` and that of `d`, which begin on `WKST`, are a multiple of `iv` | weekday in `BYDAY`, or that of `s`; `BYMONTH` contains the month |
/// | `MONTHLY` | months between are a multiple of `iv`; `BYMONTH` contains the month | by the days below |
/// | `YEARLY` | years between are a multiple of `iv`; month in `BYMONTH`, or that of `s` | by the days below |
///
/// | part | days |
/// |---|---|
/// | `BYMONTHDAY` | the day of the month is one of them; negative: from the end |
/// | `BYDAY` | the weekday, with its ordinal in the month, is one of them |
/// | both | both hold |
/// | neither | the day of the month is that of `s` |
/// | `SKIP=OMIT` | a day that the month does not have is none |
/// | `SKIP=BACKWARD` | a day above the length of the month is its last day |
/// | `BYSETPOS` | of all days of the whole month (`YEARLY`: year), also those before `s`, the ones at these positions |
/// | `COUNT` | the first `COUNT` members |
/// | `UNTIL` | members up to this date |
///
/// A start that does not fulfil the rule is no member. Nothing after the year 9999 is one, and a search that has looked at
/// 10,000 periods gives up.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    rule: &'a Rule,
    start: Date,
}

impl<'a> Series<'a> {
    #[must_use]
    pub const fn new(rule: &'a Rule, start: Date) -> Self {
        Self { rule, start }
    }

    /// The first member. `None`: the rule gives no date from this start.
    #[must_use]
    pub fn first(&self) -> Option<Date> {
        self.members_from(self.start).next()
    }

    /// The first member after a date.
    #[must_use]
    pub fn first_after(&self, date: Date) -> Option<Date> {
        self.members_after(date).next()
    }

    /// The first member after a date, without regard to COUNT and UNTIL.
    pub(crate) fn first_after_without_end(&self, date: Date) -> Option<Date> {
        self.search(date.tomorrow().ok()?)?.dates().next()
    }

    /// The members after a date.
    pub(crate) fn members_after(&self, date: Date) -> impl Iterator<Item = Date> {
        let from = date.tomorrow().ok();
        from.into_iter().flat_map(|from| self.members_from(from))
    }

    fn members_from(&self, date: Date) -> impl Iterator<Item = Date> {
        let from = date.max(self.start);
        // Members have to be counted from the first one on.
        let (searched_from, count) = match self.rule.end {
            Some(End::Count(count)) => (self.start, count.into()),
            Some(End::Until(_)) | None => (from, usize::MAX),
        };
        let first = self.search(searched_from);
        let runs = std::iter::successors(first, |run| self.search(run.resume?));
        runs.flat_map(Run::dates)
            .take(count)
            .skip_while(move |member| *member < from)
            .take_while(|member| !self.rule.ends_before(*member))
    }

    /// The first members from a date on, which is not before the start, without regard to COUNT and UNTIL. Begins in
    /// the period of the date, so that the age of a series costs nothing.
    fn search(&self, from: Date) -> Option<Run> {
        match self.rule.frequency {
            Frequency::Daily => self.search_days(from),
            Frequency::Weekly => self.search_weeks(from),
            Frequency::Monthly => self.search_months(from),
            Frequency::Yearly => self.search_years(from),
        }
    }

    fn search_days(&self, from: Date) -> Option<Run> {
        let interval = i32::from(self.rule.interval);
        let first = divide_up(days_between(self.start, from), interval);
        for period in first..first + MAX_PERIODS {
            let date = add_days(self.start, period * interval)?;
            if self.rule.months.allows(date.month()) && self.rule.days.allows(date.weekday()) {
                return Some(Run::of_one(date));
            }
        }
        None
    }

    fn search_weeks(&self, from: Date) -> Option<Run> {
        let rule = self.rule;
        let interval = i32::from(rule.interval) * 7;
        // Days are counted from the first day of the week of the start.
        let into_week = i32::from(self.start.weekday().since(rule.week_start));
        let from = days_between(self.start, from) + into_week;
        let first = from / interval;
        for period in first..first + MAX_PERIODS {
            for in_week in 0..7 {
                let weekday = rule.week_start.wrapping_add(in_week);
                let day = period * interval + in_week;
                if day < from || !self.is_wanted_in_week(weekday) {
                    continue;
                }
                let date = add_days(self.start, day - into_week)?;
                if rule.months.allows(date.month()) {
                    return Some(Run::of_one(date));
                }
            }
        }
        None
    }

    fn is_wanted_in_week(&self, weekday: Weekday) -> bool {
        if self.rule.days.is_empty() {
            weekday == self.start.weekday()
        } else {
            self.rule.days.allows(weekday)
        }
    }

    fn search_months(&self, from: Date) -> Option<Run> {
        let interval = i32::from(self.rule.interval);
        let start = month_number(self.start);
        let first = divide_up(month_number(from) - start, interval);
        for period in first..first + MAX_PERIODS {
            let month = Month::numbered(start + period * interval)?;
            if self.rule.months.allows(month.month) {
                let mut days = [self.days_of(month)];
                self.keep_positions(&mut days);
                if let Some(run) = Run::not_before(from, month, &days) {
                    return Some(run);
                }
            }
        }
        None
    }

    fn search_years(&self, from: Date) -> Option<Run> {
        let interval = i32::from(self.rule.interval);
        let start = i32::from(self.start.year());
        let first = divide_up(i32::from(from.year()) - start, interval);
        for period in first..first + MAX_PERIODS {
            let january = (start + period * interval) * 12;
            let mut days = [0; 12];
            for (number, days) in (january..).zip(&mut days) {
                let month = Month::numbered(number)?;
                if self.is_wanted_in_year(month.month) {
                    *days = self.days_of(month);
                }
            }
            self.keep_positions(&mut days);
            if let Some(run) = Run::not_before(from, Month::numbered(january)?, &days) {
                return Some(run);
            }
        }
        None
    }

    fn is_wanted_in_year(&self, month: i8) -> bool {
        if self.rule.months.is_empty() {
            month == self.start.month()
        } else {
            self.rule.months.contains(month)
        }
    }

    /// The days of a month that BYMONTHDAY, BYDAY and SKIP give.
    fn days_of(&self, month: Month) -> Days {
        let rule = self.rule;
        match (rule.month_days.is_empty(), rule.days.is_empty()) {
            (true, true) => self.single_day_of(month, self.start.day()),
            // The parser allows one number at most, and no BYDAY, beside SKIP=BACKWARD.
            (false, true) if rule.skip == Skip::Backward => rule
                .month_days
                .iter()
                .map(|day| self.single_day_of(month, day))
                .sum(),
            (false, true) => rule.month_days.days_of(month.length),
            (true, false) => rule.days.days_of(month.first.weekday(), month.length),
            (false, false) => {
                rule.month_days.days_of(month.length)
                    & rule.days.days_of(month.first.weekday(), month.length)
            }
        }
    }

    /// A day of a month, from its end if negative, or what SKIP says where the month does not have it.
    fn single_day_of(&self, month: Month, day: i8) -> Days {
        let day = if day < 0 { month.length + 1 + day } else { day };
        match self.rule.skip {
            _ if (1..=month.length).contains(&day) => 1 << day,
            Skip::Backward if day > month.length => 1 << month.length,
            Skip::Backward | Skip::Omit => 0,
        }
    }

    /// Keeps the days of a period, which are given month by month, that BYSETPOS names.
    fn keep_positions(&self, months: &mut [Days]) {
        let positions = self.rule.positions;
        if positions.is_empty() {
            return;
        }
        let mut from_end: u32 = months.iter().map(|days| days.count_ones()).sum();
        let mut position = 0;
        for days in months {
            let mut rest = *days;
            while rest != 0 {
                let lowest = rest & rest.wrapping_neg();
                rest ^= lowest;
                position += 1;
                if !positions.contains_position(position, from_end) {
                    *days ^= lowest;
                }
                from_end -= 1;
            }
        }
    }
}

/// Some members that follow each other: days of up to twelve months in a row. There is at least one.
struct Run {
    /// See [`month_number`].
    first_month: i32,
    days: [Days; 12],
    /// Where the search for later members begins. `None` after the year 9999.
    resume: Option<Date>,
}

impl Run {
    fn of_one(date: Date) -> Self {
        let mut days = [0; 12];
        days[0] = 1 << date.day();
        Self {
            first_month: month_number(date),
            days,
            resume: date.tomorrow().ok(),
        }
    }

    /// Those of the days of some months that are not before `from`. `None` if there are none.
    fn not_before(from: Date, first_month: Month, months: &[Days]) -> Option<Self> {
        let mut days = [0; 12];
        let first_month = month_number(first_month.first);
        let mut number = first_month;
        for (days, given) in days.iter_mut().zip(months) {
            *days = match number.cmp(&month_number(from)) {
                Ordering::Less => 0,
                Ordering::Equal => given & (Days::MAX << from.day()),
                Ordering::Greater => *given,
            };
            number += 1;
        }
        let has_members = days.iter().any(|days| *days != 0);
        has_members.then(|| Self {
            first_month,
            days,
            resume: Month::numbered(number).map(|month| month.first),
        })
    }

    fn dates(self) -> impl Iterator<Item = Date> {
        let months = (self.first_month..).zip(self.days);
        months
            .filter(|(_, days)| *days != 0)
            .filter_map(|(number, days)| Some((Month::numbered(number)?, days)))
            .flat_map(|(month, days)| {
                let is_member = move |day: &i8| days & (1 << day) != 0;
                let members = (1..=month.length).filter(is_member);
                members.filter_map(move |day| month.first.with().day(day).build().ok())
            })
    }
}

#[derive(Clone, Copy)]
struct Month {
    first: Date,
    month: i8,
    length: i8,
}

impl Month {
    /// `None` after the year 9999.
    fn numbered(number: i32) -> Option<Self> {
        let year = i16::try_from(number.div_euclid(12)).ok()?;
        // Fits: at most 12.
        let month = (number.rem_euclid(12) + 1) as i8;
        let first = Date::new(year, month, 1).ok()?;
        let length = first.days_in_month();
        Some(Self {
            first,
            month,
            length,
        })
    }
}

/// Months since January of the year 0.
fn month_number(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

fn days_between(from: Date, to: Date) -> i32 {
    // Two dates with years of four digits are at most eight million days apart, so it fits.
    (to.duration_since(from).as_hours() / 24) as i32
}

/// `None` after the year 9999.
pub(crate) fn add_days(date: Date, days: i32) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// Division that rounds up. The divisor is positive.
const fn divide_up(dividend: i32, divisor: i32) -> i32 {
    -(-dividend).div_euclid(divisor)
}
