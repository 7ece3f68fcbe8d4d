//! The terms by which a text is indexed, and those that a search looks up.
//!
//! Invariant: a text is found by its words, by beginnings of its words, and in scripts without spaces by its parts. Each term
//! of such a search is the beginning of a term of the text. Terms consist of letters, digits and marks.

use icu_properties::props::Script;
use icu_properties::script::ScriptWithExtensions;
use unicode_normalization::char::is_combining_mark;

use super::fold::fold;

/// How many units a term of a script without spaces has. With two, 東京都 would find 京都と東京.
const WINDOW: usize = 3;

/// Each word, and for each unit of a run without spaces the window that begins with it. At the end of the run the windows are
/// shorter.
pub(super) fn index_terms(text: &str) -> Vec<String> {
    terms(text, |units| units)
}

/// Each word, and of each run without spaces the windows of full length, or the run if it is shorter. The last window may
/// end inside a unit of the text.
pub(super) fn search_terms(text: &str) -> Vec<String> {
    terms(text, |units| units.saturating_sub(WINDOW - 1).max(1))
}

/// `windows` says how many windows of a run become terms, given the number of its units.
fn terms(text: &str, windows: fn(usize) -> usize) -> Vec<String> {
    let text = fold(text);
    if text.is_ascii() {
        // The same words, several times faster.
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        return words.map(str::to_owned).collect();
    }
    let runs = runs(&text);
    let terms = runs.iter().flat_map(|run| {
        let count = windows(run.starts.len());
        let ends = run.starts.iter().copied().skip(WINDOW);
        let ends = ends.chain(std::iter::repeat(run.end));
        let windows = run.starts.iter().zip(ends).take(count);
        windows.filter_map(|(start, end)| text.get(*start..end))
    });
    terms.map(str::to_owned).collect()
}

/// A longest sequence of letters, digits and their marks, all of scripts with or all of scripts without spaces.
struct Run {
    is_unspaced: bool,
    /// Where its units start. A unit is a letter or digit with the marks that follow it, so that a letter is found with any
    /// marks, and marks are not found under another letter. A word is one unit.
    starts: Vec<usize>,
    end: usize,
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut is_inside = false;
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        let is_mark = is_combining_mark(c);
        if !is_mark && !c.is_alphanumeric() {
            is_inside = false;
            continue;
        }
        let current = runs.last_mut().filter(|_| is_inside);
        if is_mark {
            // A mark without a letter is in no term.
            if let Some(run) = current {
                run.end = end;
            }
            continue;
        }
        is_inside = true;
        let is_unspaced = is_unspaced(c);
        match current.filter(|run| run.is_unspaced == is_unspaced) {
            Some(run) => {
                run.end = end;
                if is_unspaced {
                    run.starts.push(start);
                }
            }
            None => runs.push(Run {
                is_unspaced,
                starts: vec![start],
                end,
            }),
        }
    }
    runs
}

/// Whether a letter or digit belongs to a script that is written without spaces between words.
fn is_unspaced(c: char) -> bool {
    const FIRST_THAI: char = '\u{e01}';
    if c < FIRST_THAI {
        return false;
    }
    let scripts = ScriptWithExtensions::new();
    match scripts.get_script_val(c) {
        Script::Han
        | Script::Hiragana
        | Script::Katakana
        | Script::Thai
        | Script::Lao
        | Script::Khmer
        | Script::Myanmar
        | Script::TaiLe
        | Script::NewTaiLue
        | Script::TaiTham
        | Script::TaiViet
        | Script::Javanese
        | Script::Balinese => true,
        // Japanese signs such as ー and 〆.
        Script::Common => {
            scripts.has_script(c, Script::Han) || scripts.has_script(c, Script::Katakana)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_texts_have_the_words_that_any_text_has() {
        let mut text = String::new();
        for first in ' '..='~' {
            for second in ' '..='~' {
                text.extend(['a', first, second, '1', first, 'B', second]);
            }
            text.push(' ');
        }
        let words = index_terms(&text);
        let with_another = index_terms(&format!("{text} é한"));
        assert_eq!(
            with_another.strip_suffix(&["e한".to_owned()]),
            Some(&words[..])
        );
    }
}
