//! Folding: texts that people take for the same become the same text.
//!
//! Invariant: `fold(fold(text)) == fold(text)`, and the web app's port gives the same text.

use std::collections::HashMap;
use std::sync::LazyLock;

use icu_properties::props::{BinaryProperty, DefaultIgnorableCodePoint, Script};
use icu_properties::script::ScriptWithExtensions;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters without a decomposition, such as `ł`. The web app has a copy of the file.
static LETTERS: LazyLock<HashMap<char, &str>> = LazyLock::new(|| {
    let lines = include_str!("../../data/letters.txt").lines();
    let pairs = lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '));
    pairs
        .filter_map(|(letter, folded)| Some((letter.chars().next()?, folded)))
        .collect()
});

/// Joins Arabic letters optically, and is no letter.
const TATWEEL: char = '\u{640}';

/// The name in the form by which names are compared: without regard to case, accents and width, as in a search.
#[must_use]
pub fn fold_name(name: &str) -> String {
    fold(name)
}

pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut marks = Marks::Kept;
    let letters = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .nfkd()
        .filter(move |&c| {
            if is_combining_mark(c) {
                return marks.keep(c);
            }
            if c != TATWEEL {
                marks = Marks::after(c);
            }
            c != TATWEEL
        });
    let mut folded = String::with_capacity(text.len());
    for c in letters {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
            continue;
        }
        // Lower case alone would keep `ı` and `i`, and the two forms of sigma, apart.
        for lower in c.to_uppercase().flat_map(char::to_lowercase) {
            match LETTERS.get(&lower) {
                Some(letters) => folded.push_str(letters),
                None => folded.push(lower),
            }
        }
    }
    // Decomposed, か would be the beginning of が.
    folded.nfc().collect()
}

/// Among them joiners, soft hyphens, variation selectors, and the space without width that Khmer is written with.
fn is_invisible(c: char) -> bool {
    !c.is_ascii() && DefaultIgnorableCodePoint::for_char(c)
}

/// Which of the marks that follow a letter are kept.
#[derive(Clone, Copy)]
enum Marks {
    /// They belong to the letter, such as vowel signs, viramas and voiced marks.
    Kept,
    /// They are accents, or vowel points that most people leave out.
    Dropped,
    /// As `Dropped`, but a hamza makes another letter.
    OnlyHamza,
}

impl Marks {
    fn after(c: char) -> Self {
        const ALEF: char = '\u{627}';
        if c.is_ascii() || c == ALEF {
            return Self::Dropped;
        }
        match ScriptWithExtensions::new().get_script_val(c) {
            Script::Latin
            | Script::Greek
            | Script::Cyrillic
            | Script::Armenian
            | Script::Georgian
            | Script::Coptic
            | Script::Glagolitic
            | Script::Hebrew
            | Script::Syriac
            | Script::Common => Self::Dropped,
            Script::Arabic => Self::OnlyHamza,
            _ => Self::Kept,
        }
    }

    fn keep(self, mark: char) -> bool {
        match self {
            Self::Kept => true,
            Self::Dropped => false,
            Self::OnlyHamza => matches!(mark, '\u{653}'..='\u{655}'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_a_folded_text_changes_nothing() {
        let check = |text: &str| {
            let once = fold(text);
            assert_eq!(fold(&once), once, "{}", text.escape_unicode());
        };
        for c in '\0'..='\u{1ffff}' {
            check(c.encode_utf8(&mut [0; 4]));
            if is_combining_mark(c) {
                for letter in ["か", "a", "ا", "و", "क"] {
                    check(&format!("{letter}{c}"));
                }
            }
        }
    }

    #[test]
    fn each_line_of_the_letters_is_one_folded_letter() {
        let file = include_str!("../../data/letters.txt");
        let lines = file.lines().filter(|line| !line.starts_with('#'));
        assert!(LETTERS.len() > 200);
        assert_eq!(LETTERS.len(), lines.count());
        for (letter, folded) in LETTERS.iter() {
            assert_eq!(fold(&letter.to_string()), *folded);
        }
    }
}
