//! Reading and writing lists.

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode, Uri};
use taskward_domain::{List, ListBody, sort_by_rank};

use super::bodies::{CreateList, ListAnswer, MoveList, PatchList};
use crate::body::JsonBody;
use crate::grant::OwnGrant;
use crate::openapi::{
    AccessFaults, BodyFaults, ConditionFaults, ListFaults, ListPath, OwnerPath, QueryFaults,
    ReadCondition, WriteCondition, WriteFaults,
};
use crate::path::IdInPath;
use crate::precondition::{IfMatch, IfNoneMatch};
use crate::problem::{Problem, ProblemBody};
use crate::query::{NoQuery, read, true_or_false};
use crate::routes::records;
use crate::state::SharedState;

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described")]
pub(super) struct ListsParameters {
    /// Whether archived lists are answered too
    archived: Option<bool>,
}

pub(super) struct ListsQuery {
    with_archived: bool,
}

impl<S: Sync> FromRequestParts<S> for ListsQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let [archived] = read(parts, ["archived"])?;
        let with_archived = true_or_false("archived", archived)?.unwrap_or(false);
        Ok(Self { with_archived })
    }
}

/// List all lists, by rank
#[utoipa::path(get, path = "/lists", tag = "lists", operation_id = "list_lists",
    params(OwnerPath, ReadCondition, ListsParameters),
    responses(
        (status = 200, description = "The lists", body = Vec<ListAnswer>, headers(("ETag" = String, description = "Changes when any record of the caller does"))),
        (status = 304, description = "The client has the current answer"),
        QueryFaults, AccessFaults,
    ))]
pub(super) async fn list(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    ListsQuery { with_archived }: ListsQuery,
    condition: IfNoneMatch,
) -> Result<Response<Body>, Problem> {
    let question = if with_archived {
        "lists.archived"
    } else {
        "lists"
    };
    let selects = |list: &List| with_archived || list.body.archived_at.is_none();
    let by_rank = |lists: &mut Vec<List>| sort_by_rank(lists);
    records::list::<ListBody>(&state, &grant, &condition, question, selects, by_rank).await
}

/// Create a list
#[utoipa::path(post, path = "/lists", tag = "lists", operation_id = "create_list",
    params(OwnerPath),
    request_body = CreateList,
    responses(
        (status = 201, description = "Created", body = ListAnswer, headers(
            ("Location" = String, description = "The list's path"),
            ("ETag" = String, description = "The list's version"),
        )),
        (status = 200, description = "An earlier request with the same `id` and content created this list", body = ListAnswer),
        (status = 409, description = "The caller has, or had, another list with this `id`", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn create(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    uri: Uri,
    JsonBody((id, draft)): JsonBody<CreateList>,
) -> Result<Response<Body>, Problem> {
    records::create::<ListBody>(&state, &grant, &uri, id, draft).await
}

/// Read a list
#[utoipa::path(get, path = "/lists/{list_id}", tag = "lists", operation_id = "find_list",
    params(ListPath, ReadCondition),
    responses(
        (status = 200, description = "The list", body = ListAnswer, headers(("ETag" = String, description = "The list's version"))),
        (status = 304, description = "The client has the current answer"),
        AccessFaults, ListFaults,
    ))]
pub(super) async fn find(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    condition: IfNoneMatch,
    path: IdInPath,
) -> Result<Response<Body>, Problem> {
    records::find::<ListBody>(&state, &grant, &path, &condition).await
}

/// Change some members of a list, archive it or take it out of the archive
#[utoipa::path(patch, path = "/lists/{list_id}", tag = "lists", operation_id = "patch_list",
    params(ListPath, WriteCondition),
    request_body(content((PatchList = "application/merge-patch+json"), (PatchList = "application/json"))),
    responses(
        (status = 200, description = "The list as it is now", body = ListAnswer, headers(("ETag" = String, description = "The list's version"))),
        AccessFaults, ListFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn patch(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
    JsonBody(change): JsonBody<PatchList>,
) -> Result<Response<Body>, Problem> {
    records::change::<ListBody>(&state, &grant, &path, precondition, change).await
}

/// Move a list and its tasks to the trash
#[utoipa::path(delete, path = "/lists/{list_id}", tag = "lists", operation_id = "delete_list",
    params(ListPath, WriteCondition),
    responses(
        (status = 204, description = "The list is in the trash"),
        AccessFaults, ListFaults, ConditionFaults, WriteFaults,
    ))]
pub(super) async fn delete(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
) -> Result<StatusCode, Problem> {
    records::delete::<ListBody>(&state, &grant, &path, precondition).await
}

/// Take a list, and the tasks that were deleted with it, out of the trash
#[utoipa::path(post, path = "/lists/{list_id}/restore", tag = "lists", operation_id = "restore_list",
    params(ListPath, WriteCondition),
    responses(
        (status = 200, description = "The list as it is now", body = ListAnswer, headers(("ETag" = String, description = "The list's version"))),
        AccessFaults, ListFaults, ConditionFaults, WriteFaults,
    ))]
pub(super) async fn restore(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
) -> Result<Response<Body>, Problem> {
    records::restore::<ListBody>(&state, &grant, &path, precondition).await
}

/// Move a list among the others
#[utoipa::path(post, path = "/lists/{list_id}/move", tag = "lists", operation_id = "move_list",
    params(ListPath, WriteCondition),
    request_body = MoveList,
    responses(
        (status = 200, description = "The list as it is now", body = ListAnswer, headers(("ETag" = String, description = "The list's version"))),
        AccessFaults, ListFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn move_list(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
    JsonBody(change): JsonBody<MoveList>,
) -> Result<Response<Body>, Problem> {
    records::change::<ListBody>(&state, &grant, &path, precondition, change).await
}
