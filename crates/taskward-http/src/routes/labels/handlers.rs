//! Reading and writing labels.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode, Uri};
use taskward_domain::{Label, LabelBody, fold_name};

use super::bodies::{CreateLabel, LabelAnswer, PatchLabel};
use crate::body::JsonBody;
use crate::grant::OwnGrant;
use crate::openapi::{
    AccessFaults, BodyFaults, ConditionFaults, LabelFaults, LabelPath, OwnerPath, ReadCondition,
    WriteCondition, WriteFaults,
};
use crate::path::IdInPath;
use crate::precondition::{IfMatch, IfNoneMatch};
use crate::problem::{Problem, ProblemBody};
use crate::query::NoQuery;
use crate::routes::records;
use crate::state::SharedState;

/// List all labels, by name
#[utoipa::path(get, path = "/labels", tag = "labels", operation_id = "list_labels",
    params(OwnerPath, ReadCondition),
    responses(
        (status = 200, description = "The labels", body = Vec<LabelAnswer>, headers(("ETag" = String, description = "Changes when any record of the caller does"))),
        (status = 304, description = "The client has the current answer"),
        AccessFaults,
    ))]
pub(super) async fn list(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    condition: IfNoneMatch,
) -> Result<Response<Body>, Problem> {
    let by_name = |labels: &mut Vec<Label>| {
        labels.sort_by_cached_key(|label| (fold_name(label.body.name.as_str()), label.id));
    };
    records::list::<LabelBody>(&state, &grant, &condition, "labels", |_| true, by_name).await
}

/// Create a label
#[utoipa::path(post, path = "/labels", tag = "labels", operation_id = "create_label",
    params(OwnerPath),
    request_body = CreateLabel,
    responses(
        (status = 201, description = "Created", body = LabelAnswer, headers(
            ("Location" = String, description = "The label's path"),
            ("ETag" = String, description = "The label's version"),
        )),
        (status = 200, description = "An earlier request with the same `id` and content created this label", body = LabelAnswer),
        (status = 409, description = "The caller has, or had, another label with this `id`, or has one with this name", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn create(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    uri: Uri,
    JsonBody((id, draft)): JsonBody<CreateLabel>,
) -> Result<Response<Body>, Problem> {
    records::create::<LabelBody>(&state, &grant, &uri, id, draft).await
}

/// Read a label
#[utoipa::path(get, path = "/labels/{label_id}", tag = "labels", operation_id = "find_label",
    params(LabelPath, ReadCondition),
    responses(
        (status = 200, description = "The label", body = LabelAnswer, headers(("ETag" = String, description = "The label's version"))),
        (status = 304, description = "The client has the current answer"),
        AccessFaults, LabelFaults,
    ))]
pub(super) async fn find(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    condition: IfNoneMatch,
    path: IdInPath,
) -> Result<Response<Body>, Problem> {
    records::find::<LabelBody>(&state, &grant, &path, &condition).await
}

/// Change some members of a label
#[utoipa::path(patch, path = "/labels/{label_id}", tag = "labels", operation_id = "patch_label",
    params(LabelPath, WriteCondition),
    request_body(content((PatchLabel = "application/merge-patch+json"), (PatchLabel = "application/json"))),
    responses(
        (status = 200, description = "The label as it is now", body = LabelAnswer, headers(("ETag" = String, description = "The label's version"))),
        (status = 409, description = "The caller has a label with this name", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults, LabelFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn patch(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
    JsonBody(change): JsonBody<PatchLabel>,
) -> Result<Response<Body>, Problem> {
    records::change::<LabelBody>(&state, &grant, &path, precondition, change).await
}

/// Move a label to the trash
///
/// Tasks keep its id while it is there, so restoring it brings it back everywhere.
#[utoipa::path(delete, path = "/labels/{label_id}", tag = "labels", operation_id = "delete_label",
    params(LabelPath, WriteCondition),
    responses(
        (status = 204, description = "The label is in the trash"),
        AccessFaults, LabelFaults, ConditionFaults, WriteFaults,
    ))]
pub(super) async fn delete(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
) -> Result<StatusCode, Problem> {
    records::delete::<LabelBody>(&state, &grant, &path, precondition).await
}

/// Take a label out of the trash
#[utoipa::path(post, path = "/labels/{label_id}/restore", tag = "labels", operation_id = "restore_label",
    params(LabelPath, WriteCondition),
    responses(
        (status = 200, description = "The label as it is now", body = LabelAnswer, headers(("ETag" = String, description = "The label's version"))),
        (status = 409, description = "The caller has a label with this name", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults, LabelFaults, ConditionFaults, WriteFaults,
    ))]
pub(super) async fn restore(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    path: IdInPath,
    IfMatch(precondition): IfMatch,
) -> Result<Response<Body>, Problem> {
    records::restore::<LabelBody>(&state, &grant, &path, precondition).await
}
