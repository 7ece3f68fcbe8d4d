//! Dues: a date, a time or both, with the word that introduces them, or behind a key such as `deadline:`.

use jiff::civil::Date;

use crate::calendar;
use crate::context::Context;
use crate::dates::{DatePhrase, Place, date_phrase};
use crate::locale::Key;
use crate::scan::{Match, Value};
use crate::times::{TimePhrase, time_after_date, time_phrase};

/// Where in the text a phrase stands.
pub(crate) struct Edges<'a> {
    /// Only white space, markers and matches precede it.
    pub(crate) is_at_start: bool,
    /// Whether only white space, markers, matches and closing punctuation follow a place.
    pub(crate) is_at_end: &'a dyn Fn(usize) -> bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Introduction {
    None,
    On,
    By,
    Due,
    At,
}

struct When {
    date: Date,
    minute: Option<i16>,
    end: usize,
}

/// `due:`, `start:` or `deadline:` directly before a date.
pub(crate) fn keyed(c: &Context<'_>, place: usize) -> Option<Match> {
    let (word, end) = c.text.word(place)?;
    let key = *c.locale.keys.get(word)?;
    if c.text.at(end) != Some(':') {
        return None;
    }
    let date_place = c.text.skip_spaces(end + 1);
    if key == Key::Due {
        let edges = Edges {
            is_at_start: false,
            is_at_end: &|_| false,
        };
        // A time alone is no date.
        let when = dated(c, date_place, Introduction::Due, &edges)?;
        return Some(due(place, when));
    }
    let phrase = date_phrase(c, date_place).filter(|phrase| phrase.minute.is_none())?;
    let value = match key {
        Key::Start => Value::Start(phrase.date),
        Key::Deadline | Key::Due => Value::Deadline(phrase.date),
    };
    Some(Match {
        start: place,
        end: phrase.end,
        value,
    })
}

/// A date phrase, a time phrase or both, that counts where it stands.
pub(crate) fn phrase(c: &Context<'_>, place: usize, edges: &Edges<'_>) -> Option<Match> {
    let (introduction, place_behind) = introduction(c, place);
    let when = dated(c, place_behind, introduction, edges)
        .or_else(|| time_alone(c, place_behind, introduction, edges))?;
    Some(due(place, when))
}

fn due(start: usize, when: When) -> Match {
    Match {
        start,
        end: when.end,
        value: Value::Due(when.date, when.minute),
    }
}

/// `on`, `by`, `at`, `due`, or `due` and one of the others, and the place behind.
fn introduction(c: &Context<'_>, place: usize) -> (Introduction, usize) {
    let words = [
        (&c.locale.on, Introduction::On),
        (&c.locale.by, Introduction::By),
        (&c.locale.at, Introduction::At),
    ];
    let one_of = |place: usize| {
        words.iter().find_map(|(word, introduction)| {
            let end = c.text.expect(place, word)?;
            Some((*introduction, c.text.after_space(end)?))
        })
    };
    let due = c
        .text
        .expect(place, &c.locale.due)
        .and_then(|end| c.text.after_space(end));
    match due {
        Some(next) => one_of(next).unwrap_or((Introduction::Due, next)),
        None => one_of(place).unwrap_or((Introduction::None, place)),
    }
}

/// A date with or without a time behind or before it.
fn dated(
    c: &Context<'_>,
    place: usize,
    introduction: Introduction,
    edges: &Edges<'_>,
) -> Option<When> {
    if let Some(time) = time_phrase(c, place) {
        return time_before_date(c, &time);
    }
    if introduction == Introduction::At {
        return None;
    }
    let date = date_phrase(c, place)?;
    let time = match date.minute {
        Some(_) => None,
        None => time_after_date(c, date.end),
    };
    if !counts(c, &date, introduction, time.is_some(), edges) {
        return None;
    }
    Some(When {
        date: date.date,
        minute: date.minute.or(time.as_ref().map(|time| time.minute)),
        end: time.map_or(date.end, |time| time.end),
    })
}

/// `5pm tomorrow`, `5pm on friday`.
fn time_before_date(c: &Context<'_>, time: &TimePhrase) -> Option<When> {
    let next = c.text.after_space(time.end)?;
    let behind_on = c.text.expect(next, &c.locale.on);
    let place = c.text.after_optional(time.end, &c.locale.on)?;
    let date = date_phrase(c, place).filter(|date| date.minute.is_none())?;
    let needs_on = matches!(date.place, Place::DayOfMonth | Place::BareDayOfMonth);
    (!needs_on || behind_on.is_some()).then_some(When {
        date: date.date,
        minute: Some(time.minute),
        end: date.end,
    })
}

fn counts(
    c: &Context<'_>,
    date: &DatePhrase,
    introduction: Introduction,
    has_time: bool,
    edges: &Edges<'_>,
) -> bool {
    let is_introduced = introduction != Introduction::None;
    let is_at_end = || (edges.is_at_end)(date.end);
    match date.place {
        Place::Anywhere => true,
        Place::DayOfMonth => is_introduced,
        Place::BareDayOfMonth => is_introduced && (has_time || is_at_end()),
        _ if is_introduced || has_time => true,
        Place::Weekday if edges.is_at_start => matches!(c.text.at(date.end), Some(':' | ',')),
        Place::Weekday | Place::End => is_at_end(),
        Place::Attached => false,
    }
}

/// Today, or tomorrow if the time has passed.
fn time_alone(
    c: &Context<'_>,
    place: usize,
    introduction: Introduction,
    edges: &Edges<'_>,
) -> Option<When> {
    let time = time_phrase(c, place)?;
    let counts = matches!(introduction, Introduction::At | Introduction::By)
        || (time.has_half && (edges.is_at_start || (edges.is_at_end)(time.end)));
    if !counts {
        return None;
    }
    let days = i64::from(!c.is_later(c.today, time.minute));
    Some(When {
        date: calendar::add_days(c.today, days)?,
        minute: Some(time.minute),
        end: time.end,
    })
}
