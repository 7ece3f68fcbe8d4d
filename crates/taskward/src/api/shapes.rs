//! Parts of the API's description that many operations share: path parameters, conditions, and what can go wrong.
//!
//! Documentation only: `extract` and `precondition` read requests, `problem` gives the answers.

use std::collections::BTreeMap;

use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoParams, IntoResponses};

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "a shape that is only described")]
pub(super) struct OwnerPath {
    /// The caller's user id, or `me`
    #[param(example = "me")]
    user_id: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "a shape that is only described")]
pub(super) struct TaskPath {
    /// The caller's user id, or `me`
    #[param(example = "me")]
    user_id: String,
    /// The task's id
    task_id: uuid::Uuid,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "a shape that is only described")]
pub(super) struct WriteCondition {
    /// Entity tags the task may be at, or `*`; otherwise 412
    #[param(rename = "If-Match", required = false)]
    if_match: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "a shape that is only described")]
pub(super) struct ReadCondition {
    /// Entity tags the client has; if one still fits, 304
    #[param(rename = "If-None-Match", required = false)]
    if_none_match: String,
}

/// The route needs a token: 401.
pub(super) struct TokenFaults;

/// The route is somebody's: 401 and 403; and it needs storage: 503.
pub(super) struct AccessFaults;

/// Beyond that, the route names a task: 404.
pub(super) struct TaskFaults;

/// Beyond that, the write may carry a condition: 400 and 412.
pub(super) struct ConditionFaults;

/// The route takes a body: 400, 408, 413, 415 and 422.
pub(super) struct BodyFaults;

/// The route writes: 507.
pub(super) struct WriteFaults;

type Responses = BTreeMap<String, RefOr<Response>>;

fn listed<const N: usize>(faults: [(&str, &str); N]) -> Responses {
    let problem = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let response = |what: &str| {
        let response = ResponseBuilder::new().description(what);
        response
            .content("application/problem+json", problem.clone())
            .build()
    };
    faults
        .into_iter()
        .map(|(status, what)| (status.to_owned(), RefOr::T(response(what))))
        .collect()
}

impl IntoResponses for TokenFaults {
    fn responses() -> Responses {
        listed([("401", "No valid token")])
    }
}

impl IntoResponses for AccessFaults {
    fn responses() -> Responses {
        listed([
            ("401", "No valid token"),
            ("403", "Another user's path"),
            (
                "503",
                "The database cannot be reached, or too much is going on",
            ),
        ])
    }
}

impl IntoResponses for TaskFaults {
    fn responses() -> Responses {
        listed([("404", "The caller has no such task")])
    }
}

impl IntoResponses for ConditionFaults {
    fn responses() -> Responses {
        listed([
            ("400", "If-Match is malformed"),
            ("412", "The task has been changed since"),
        ])
    }
}

impl IntoResponses for BodyFaults {
    fn responses() -> Responses {
        listed([
            (
                "400",
                "Not one JSON object, or another field of the request is malformed",
            ),
            ("408", "The body did not arrive in time"),
            ("413", "The body has more than 64 KiB"),
            ("415", "The body is not JSON in UTF-8, or is compressed"),
            ("422", "Members break rules, which `errors` lists"),
        ])
    }
}

impl IntoResponses for WriteFaults {
    fn responses() -> Responses {
        listed([("507", "There is no room left on the disk")])
    }
}
