//! What changed since a cursor: how a client that was away catches up without loading everything again.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Problem;
use super::extract::OwnCaller;
use super::precondition::{IfNoneMatch, ListTags};
use super::problem::ProblemBody;
use super::query::ChangesQuery;
use super::shapes::{AccessFaults, OwnerPath, ReadCondition};
use super::tasks::{TaskBody, not_modified, validators};
use super::time::ApiTime;
use crate::domain::Change;
use crate::service::Services;

/// What changed, oldest first; each task at most once, as it is now.
#[derive(Serialize, ToSchema)]
#[schema(as = Changes)]
pub(super) struct ChangesBody<'a> {
    changes: Vec<ChangeBody<'a>>,
    /// Ask for what comes after this next time.
    cursor: u64,
    /// Whether there is more to ask for at once.
    more: bool,
}

/// A task that was written or deleted.
#[derive(Serialize, ToSchema)]
#[schema(as = Change)]
pub(super) struct ChangeBody<'a> {
    /// Which task.
    id: Uuid,
    /// The task as it is now; `null` if it was deleted.
    #[schema(required = true)]
    task: Option<TaskBody<'a>>,
    /// When it was deleted; `null` if it was not.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    deleted_at: Option<ApiTime>,
}

impl<'a> From<&'a Change> for ChangeBody<'a> {
    fn from(change: &'a Change) -> Self {
        match change {
            Change::Written(task) => Self {
                id: task.id.as_uuid(),
                task: Some(task.into()),
                deleted_at: None,
            },
            Change::Deleted { id, deleted_at } => Self {
                id: id.as_uuid(),
                task: None,
                deleted_at: Some(ApiTime(*deleted_at)),
            },
        }
    }
}

/// List what changed since a cursor
///
/// To keep a copy of the list: ask without `since` for the cursor to start from, load the list, then ask for what
/// changed since, again and again. A change may be of a task the copy already shows that way; taking it over again does
/// no harm.
#[utoipa::path(get, path = "/changes", tag = "tasks", operation_id = "list_changes",
    params(
        OwnerPath, ReadCondition,
        ("since" = Option<u64>, Query, description = "A cursor; left out, the answer is the newest cursor and no changes"),
        ("limit" = Option<u16>, Query, description = "How many at most; 100 when left out", minimum = 1, maximum = 500),
    ),
    responses(
        (status = 200, description = "The changes", body = ChangesBody, headers(("ETag" = String, description = "Changes when any task of the caller's does"))),
        (status = 304, description = "The client has them already"),
        (status = 400, description = "The query is malformed", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults,
        (status = 410, description = "The cursor is too old: deletions since then, after 90 days, are forgotten. Load the list afresh", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(services): State<Services>,
    OwnCaller(caller): OwnCaller,
    ChangesQuery(request): ChangesQuery,
    condition: IfNoneMatch,
) -> Result<Response, Problem> {
    let page = services.list_changes(&caller, request).await?;
    let tag = ListTags::of_changes(&caller, &request).at(page.seq);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    let body = ChangesBody {
        changes: page.changes.iter().map(ChangeBody::from).collect(),
        cursor: page.cursor,
        more: page.more,
    };
    Ok((validators(&tag), Json(body)).into_response())
}
