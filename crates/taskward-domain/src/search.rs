//! Full-text search: the words of a text, and what a user searches for.
//!
//! Invariant: both backends index and query with the words made here and leave nothing to a database's own parser, so
//! they find the same records. Words are compared without regard to case, accents and width.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::limits::SEARCH_MAX;
use super::{Description, Title};

/// A search. It finds records in which each of its words is the beginning of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchText {
    words: Vec<String>,
}

/// The text cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a search has 1 to 200 characters, among them a letter or a digit")]
pub struct InvalidSearch;

impl SearchText {
    pub const MAX: usize = SEARCH_MAX;

    /// # Errors
    /// [`InvalidSearch`] if the text is too long or has no word.
    pub fn parse(text: &str) -> Result<Self, InvalidSearch> {
        if text.chars().nth(Self::MAX).is_some() {
            return Err(InvalidSearch);
        }
        let words = unique(words(text));
        if words.is_empty() {
            return Err(InvalidSearch);
        }
        Ok(Self { words })
    }

    /// The words, sorted, each once, of letters and digits only.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

/// The words by which a task is found, sorted, each once, of letters and digits only.
#[must_use]
pub fn searchable_words(title: &Title, description: Option<&Description>) -> Vec<String> {
    let description = description.map_or("", Description::as_str);
    unique(words(title.as_str()).chain(words(description)))
}

/// Words by Unicode Standard Annex #29, which also segments scripts without spaces; then split at whatever is neither
/// letter nor digit, so that `com` finds `example.com`.
fn words(text: &str) -> impl Iterator<Item = String> {
    let parts: Vec<String> = if text.is_ascii() {
        // The same words, several times faster.
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|part| !part.is_empty())
            .map(str::to_ascii_lowercase)
            .collect()
    } else {
        words_of_any_script(text)
    };
    parts.into_iter()
}

fn words_of_any_script(text: &str) -> Vec<String> {
    fold(text)
        .unicode_words()
        .flat_map(|word| word.split(|c: char| !c.is_alphanumeric()))
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Compatibility decomposition without combining marks, then upper case and lower case. Lower case alone would keep `ß`
/// and `SS`, and the two forms of sigma, apart.
fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|&c| !is_combining_mark(c))
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

fn unique(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        SearchText::parse(text).unwrap().words
    }

    #[test]
    fn case_accents_and_width_do_not_matter() {
        for (one, other) in [
            ("Crème", "creme"),
            ("STRASSE", "straße"),
            ("ΟΔΟΣ", "οδος"),
            ("Ｍｉｌｋ", "milk"),
            ("e\u{301}clair", "éclair"),
            ("ﬁsh", "fish"),
        ] {
            assert_eq!(of(one), of(other), "{one} {other}");
        }
    }

    #[test]
    fn texts_are_split_into_letters_and_digits() {
        assert_eq!(
            of("mail bob@example.com"),
            ["bob", "com", "example", "mail"]
        );
        assert_eq!(of("it's 3.14 o_o"), ["14", "3", "it", "o", "s"]);
        assert_eq!(of("買牛乳"), ["乳", "牛", "買"]);
        assert_eq!(of("milk MILK"), ["milk"]);
        let all = of("a' | b & !c <-> (d):* \\ \" OR -e % _ NEAR");
        assert!(
            all.iter()
                .all(|word| word.chars().all(char::is_alphanumeric))
        );
    }

    #[test]
    fn ascii_texts_have_the_words_that_any_text_has() {
        let mut text = String::new();
        for first in ' '..='~' {
            for second in ' '..='~' {
                text.extend(['a', first, second, '1', first, 'B', second]);
            }
            text.push(' ');
        }
        assert_eq!(words(&text).collect::<Vec<_>>(), words_of_any_script(&text));
    }

    #[test]
    fn sec_68_a_search_is_bounded_and_has_a_word() {
        assert!(SearchText::parse(&"x".repeat(200)).is_ok());
        for bad in ["", " ", "!?", "🎉", &"x".repeat(201)] {
            assert_eq!(SearchText::parse(bad), Err(InvalidSearch), "{bad:?}");
        }
    }
}
