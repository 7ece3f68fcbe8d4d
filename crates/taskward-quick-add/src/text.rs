//! A text as code points, with its words in lower case and its quoted parts, each found once.

use unicode_normalization::char::is_combining_mark;

/// A match may end before one of these, if white space or the end of the text follows.
const CLOSING: &str = ".,;:!?)";

pub(crate) fn is_closing(char: char) -> bool {
    CLOSING.contains(char)
}

pub(crate) struct Text {
    chars: Vec<char>,
    /// The run of letters that begins at each place, in lower case, with its end.
    words: Vec<Option<(String, usize)>>,
    /// For each place inside a closed pair of quotation marks, the end of the pair.
    quoted_until: Vec<Option<usize>>,
}

/// A run of ASCII digits.
#[derive(Clone, Copy)]
pub(crate) struct Digits {
    pub(crate) value: i64,
    pub(crate) len: usize,
    pub(crate) end: usize,
}

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let words = words(&chars);
        let quoted_until = quotes(&chars);
        Self {
            chars,
            words,
            quoted_until,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.chars.len()
    }

    pub(crate) fn at(&self, place: usize) -> Option<char> {
        self.chars.get(place).copied()
    }

    pub(crate) fn slice(&self, start: usize, end: usize) -> String {
        self.chars
            .get(start..end)
            .map(|chars| chars.iter().collect())
            .unwrap_or_default()
    }

    pub(crate) fn is_space(&self, place: usize) -> bool {
        self.at(place).is_some_and(char::is_whitespace)
    }

    /// Whether a token of the text begins here, outside quotation marks.
    pub(crate) fn is_start(&self, place: usize) -> bool {
        self.at(place).is_some_and(|char| !char.is_whitespace())
            && (place == 0 || self.is_space(place - 1))
            && self.quoted_until(place).is_none()
    }

    pub(crate) fn quoted_until(&self, place: usize) -> Option<usize> {
        self.quoted_until.get(place).copied().flatten()
    }

    /// Whether a match may end before this place.
    pub(crate) fn is_end(&self, place: usize) -> bool {
        let is_free = |place| place >= self.len() || self.is_space(place);
        is_free(place) || (self.at(place).is_some_and(is_closing) && is_free(place + 1))
    }

    pub(crate) fn skip_spaces(&self, mut place: usize) -> usize {
        while self.is_space(place) {
            place += 1;
        }
        place
    }

    /// The place behind at least one white space, unless the text ends there.
    pub(crate) fn after_space(&self, place: usize) -> Option<usize> {
        let next = self.skip_spaces(place);
        (next > place && next < self.len()).then_some(next)
    }

    /// The run of letters that begins here, in lower case, and its end.
    pub(crate) fn word(&self, place: usize) -> Option<(&str, usize)> {
        let (word, end) = self.words.get(place)?.as_ref()?;
        Some((word, *end))
    }

    /// The end of the expected word, if it begins here.
    pub(crate) fn expect(&self, place: usize, expected: &str) -> Option<usize> {
        self.word(place)
            .and_then(|(word, end)| (word == expected).then_some(end))
    }

    /// The end of the expected words with white space between them, if they begin here.
    pub(crate) fn expect_all(&self, place: usize, expected: &[String]) -> Option<usize> {
        let (first, rest) = expected.split_first()?;
        let mut end = self.expect(place, first)?;
        for word in rest {
            end = self.expect(self.after_space(end)?, word)?;
        }
        Some(end)
    }

    /// The place behind white space, the word and white space, if they follow; otherwise behind white space.
    pub(crate) fn after_optional(&self, place: usize, word: &str) -> Option<usize> {
        let next = self.after_space(place)?;
        match self.expect(next, word) {
            Some(end) => self.after_space(end),
            None => Some(next),
        }
    }

    pub(crate) fn digits(&self, place: usize) -> Option<Digits> {
        let mut value = 0_i64;
        let mut end = place;
        while let Some(digit) = self.at(end).and_then(|char| char.to_digit(10)) {
            value = value.saturating_mul(10).saturating_add(i64::from(digit));
            end += 1;
        }
        (end > place).then_some(Digits {
            value,
            len: end - place,
            end,
        })
    }

    /// The end of the run of letters, digits, `_` and `-` that begins with a letter here.
    pub(crate) fn name_end(&self, place: usize) -> Option<usize> {
        self.at(place).filter(|char| char.is_alphabetic())?;
        let mut end = place;
        while self.at(end).is_some_and(is_in_name) {
            end += 1;
        }
        Some(end)
    }

    /// The token between white space that ends before the white space before this place.
    pub(crate) fn token_before(&self, place: usize) -> String {
        let mut end = place;
        while end > 0 && self.is_space(end - 1) {
            end -= 1;
        }
        let mut start = end;
        while start > 0 && !self.is_space(start - 1) {
            start -= 1;
        }
        self.slice(start, end)
    }
}

// Marks belong to letters: without them no name in Hindi would be one run.
fn is_in_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_' || char == '-' || is_combining_mark(char)
}

fn words(chars: &[char]) -> Vec<Option<(String, usize)>> {
    let mut words = vec![None; chars.len()];
    let mut start = 0;
    while start < chars.len() {
        let end = chars
            .iter()
            .skip(start)
            .position(|char| !char.is_alphabetic())
            .map_or(chars.len(), |length| start + length);
        if let (Some(letters), Some(slot)) = (chars.get(start..end), words.get_mut(start))
            && !letters.is_empty()
        {
            let word: String = letters.iter().collect();
            *slot = Some((word.to_lowercase(), end));
        }
        start = end + 1;
    }
    words
}

fn quotes(chars: &[char]) -> Vec<Option<usize>> {
    let mut quoted_until = vec![None; chars.len()];
    let mut open = None;
    for (place, _) in chars.iter().enumerate().filter(|(_, char)| **char == '"') {
        match open.take() {
            None => open = Some(place),
            Some(start) => {
                if let Some(inside) = quoted_until.get_mut(start..=place) {
                    inside.fill(Some(place + 1));
                }
            }
        }
    }
    quoted_until
}
