//! The parameters of a path, percent-decoded once (SEC-53).
//!
//! Read from the URI itself: the framework's extractor copies all parameters for each use.

use std::borrow::Cow;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use taskward_domain::{Id, Kind};

use crate::problem::{Problem, ProblemKind};

/// Where the routes of one user are.
pub(crate) const PREFIX: &str = "/api/users/{user_id}";
/// The same for clients of the "Phase II" convention. Never stands for a static segment (SEC-59).
pub(crate) const SHORT_PREFIX: &str = "/api/{user_id}";

/// First segments under `/api` that mean something else, so no user is reached by them under the short prefix (SEC-59).
const RESERVED: [&str; 5] = ["users", "auth", "docs", "internal", "openapi.json"];

/// The path's `{user_id}`; `None` for a path without one.
///
/// # Errors
/// 404 for a reserved segment, and for bytes that are not UTF-8, which name nothing.
pub(crate) fn user(parts: &Parts) -> Result<Option<Cow<'_, str>>, Problem> {
    let Some(index) = user_index(parts) else {
        return Ok(None);
    };
    let user = segment(parts, index)?;
    if index == SHORT_INDEX && RESERVED.contains(&&*user) {
        return Err(ProblemKind::NoSuchRoute.into());
    }
    Ok(Some(user))
}

const LONG_INDEX: usize = 3;
const SHORT_INDEX: usize = 2;

/// Which segment is the user, counted with the empty one before the first slash.
fn user_index(parts: &Parts) -> Option<usize> {
    let matched = parts.extensions.get::<MatchedPath>()?.as_str();
    if matched.starts_with(PREFIX) {
        Some(LONG_INDEX)
    } else if matched.starts_with(SHORT_PREFIX) {
        Some(SHORT_INDEX)
    } else {
        None
    }
}

fn segment(parts: &Parts, index: usize) -> Result<Cow<'_, str>, Problem> {
    let raw = parts.uri.path().split('/').nth(index).unwrap_or_default();
    percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| ProblemKind::NoSuchRoute.into())
}

/// The id in the path `.../{collection}/{id}`. `None` for anything but the canonical spelling of an id (SEC-54).
///
/// Reading it never fails, because existence is judged after the body (SEC-50).
pub(crate) struct IdInPath(Option<Id>);

impl IdInPath {
    /// # Errors
    /// The answer for a record that does not exist.
    pub(crate) fn id(&self, kind: Kind) -> Result<Id, Problem> {
        self.0
            .ok_or_else(|| ProblemKind::RecordNotFound(kind).into())
    }
}

impl<S: Sync> FromRequestParts<S> for IdInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let Some(index) = user_index(parts) else {
            return Ok(Self(None));
        };
        segment(parts, index + 2).map(|text| Self(Id::parse(&text)))
    }
}
