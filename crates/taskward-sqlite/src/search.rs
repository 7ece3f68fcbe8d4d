//! The search index, and the terms in it.
//!
//! Invariant: a term is the owner followed by a word, so a look-up never reads, matches or counts terms of another user.
//! The words are made by the domain and consist of letters, digits and marks only, so no part of a term has a meaning in
//! FTS5's query language. The tokenizer `ascii` takes every other than an ASCII character for a letter, marks too.

use rusqlite::{Connection, OptionalExtension, params};
use taskward_domain::{Record, SearchText, UserId};
use taskward_store::{ColumnValue, Columns};

use crate::error::SqlError;
use crate::load::Reader;
use crate::values::Parameter;

/// Separates the owner from the word. Base32hex has no `x`.
const SEPARATOR: char = 'x';

const ADD: &str = "INSERT INTO task_search (words) VALUES (?1)";
const ADD_AS: &str = "INSERT INTO task_search (rowid, words) VALUES (?1, ?2)";
const REMOVE: &str = "DELETE FROM task_search WHERE rowid = ?1";

/// Updates the index for a record that changes from `before` to `after`, and returns the row of the index for `after`.
/// Live records are in the index, those in the trash are not.
pub(crate) fn index<B: Columns>(
    user: Reader<'_>,
    before: Option<&Record<B>>,
    after: &Record<B>,
) -> Result<Option<i64>, SqlError> {
    let Reader {
        connection, owner, ..
    } = user;
    let is_live = after.meta.deleted_at.is_none();
    let document = match before {
        None => None,
        Some(before) => document(user, before)?,
    };
    match (before, document) {
        (Some(before), Some(document)) if is_live => {
            if !before.body.has_same_text(&after.body) {
                remove(connection, document)?;
                connection
                    .prepare_cached(ADD_AS)?
                    .execute(params![document, terms(owner, &after.body.words())])?;
            }
            Ok(Some(document))
        }
        (_, None) if is_live => {
            connection
                .prepare_cached(ADD)?
                .execute(params![terms(owner, &after.body.words())])?;
            Ok(Some(connection.last_insert_rowid()))
        }
        (_, Some(document)) => remove(connection, document).map(|()| None),
        (_, None) => Ok(None),
    }
}

fn document<B: Columns>(user: Reader<'_>, record: &Record<B>) -> Result<Option<i64>, SqlError> {
    let table = B::KIND.name();
    let sql = format!("SELECT document FROM {table} WHERE user_id = ?1 AND id = ?2");
    let mut statement = user.connection.prepare_cached(&sql)?;
    let id = Parameter(record.id.to_value());
    let found = statement.query_row(params![user.owner.as_str(), id], |row| row.get(0));
    Ok(found.optional()?.flatten())
}

fn remove(connection: &Connection, document: i64) -> Result<(), SqlError> {
    connection
        .prepare_cached(REMOVE)?
        .execute(params![document])?;
    Ok(())
}

/// The terms of a record with these words.
pub(crate) fn terms(owner: &UserId, words: &[String]) -> String {
    let owner = encoded(owner);
    let terms = words.iter().map(|word| format!("{owner}{SEPARATOR}{word}"));
    terms.collect::<Vec<_>>().join(" ")
}

/// The FTS5 expression for records in which each word of the search is the beginning of a word.
pub(crate) fn expression(owner: &UserId, search: &SearchText) -> String {
    let owner = encoded(owner);
    let words = search.words().iter();
    let terms = words.map(|word| format!("\"{owner}{SEPARATOR}{word}\"*"));
    terms.collect::<Vec<_>>().join(" AND ")
}

/// Base32hex keeps the order and the length of the bytes, and consists of digits and the letters up to `v`.
fn encoded(owner: &UserId) -> String {
    data_encoding::BASE32HEX_NOPAD
        .encode(owner.as_str().as_bytes())
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_one_owner_never_begin_like_those_of_another() {
        let owners = ["a", "ab", "b", "x", "ax", "a\u{e9}", &"z".repeat(255)];
        let words = ["x".to_owned()];
        for one in owners {
            let one: UserId = one.parse().unwrap();
            for other in owners {
                let other: UserId = other.parse().unwrap();
                let prefix = format!("{}{SEPARATOR}", encoded(&other));
                assert_eq!(terms(&one, &words).starts_with(&prefix), one == other);
            }
        }
    }

    #[test]
    fn an_expression_holds_nothing_but_words() {
        let owner: UserId = "u\" OR *".parse().unwrap();
        let search = SearchText::parse("a\" OR b* NEAR(c) -d ^e {f}:g").unwrap();
        let expression = expression(&owner, &search);
        let is_word = |part: &str| {
            let word = part
                .strip_prefix('"')
                .and_then(|part| part.strip_suffix("\"*"));
            word.is_some_and(|word| word.chars().all(char::is_alphanumeric))
        };
        assert!(expression.split(" AND ").all(is_word), "{expression}");
    }
}
