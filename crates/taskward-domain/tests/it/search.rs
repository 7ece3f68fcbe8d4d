//! Search: the vectors, and properties of any text.

use proptest::prelude::*;
use serde_json::Value;
use taskward_domain::{Description, SearchText, Title, fold_name, searchable_words};

fn vectors(kind: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/search.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    file[kind].as_array().unwrap().clone()
}

fn index(text: &str) -> Vec<String> {
    let title = Title::parse("0").unwrap();
    let mut terms = searchable_words(&title, Some(&Description::parse(text).unwrap()));
    terms.retain(|term| term != "0");
    terms
}

/// None for a text that cannot be searched for, because it has no letter or digit.
fn search(text: &str) -> Vec<String> {
    SearchText::parse(text).map_or_else(|_| Vec::new(), |search| search.words().to_vec())
}

fn finds(search: &[String], index: &[String]) -> bool {
    let is_in_index = |term: &String| index.iter().any(|word| word.starts_with(term));
    !search.is_empty() && search.iter().all(is_in_index)
}

#[test]
fn every_vector_gives_its_expectation() {
    let cases = vectors("cases");
    assert!(cases.len() >= 150, "the vectors are incomplete");
    let is_wrong = |case: &&Value| {
        let text = |member: &str| case[member].as_str().unwrap();
        finds(&search(text("search")), &index(text("text"))) != case["finds"].as_bool().unwrap()
    };
    let wrong: Vec<&Value> = cases.iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn texts_have_the_terms_of_the_vectors() {
    for case in vectors("terms") {
        let text = case["text"].as_str().unwrap();
        let expected = |member: &str| {
            let terms = case[member].as_array().unwrap().iter();
            let mut terms: Vec<&str> = terms.map(|term| term.as_str().unwrap()).collect();
            terms.sort_unstable();
            terms
        };
        assert_eq!(index(text), expected("index"), "{text}");
        assert_eq!(search(text), expected("search"), "{text}");
    }
}

#[test]
fn names_are_compared_by_their_folded_text() {
    for case in vectors("names") {
        let folded = |member: &str| fold_name(case[member].as_str().unwrap());
        let is_same = folded("one") == folded("other");
        assert_eq!(is_same, case["same"].as_bool().unwrap(), "{case}");
    }
}

/// Letters, marks and separators of all scripts that are treated differently.
const SCRIPTS: &str = "[a-zÀ-ſẠ-ỹα-ωά-ώа-яЁЙא-ת\u{5b0}-\u{5bc}ء-ي\u{64b}-\u{655}अ-ह\u{93c}\u{93e}-\u{94d}ก-ู\
    เ-\u{e4e}က-အ\u{102b}-\u{103e}ក-ស\u{17b6}-\u{17d3}ぁ-ヿ\u{3099}一-丰가-깋\u{1100}-\u{11ff}ｦ-ﾟ1-9 .,'\u{200b}\u{200d}\u{301}🎉]";

fn texts() -> impl Strategy<Value = String> {
    prop::string::string_regex(&format!("{SCRIPTS}{{0,40}}")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_text_is_found_by_itself_and_by_its_words(text in texts()) {
        let terms = index(&text);
        let whole = search(&text);
        prop_assert_eq!(terms.is_empty(), whole.is_empty());
        prop_assert!(whole.is_empty() || finds(&whole, &terms), "{:?} {:?}", whole, terms);
        for word in text.split(' ') {
            let word = search(word);
            prop_assert!(word.is_empty() || finds(&word, &terms), "{:?} {:?}", word, terms);
        }
    }

    #[test]
    fn a_text_without_spaces_is_found_by_each_part(
        text in "[一-丰ぁ-んァ-ヴー々ก-ฮเ-ไะาក-អ]{1,40}",
        start in any::<prop::sample::Index>(),
        length in any::<prop::sample::Index>(),
    ) {
        let chars: Vec<char> = text.chars().collect();
        let start = start.index(chars.len());
        let length = 1 + length.index(chars.len() - start);
        let part: String = chars[start..start + length].iter().collect();
        prop_assert!(finds(&search(&part), &index(&text)), "{} in {}", part, text);
    }

    #[test]
    fn a_part_may_end_before_the_marks_of_its_last_letter(
        syllables in prop::collection::vec("[ก-ฮ][ิ-ู]?[่-๋]?", 1..12),
        start in any::<prop::sample::Index>(),
        removed in 0_usize..3,
    ) {
        let text = syllables.concat();
        let part = syllables[start.index(syllables.len())..].concat();
        let last = syllables.last().unwrap().chars().count();
        let kept = part.chars().count() - removed.min(last - 1);
        let part: String = part.chars().take(kept).collect();
        prop_assert!(finds(&search(&part), &index(&text)), "{} in {}", part, text);
    }

    #[test]
    fn a_vowel_sign_is_never_dropped(
        first in "[क-ह]", one in "[\u{93e}-\u{94c}]", other in "[\u{93e}-\u{94c}]", last in "[क-ह]",
    ) {
        let text = |sign: &str| format!("{first}{sign}{last}");
        let is_found = finds(&search(&text(&one)), &index(&text(&other)));
        prop_assert_eq!(is_found, one == other);
        prop_assert!(!finds(&search(&text("")), &index(&text(&other))));
    }

    #[test]
    fn folding_a_folded_text_changes_nothing(text in any::<String>(), words in texts()) {
        for text in [text, words] {
            let once = fold_name(&text);
            prop_assert_eq!(fold_name(&once), once);
        }
    }

    #[test]
    fn terms_hold_nothing_that_means_something_to_a_database(text in "\\PC{0,40}") {
        for term in index(&text).into_iter().chain(search(&text)) {
            let is_allowed = |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
            prop_assert!(term.chars().all(is_allowed), "{:?}", term);
            prop_assert!(term.starts_with(char::is_alphanumeric), "{:?}", term);
        }
    }
}
