//! Query strings: a closed list of parameters, each at most once (SEC-56).
//!
//! `user_id` is passed over without being read, because clients of the "Phase II" convention send it: identity comes
//! from the token alone.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use url::form_urlencoded;

use super::{Problem, ProblemKind};
use crate::domain::{
    ChangesRequest, Cursor, InvalidSearch, PageLimit, PageRequest, SearchText, TaskFilter,
};

/// The longest cursor that is looked at, in characters (SEC-68).
const CURSOR_MAX: usize = 512;

/// The query of a route that takes none.
pub(super) struct NoQuery;

impl<S: Sync> FromRequestParts<S> for NoQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let [] = read(parts, [])?;
        Ok(Self)
    }
}

/// The query of a list.
pub(super) struct ListQuery(pub PageRequest);

impl<S: Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let [limit, cursor, completed, search] =
            read(parts, ["limit", "cursor", "completed", "q"])?;
        let limit = parse_limit(limit)?;
        let completed = match completed.as_deref() {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(_) => return Err(ProblemKind::MalformedQuery.into()),
        };
        let search = match search {
            None => None,
            Some(text) => Some(
                SearchText::parse(&text).map_err(|InvalidSearch| ProblemKind::MalformedQuery)?,
            ),
        };
        let cursor = match cursor {
            None => None,
            Some(text) => Some(parse_cursor(&text).ok_or(ProblemKind::MalformedQuery)?),
        };
        PageRequest::new(limit, TaskFilter { completed, search }, cursor)
            .map(Self)
            .ok_or_else(|| ProblemKind::MalformedQuery.into())
    }
}

/// The query of `changes`.
pub(super) struct ChangesQuery(pub ChangesRequest);

impl<S: Sync> FromRequestParts<S> for ChangesQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let [limit, since] = read(parts, ["limit", "since"])?;
        let limit = parse_limit(limit)?;
        let since = match since {
            None => None,
            Some(text) => Some(parse_seq(&text).ok_or(ProblemKind::MalformedQuery)?),
        };
        Ok(Self(ChangesRequest { since, limit }))
    }
}

/// The query that asks for the page at `cursor`, otherwise as `request`.
pub(super) fn next_page(request: &PageRequest, cursor: Cursor) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &request.limit().get().to_string());
    let filter = request.filter();
    if let Some(completed) = filter.completed {
        query.append_pair("completed", if completed { "true" } else { "false" });
    }
    if let Some(search) = &filter.search {
        query.append_pair("q", search.as_typed());
    }
    query.append_pair("cursor", &BASE64URL_NOPAD.encode(&cursor.to_bytes()));
    query.finish()
}

/// A value of the write counter: a whole number that a JSON number holds exactly (RFC 8259, section 6), in its one
/// spelling.
pub(super) fn parse_seq(text: &str) -> Option<u64> {
    let is_canonical = text == "0" || is_digits_without_leading_zero(text);
    let number = text.parse().ok().filter(|_| is_canonical)?;
    (number < 1 << 53).then_some(number)
}

fn parse_limit(text: Option<String>) -> Result<PageLimit, ProblemKind> {
    let Some(text) = text else {
        return Ok(PageLimit::DEFAULT);
    };
    let number = text
        .parse()
        .ok()
        .filter(|_| is_digits_without_leading_zero(&text));
    number
        .and_then(PageLimit::new)
        .ok_or(ProblemKind::MalformedQuery)
}

/// Rust's own parser would take a leading `+` as well.
fn is_digits_without_leading_zero(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0')
}

fn parse_cursor(text: &str) -> Option<Cursor> {
    if text.len() > CURSOR_MAX {
        return None;
    }
    Cursor::from_bytes(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?)
}

/// The values of `names`, in their order.
fn read<const N: usize>(
    parts: &Parts,
    names: [&str; N],
) -> Result<[Option<String>; N], ProblemKind> {
    let mut values = [const { None }; N];
    let query = parts.uri.query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == "user_id" {
            continue;
        }
        let slot = names
            .iter()
            .zip(&mut values)
            .find(|(known, _)| **known == name)
            .map(|(_, slot)| slot);
        match slot {
            Some(slot) if slot.is_none() => *slot = Some(value.into_owned()),
            _ => return Err(ProblemKind::MalformedQuery),
        }
    }
    Ok(values)
}
