//! Reading tasks.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, Uri, header};
use data_encoding::BASE64URL_NOPAD;
use taskward_access::Grant;
use taskward_domain::{Listing, PageCursor, TaskQuery};

use super::answer::{TaskBody, TaskList};
use super::view_query::{ListParameters, TasksQuery};
use super::views;
use super::{KIND, Served};
use crate::grant::OwnGrant;
use crate::openapi::{AccessFaults, OwnerPath, QueryFaults, ReadCondition, TaskFaults, TaskPath};
use crate::path::IdInPath;
use crate::precondition::{IfNoneMatch, ListTags, record_tag};
use crate::problem::{ForKind, Problem, ProblemBody};
use crate::query::NoQuery;
use crate::routes::page_cache::JsonPage;
use crate::routes::respond::{RECORD_BYTES, json, not_modified, to_json, with_tag};
use crate::state::{AppState, SharedState};

/// List tasks
///
/// Without `view`: all live tasks, newest first. With it: the tasks of a view, in its order. A page can be empty and have a
/// `next` link, because one request looks at no more than 10,000 tasks: follow the link until there is none.
#[utoipa::path(get, path = "/tasks", tag = "tasks", operation_id = "list_tasks",
    params(OwnerPath, ReadCondition, ListParameters),
    responses(
        (status = 200, description = "A page of tasks", body = Vec<TaskBody>, headers(
            ("ETag" = String, description = "Changes when any record of the caller does"),
            ("Link" = String, description = "RFC 8288: the `next` page, if there is one"),
        )),
        (status = 304, description = "The client has the current answer"),
        (status = 404, description = "The caller has no such list, label, filter or task as the view names", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`filter` is not a query; `errors` says where, as an offset in characters", body = ProblemBody, content_type = "application/problem+json"),
        QueryFaults,
        AccessFaults,
    ))]
pub(super) async fn list(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    query: TasksQuery,
    condition: IfNoneMatch,
    uri: Uri,
) -> Result<Response<Body>, Problem> {
    match query {
        TasksQuery::All(query) => all(&state, &grant, query, &condition, &uri).await,
        TasksQuery::View(request) => views::answer(&state, &grant, request, &condition, &uri).await,
    }
}

async fn all(
    state: &AppState,
    grant: &Grant,
    query: TaskQuery,
    condition: &IfNoneMatch,
    uri: &Uri,
) -> Result<Response<Body>, Problem> {
    let tags = ListTags::of_page(grant, &query);
    let cached = state.page_cache.get(grant, &tags);
    let known = match &cached {
        Some(page) => Some(page.newest),
        None => tags.known(condition),
    };
    let listing = state
        .services
        .list_tasks(grant, query.clone(), known)
        .await?;
    let page = match (listing, cached) {
        (Listing::Unchanged(_), Some(cached)) => cached,
        (Listing::Unchanged(newest), None) => return Ok(not_modified(&tags.at(newest))),
        (Listing::Page(page), _) => {
            let tasks = TaskList::new(grant.user(), &page.tasks);
            let mut body = to_json(&tasks, page.tasks.len() * RECORD_BYTES + 2)?;
            // The page may be kept, and only what it contains counts against the limit.
            body.shrink_to_fit();
            let page = Arc::new(JsonPage {
                tags,
                newest: page.newest,
                body: body.into(),
                next: page.next,
            });
            state.page_cache.insert(grant, &query, Arc::clone(&page));
            page
        }
    };
    let tag = page.tags.at(page.newest);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    let mut response = with_tag(&tag, page.body.clone());
    if let Some(cursor) = page.next {
        let link = next_link(uri, &query, cursor);
        if let Ok(link) = HeaderValue::try_from(link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// A path without an origin, because `Host` builds no links (SEC-57).
fn next_link(uri: &Uri, query: &TaskQuery, cursor: PageCursor) -> String {
    let (path, limit, canonical) = (uri.path(), query.limit().get(), query.canonical());
    let separator = if canonical.is_empty() { "" } else { "&" };
    let cursor = BASE64URL_NOPAD.encode(&cursor.to_bytes());
    format!("<{path}?limit={limit}{separator}{canonical}&cursor={cursor}>; rel=\"next\"")
}

/// Read a task
#[utoipa::path(get, path = "/tasks/{task_id}", tag = "tasks", operation_id = "find_task",
    params(TaskPath, ReadCondition),
    responses(
        (status = 200, description = "The task", body = TaskBody, headers(("ETag" = String, description = "The task's version"))),
        (status = 304, description = "The client has the current answer"),
        AccessFaults, TaskFaults,
    ))]
pub(super) async fn find(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    condition: IfNoneMatch,
    path: IdInPath,
) -> Result<Response<Body>, Problem> {
    let id = path.id(KIND)?;
    let found = state
        .services
        .find::<Served>(&grant, id)
        .await
        .for_kind(KIND)?;
    let tag = record_tag(found.record.tag(found.epoch));
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    json(
        &tag,
        &TaskBody::new(grant.user(), &found.record),
        RECORD_BYTES,
    )
}
