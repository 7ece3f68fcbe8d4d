//! Writing tasks.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, Uri, header};
use taskward_access::Grant;
use taskward_domain::{TaskChange, WriteOutcome};
use taskward_service::WrittenRecord;

use super::answer::TaskBody;
use super::schemas::{CompleteTask, CreateTask, MoveTask, PatchTask, ReplaceTask, SkipTask};
use super::{KIND, Served};
use crate::body::JsonBody;
use crate::grant::OwnGrant;
use crate::openapi::{
    AccessFaults, BodyFaults, ConditionFaults, OwnerPath, TaskFaults, TaskPath, WriteCondition,
    WriteFaults,
};
use crate::path::IdInPath;
use crate::precondition::{IfMatch, record_tag};
use crate::problem::{Problem, ProblemBody};
use crate::query::NoQuery;
use crate::routes::respond::{RECORD_BYTES, json};
use crate::state::{AppState, SharedState};

/// Create a task
#[utoipa::path(post, path = "/tasks", tag = "tasks", operation_id = "create_task",
    params(OwnerPath),
    request_body = CreateTask,
    responses(
        (status = 201, description = "Created", body = TaskBody, headers(
            ("Location" = String, description = "The task's path"),
            ("ETag" = String, description = "The task's version"),
        )),
        (status = 200, description = "An earlier request with the same `id` and content created this task", body = TaskBody),
        (status = 409, description = "The caller has, or had, another task with this `id`", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn create(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    uri: Uri,
    JsonBody((id, draft)): JsonBody<CreateTask>,
) -> Result<Response<Body>, Problem> {
    let written = state.services.create::<Served>(&grant, id, draft).await?;
    let mut response = answer(&state, &grant, &written)?;
    if written.outcome == WriteOutcome::Created {
        *response.status_mut() = StatusCode::CREATED;
        let location = format!("{}/{}", uri.path(), written.record.id);
        if let Ok(location) = HeaderValue::try_from(location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
    }
    Ok(response)
}

/// Replace a task
///
/// A `description` that is left out is removed. Every other member that is left out stays as it is.
#[utoipa::path(put, path = "/tasks/{task_id}", tag = "tasks", operation_id = "replace_task",
    params(TaskPath, WriteCondition),
    request_body = ReplaceTask,
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        AccessFaults, TaskFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn replace(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    condition: IfMatch,
    JsonBody(replacement): JsonBody<ReplaceTask>,
) -> Result<Response<Body>, Problem> {
    let change = TaskChange::Replace(replacement);
    apply(&state, &grant, &path, condition, change).await
}

/// Change some members of a task
#[utoipa::path(patch, path = "/tasks/{task_id}", tag = "tasks", operation_id = "patch_task",
    params(TaskPath, WriteCondition),
    request_body(content((PatchTask = "application/merge-patch+json"), (PatchTask = "application/json"))),
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        AccessFaults, TaskFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn patch(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    condition: IfMatch,
    JsonBody(patch): JsonBody<PatchTask>,
) -> Result<Response<Body>, Problem> {
    let change = TaskChange::Patch(patch);
    apply(&state, &grant, &path, condition, change).await
}

/// Complete a task, reopen it, or toggle it
///
/// Completing a recurring task makes its next occurrence, which the answer has as `next_occurrence`.
#[utoipa::path(patch, path = "/tasks/{task_id}/complete", tag = "tasks", operation_id = "complete_task",
    params(TaskPath, WriteCondition),
    request_body = Option<CompleteTask>,
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        AccessFaults, TaskFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn complete(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    condition: IfMatch,
    JsonBody(change): JsonBody<CompleteTask>,
) -> Result<Response<Body>, Problem> {
    apply(&state, &grant, &path, condition, change).await
}

/// Skip an occurrence of a recurring task
///
/// The task goes on to the next date of its series, and no completion is recorded.
#[utoipa::path(post, path = "/tasks/{task_id}/skip", tag = "tasks", operation_id = "skip_task",
    params(TaskPath, WriteCondition),
    request_body = Option<SkipTask>,
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        (status = 409, description = "The task does not recur or is completed, or its series has no further occurrence", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults, TaskFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn skip(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    condition: IfMatch,
    JsonBody(change): JsonBody<SkipTask>,
) -> Result<Response<Body>, Problem> {
    apply(&state, &grant, &path, condition, change).await
}

/// Move a task among those beside it, or to another list or parent
#[utoipa::path(post, path = "/tasks/{task_id}/move", tag = "tasks", operation_id = "move_task",
    params(TaskPath, WriteCondition),
    request_body = MoveTask,
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        AccessFaults, TaskFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn move_task(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    condition: IfMatch,
    JsonBody(change): JsonBody<MoveTask>,
) -> Result<Response<Body>, Problem> {
    apply(&state, &grant, &path, condition, change).await
}

/// Move a task to the trash
#[utoipa::path(delete, path = "/tasks/{task_id}", tag = "tasks", operation_id = "delete_task",
    params(TaskPath, WriteCondition),
    responses(
        (status = 204, description = "The task is in the trash"),
        AccessFaults, TaskFaults, ConditionFaults, WriteFaults,
    ))]
pub(super) async fn delete(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
) -> Result<StatusCode, Problem> {
    let id = path.id(KIND)?;
    let written = state
        .services
        .delete::<Served>(&grant, id, precondition)
        .await?;
    state.charge_rows(&grant, written.rows);
    Ok(StatusCode::NO_CONTENT)
}

/// Take a task out of the trash
#[utoipa::path(post, path = "/tasks/{task_id}/restore", tag = "tasks", operation_id = "restore_task",
    params(TaskPath, WriteCondition),
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        AccessFaults, TaskFaults, ConditionFaults, WriteFaults,
    ))]
pub(super) async fn restore(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
) -> Result<Response<Body>, Problem> {
    let id = path.id(KIND)?;
    let written = state
        .services
        .restore::<Served>(&grant, id, precondition)
        .await?;
    answer(&state, &grant, &written)
}

async fn apply(
    state: &AppState,
    grant: &Grant,
    path: &IdInPath,
    IfMatch(precondition): IfMatch,
    change: TaskChange,
) -> Result<Response<Body>, Problem> {
    let id = path.id(KIND)?;
    let written = state
        .services
        .change::<Served>(grant, id, precondition, change)
        .await?;
    answer(state, grant, &written)
}

fn answer(
    state: &AppState,
    grant: &Grant,
    written: &WrittenRecord<Served>,
) -> Result<Response<Body>, Problem> {
    state.charge_rows(grant, written.rows);
    let tag = record_tag(written.record.tag(written.epoch));
    let next = written.next_occurrence.as_ref();
    json(
        &tag,
        &TaskBody::written(grant.user(), &written.record, next),
        RECORD_BYTES,
    )
}
