//! What changed since a cursor, for clients that keep a copy.

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::Response;
use axum::http::request::Parts;
use serde::Serialize;
use taskward_domain::limits::{DELETED_CHANGE_DAYS, DELETED_CHANGES_PER_USER};
use taskward_domain::{AnyRecord, Change, ChangesRequest, FeedCursor, UserId};
use utoipa::ToSchema;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::respond::{RECORD_BYTES, json, not_modified};
use super::tasks::TaskBody;
use crate::grant::OwnGrant;
use crate::openapi::{AccessFaults, OwnerPath, QueryFaults, ReadCondition, schemas};
use crate::precondition::{IfNoneMatch, ListTags};
use crate::problem::{Problem, ProblemBody};
use crate::query::{limit, read, whole_number};
use crate::state::SharedState;
use crate::time::ApiTime;

pub(crate) fn routes() -> Vec<UtoipaMethodRouter<SharedState>> {
    vec![routes!(list)]
}

/// What changed, oldest first; each record at most once, as it is now.
#[derive(Serialize, ToSchema)]
#[schema(as = Changes)]
pub(super) struct ChangesBody<'a> {
    changes: Vec<ChangeBody<'a>>,
    /// Ask for the changes since this cursor next time.
    cursor: u64,
    /// Whether there are further changes already.
    more: bool,
}

/// A record that was written or deleted.
#[derive(Serialize, ToSchema)]
#[schema(as = Change)]
pub(super) struct ChangeBody<'a> {
    /// The kind of the record. Ignore changes of a kind that you do not know.
    #[schema(examples("task"))]
    kind: &'static str,
    id: Uuid,
    /// The task as it is now; `null` if it was deleted.
    #[schema(required = true)]
    task: Option<TaskBody<'a>>,
    /// When the record was deleted; `null` if it was not.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    deleted_at: Option<ApiTime>,
}

impl<'a> ChangeBody<'a> {
    fn new(owner: &'a UserId, change: &'a Change) -> Self {
        match change {
            Change::Written(AnyRecord::Task(task)) => Self {
                kind: taskward_domain::Kind::Task.name(),
                id: task.id.as_uuid(),
                task: Some(TaskBody::new(owner, task)),
                deleted_at: None,
            },
            Change::Deleted {
                kind,
                id,
                deleted_at,
            } => Self {
                kind: kind.name(),
                id: id.as_uuid(),
                task: None,
                deleted_at: Some(ApiTime(*deleted_at)),
            },
        }
    }
}

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described")]
pub(super) struct ChangesParameters {
    /// A cursor. Left out, the answer has the newest cursor and no changes
    since: Option<u64>,
    #[param(required = false, schema_with = schemas::page_limit)]
    limit: Option<u16>,
}

/// The query of `changes`.
pub(super) struct ChangesQuery(ChangesRequest);

impl<S: Sync> FromRequestParts<S> for ChangesQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let [limit_text, since] = read(parts, ["limit", "since"])?;
        let limit = limit(limit_text)?;
        let since = match since {
            None => None,
            Some(text) => Some(parse_cursor(&text).ok_or_else(|| {
                Problem::malformed_query("`since` must be a cursor from an earlier answer.")
            })?),
        };
        Ok(Self(ChangesRequest { since, limit }))
    }
}

/// A cursor in the one spelling of its number.
pub(super) fn parse_cursor(text: &str) -> Option<FeedCursor> {
    whole_number(text).and_then(FeedCursor::from_number)
}

/// List what changed since a cursor
///
/// To keep a copy of the records: ask without `since` for the cursor to start from, load the lists, then ask repeatedly for
/// what changed. A change can be of a record that the copy already has in that state; applying it again does no harm.
#[utoipa::path(get, path = "/changes", tag = "tasks", operation_id = "list_changes",
    params(OwnerPath, ReadCondition, ChangesParameters),
    responses(
        (status = 200, description = "The changes", body = ChangesBody, headers(("ETag" = String, description = "Changes when any record of the caller does"))),
        (status = 304, description = "The client has the current answer"),
        QueryFaults,
        AccessFaults,
        (status = 410, description = format!("The cursor is too old or from before a restored backup. Deletions are known for {DELETED_CHANGE_DAYS} days, and at most {DELETED_CHANGES_PER_USER} of them. Load the lists again"), body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    ChangesQuery(request): ChangesQuery,
    condition: IfNoneMatch,
) -> Result<Response<Body>, Problem> {
    let page = state.services.list_changes(&grant, request).await?;
    let tag = ListTags::of_changes(&grant, &request).at(page.newest);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    let body = ChangesBody {
        changes: page
            .changes
            .iter()
            .map(|change| ChangeBody::new(grant.user(), change))
            .collect(),
        cursor: page.cursor.number(),
        more: page.more,
    };
    json(&tag, &body, (page.changes.len() + 1) * RECORD_BYTES)
}
