//! Batches: many operations, all or none.

mod answer;
mod operations;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use taskward_domain::limits::OPERATIONS_PER_BATCH;
use taskward_domain::{AnyRecord, BatchMark};
use utoipa::ToSchema;
use uuid::Uuid;

use answer::BatchAnswer;
use operations::{BatchOperation, Operations, Planned};

use crate::body::{Input, JsonBody, Members};
use crate::grant::OwnGrant;
use crate::limits::BATCH_BODY_MAX;
use crate::openapi::{AccessFaults, BatchFaults, OwnerPath, WriteFaults};
use crate::problem::Problem;
use crate::query::NoQuery;
use crate::routes::route::{Route, route};
use crate::state::SharedState;

pub(crate) fn routes() -> Vec<Route> {
    vec![route!(self::apply)]
}

/// Operations that are carried out all or not at all, in their order. Each sees the ones before it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct Batch {
    /// A UUIDv7 made by the client. The same batch sent again under it within 7 days is not carried out again.
    #[schema(value_type = Uuid, required = false)]
    batch_id: Uuid,
    #[schema(max_items = 100)]
    operations: Vec<BatchOperation>,
}

pub(super) struct ParsedBatch {
    operations: Vec<Planned>,
    mark: Option<BatchMark>,
}

impl Input for Batch {
    const NOUN: &'static str = "a batch";
    const BYTES_MAX: usize = BATCH_BODY_MAX;
    type Parsed = ParsedBatch;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let digest = members.has("batch_id").then(|| members.digest());
        let id: Option<taskward_domain::Id> = members.optional("batch_id");
        let operations: Option<Operations> = members.required("operations");
        let mark = id.zip(digest).map(|(id, digest)| BatchMark {
            id: id.as_uuid(),
            digest,
        });
        Some(ParsedBatch {
            operations: operations?.0,
            mark,
        })
    }
}

/// Carry out many operations, all or none
///
/// If one is refused, nothing is written, and the answer has the status and code that this operation alone would get.
#[utoipa::path(post, path = "/batch", tag = "sync", operation_id = "apply_batch",
    params(OwnerPath),
    request_body = Batch,
    responses(
        (status = 200, description = format!("Carried out, at most {OPERATIONS_PER_BATCH} operations; or `replayed`, and carried out earlier"), body = BatchAnswer),
        AccessFaults, BatchFaults, WriteFaults,
    ))]
pub(super) async fn apply(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    JsonBody(ParsedBatch { operations, mark }): JsonBody<Batch>,
) -> Result<Response, Problem> {
    let verbs: Vec<_> = operations.iter().map(|planned| planned.verb).collect();
    let has_lists = operations.iter().any(Planned::deletes_or_restores_a_list);
    if has_lists {
        state.check_lists(&grant)?;
    }
    let operations = operations.into_iter().map(|planned| planned.operation);
    let result = state
        .services
        .batch(&grant, operations.collect(), mark)
        .await;
    let committed = result.map_err(Problem::of_batch)?;
    state.charge_rows(&grant, committed.rows);
    if has_lists {
        state.charge_lists(&grant, committed.rows);
    }
    let mut results = committed.results.iter();
    let has_filters = results.any(|written| matches!(written.record, AnyRecord::Filter(_)));
    let names = match has_filters {
        true => Some(state.services.query_names_after_write(&grant).await),
        false => None,
    };
    let answer = BatchAnswer::new(grant.user(), &committed, &verbs, names.as_ref());
    let vary: [(HeaderName, &str); 1] = [(header::VARY, "Authorization")];
    Ok((vary, Json(answer)).into_response())
}
