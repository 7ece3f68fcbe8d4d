//! Answers with the tasks of a view.

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, Uri, header};
use data_encoding::BASE64URL_NOPAD;
use taskward_access::Grant;
use taskward_domain::{Id, Kind, PageLimit, SearchText, View, ViewCursor, ViewQuery};
use taskward_store::Viewed;

use super::KIND;
use super::answer::{TaskBody, TaskList};
use super::view_query::{Shown, ViewRequest, view_cursor};
use crate::grant::OwnGrant;
use crate::openapi::{AccessFaults, QueryFaults, ReadCondition, TaskFaults, TaskPath, schemas};
use crate::path::IdInPath;
use crate::precondition::{IfNoneMatch, ListTags};
use crate::problem::{ForKind, Problem};
use crate::query::{limit, read};
use crate::routes::respond::{RECORD_BYTES, json, not_modified};
use crate::state::{AppState, SharedState};

const SECONDS_PER_MINUTE: i64 = 60;

/// The answer to a list of tasks with `view`.
pub(super) async fn answer(
    state: &AppState,
    grant: &Grant,
    request: ViewRequest,
    condition: &IfNoneMatch,
    uri: &Uri,
) -> Result<Response<Body>, Problem> {
    let ViewRequest {
        shown,
        day,
        search,
        cursor,
        limit,
    } = request;
    let view = match shown {
        Shown::Subtasks(parent) => {
            return subtasks(state, grant, parent, search.as_ref(), condition).await;
        }
        Shown::Filter { source, completed } => {
            let filter = state.services.filter_view(grant, source, completed).await;
            View::Filter(filter.for_kind(Kind::Filter)?)
        }
        Shown::View(view) => view,
    };
    let query = ViewQuery {
        view,
        day,
        search,
        cursor,
        limit,
    };
    page(state, grant, query, condition, |today, query| {
        format!(
            "{}?limit={}&{}",
            uri.path(),
            limit.get(),
            query.canonical(today)
        )
    })
    .await
}

/// A page of a view. `link` makes the path of its further pages, without the cursor.
async fn page(
    state: &AppState,
    grant: &Grant,
    query: ViewQuery,
    condition: &IfNoneMatch,
    link: impl FnOnce(jiff::civil::Date, &ViewQuery) -> String,
) -> Result<Response<Body>, Problem> {
    let is_timed = query.view.depends_on_time();
    let after = query.cursor.as_ref().map(encoded).unwrap_or_default();
    // Before the page is read: what becomes overdue meanwhile is then only in an answer whose tag is no longer asked for.
    let minute = is_timed.then(|| minute(state));
    let tags = |today| {
        let canonical = query.canonical(today);
        ListTags::of_view(grant, query.limit, &after, &canonical, minute)
    };
    // The tag of what changes with the day has the day. Finding it costs less than reading the page.
    let day = match query.day {
        Some(day) => Some(day),
        None if !query.view.depends_on_day() => Some(jiff::civil::Date::default()),
        None if condition.has_tags() && !is_timed => Some(state.services.today(grant).await?),
        None => None,
    };
    let early = day.filter(|_| !is_timed).map(&tags);
    let known = early.as_ref().and_then(|tags| tags.known(condition));
    let kind = query.view.subject().map_or(KIND, |(kind, _)| kind);
    let viewed = state.services.view(grant, query.clone(), known).await;
    let (scanned, newest) = match (viewed.for_kind(kind)?, early) {
        (Viewed::Unchanged(newest), Some(tags)) => return Ok(not_modified(&tags.at(newest))),
        // Not without a known position.
        (Viewed::Unchanged(_), None) => return Err(crate::problem::ProblemKind::Internal.into()),
        (Viewed::Page(page), _) => (page.scanned, page.newest),
    };
    let tag = tags(scanned.day).at(newest);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    let tasks = TaskList::new(grant.user(), &scanned.tasks);
    let mut response = json(&tag, &tasks, scanned.tasks.len() * RECORD_BYTES + 2)?;
    if let Some(next) = &scanned.next {
        let (path, cursor) = (link(scanned.day, &query), encoded(next));
        // A path without an origin, because `Host` builds no links (SEC-57).
        let link = format!("<{path}&cursor={cursor}>; rel=\"next\"");
        if let Ok(link) = HeaderValue::try_from(link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// The minutes since the epoch, for the tags of answers that change as time passes. Dues have no seconds.
pub(in crate::routes) fn minute(state: &AppState) -> i64 {
    state
        .services
        .now()
        .as_second()
        .div_euclid(SECONDS_PER_MINUTE)
}

fn encoded(cursor: &ViewCursor) -> String {
    BASE64URL_NOPAD.encode(&cursor.to_bytes())
}

async fn subtasks(
    state: &AppState,
    grant: &Grant,
    parent: Id,
    search: Option<&SearchText>,
    condition: &IfNoneMatch,
) -> Result<Response<Body>, Problem> {
    let found = state.services.subtasks(grant, parent, search).await;
    let (tasks, newest) = found.for_kind(KIND)?;
    let words = search.map(|search| search.words().join(" "));
    let words = words.unwrap_or_default();
    // A tag has no space and no letters of other scripts.
    let words = form_urlencoded::byte_serialize(words.as_bytes());
    let question = format!("subtasks.{parent}.{}", words.collect::<String>());
    let tag = ListTags::of_all(grant, &question).at(newest);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    let capacity = tasks.len() * RECORD_BYTES + 2;
    json(&tag, &TaskList::new(grant.user(), &tasks), capacity)
}

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described")]
pub(super) struct OccurrencesParameters {
    #[param(required = false, schema_with = schemas::page_limit)]
    limit: Option<u16>,
    #[param(required = false, schema_with = schemas::page_cursor)]
    cursor: Option<String>,
}

pub(super) struct OccurrencesQuery {
    limit: PageLimit,
    cursor: Option<ViewCursor>,
}

impl<S: Sync> FromRequestParts<S> for OccurrencesQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let [limit_text, cursor] = read(parts, ["limit", "cursor"])?;
        Ok(Self {
            limit: limit(limit_text)?,
            cursor: view_cursor(cursor)?,
        })
    }
}

/// List the occurrences of a recurring task, newest first
///
/// The live tasks of its series, completed ones too. Empty for a task that does not recur.
#[utoipa::path(get, path = "/tasks/{task_id}/occurrences", tag = "tasks", operation_id = "list_occurrences",
    params(TaskPath, ReadCondition, OccurrencesParameters),
    responses(
        (status = 200, description = "A page of tasks", body = Vec<TaskBody>, headers(
            ("ETag" = String, description = "Changes when any record of the caller does"),
            ("Link" = String, description = "RFC 8288: the `next` page, if there is one"),
        )),
        (status = 304, description = "The client has the current answer"),
        QueryFaults, AccessFaults, TaskFaults,
    ))]
pub(super) async fn occurrences(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    OccurrencesQuery { limit, cursor }: OccurrencesQuery,
    condition: IfNoneMatch,
    path: IdInPath,
    uri: Uri,
) -> Result<Response<Body>, Problem> {
    let id = path.id(KIND)?;
    let (series, newest) = state.services.series_of(&grant, id).await.for_kind(KIND)?;
    let Some(series) = series else {
        let tag = ListTags::of_view(&grant, limit, "", &format!("single.{id}"), None).at(newest);
        if condition.matches(&tag) {
            return Ok(not_modified(&tag));
        }
        return json(&tag, &TaskList::new(grant.user(), &[]), 2);
    };
    let query = ViewQuery {
        view: View::Series(series),
        day: None,
        search: None,
        cursor,
        limit,
    };
    page(&state, &grant, query, &condition, |_, _| {
        format!("{}?limit={}", uri.path(), limit.get())
    })
    .await
}
