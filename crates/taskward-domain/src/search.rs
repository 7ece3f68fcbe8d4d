//! Full-text search: the terms of a text, and what a user searches for.
//!
//! Invariant: both backends index and query with the terms made here and leave nothing to a database's own parser, so
//! they find the same records. Terms are compared without regard to case, accents and width. The web app has a port of
//! this module.

mod fold;
mod terms;

pub use fold::fold_name;

use super::limits::SEARCH_MAX;
use super::{Description, Title};

/// A search. It finds records in which each of its terms is the beginning of a term.
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
        let words = unique(terms::search_terms(text));
        if words.is_empty() {
            return Err(InvalidSearch);
        }
        Ok(Self { words })
    }

    /// Whether the search finds a record with these terms, sorted.
    #[must_use]
    pub fn finds(&self, terms: &[String]) -> bool {
        self.words.iter().all(|word| {
            let index = terms.partition_point(|term| term < word);
            terms
                .get(index)
                .is_some_and(|term| term.starts_with(word.as_str()))
        })
    }

    /// The terms, sorted, each once, of letters, digits and marks only.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }
}

/// The terms by which a task is found, sorted, each once, of letters, digits and marks only.
#[must_use]
pub fn searchable_words(title: &Title, description: Option<&Description>) -> Vec<String> {
    let mut terms = terms::index_terms(title.as_str());
    if let Some(description) = description {
        terms.extend(terms::index_terms(description.as_str()));
    }
    unique(terms)
}

fn unique(mut terms: Vec<String>) -> Vec<String> {
    terms.sort_unstable();
    terms.dedup();
    terms
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
        assert_eq!(of("milk MILK"), ["milk"]);
        let all = of("a' | b & !c <-> (d):* \\ \" OR -e % _ NEAR");
        assert!(
            all.iter()
                .all(|word| word.chars().all(char::is_alphanumeric))
        );
    }

    #[test]
    fn sec_68_a_search_is_bounded_and_has_a_word() {
        assert!(SearchText::parse(&"x".repeat(200)).is_ok());
        for bad in ["", " ", "!?", "🎉", &"x".repeat(201)] {
            assert_eq!(SearchText::parse(bad), Err(InvalidSearch), "{bad:?}");
        }
    }
}
