//! Finds the matches of a text, from left to right.
//!
//! Whether a phrase counts may depend on whether only matches follow it, so all places are judged from right to left first.

use jiff::civil::Date;

use crate::context::Context;
use crate::due::{self, Edges};
use crate::markers::marker;
use crate::repeats::{RepeatPhrase, repeat_phrase};
use crate::text::is_closing;
use crate::{Anchor, UnknownKind};

#[derive(Debug, Clone)]
pub(crate) struct Match {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A date and the minute of the day.
    Due(Date, Option<i16>),
    Repeat {
        rule: String,
        anchor: Anchor,
        date: Date,
        minute: Option<i16>,
    },
    Priority(Option<u8>),
    Label(String),
    List(String),
    Start(Date),
    Deadline(Date),
    /// All that follows.
    Description,
    /// A backslash before a token that would match.
    Escape,
    /// A name that the user does not have. It stays in the title.
    Unknown(UnknownKind),
}

/// What stands at a place.
#[derive(Debug, Clone)]
enum Found {
    Match(Match),
    /// A phrase that does not count because of the word before it. It is plain text as a whole.
    Blocked(usize),
}

/// What stands at the places of a text.
struct Places {
    /// At each place, when only matches precede it (1) or not (0).
    found: Vec<[Option<Found>; 2]>,
    /// Whether a match stands at each place and nothing but matches and closing punctuation follows it.
    is_tail: Vec<[bool; 2]>,
}

pub(crate) fn matches(c: &Context<'_>) -> Vec<Match> {
    let mut places = judge(c);
    let mut matches = Vec::new();
    let mut place = c.text.skip_spaces(0);
    let mut is_at_start = true;
    while place < c.text.len() {
        let found = places
            .found
            .get_mut(place)
            .and_then(|found| found.get_mut(usize::from(is_at_start)))
            .and_then(Option::take);
        let end = match found {
            Some(Found::Match(found)) => {
                let end = found.end;
                matches.push(found);
                end
            }
            Some(Found::Blocked(end)) => {
                is_at_start = false;
                end
            }
            None => match escape(c, &places, place, is_at_start) {
                Some((escape, end)) => {
                    matches.push(escape);
                    is_at_start = false;
                    end
                }
                None => {
                    is_at_start = false;
                    place + 1
                }
            },
        };
        let next = next_start(c, end);
        is_at_start &= next == c.text.skip_spaces(end);
        place = next;
    }
    matches
}

/// The next place from this one on where a token begins.
fn next_start(c: &Context<'_>, from: usize) -> usize {
    let mut place = from;
    while place < c.text.len() && !c.text.is_start(place) {
        place += 1;
    }
    place
}

fn judge(c: &Context<'_>) -> Places {
    let mut places = Places {
        found: vec![[None, None]; c.text.len()],
        is_tail: vec![[false; 2]; c.text.len()],
    };
    for place in (0..c.text.len()).rev() {
        if !c.text.is_start(place) {
            continue;
        }
        for is_at_start in [false, true] {
            let Some(found) = find(c, &places, place, place, is_at_start) else {
                continue;
            };
            let is_tail = match &found {
                Found::Match(found) => is_at_end(c, &places, found.end, is_at_start),
                Found::Blocked(_) => false,
            };
            let index = usize::from(is_at_start);
            if let Some(slot) = places.is_tail.get_mut(place).and_then(|s| s.get_mut(index)) {
                *slot = is_tail;
            }
            if let Some(slot) = places.found.get_mut(place).and_then(|s| s.get_mut(index)) {
                *slot = Some(found);
            }
        }
    }
    places
}

/// Whether only white space, closing punctuation and matches follow.
fn is_at_end(c: &Context<'_>, places: &Places, end: usize, mut is_at_start: bool) -> bool {
    let mut place = end;
    while let Some(char) = c.text.at(place) {
        if is_closing(char) {
            is_at_start = false;
        } else if !char.is_whitespace() {
            break;
        }
        place += 1;
    }
    let is_tail = |place: usize| {
        let tails = places.is_tail.get(place)?;
        tails.get(usize::from(is_at_start)).copied()
    };
    place >= c.text.len() || is_tail(place).unwrap_or(false)
}

/// A backslash before a token that would match, and the end of that token.
fn escape(
    c: &Context<'_>,
    places: &Places,
    place: usize,
    is_at_start: bool,
) -> Option<(Match, usize)> {
    if c.text.at(place) != Some('\\') || !c.text.is_start(place) {
        return None;
    }
    match find(c, places, place + 1, place, is_at_start)? {
        Found::Match(found) if !matches!(found.value, Value::Unknown(_)) => Some((
            Match {
                start: place,
                end: place + 1,
                value: Value::Escape,
            },
            // What is plain ends where the mark of a description ends, not with the description.
            match found.value {
                Value::Description => place + 3,
                _ => found.end,
            },
        )),
        _ => None,
    }
}

/// What stands at the place, in a token that begins at `start`. Places behind it have been judged.
fn find(
    c: &Context<'_>,
    places: &Places,
    place: usize,
    start: usize,
    is_at_start: bool,
) -> Option<Found> {
    if let Some(found) = marker(c, place) {
        return Some(Found::Match(found));
    }
    let is_at_end = |end: usize| is_at_end(c, places, end, is_at_start);
    if let Some(found) = repeat_phrase(c, place, is_at_end) {
        return Some(unless_blocked(c, start, repeat(place, found)));
    }
    if let Some(found) = due::keyed(c, place) {
        return Some(Found::Match(found));
    }
    let edges = Edges {
        is_at_start,
        is_at_end: &is_at_end,
    };
    due::phrase(c, place, &edges).map(|found| unless_blocked(c, start, found))
}

fn repeat(start: usize, phrase: RepeatPhrase) -> Match {
    Match {
        start,
        end: phrase.end,
        value: Value::Repeat {
            rule: phrase.rule.to_string(),
            anchor: phrase.anchor,
            date: phrase.date,
            minute: phrase.minute,
        },
    }
}

fn unless_blocked(c: &Context<'_>, start: usize, found: Match) -> Found {
    let before = c.text.token_before(start).to_lowercase();
    if c.locale.blocked.contains(&before) {
        Found::Blocked(found.end)
    } else {
        Found::Match(found)
    }
}
