//! A second implementation of the set of dates: the definition, asked of every single day. It reads the rule's text
//! itself and shares no code with the crate.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

pub(crate) struct NaiveSeries {
    parts: BTreeMap<String, String>,
    start: Date,
}

const NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl NaiveSeries {
    pub(crate) fn new(rule: &str, start: Date) -> Self {
        let parts = rule.split(';').map(|part| {
            let (name, value) = part.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        });
        Self {
            parts: parts.collect(),
            start,
        }
    }

    /// The members up to a date.
    pub(crate) fn members_until(&self, last: Date) -> Vec<Date> {
        let count = self.number("COUNT").unwrap_or(i32::MAX);
        let until = self.parts.get("UNTIL").map(|text| {
            let number: i32 = text.parse().unwrap();
            Date::new(
                (number / 10_000) as i16,
                (number / 100 % 100) as i8,
                (number % 100) as i8,
            )
            .unwrap()
        });
        days(self.start, last.min(until.unwrap_or(last)))
            .filter(|date| self.fulfils(*date))
            .take(usize::try_from(count).unwrap())
            .collect()
    }

    /// Whether a date fulfils the rule, without regard to COUNT and UNTIL.
    fn fulfils(&self, date: Date) -> bool {
        self.is_in_period(date)
            && self.is_day(date)
            && self.parts.get("BYSETPOS").is_none_or(|positions| {
                let all: Vec<Date> = self.period(date).filter(|day| self.is_day(*day)).collect();
                positions.split(',').any(|position| {
                    let position: i32 = position.parse().unwrap();
                    let index = if position > 0 {
                        position - 1
                    } else {
                        i32::try_from(all.len()).unwrap() + position
                    };
                    usize::try_from(index).is_ok_and(|index| all.get(index) == Some(&date))
                })
            })
    }

    fn frequency(&self) -> &str {
        &self.parts["FREQ"]
    }

    fn number(&self, name: &str) -> Option<i32> {
        self.parts.get(name).map(|text| text.parse().unwrap())
    }

    fn is_in_period(&self, date: Date) -> bool {
        let (start, interval) = (self.start, self.number("INTERVAL").unwrap_or(1));
        let apart = match self.frequency() {
            "DAILY" => day_number(date) - day_number(start),
            "WEEKLY" => {
                let first = self.parts.get("WKST").map_or("MO", String::as_str);
                let begin = |mut day: Date| {
                    while NAMES[weekday_index(day)] != first {
                        day = day.yesterday().unwrap();
                    }
                    day
                };
                (day_number(begin(date)) - day_number(begin(start))) / 7
            }
            "MONTHLY" => {
                (i32::from(date.year()) - i32::from(start.year())) * 12 + i32::from(date.month())
                    - i32::from(start.month())
            }
            "YEARLY" => i32::from(date.year()) - i32::from(start.year()),
            other => panic!("unknown frequency {other}"),
        };
        apart % interval == 0
    }

    /// All days of the month or year of a date.
    fn period(&self, date: Date) -> impl Iterator<Item = Date> + use<> {
        if self.frequency() == "YEARLY" {
            days(date.first_of_year(), date.last_of_year())
        } else {
            days(date.first_of_month(), date.last_of_month())
        }
    }

    fn is_day(&self, date: Date) -> bool {
        let start = self.start;
        let by_month = self.parts.get("BYMONTH").map(|months| {
            let mut months = months.split(',');
            months.any(|month| month.parse() == Ok(date.month()))
        });
        let by_month_day = self
            .parts
            .get("BYMONTHDAY")
            .map(|days| self.is_month_day(days, date));
        let by_day = self.parts.get("BYDAY").map(|days| is_week_day(days, date));
        let by_days = match self.frequency() {
            "DAILY" => by_day.unwrap_or(true),
            "WEEKLY" => by_day.unwrap_or(date.weekday() == start.weekday()),
            _ => match (by_month_day, by_day) {
                (None, None) => self.is_month_day(&start.day().to_string(), date),
                (left, right) => left.unwrap_or(true) && right.unwrap_or(true),
            },
        };
        let in_start_month = self.frequency() != "YEARLY" || date.month() == start.month();
        by_days && by_month.unwrap_or(in_start_month)
    }

    fn is_month_day(&self, days: &str, date: Date) -> bool {
        let length = date.days_in_month();
        let is_backward = self.parts.contains_key("SKIP");
        days.split(',').any(|day| {
            let day: i8 = day.parse().unwrap();
            match day {
                ..0 => date.day() == length + 1 + day,
                _ if day > length && is_backward => date.day() == length,
                _ => date.day() == day,
            }
        })
    }
}

fn is_week_day(days: &str, date: Date) -> bool {
    days.split(',').any(|day| {
        let (ordinal, name) = day.split_at(day.len() - 2);
        let from_start = (date.day() - 1) / 7 + 1;
        let from_end = (date.days_in_month() - date.day()) / 7 + 1;
        NAMES[weekday_index(date)] == name
            && (ordinal.is_empty()
                || ordinal.parse() == Ok(from_start)
                || ordinal.parse() == Ok(-from_end))
    })
}

fn weekday_index(date: Date) -> usize {
    const WEEK: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let found = WEEK.iter().position(|weekday| *weekday == date.weekday());
    found.unwrap()
}

fn day_number(date: Date) -> i32 {
    date.since(Date::new(1970, 1, 1).unwrap())
        .unwrap()
        .get_days()
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(1.day()).take_while(move |date| *date <= last)
}
