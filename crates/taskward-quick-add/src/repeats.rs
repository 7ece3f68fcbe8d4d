//! Repeats: `every 3 days`, `every! first monday at 9am until 1 Mar`, `daily`.

use jiff::civil::Date;

use crate::Anchor;
use crate::context::Context;
use crate::dates::{self, date_phrase};
use crate::first_due::first_due;
use crate::locale::Unit;
use crate::markers;
use crate::rule::{Days, Frequency, Rule, WORKDAYS};
use crate::times::{time_after, time_phrase};

const INTERVAL_MAX: i64 = 999;
const COUNT_MAX: i64 = 9_999;
const LAST_DAY_OF_EVERY_MONTH: i8 = 28;

pub(crate) struct RepeatPhrase {
    pub(crate) rule: Rule,
    pub(crate) anchor: Anchor,
    pub(crate) date: Date,
    pub(crate) minute: Option<i16>,
    pub(crate) end: usize,
}

/// `is_at_end` says whether a place stands at the end edge of the text.
pub(crate) fn repeat_phrase(
    c: &Context<'_>,
    place: usize,
    is_at_end: impl Fn(usize) -> bool,
) -> Option<RepeatPhrase> {
    let (word, end) = c.text.word(place)?;
    if word == c.locale.every {
        let (anchor, end) = match c.text.at(end) {
            Some('!') => (Anchor::Completion, end + 1),
            _ => (Anchor::Schedule, end),
        };
        let (rule, end) = what(c, c.text.after_space(end)?)?;
        return with_options(c, rule, anchor, end);
    }
    let rule = Rule::new(frequency(*c.locale.adverbs.get(word)?)?, 1, Days::OfStart);
    let (minute, end) = optional_time(c, end);
    if !c.text.is_end(end) || !is_at_end(end) {
        return None;
    }
    finished(c, rule, Anchor::Schedule, c.today, minute, end)
}

fn frequency(unit: Unit) -> Option<Frequency> {
    match unit {
        Unit::Day => Some(Frequency::Daily),
        Unit::Week => Some(Frequency::Weekly),
        Unit::Month => Some(Frequency::Monthly),
        Unit::Year => Some(Frequency::Yearly),
        Unit::Minute | Unit::Hour => None,
    }
}

fn optional_time(c: &Context<'_>, end: usize) -> (Option<i16>, usize) {
    match time_after(c, end, &[&c.locale.at]) {
        Some(time) => (Some(time.minute), time.end),
        None => (None, end),
    }
}

/// The time, `starting`, `until` and `for` behind what is repeated.
fn with_options(
    c: &Context<'_>,
    mut rule: Rule,
    anchor: Anchor,
    end: usize,
) -> Option<RepeatPhrase> {
    let (minute, mut end) = optional_time(c, end);
    let mut start = c.today;
    while let Some((is_start, date, date_end)) = limit(c, end) {
        if is_start {
            start = date;
        } else {
            rule.until = Some(date);
        }
        end = date_end;
    }
    // A rule has one of both (RFC 5545, 3.3.10).
    if rule.until.is_none()
        && let Some((count, count_end)) = count(c, end)
    {
        rule.count = Some(count);
        end = count_end;
    }
    finished(c, rule, anchor, start, minute, end)
}

fn finished(
    c: &Context<'_>,
    mut rule: Rule,
    anchor: Anchor,
    start: Date,
    minute: Option<i16>,
    end: usize,
) -> Option<RepeatPhrase> {
    let may_skip = anchor == Anchor::Schedule;
    let is_late_day = |day: i8| day > LAST_DAY_OF_EVERY_MONTH;
    rule.skips_backward = may_skip && rule.single_day_of_month().is_some_and(is_late_day);
    let date = first_due(c, &rule, start, minute)?;
    if rule.until.is_some_and(|until| until < date) {
        return None;
    }
    if may_skip && rule.days == Days::OfStart {
        rule.skips_backward = match rule.frequency {
            Frequency::Monthly => is_late_day(date.day()),
            Frequency::Yearly => (date.month(), date.day()) == (2, 29),
            Frequency::Daily | Frequency::Weekly => false,
        };
    }
    Some(RepeatPhrase {
        rule,
        anchor,
        date,
        minute,
        end,
    })
}

/// `starting 4 Jan` or `until 1 Mar`: whether it is the start, the date, and the end.
fn limit(c: &Context<'_>, end: usize) -> Option<(bool, Date, usize)> {
    let (word, word_end) = c.text.word(c.text.after_space(end)?)?;
    let is_start = word == c.locale.starting;
    if !is_start && word != c.locale.until {
        return None;
    }
    let place = c.text.after_optional(word_end, &c.locale.on)?;
    let phrase = date_phrase(c, place).filter(|phrase| phrase.minute.is_none())?;
    Some((is_start, phrase.date, phrase.end))
}

/// `for 10 times`.
fn count(c: &Context<'_>, end: usize) -> Option<(i64, usize)> {
    let place = c.text.after_space(end)?;
    let number_place = c.text.after_space(c.text.expect(place, &c.locale.r#for)?)?;
    let number = c.text.digits(number_place)?;
    let times_place = c.text.after_space(number.end)?;
    let end = c.text.expect(times_place, &c.locale.times)?;
    ((1..=COUNT_MAX).contains(&number.value) && c.text.is_end(end)).then_some((number.value, end))
}

/// What is repeated, and its end, where a match may end.
fn what(c: &Context<'_>, place: usize) -> Option<(Rule, usize)> {
    [
        every_unit, group, weekdays, last_day, nth, of_year, of_month,
    ]
    .into_iter()
    .find_map(|form| form(c, place).filter(|(_, end)| c.text.is_end(*end)))
}

/// `day`, `3 days`, `other day`.
fn every_unit(c: &Context<'_>, place: usize) -> Option<(Rule, usize)> {
    let (interval, unit, end) = if let Some(number) = c.text.digits(place) {
        let (word, end) = c.text.word(c.text.after_space(number.end)?)?;
        (number.value, c.locale.any_unit(word)?, end)
    } else {
        let (interval, unit_place) = other(c, place);
        let (word, end) = c.text.word(unit_place)?;
        (interval, *c.locale.units.get(word)?, end)
    };
    let is_allowed = (1..=INTERVAL_MAX).contains(&interval);
    let rule = Rule::new(frequency(unit)?, interval, Days::OfStart);
    is_allowed.then_some((rule, end))
}

/// The interval of an optional `other`, and the place behind it.
fn other(c: &Context<'_>, place: usize) -> (i64, usize) {
    c.text
        .expect(place, &c.locale.other)
        .and_then(|end| c.text.after_space(end))
        .map_or((1, place), |next| (2, next))
}

fn is_workday(c: &Context<'_>, word: &str) -> bool {
    c.locale.workdays.iter().any(|known| known == word)
}

/// `weekday`, `weekend`.
fn group(c: &Context<'_>, place: usize) -> Option<(Rule, usize)> {
    let (word, end) = c.text.word(place)?;
    let days = if is_workday(c, word) {
        WORKDAYS.to_vec()
    } else {
        (word == c.locale.weekend).then(|| vec![6, 7])?
    };
    Some((Rule::new(Frequency::Weekly, 1, Days::Weekdays(days)), end))
}

/// `mon, wed and fri`, `other friday`.
fn weekdays(c: &Context<'_>, place: usize) -> Option<(Rule, usize)> {
    let (interval, place) = other(c, place);
    let (days, end) = listed(c, place, |place| {
        let (word, end) = c.text.word(place)?;
        Some((c.locale.any_weekday(word)?, end))
    })?;
    let rule = Rule::new(Frequency::Weekly, interval, Days::Weekdays(days));
    Some((rule, end))
}

/// The items of `a, b and c`, sorted, each once, up to the last one behind which a match may end.
fn listed(
    c: &Context<'_>,
    place: usize,
    item: impl Fn(usize) -> Option<(i8, usize)>,
) -> Option<(Vec<i8>, usize)> {
    let (first, mut end) = item(place)?;
    let mut items = vec![first];
    let mut whole = c.text.is_end(end).then_some((1, end));
    while let Some((next, next_end)) = separator(c, end).and_then(&item) {
        items.push(next);
        end = next_end;
        if c.text.is_end(end) {
            whole = Some((items.len(), end));
        }
    }
    let (length, end) = whole?;
    items.truncate(length);
    items.sort_unstable();
    items.dedup();
    Some((items, end))
}

/// The place behind `,`, `and` or both.
fn separator(c: &Context<'_>, end: usize) -> Option<usize> {
    let and = |place: usize| {
        c.text
            .expect(place, &c.locale.and)
            .and_then(|end| c.text.after_space(end))
    };
    if c.text.at(end) == Some(',') {
        let next = c.text.skip_spaces(end + 1);
        return Some(and(next).unwrap_or(next));
    }
    and(c.text.after_space(end)?)
}

fn with_of_the_month(c: &Context<'_>, end: usize) -> Option<usize> {
    let place = c.text.after_space(end)?;
    c.text
        .expect_all(place, &c.locale.of_the_month)
        .filter(|end| c.text.is_end(*end))
}

/// `last day`, `last day of the month`.
fn last_day(c: &Context<'_>, place: usize) -> Option<(Rule, usize)> {
    let end = c.text.expect_all(place, &c.locale.last_day)?;
    let rule = Rule::new(Frequency::Monthly, 1, Days::OfMonth(vec![-1]));
    Some((rule, with_of_the_month(c, end).unwrap_or(end)))
}

/// `first monday`, `3rd friday of the month`, `last workday`.
fn nth(c: &Context<'_>, place: usize) -> Option<(Rule, usize)> {
    let (position, end) = match c.text.word(place) {
        Some((word, end)) => (*c.locale.positions.get(word)?, end),
        None => {
            let day = dates::day(c, place).filter(|day| day.has_ending && day.number <= 5)?;
            (day.number, day.end)
        }
    };
    let (word, end) = c.text.word(c.text.after_space(end)?)?;
    let days = if is_workday(c, word) {
        Days::NthWorkday(position)
    } else {
        Days::Nth(position, c.locale.any_weekday(word)?)
    };
    let rule = Rule::new(Frequency::Monthly, 1, days);
    Some((rule, with_of_the_month(c, end).unwrap_or(end)))
}

/// `5 Jan`, `January 5th`.
fn of_year(c: &Context<'_>, place: usize) -> Option<(Rule, usize)> {
    let (month, day, end) = if let Some((word, end)) = c.text.word(place) {
        let month = *c.locale.months.get(word)?;
        let day = dates::day(c, c.text.after_space(end)?)?;
        (month, day.number, day.end)
    } else {
        let day = dates::day(c, place)?;
        let (word, end) = c.text.word(c.text.after_space(day.end)?)?;
        (*c.locale.months.get(word)?, day.number, end)
    };
    // In a leap year each day exists that any year has.
    crate::calendar::date(2000, month, day)?;
    let rule = Rule::new(Frequency::Yearly, 1, Days::OfYear { month, day });
    Some((rule, end))
}

/// `1st`, `1st and 15th`, `15th of the month`; no further word may follow.
fn of_month(c: &Context<'_>, place: usize) -> Option<(Rule, usize)> {
    let (days, end) = listed(c, place, |place| {
        let day = dates::day(c, place).filter(|day| day.has_ending)?;
        Some((day.number, day.end))
    })?;
    let rule = Rule::new(Frequency::Monthly, 1, Days::OfMonth(days));
    if let Some(end) = with_of_the_month(c, end) {
        return Some((rule, end));
    }
    may_follow(c, end).then_some((rule, end))
}

/// Whether what follows is no word, or one that belongs to the repeat. "Every 5th element" is plain text.
fn may_follow(c: &Context<'_>, end: usize) -> bool {
    let Some(place) = c.text.after_space(end) else {
        return true;
    };
    let is_word = |char: char| char.is_alphanumeric() || char == '"';
    if !c.text.at(place).is_some_and(is_word) {
        return true;
    }
    let Some((word, _)) = c.text.word(place) else {
        return time_phrase(c, place).is_some();
    };
    markers::priority(c, place).is_some()
        || [&c.locale.starting, &c.locale.until, &c.locale.r#for]
            .iter()
            .any(|known| *known == word)
        || time_after(c, end, &[&c.locale.at]).is_some()
}
