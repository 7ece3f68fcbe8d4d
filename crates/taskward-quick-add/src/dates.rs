//! Date phrases without the words that introduce them: `tomorrow`, `in 3 days`, `next friday`, `5 Jan 2027`.

use jiff::civil::Date;

use crate::calendar;
use crate::context::Context;
use crate::locale::{DateOrder, Unit};
use crate::times::clock;

/// Where a date phrase counts. Behind a word that introduces it, and beside a time, each does, except `DayOfMonth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    /// Also at the end of the text; at the start of it only before `:` or `,`.
    Weekday,
    /// Also at the end of the text.
    End,
    Attached,
    /// `the 15th`: only if introduced.
    DayOfMonth,
    /// `the 15`: only if introduced, and beside a time or at the end. "On the 15 people" is no date.
    BareDayOfMonth,
}

pub(crate) struct DatePhrase {
    pub(crate) date: Date,
    /// Of phrases such as `in 2 hours`.
    pub(crate) minute: Option<i16>,
    pub(crate) end: usize,
    pub(crate) place: Place,
}

/// A day of a month, 1 to 31.
pub(crate) struct Day {
    pub(crate) number: i8,
    pub(crate) end: usize,
    pub(crate) has_ending: bool,
}

pub(crate) fn date_phrase(c: &Context<'_>, place: usize) -> Option<DatePhrase> {
    let phrase = match c.text.word(place) {
        Some((word, end)) => words(c, place, word, end),
        None => iso(c, place)
            .or_else(|| slashes(c, place))
            .or_else(|| day_and_month(c, place)),
    }?;
    c.text.is_end(phrase.end).then_some(phrase)
}

fn found(date: Option<Date>, end: usize, place: Place) -> Option<DatePhrase> {
    date.map(|date| DatePhrase {
        date,
        minute: None,
        end,
        place,
    })
}

fn words(c: &Context<'_>, place: usize, word: &str, end: usize) -> Option<DatePhrase> {
    let locale = c.locale;
    let is_one_of = |words: &[String]| words.iter().any(|known| known == word);
    if is_one_of(&locale.today) {
        return found(calendar::add_days(c.today, 0), end, Place::Anywhere);
    }
    if is_one_of(&locale.tomorrow) {
        return found(calendar::add_days(c.today, 1), end, Place::Anywhere);
    }
    if word == locale.r#in {
        return from_now(c, c.text.after_space(end)?);
    }
    if word == locale.next {
        return next(c, c.text.after_space(end)?);
    }
    if word == locale.this {
        return this(c, c.text.after_space(end)?);
    }
    if word == locale.the {
        let place = c.text.after_space(end)?;
        return day_of_month(c, place);
    }
    if let Some(end) = c.text.expect_all(place, &locale.end_of_month) {
        let last = calendar::add_days(c.today.last_of_month(), 0);
        return found(last, end, Place::Anywhere);
    }
    let weekday = |days: &std::collections::HashMap<String, i8>| days.get(word).copied();
    for (days, place) in [
        (&locale.weekdays, Place::Weekday),
        (&locale.weekday_abbreviations, Place::End),
        (&locale.ambiguous_weekday_abbreviations, Place::Attached),
    ] {
        if let Some(wanted) = weekday(days) {
            return found(calendar::next_weekday(c.today, wanted), end, place);
        }
    }
    let month = *locale.months.get(word)?;
    let day = day(c, c.text.after_space(end)?)?;
    with_year(c, word, month, day.number, day.end)
}

/// `3 days`, `a week` behind `in`.
fn from_now(c: &Context<'_>, place: usize) -> Option<DatePhrase> {
    let (count, unit, end) = if let Some(number) = c.text.digits(place) {
        let (word, end) = c.text.word(c.text.after_space(number.end)?)?;
        (number.value, c.locale.any_unit(word)?, end)
    } else {
        let (article, end) = c.text.word(place)?;
        let allowed = c.locale.articles.get(article)?;
        let (word, end) = c.text.word(c.text.after_space(end)?)?;
        let unit = *c.locale.units.get(word)?;
        (allowed.contains(&unit).then_some(1)?, unit, end)
    };
    let date = match unit {
        Unit::Minute => return elapsed(c, count, end),
        Unit::Hour => return elapsed(c, count.checked_mul(60)?, end),
        Unit::Day => calendar::add_days(c.today, count),
        Unit::Week => calendar::add_days(c.today, count.checked_mul(7)?),
        Unit::Month => calendar::add_months(c.today, count),
        Unit::Year => calendar::add_months(c.today, count.checked_mul(12)?),
    };
    found(date, end, Place::Anywhere)
}

fn elapsed(c: &Context<'_>, minutes: i64, end: usize) -> Option<DatePhrase> {
    let (date, minute) = c.after_minutes(minutes)?;
    Some(DatePhrase {
        date: calendar::add_days(date, 0)?,
        minute: Some(minute),
        end,
        place: Place::Anywhere,
    })
}

/// What follows `next`.
fn next(c: &Context<'_>, place: usize) -> Option<DatePhrase> {
    let (word, end) = c.text.word(place)?;
    let days_of_week = i64::from((calendar::weekday(c.today) - c.week_start + 7) % 7);
    let next_week = calendar::add_days(c.today, 7 - days_of_week);
    let date = if let Some(wanted) = c.locale.any_weekday(word) {
        let days = i64::from((wanted - c.week_start + 7) % 7);
        next_week.and_then(|start| calendar::add_days(start, days))
    } else {
        match c.locale.units.get(word)? {
            Unit::Week => next_week,
            Unit::Month => calendar::add_months(c.today.first_of_month(), 1),
            Unit::Year => calendar::add_months(c.today.first_of_year(), 12),
            Unit::Minute | Unit::Hour | Unit::Day => None,
        }
    };
    found(date, end, Place::Anywhere)
}

/// What follows `this`.
fn this(c: &Context<'_>, place: usize) -> Option<DatePhrase> {
    let (word, end) = c.text.word(place)?;
    let date = if word == c.locale.weekend {
        let days = i64::from((6 - calendar::weekday(c.today)).max(0));
        calendar::add_days(c.today, days)
    } else {
        calendar::next_weekday(c.today, c.locale.any_weekday(word)?)
    };
    found(date, end, Place::Anywhere)
}

/// What follows `the`: `15th of January` or `15th`.
fn day_of_month(c: &Context<'_>, place: usize) -> Option<DatePhrase> {
    let day = day(c, place)?;
    let of = c.text.after_space(day.end).and_then(|place| {
        let of_end = c.text.expect(place, &c.locale.of)?;
        let (word, end) = c.text.word(c.text.after_space(of_end)?)?;
        Some((word, *c.locale.months.get(word)?, end))
    });
    if let Some((word, month, end)) = of {
        return with_year(c, word, month, day.number, end);
    }
    let place = if day.has_ending {
        Place::DayOfMonth
    } else {
        Place::BareDayOfMonth
    };
    found(calendar::next_in_month(c.today, day.number), day.end, place)
}

/// `5 Jan`, `5th of January`.
fn day_and_month(c: &Context<'_>, place: usize) -> Option<DatePhrase> {
    let day = day(c, place)?;
    let (word, end) = c.text.word(c.text.after_optional(day.end, &c.locale.of)?)?;
    let month = *c.locale.months.get(word)?;
    with_year(c, word, month, day.number, end)
}

pub(crate) fn day(c: &Context<'_>, place: usize) -> Option<Day> {
    let number = c.text.digits(place).filter(|digits| digits.len <= 2)?;
    let day = i8::try_from(number.value).ok()?;
    let ending = c.text.word(number.end);
    let is_ending = |word: &str| c.locale.ordinal_endings.iter().any(|known| known == word);
    if !(1..=31).contains(&day) || ending.is_some_and(|(word, _)| !is_ending(word)) {
        return None;
    }
    Some(Day {
        number: day,
        end: ending.map_or(number.end, |(_, end)| end),
        has_ending: ending.is_some(),
    })
}

/// A year that follows belongs to the date: with a wrong one it is no date.
fn with_year(c: &Context<'_>, word: &str, month: i8, day: i8, end: usize) -> Option<DatePhrase> {
    let comma = usize::from(c.text.at(end) == Some(','));
    let year = c
        .text
        .after_space(end + comma)
        .and_then(|place| c.text.digits(place))
        .filter(|digits| digits.len == 4);
    if let Some(year) = year {
        let date = calendar::date(year.value, month, day);
        return found(date, year.end, Place::Anywhere);
    }
    let is_ambiguous = c.locale.ambiguous_months.iter().any(|known| known == word);
    let place = if is_ambiguous {
        Place::End
    } else {
        Place::Anywhere
    };
    found(calendar::next_in_year(c.today, month, day), end, place)
}

/// `2026-12-01`, `2026-12-01T17:00`.
fn iso(c: &Context<'_>, place: usize) -> Option<DatePhrase> {
    let [year, month, day] = numbers(c, place, '-')?;
    if year.len != 4 || month.len != 2 || day.len != 2 {
        return None;
    }
    let date = calendar::date(
        year.value,
        i8::try_from(month.value).ok()?,
        i8::try_from(day.value).ok()?,
    )?;
    let has_time = matches!(c.text.at(day.end), Some('T' | 't'));
    let (minute, end) = if has_time {
        let (minute, end) = clock(c, day.end + 1)?;
        (Some(minute), end)
    } else {
        (None, day.end)
    };
    Some(DatePhrase {
        date,
        minute,
        end,
        place: Place::Anywhere,
    })
}

/// `12/25/2026`, never without a year.
fn slashes(c: &Context<'_>, place: usize) -> Option<DatePhrase> {
    let [first, second, year] = numbers(c, place, '/')?;
    if first.len > 2 || second.len > 2 || year.len != 4 {
        return None;
    }
    let (month, day) = match c.locale.date_order {
        DateOrder::MonthFirst => (first, second),
        DateOrder::DayFirst => (second, first),
    };
    let date = calendar::date(
        year.value,
        i8::try_from(month.value).ok()?,
        i8::try_from(day.value).ok()?,
    );
    found(date, year.end, Place::Anywhere)
}

fn numbers(c: &Context<'_>, place: usize, separator: char) -> Option<[crate::text::Digits; 3]> {
    let behind = |end: usize| {
        (c.text.at(end) == Some(separator))
            .then(|| c.text.digits(end + 1))
            .flatten()
    };
    let first = c.text.digits(place)?;
    let second = behind(first.end)?;
    let third = behind(second.end)?;
    Some([first, second, third])
}
