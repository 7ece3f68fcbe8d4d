//! The index of words, and the terms in it.
//!
//! Invariant: a term is the owner followed by a word, so a look-up never walks, matches or even counts what belongs to
//! somebody else. The words are made by the domain; they have letters and digits only, and so nothing that FTS5's query
//! language or its tokenizer would see as more than a part of a word.

use rusqlite::{Connection, named_params};

use crate::domain::{Description, SearchText, Task, Title, UserId, searchable_words};

/// Between the owner and the word. The owner's spelling does not have it, so where one ends and the other begins has
/// one answer.
const SEPARATOR: char = 'x';

const ADD: &str = "INSERT INTO task_search (words) VALUES (:terms)";
const ADD_AS: &str = "INSERT INTO task_search (rowid, words) VALUES (:document, :terms)";
const REMOVE: &str = "DELETE FROM task_search WHERE rowid = :document";

/// What a task is filed under: the words of its title and description, each once.
pub(super) fn terms(owner: &UserId, title: &Title, description: Option<&Description>) -> String {
    let owner = spelled(owner);
    searchable_words(title, description)
        .iter()
        .map(|word| format!("{owner}{SEPARATOR}{word}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The question whether every word that is searched for is the beginning of a word, in FTS5's language.
pub(super) fn question(owner: &UserId, search: &SearchText) -> String {
    let owner = spelled(owner);
    search
        .words()
        .iter()
        .map(|word| format!("\"{owner}{SEPARATOR}{word}\"*"))
        .collect::<Vec<_>>()
        .join(" AND ")
}

/// Files a task and gives the number it is found by.
pub(super) fn add(connection: &Connection, task: &Task) -> rusqlite::Result<i64> {
    let terms = terms_of(task);
    connection
        .prepare_cached(ADD)?
        .execute(named_params! { ":terms": terms })?;
    Ok(connection.last_insert_rowid())
}

/// Files a task that has changed under its words as they are now.
pub(super) fn refile(
    connection: &Connection,
    document: i64,
    before: &Task,
    after: &Task,
) -> rusqlite::Result<()> {
    let same_text = before.title == after.title && before.description == after.description;
    if same_text {
        return Ok(());
    }
    let terms = terms_of(after);
    if terms == terms_of(before) {
        return Ok(());
    }
    remove(connection, document)?;
    connection
        .prepare_cached(ADD_AS)?
        .execute(named_params! { ":document": document, ":terms": terms })?;
    Ok(())
}

/// Takes a task out.
pub(super) fn remove(connection: &Connection, document: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(REMOVE)?
        .execute(named_params! { ":document": document })?;
    Ok(())
}

fn terms_of(task: &Task) -> String {
    terms(&task.user_id, &task.title, task.description.as_ref())
}

/// The owner in digits and the letters up to `v`: base32hex, whose order and length follow the bytes.
fn spelled(owner: &UserId) -> String {
    data_encoding::BASE32HEX_NOPAD
        .encode(owner.as_str().as_bytes())
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_owners_terms_never_begin_like_anothers() {
        let owners = ["a", "ab", "b", "x", "ax", "a\u{e9}", &"z".repeat(255)];
        let title = Title::parse("x").unwrap();
        for one in owners {
            let one: UserId = one.parse().unwrap();
            for other in owners {
                let other: UserId = other.parse().unwrap();
                let begins = terms(&one, &title, None)
                    .starts_with(&format!("{}{SEPARATOR}", spelled(&other)));
                assert_eq!(begins, one == other);
            }
        }
    }

    #[test]
    fn a_question_holds_nothing_but_words() {
        let owner: UserId = "u\" OR *".parse().unwrap();
        let search = SearchText::parse("a\" OR b* NEAR(c) -d ^e {f}:g").unwrap();
        let question = question(&owner, &search);
        let letters_only = |part: &str| {
            let word = part
                .strip_prefix('"')
                .and_then(|part| part.strip_suffix("\"*"));
            word.is_some_and(|word| word.chars().all(char::is_alphanumeric))
        };
        assert!(question.split(" AND ").all(letters_only), "{question}");
    }
}
