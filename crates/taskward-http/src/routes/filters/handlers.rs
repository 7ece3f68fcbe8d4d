//! Reading and writing filters.
//!
//! Renaming a list or a label changes the queries that filters are answered with, and not their versions. So the tag of a
//! filter serves `If-Match` alone, and a read is always answered in full.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode, Uri};
use taskward_access::Grant;
use taskward_domain::{
    Filter, FilterBody, FilterChange, Kind, Precondition, WriteOutcome, sort_by_rank,
};
use taskward_filter::Names;
use taskward_service::WrittenRecord;

use super::bodies::{CreateFilter, FilterAnswer, MoveFilter, PatchFilter};
use crate::body::JsonBody;
use crate::grant::OwnGrant;
use crate::openapi::{
    AccessFaults, BodyFaults, ConditionFaults, FilterFaults, FilterPath, OwnerPath, ReadCondition,
    WriteCondition, WriteFaults,
};
use crate::path::IdInPath;
use crate::precondition::{IfMatch, IfNoneMatch, ListTags, record_tag};
use crate::problem::{ForKind, Problem, ProblemBody};
use crate::query::NoQuery;
use crate::routes::records::{self, created};
use crate::routes::respond::{RECORD_BYTES, json, not_modified};
use crate::state::{AppState, SharedState};

/// List all filters, by rank
#[utoipa::path(get, path = "/filters", tag = "filters", operation_id = "list_filters",
    params(OwnerPath, ReadCondition),
    responses(
        (status = 200, description = "The filters", body = Vec<FilterAnswer>, headers(("ETag" = String, description = "Changes when any record of the caller does"))),
        (status = 304, description = "The client has the current answer"),
        AccessFaults,
    ))]
pub(super) async fn list(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    condition: IfNoneMatch,
) -> Result<Response<Body>, Problem> {
    let (mut all, names) = state.services.all_filters(&grant).await?;
    let tag = ListTags::of_all(&grant, "filters").at(all.newest);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    sort_by_rank(&mut all.records);
    let answers = all
        .records
        .iter()
        .map(|filter| FilterAnswer::new(filter, &names));
    let answers: Vec<_> = answers.collect();
    json(&tag, &answers, answers.len() * RECORD_BYTES + 2)
}

/// Create a filter
#[utoipa::path(post, path = "/filters", tag = "filters", operation_id = "create_filter",
    params(OwnerPath),
    request_body = CreateFilter,
    responses(
        (status = 201, description = "Created", body = FilterAnswer, headers(
            ("Location" = String, description = "The filter's path"),
            ("ETag" = String, description = "The filter's version"),
        )),
        (status = 200, description = "An earlier request with the same `id` and content created this filter", body = FilterAnswer),
        (status = 409, description = "The caller has, or had, another filter with this `id`", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn create(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    uri: Uri,
    JsonBody((id, draft)): JsonBody<CreateFilter>,
) -> Result<Response<Body>, Problem> {
    let written = state
        .services
        .create::<FilterBody>(&grant, id, draft)
        .await?;
    let mut response = answer(&state, &grant, &written).await?;
    if written.outcome == WriteOutcome::Created {
        created(&mut response, &uri, written.record.id);
    }
    Ok(response)
}

/// Read a filter
#[utoipa::path(get, path = "/filters/{filter_id}", tag = "filters", operation_id = "find_filter",
    params(FilterPath),
    responses(
        (status = 200, description = "The filter", body = FilterAnswer, headers(("ETag" = String, description = "The filter's version, for `If-Match`. Renaming a list or a label changes the `query` that is answered and not the version"))),
        AccessFaults, FilterFaults,
    ))]
pub(super) async fn find(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
) -> Result<Response<Body>, Problem> {
    let id = path.id(Kind::Filter)?;
    let found = state.services.find_filter(&grant, id).await;
    let (found, names) = found.for_kind(Kind::Filter)?;
    let tag = record_tag(found.record.tag(found.epoch));
    show(&tag, &found.record, &names)
}

/// Change some members of a filter
#[utoipa::path(patch, path = "/filters/{filter_id}", tag = "filters", operation_id = "patch_filter",
    params(FilterPath, WriteCondition),
    request_body(content((PatchFilter = "application/merge-patch+json"), (PatchFilter = "application/json"))),
    responses(
        (status = 200, description = "The filter as it is now", body = FilterAnswer, headers(("ETag" = String, description = "The filter's version"))),
        AccessFaults, FilterFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn patch(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
    JsonBody(change): JsonBody<PatchFilter>,
) -> Result<Response<Body>, Problem> {
    apply(&state, &grant, &path, precondition, change).await
}

/// Move a filter to the trash
#[utoipa::path(delete, path = "/filters/{filter_id}", tag = "filters", operation_id = "delete_filter",
    params(FilterPath, WriteCondition),
    responses(
        (status = 204, description = "The filter is in the trash"),
        AccessFaults, FilterFaults, ConditionFaults, WriteFaults,
    ))]
pub(super) async fn delete(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
) -> Result<StatusCode, Problem> {
    records::delete::<FilterBody>(&state, &grant, &path, precondition).await
}

/// Take a filter out of the trash
#[utoipa::path(post, path = "/filters/{filter_id}/restore", tag = "filters", operation_id = "restore_filter",
    params(FilterPath, WriteCondition),
    responses(
        (status = 200, description = "The filter as it is now", body = FilterAnswer, headers(("ETag" = String, description = "The filter's version"))),
        AccessFaults, FilterFaults, ConditionFaults, WriteFaults,
    ))]
pub(super) async fn restore(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
) -> Result<Response<Body>, Problem> {
    let id = path.id(Kind::Filter)?;
    let written = state
        .services
        .restore::<FilterBody>(&grant, id, precondition)
        .await?;
    answer(&state, &grant, &written).await
}

/// Move a filter among the others
#[utoipa::path(post, path = "/filters/{filter_id}/move", tag = "filters", operation_id = "move_filter",
    params(FilterPath, WriteCondition),
    request_body = MoveFilter,
    responses(
        (status = 200, description = "The filter as it is now", body = FilterAnswer, headers(("ETag" = String, description = "The filter's version"))),
        AccessFaults, FilterFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn move_filter(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
    JsonBody(change): JsonBody<MoveFilter>,
) -> Result<Response<Body>, Problem> {
    apply(&state, &grant, &path, precondition, change).await
}

async fn apply(
    state: &AppState,
    grant: &Grant,
    path: &IdInPath,
    precondition: Precondition,
    change: FilterChange,
) -> Result<Response<Body>, Problem> {
    let id = path.id(Kind::Filter)?;
    let written = state
        .services
        .change::<FilterBody>(grant, id, precondition, change)
        .await?;
    answer(state, grant, &written).await
}

/// The filter after a write.
async fn answer(
    state: &AppState,
    grant: &Grant,
    written: &WrittenRecord<FilterBody>,
) -> Result<Response<Body>, Problem> {
    state.charge_rows(grant, written.rows);
    let names = state.services.query_names_after_write(grant).await;
    let tag = record_tag(written.record.tag(written.epoch));
    show(&tag, &written.record, &names)
}

fn show(tag: &str, filter: &Filter, names: &Names) -> Result<Response<Body>, Problem> {
    json(tag, &FilterAnswer::new(filter, names), RECORD_BYTES)
}
