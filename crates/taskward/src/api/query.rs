//! Query strings: a closed list of parameters, each at most once (SEC-56).
//!
//! `user_id` is passed over without being read, because clients of the "Phase II" convention send it: identity comes
//! from the token alone.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use url::form_urlencoded;

use super::{Problem, ProblemKind};
use crate::domain::{Cursor, PageLimit, PageRequest};

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
        let [limit, cursor, completed] = read(parts, ["limit", "cursor", "completed"])?;
        let limit = limit.map_or(Some(PageLimit::DEFAULT), |text| parse_limit(&text));
        let completed = match completed.as_deref() {
            None => Some(None),
            Some("true") => Some(Some(true)),
            Some("false") => Some(Some(false)),
            Some(_) => None,
        };
        let cursor = match cursor {
            None => Some(None),
            Some(text) => parse_cursor(&text).map(Some),
        };
        let request = limit
            .zip(completed)
            .zip(cursor)
            .and_then(|((limit, completed), cursor)| PageRequest::new(limit, completed, cursor));
        request
            .map(Self)
            .ok_or_else(|| ProblemKind::MalformedQuery.into())
    }
}

/// The query that asks for the page at `cursor`, otherwise as `request`.
pub(super) fn next_page(request: &PageRequest, cursor: Cursor) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &request.limit().get().to_string());
    if let Some(completed) = request.completed() {
        query.append_pair("completed", if completed { "true" } else { "false" });
    }
    query.append_pair("cursor", &BASE64URL_NOPAD.encode(&cursor.to_bytes()));
    query.finish()
}

/// Digits only: Rust's own parser would take a leading `+`.
fn parse_limit(text: &str) -> Option<PageLimit> {
    let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if is_canonical {
        PageLimit::new(text.parse().ok()?)
    } else {
        None
    }
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
