//! The title: the text without its matches.

use crate::text::{Text, is_closing};

/// The text without the `removed` ranges and without single `escapes`, or nothing if nothing would be left.
pub(crate) fn title(text: &Text, removed: &[(usize, usize)], escapes: &[usize]) -> Option<String> {
    let mut title = String::new();
    let mut place = 0;
    for (index, (start, end)) in removed.iter().enumerate() {
        join(&mut title, &plain(text, place, *start, escapes), index > 0);
        place = *end;
    }
    let rest = plain(text, place, text.len(), escapes);
    join(&mut title, &rest, !removed.is_empty());

    let is_at_start = removed
        .first()
        .is_some_and(|(start, _)| text.skip_spaces(0) == *start);
    let is_at_end = removed.last().is_some_and(|(_, end)| {
        text.slice(*end, text.len())
            .chars()
            .all(|char| char.is_whitespace() || is_closing(char))
    });
    let mut left = title.trim();
    if is_at_start {
        left = left.trim_start_matches(|char: char| ",;:.-".contains(char) || char.is_whitespace());
    }
    if is_at_end {
        left = left.trim_end_matches(|char: char| ",;:-".contains(char) || char.is_whitespace());
    }
    let is_left = |char: char| !char.is_whitespace() && !is_closing(char) && char != '-';
    (removed.is_empty() || left.chars().any(is_left)).then(|| left.to_owned())
}

fn plain(text: &Text, start: usize, end: usize, escapes: &[usize]) -> String {
    let mut plain = String::new();
    let mut place = start;
    let first = escapes.partition_point(|escape| *escape < start);
    for escape in escapes
        .iter()
        .skip(first)
        .take_while(|escape| **escape < end)
    {
        plain.push_str(&text.slice(place, *escape));
        place = escape + 1;
    }
    plain.push_str(&text.slice(place, end));
    plain
}

/// Appends a piece of text. Between two pieces that a match stood between is one space, none before punctuation.
fn join(title: &mut String, piece: &str, is_behind_match: bool) {
    if !is_behind_match {
        title.push_str(piece);
        return;
    }
    let piece = piece.trim_start();
    let Some(first) = piece.chars().next() else {
        return;
    };
    title.truncate(title.trim_end().len());
    if !".,;:!?".contains(first) {
        title.push(' ');
    }
    title.push_str(piece);
}
