//! The query of a list of tasks.
//!
//! `status`, `search`, `sort_by` and `order` are other spellings for clients of the "Phase II" convention. A spelling that
//! cannot be honoured is refused: a list that was not filtered as asked is a wrong list.

use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use taskward_domain::{
    Completion, InvalidSearch, PageCursor, SearchText, Sort, TaskFilter, TaskQuery,
};
use utoipa::openapi::schema::Schema;

use crate::limits::CURSOR_MAX;
use crate::openapi::schemas;
use crate::problem::Problem;
use crate::query::{limit, read};

pub(super) fn schema_of_q() -> Schema {
    schemas::search(
        "Only tasks with all these words, or beginnings of words, in title or description. Case and accents do not matter",
    )
}

pub(super) fn schema_of_status() -> Schema {
    schemas::one_of(
        &["pending", "completed", "all"],
        "Another spelling of `completed`. Not together with it",
    )
}

pub(super) fn schema_of_search() -> Schema {
    schemas::search("Another spelling of `q`. Not together with it")
}

pub(super) fn schema_of_sort_by() -> Schema {
    schemas::one_of(&["created_at"], "Lists have this order in any case")
}

pub(super) fn schema_of_order() -> Schema {
    schemas::one_of(&["desc"], "Lists have this order in any case")
}

pub(super) fn parse(parts: &Parts) -> Result<TaskQuery, Problem> {
    let [
        limit_text,
        cursor,
        completed,
        q,
        status,
        search,
        sort_by,
        order,
    ] = read(
        parts,
        [
            "limit",
            "cursor",
            "completed",
            "q",
            "status",
            "search",
            "sort_by",
            "order",
        ],
    )?;
    let limit = limit(limit_text)?;
    let filter = TaskFilter {
        completion: completion(completed, status)?,
        search: search_text(q, search)?,
    };
    only("sort_by", sort_by, "created_at")?;
    only("order", order, "desc")?;
    let refused = || {
        Problem::malformed_query(
            "`cursor` must be from the `next` link of a list with the same filter.",
        )
    };
    let cursor = match cursor {
        None => None,
        Some(text) => Some(page_cursor(&text).ok_or_else(refused)?),
    };
    TaskQuery::new(filter, Sort::Newest, cursor, limit).ok_or_else(refused)
}

fn completion(completed: Option<String>, status: Option<String>) -> Result<Completion, Problem> {
    match (completed.as_deref(), status.as_deref()) {
        (None, None | Some("all")) => Ok(Completion::Any),
        (Some("true"), None) | (None, Some("completed")) => Ok(Completion::Done),
        (Some("false"), None) | (None, Some("pending")) => Ok(Completion::Open),
        (Some(_), None) => Err(Problem::malformed_query(
            "`completed` must be true or false.",
        )),
        (None, Some(_)) => Err(Problem::malformed_query(
            "`status` must be pending, completed or all.",
        )),
        (Some(_), Some(_)) => Err(both("completed", "status")),
    }
}

pub(super) fn search_text(
    q: Option<String>,
    search: Option<String>,
) -> Result<Option<SearchText>, Problem> {
    let (name, text) = match (q, search) {
        (None, None) => return Ok(None),
        (Some(text), None) => ("q", text),
        (None, Some(text)) => ("search", text),
        (Some(_), Some(_)) => return Err(both("q", "search")),
    };
    let text = SearchText::parse(&text).map_err(|InvalidSearch| {
        Problem::malformed_query(format!("`{name}` is no search: {InvalidSearch}."))
    })?;
    Ok(Some(text))
}

fn both(one: &str, other: &str) -> Problem {
    Problem::malformed_query(format!(
        "`{one}` and `{other}` are two spellings of one parameter; send one of them."
    ))
}

fn only(name: &str, value: Option<String>, possible: &str) -> Result<(), Problem> {
    if value.is_none_or(|value| value == possible) {
        Ok(())
    } else {
        Err(Problem::malformed_query(format!(
            "`{name}` must be {possible}, which is the order that lists have."
        )))
    }
}

fn page_cursor(text: &str) -> Option<PageCursor> {
    if text.len() > CURSOR_MAX {
        return None;
    }
    PageCursor::from_bytes(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn ask(query: &str) -> Result<TaskQuery, Problem> {
        let uri = format!("/api/users/me/tasks?{query}");
        let (parts, ()) = Request::get(uri).body(()).unwrap().into_parts();
        parse(&parts)
    }

    #[test]
    fn other_spellings_ask_the_same_question() {
        for (other, ours) in [
            ("status=pending", "completed=false"),
            ("status=completed", "completed=true"),
            ("status=all", ""),
            ("search=milk", "q=milk"),
            ("sort_by=created_at&order=desc", ""),
            (
                "status=pending&search=oat+milk&order=desc",
                "q=milk+oat&completed=false",
            ),
        ] {
            assert_eq!(ask(other).unwrap(), ask(ours).unwrap(), "{other}");
        }
    }

    #[test]
    fn sec_56_what_cannot_be_honoured_is_refused_by_name() {
        for (query, name) in [
            ("status=done", "`status`"),
            ("status=", "`status`"),
            ("completed=yes", "`completed`"),
            ("status=pending&completed=false", "`completed` and `status`"),
            ("q=a&search=a", "`q` and `search`"),
            ("search=", "`search`"),
            ("sort_by=title", "`sort_by`"),
            ("order=asc", "`order`"),
            ("limit=0", "`limit`"),
            ("cursor=x", "`cursor`"),
            ("priority=high", "`priority`"),
            ("q=a&q=a", "`q`"),
        ] {
            let problem = ask(query).unwrap_err();
            let detail = problem.detail();
            assert!(detail.contains(name), "{query}: {detail}");
        }
    }
}
