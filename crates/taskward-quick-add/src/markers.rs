//! Markers: `#list`, `@label`, `p1`, `!1`, and `//` before a description.

use crate::UnknownKind;
use crate::context::Context;
use crate::scan::{Match, Value};

/// The marker at a place where a token begins.
pub(crate) fn marker(c: &Context<'_>, place: usize) -> Option<Match> {
    match c.text.at(place)? {
        '#' => name(c, place, UnknownKind::List),
        '@' => name(c, place, UnknownKind::Label),
        '/' => description(c, place),
        _ => priority(c, place),
    }
}

fn name(c: &Context<'_>, place: usize, kind: UnknownKind) -> Option<Match> {
    let open = place + 1;
    let (typed, end) = if c.text.at(open) == Some('"') {
        let end = c.text.quoted_until(open)?;
        // A quotation mark that ends a pair does not begin a name.
        let inside = c.text.slice(open + 1, end.checked_sub(1)?);
        let is_name = !inside.trim().is_empty() && c.text.quoted_until(place).is_none();
        (is_name.then(|| inside.trim().to_owned())?, end)
    } else {
        let end = c.text.name_end(open)?;
        (c.text.slice(open, end), end)
    };
    if !c.text.is_end(end) {
        return None;
    }
    let value = match kind {
        UnknownKind::List => c
            .names
            .list(&typed)
            .map(|name| Value::List(name.to_owned())),
        UnknownKind::Label => c
            .names
            .label(&typed)
            .map(|name| Value::Label(name.to_owned())),
    };
    Some(Match {
        start: place,
        end,
        value: value.unwrap_or(Value::Unknown(kind)),
    })
}

/// ` // ` between white space, with something behind it.
fn description(c: &Context<'_>, place: usize) -> Option<Match> {
    let is_mark = c.text.at(place + 1) == Some('/') && place > 0;
    c.text.after_space(place + 2).filter(|_| is_mark)?;
    Some(Match {
        start: place,
        end: c.text.len(),
        value: Value::Description,
    })
}

/// `p1` to `p4`, `!1` to `!4`; 4 is none.
pub(crate) fn priority(c: &Context<'_>, place: usize) -> Option<Match> {
    if !matches!(c.text.at(place), Some('p' | 'P' | '!')) {
        return None;
    }
    let number = c.text.digits(place + 1).filter(|digits| digits.len == 1)?;
    let priority = u8::try_from(number.value).ok()?;
    ((1..=4).contains(&priority) && c.text.is_end(number.end)).then_some(Match {
        start: place,
        end: number.end,
        value: Value::Priority((priority < 4).then_some(priority)),
    })
}
