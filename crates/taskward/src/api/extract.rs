//! From a request's head to a caller who may act in the namespace its path names.
//!
//! Invariant: [`OwnCaller`] is the only extractor that gives handlers a [`Caller`], and it never gives one for a path
//! that names another user. It reads the head alone, so it has decided before a body byte is read (SEC-50).

use axum::extract::{FromRef, FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;

use super::router::SHORT_PREFIX;
use super::{Problem, ProblemKind};
use crate::auth::{Authenticator, Caller};
use crate::domain::TaskId;

/// First segments under `/api` that mean something else, so that no user is reached by them there (SEC-59).
const RESERVED: [&str; 4] = ["users", "auth", "docs", "openapi.json"];

/// A caller, acting in their own namespace.
pub(super) struct OwnCaller(pub Caller);

impl<S> FromRequestParts<S> for OwnCaller
where
    S: Send + Sync,
    Authenticator: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        // Routing comes first (SEC-50): a path that is no route is 404 whoever asks.
        let path_user = path_parameter(parts, "user_id").await?;
        let is_short = parts
            .extensions
            .get::<MatchedPath>()
            .is_some_and(|path| path.as_str().starts_with(SHORT_PREFIX));
        if is_short
            && path_user
                .as_deref()
                .is_some_and(|user| RESERVED.contains(&user))
        {
            return Err(ProblemKind::NoSuchRoute.into());
        }
        let caller = Authenticator::from_ref(state)
            .authenticate(&parts.headers)
            .await?;
        match path_user.as_deref() {
            None | Some("me") => Ok(Self(caller)),
            Some(user) if user == caller.user_id().as_str() => Ok(Self(caller)),
            Some(_) => Err(ProblemKind::OtherUser.into()),
        }
    }
}

/// The path's `{task_id}`, as written. Whether it can name a task is asked last, because existence is judged after
/// the body (SEC-50).
pub(super) struct TaskInPath(String);

impl TaskInPath {
    /// The id.
    ///
    /// # Errors
    /// The same answer as for a task that is not there, whatever is wrong with the spelling (SEC-54).
    pub(super) fn id(&self) -> Result<TaskId, Problem> {
        TaskId::parse(&self.0).ok_or_else(|| ProblemKind::TaskNotFound.into())
    }
}

impl<S: Sync> FromRequestParts<S> for TaskInPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(
            path_parameter(parts, "task_id").await?.unwrap_or_default(),
        ))
    }
}

/// A parameter of the path, percent-decoded once. Bytes that are no UTF-8 name nothing: 404.
async fn path_parameter(parts: &mut Parts, name: &str) -> Result<Option<String>, Problem> {
    let parameters = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|_| ProblemKind::NoSuchRoute)?;
    Ok(parameters
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned()))
}
