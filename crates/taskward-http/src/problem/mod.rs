//! Error answers (RFC 9457). All statuses and texts are in this module.
//!
//! Invariant: an error answer is a [`Problem`]. Its text comes from here, never from a library, a request's value or a row
//! (SEC-81), except where a 401 may explain itself (SEC-04). What only the operator may read goes beside it as a [`Cause`], which the edge logs.
//!
//! A problem travels as an extension of the response. The edge renders it, because only the edge knows the request id.

mod fault;
mod kind;
mod mapping;
mod render;

use std::borrow::Cow;
use std::fmt;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use fault::rule_text;
pub(crate) use kind::ProblemKind;
pub(crate) use mapping::ForKind;
pub(crate) use render::ProblemBody;

use crate::limits::FIELD_ERRORS_MAX;

/// A rule that a member of the body breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Which member, as a JSON Pointer (RFC 6901).
    #[schema(examples("/title"))]
    pub(crate) pointer: String,
    /// Which rule, for programs.
    #[schema(examples("too_long"))]
    pub(crate) code: &'static str,
    /// Which rule, for people.
    #[schema(examples("`title` must have at most 255 characters"))]
    pub(crate) detail: String,
}

impl FieldError {
    /// `rule` completes a sentence that begins with the member.
    pub(crate) fn at(pointer: String, code: &'static str, rule: impl fmt::Display) -> Self {
        let path = pointer.trim_start_matches('/').replace('/', ".");
        let name = match path.as_str() {
            "" => "The body".to_owned(),
            path => format!("`{}`", path.replace("~1", "/").replace("~0", "~")),
        };
        Self {
            pointer,
            code,
            detail: format!("{name} {rule}"),
        }
    }
}

/// An error answer.
#[derive(Debug, Clone)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    fields: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Cause>,
    is_expected: bool,
}

/// What the log says about a problem and the client does not read.
#[derive(Debug, Clone)]
pub(crate) struct Cause {
    /// From a closed set.
    pub(crate) reason: &'static str,
    pub(crate) explanation: String,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: Cow<'static, str>) -> Self {
        Self(Box::new(Parts {
            status,
            code,
            detail,
            errors: Vec::new(),
            fields: Vec::new(),
            cause: None,
            is_expected: false,
        }))
    }

    /// A 422. Its detail is the first error's, because many clients show nothing else.
    pub(crate) fn invalid_fields(mut errors: Vec<FieldError>) -> Self {
        let mut problem = Self::from(ProblemKind::InvalidFields);
        if let Some(first) = errors.first() {
            let detail = match errors.len() {
                1 => format!("{}.", first.detail),
                count => format!("{} ({} more; see errors).", first.detail, count - 1),
            };
            problem = problem.with_detail(detail);
        }
        errors.truncate(FIELD_ERRORS_MAX);
        problem.0.errors = errors;
        problem
    }

    /// A 413 of a route that takes at most `max` bytes.
    pub(crate) fn body_too_large(max: usize) -> Self {
        Self::from(ProblemKind::BodyTooLarge).with_detail(format!(
            "The body has more than the {max} bytes that are allowed. Send a shorter one."
        ))
    }

    /// A 400 for the query; `detail` names the parameter.
    pub(crate) fn malformed_query(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::from(ProblemKind::MalformedQuery).with_detail(detail)
    }

    /// A 429 of a rate limit.
    pub(crate) fn rate_limited(retry_after: u64, reason: &'static str) -> Self {
        let mut problem = Self::from(ProblemKind::RateLimited);
        problem.0.fields.clear();
        problem.0.cause = Some(Cause {
            reason,
            explanation: String::new(),
        });
        problem.with_field(header::RETRY_AFTER, retry_after.max(1).into())
    }

    /// A 429 for a deletion or restoration of a list soon after one with many tasks.
    pub(crate) fn lists_rate_limited(retry_after: u64) -> Self {
        Self::rate_limited(retry_after, "lists_rate_limited").with_detail(
            "A list with more than 1,000 tasks was deleted or restored within the last minute. No other list can be for \
             the seconds that Retry-After names. Nothing was written.",
        )
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// Adds a header field to the answer.
    pub(crate) fn with_field(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.fields.push((name, value));
        self
    }

    /// Closes the connection with the answer, because the bytes that follow cannot be told from the rest of this request.
    pub(crate) fn closing(self) -> Self {
        self.with_field(header::CONNECTION, HeaderValue::from_static("close"))
    }

    #[cfg(test)]
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Whether an operator need not read about it: who polls for readiness expects it.
    pub(crate) fn is_expected(&self) -> bool {
        self.0.is_expected
    }

    /// The reason for the log, from a closed set.
    pub(crate) fn reason(&self) -> &'static str {
        self.0
            .cause
            .as_ref()
            .map_or(self.0.code, |cause| cause.reason)
    }

    /// What the log says beyond the reason.
    pub(crate) fn explanation(&self) -> &str {
        self.0
            .cause
            .as_ref()
            .map_or("", |cause| cause.explanation.as_str())
    }
}

impl From<ProblemKind> for Problem {
    fn from(kind: ProblemKind) -> Self {
        let status = kind.status();
        let mut problem = Self::new(status, kind.code(), kind.detail());
        problem.0.is_expected = kind == ProblemKind::NotReady;
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::BAD_GATEWAY
                | StatusCode::GATEWAY_TIMEOUT
                | StatusCode::TOO_MANY_REQUESTS
        ) {
            return problem.with_field(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        *response.status_mut() = self.0.status;
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for ProblemKind {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
