//! The task routes: one handler each, in the order of the route table.
//!
//! A handler's arguments are judged from left to right, which is the order of SEC-50: who asks and whose path it is,
//! then the query and conditions, then the body.

mod dto;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serializer;

use super::body::JsonBody;
use super::extract::{OwnCaller, TaskInPath};
use super::precondition::{IfMatch, IfNoneMatch, ListTags, task_tag};
use super::problem::ProblemBody;
use super::query::{ListQuery, NoQuery, next_page};
use super::shapes::{
    AccessFaults, BodyFaults, ConditionFaults, OwnerPath, ReadCondition, TaskFaults, TaskPath,
    WriteCondition, WriteFaults,
};
use super::{Problem, ProblemKind};
use crate::domain::{Listing, Task, TaskChange, Written};
use crate::service::Services;
use dto::{CompleteTask, CreateTask, PatchTask, ReplaceTask};

pub(super) use dto::TaskBody;

/// List tasks, newest first
#[utoipa::path(get, path = "/tasks", tag = "tasks", operation_id = "list_tasks",
    params(
        OwnerPath, ReadCondition,
        ("limit" = Option<u16>, Query, description = "How many at most; 100 when left out", minimum = 1, maximum = 500),
        ("cursor" = Option<String>, Query, description = "Where to go on: from the `next` link", max_length = 512),
        ("completed" = Option<bool>, Query, description = "Only the done ones, or only the others"),
        ("q" = Option<String>, Query, description = "Only those with all these words, or beginnings of words, in title or description; case and accents do not matter", min_length = 1, max_length = 200),
    ),
    responses(
        (status = 200, description = "A page of tasks", body = Vec<TaskBody>, headers(
            ("ETag" = String, description = "Changes when any task of the caller's does"),
            ("Link" = String, description = "RFC 8288: the `next` page, where there is one"),
        )),
        (status = 304, description = "The client has it already"),
        (status = 400, description = "The query is malformed", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults,
    ))]
pub(super) async fn list(
    State(services): State<Services>,
    OwnCaller(caller): OwnCaller,
    ListQuery(request): ListQuery,
    condition: IfNoneMatch,
    uri: Uri,
) -> Result<Response, Problem> {
    let tags = ListTags::of_page(&caller, &request);
    let known = tags.known(&condition);
    let page = match services.list_tasks(&caller, request.clone(), known).await? {
        Listing::Unchanged => return Ok(not_modified(&tags.at(known.unwrap_or_default()))),
        Listing::Page(page) => page,
    };
    let tag = tags.at(page.seq);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    let mut response = (validators(&tag), json_array(&page.tasks)?).into_response();
    if let Some(cursor) = page.next {
        // A path, never an origin: `Host` builds no links (SEC-57).
        let link = format!(
            "<{}?{}>; rel=\"next\"",
            uri.path(),
            next_page(&request, cursor)
        );
        if let Ok(link) = HeaderValue::try_from(link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// Create a task
#[utoipa::path(post, path = "/tasks", tag = "tasks", operation_id = "create_task",
    params(OwnerPath),
    request_body = CreateTask,
    responses(
        (status = 201, description = "Created", body = TaskBody, headers(
            ("Location" = String, description = "The task's path"),
            ("ETag" = String, description = "The task's version"),
        )),
        (status = 200, description = "The same create had come before; this is what it made", body = TaskBody),
        AccessFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn create(
    State(services): State<Services>,
    OwnCaller(caller): OwnCaller,
    _: NoQuery,
    uri: Uri,
    JsonBody((id, content)): JsonBody<CreateTask>,
) -> Result<Response, Problem> {
    let Written { task, is_new } = services.create_task(&caller, id, content).await?;
    let mut response = answer(&task);
    if is_new {
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(location) = HeaderValue::try_from(format!("{}/{}", uri.path(), task.id)) {
            response.headers_mut().insert(header::LOCATION, location);
        }
    }
    Ok(response)
}

/// Read a task
#[utoipa::path(get, path = "/tasks/{task_id}", tag = "tasks", operation_id = "find_task",
    params(TaskPath, ReadCondition),
    responses(
        (status = 200, description = "The task", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        (status = 304, description = "The client has it already"),
        AccessFaults, TaskFaults,
    ))]
pub(super) async fn find(
    State(services): State<Services>,
    OwnCaller(caller): OwnCaller,
    _: NoQuery,
    condition: IfNoneMatch,
    path: TaskInPath,
) -> Result<Response, Problem> {
    let task = services.find_task(&caller, path.id()?).await?;
    let tag = task_tag(task.version);
    Ok(if condition.matches(&tag) {
        not_modified(&tag)
    } else {
        answer(&task)
    })
}

/// Replace a task
#[utoipa::path(put, path = "/tasks/{task_id}", tag = "tasks", operation_id = "replace_task",
    params(TaskPath, WriteCondition),
    request_body = ReplaceTask,
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        AccessFaults, TaskFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn replace(
    State(services): State<Services>,
    OwnCaller(caller): OwnCaller,
    _: NoQuery,
    path: TaskInPath,
    condition: IfMatch,
    JsonBody(content): JsonBody<ReplaceTask>,
) -> Result<Response, Problem> {
    change(
        &services,
        OwnCaller(caller),
        &path,
        condition,
        TaskChange::Replace(content),
    )
    .await
}

/// Change some of a task
#[utoipa::path(patch, path = "/tasks/{task_id}", tag = "tasks", operation_id = "patch_task",
    params(TaskPath, WriteCondition),
    request_body(content((PatchTask = "application/merge-patch+json"), (PatchTask = "application/json"))),
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        AccessFaults, TaskFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn patch(
    State(services): State<Services>,
    OwnCaller(caller): OwnCaller,
    _: NoQuery,
    path: TaskInPath,
    condition: IfMatch,
    JsonBody(patch): JsonBody<PatchTask>,
) -> Result<Response, Problem> {
    change(
        &services,
        OwnCaller(caller),
        &path,
        condition,
        TaskChange::Patch(patch),
    )
    .await
}

/// Complete a task, or toggle it
#[utoipa::path(patch, path = "/tasks/{task_id}/complete", tag = "tasks", operation_id = "complete_task",
    params(TaskPath, WriteCondition),
    request_body = Option<CompleteTask>,
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        AccessFaults, TaskFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn complete(
    State(services): State<Services>,
    OwnCaller(caller): OwnCaller,
    _: NoQuery,
    path: TaskInPath,
    condition: IfMatch,
    JsonBody(completion): JsonBody<CompleteTask>,
) -> Result<Response, Problem> {
    change(&services, OwnCaller(caller), &path, condition, completion).await
}

/// Put a task into the trash
#[utoipa::path(delete, path = "/tasks/{task_id}", tag = "tasks", operation_id = "delete_task",
    params(TaskPath, WriteCondition),
    responses(
        (status = 204, description = "It is in the trash"),
        AccessFaults, TaskFaults, ConditionFaults, WriteFaults,
    ))]
pub(super) async fn delete(
    State(services): State<Services>,
    OwnCaller(caller): OwnCaller,
    _: NoQuery,
    path: TaskInPath,
    IfMatch(precondition): IfMatch,
) -> Result<StatusCode, Problem> {
    services
        .delete_task(&caller, path.id()?, precondition)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a task out of the trash
#[utoipa::path(post, path = "/tasks/{task_id}/restore", tag = "tasks", operation_id = "restore_task",
    params(TaskPath),
    responses(
        (status = 200, description = "The task as it is now", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        AccessFaults, TaskFaults, WriteFaults,
    ))]
pub(super) async fn restore(
    State(services): State<Services>,
    OwnCaller(caller): OwnCaller,
    _: NoQuery,
    path: TaskInPath,
) -> Result<Response, Problem> {
    let task = services.restore_task(&caller, path.id()?).await?;
    Ok(answer(&task))
}

async fn change(
    services: &Services,
    OwnCaller(caller): OwnCaller,
    path: &TaskInPath,
    IfMatch(precondition): IfMatch,
    change: TaskChange,
) -> Result<Response, Problem> {
    let task = services
        .change_task(&caller, path.id()?, precondition, change)
        .await?;
    Ok(answer(&task))
}

/// What a task usually takes in JSON. A list's text is made in one piece of memory when its tasks are no larger.
const TASK_BYTES: usize = 512;

/// Tasks as JSON, each written out as soon as its wire form is made.
fn json_array(tasks: &[Task]) -> Result<impl IntoResponse, Problem> {
    let mut text = Vec::with_capacity(tasks.len() * TASK_BYTES);
    serde_json::Serializer::new(&mut text)
        .collect_seq(tasks.iter().map(TaskBody::from))
        // Strings and numbers into memory: this cannot fail.
        .map_err(|_| ProblemKind::Internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}

fn answer(task: &Task) -> Response {
    (
        validators(&task_tag(task.version)),
        Json(TaskBody::from(task)),
    )
        .into_response()
}

pub(super) fn not_modified(tag: &str) -> Response {
    (StatusCode::NOT_MODIFIED, validators(tag)).into_response()
}

/// `Vary` keeps a cache that goes by the URL from giving one user's answer to another (SEC-74).
pub(super) fn validators(tag: &str) -> [(axum::http::HeaderName, String); 2] {
    [
        (header::ETAG, tag.to_owned()),
        (header::VARY, "Authorization".to_owned()),
    ]
}
