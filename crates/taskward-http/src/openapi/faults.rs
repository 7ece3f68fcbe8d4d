//! Error answers that many operations share. Documentation only: `problem` makes the answers.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::limits::{BATCH_BODY_MAX, BODY_MAX};

/// The route needs a token.
pub(crate) struct TokenFaults;

/// The route belongs to a user and needs storage.
pub(crate) struct AccessFaults;

/// The route reads a query string.
pub(crate) struct QueryFaults;

/// The route names a task.
pub(crate) struct TaskFaults;

/// The route names a list.
pub(crate) struct ListFaults;

/// The route names a label.
pub(crate) struct LabelFaults;

/// The route names a filter.
pub(crate) struct FilterFaults;

/// The write can carry a condition.
pub(crate) struct ConditionFaults;

/// The route takes a body.
pub(crate) struct BodyFaults;

/// The route carries out many operations.
pub(crate) struct BatchFaults;

/// The route belongs to a user and needs no storage.
pub(crate) struct PathFaults;

/// The route writes.
pub(crate) struct WriteFaults;

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

const UNAUTHORIZED: (&str, &str) = ("401", "No valid token");
const OTHER_USER: (&str, &str) = ("403", "Another user's path, or the token does not allow it");
const RATE_LIMITED: (&str, &str) = (
    "429",
    "Too many requests; `Retry-After` says when to try again",
);

impl IntoResponses for TokenFaults {
    fn responses() -> Responses {
        listed([UNAUTHORIZED, RATE_LIMITED])
    }
}

impl IntoResponses for AccessFaults {
    fn responses() -> Responses {
        listed([
            UNAUTHORIZED,
            OTHER_USER,
            RATE_LIMITED,
            (
                "503",
                "The database cannot be reached, or the server is overloaded. With code `outcome_unknown` a write may have \
                 happened",
            ),
        ])
    }
}

impl IntoResponses for QueryFaults {
    fn responses() -> Responses {
        listed([(
            "400",
            "A query parameter is unknown, repeated or out of range; `detail` names it",
        )])
    }
}

impl IntoResponses for TaskFaults {
    fn responses() -> Responses {
        listed([("404", "The caller has no such task")])
    }
}

impl IntoResponses for ListFaults {
    fn responses() -> Responses {
        listed([("404", "The caller has no such list")])
    }
}

impl IntoResponses for LabelFaults {
    fn responses() -> Responses {
        listed([("404", "The caller has no such label")])
    }
}

impl IntoResponses for FilterFaults {
    fn responses() -> Responses {
        listed([("404", "The caller has no such filter")])
    }
}

impl IntoResponses for ConditionFaults {
    fn responses() -> Responses {
        listed([
            ("400", "If-Match is malformed"),
            ("412", "The record has none of the tags that If-Match names"),
        ])
    }
}

impl IntoResponses for BodyFaults {
    fn responses() -> Responses {
        let too_large = format!("The body has more than {BODY_MAX} bytes");
        listed([
            (
                "400",
                "Not one JSON object, or another part of the request is malformed",
            ),
            ("408", "The body did not arrive in time"),
            ("413", &too_large),
            ("415", "The body is not JSON in UTF-8, or is compressed"),
            ("422", "Members break rules, which `errors` lists"),
        ])
    }
}

impl IntoResponses for BatchFaults {
    fn responses() -> Responses {
        let too_large = format!("The body has more than {BATCH_BODY_MAX} bytes");
        let mut responses = BodyFaults::responses();
        responses.extend(listed([
            (
                "404",
                "An operation names a record that the caller does not have",
            ),
            (
                "409",
                "An id, a name or the `batch_id` is taken, or a task cannot be skipped",
            ),
            (
                "412",
                "A record does not have the version that `if_version` names",
            ),
            ("413", &too_large),
        ]));
        responses
    }
}

impl IntoResponses for PathFaults {
    fn responses() -> Responses {
        listed([UNAUTHORIZED, OTHER_USER, RATE_LIMITED])
    }
}

impl IntoResponses for WriteFaults {
    fn responses() -> Responses {
        listed([("507", "No space is left on the disk")])
    }
}
