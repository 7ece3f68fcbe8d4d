//! Times of day: `5pm`, `5:30 pm`, `17:00`, `noon`. A bare number is never a time.

use crate::context::Context;

pub(crate) struct TimePhrase {
    /// Since midnight.
    pub(crate) minute: i16,
    pub(crate) end: usize,
    /// Written with `am` or `pm`.
    pub(crate) has_half: bool,
}

pub(crate) fn time_phrase(c: &Context<'_>, place: usize) -> Option<TimePhrase> {
    let text = c.text;
    if let Some(end) = text.expect(place, &c.locale.noon) {
        return text.is_end(end).then_some(TimePhrase {
            minute: 12 * 60,
            end,
            has_half: false,
        });
    }
    let hour = text.digits(place).filter(|digits| digits.len <= 2)?;
    let minutes = (text.at(hour.end) == Some(':'))
        .then(|| text.digits(hour.end + 1))
        .flatten()
        .filter(|digits| digits.len == 2);
    let number_end = minutes.map_or(hour.end, |digits| digits.end);
    let minutes_value = minutes.map_or(0, |digits| digits.value);
    if minutes_value > 59 {
        return None;
    }
    if let Some((is_afternoon, end)) = half_of_day(c, number_end) {
        if !(1..=12).contains(&hour.value) {
            return None;
        }
        let hour = hour.value % 12 + if is_afternoon { 12 } else { 0 };
        return Some(TimePhrase {
            minute: minute_of_day(hour, minutes_value)?,
            end,
            has_half: true,
        });
    }
    if minutes.is_none() || hour.value > 23 || !text.is_end(number_end) {
        return None;
    }
    Some(TimePhrase {
        minute: minute_of_day(hour.value, minutes_value)?,
        end: number_end,
        has_half: false,
    })
}

/// A time directly behind a date, with `at`, `by`, a comma or nothing between.
pub(crate) fn time_after_date(c: &Context<'_>, date_end: usize) -> Option<TimePhrase> {
    let comma = usize::from(c.text.at(date_end) == Some(','));
    time_after(c, date_end + comma, &[&c.locale.at, &c.locale.by])
}

/// A time behind white space and at most one of the words.
pub(crate) fn time_after(c: &Context<'_>, end: usize, words: &[&str]) -> Option<TimePhrase> {
    let next = c.text.after_space(end)?;
    let behind_word = words.iter().find_map(|word| c.text.expect(next, word));
    match behind_word {
        Some(end) => time_phrase(c, c.text.after_space(end)?),
        None => time_phrase(c, next),
    }
}

/// `hh:mm`, as in `2026-12-01T17:00`.
pub(crate) fn clock(c: &Context<'_>, place: usize) -> Option<(i16, usize)> {
    let hour = c.text.digits(place)?;
    let minute = c.text.digits(hour.end + 1)?;
    let is_clock = hour.len == 2 && minute.len == 2 && c.text.at(hour.end) == Some(':');
    if !is_clock || hour.value > 23 || minute.value > 59 {
        return None;
    }
    Some((minute_of_day(hour.value, minute.value)?, minute.end))
}

fn minute_of_day(hour: i64, minute: i64) -> Option<i16> {
    i16::try_from(hour * 60 + minute).ok()
}

/// Whether `pm` rather than `am` follows, and its end.
fn half_of_day(c: &Context<'_>, number_end: usize) -> Option<(bool, usize)> {
    let place = c.text.skip_spaces(number_end);
    let (word, end) = c.text.word(place)?;
    let is_afternoon = word == c.locale.pm;
    ((is_afternoon || word == c.locale.am) && c.text.is_end(end)).then_some((is_afternoon, end))
}
