//! Every error answer of the server, in one file: which status, which code, which words (RFC 9457).
//!
//! Invariants: an error answer is a [`Problem`] and nothing else; what it says comes from this file, never from a
//! library, a request or a row (SEC-81). Internal detail travels beside it as a [`Cause`], which the edge logs
//! once and nobody sends.
//!
//! A handler's problem travels as a response extension; [`Problem::render`] turns it into bytes at the edge, where the
//! request id is known.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Denied;
use crate::domain::Refusal;
use crate::proxy::ProxyError;
use crate::service::ServiceError;

/// What went wrong. One variant an answer; the table in `ProblemKind::face` is the whole catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the catalogue in `face` says what each is")]
pub enum ProblemKind {
    MalformedRequest,
    MalformedJson,
    MalformedQuery,
    MalformedPrecondition,
    OtherUser,
    QuotaReached,
    NoSuchRoute,
    TaskNotFound,
    MethodNotAllowed,
    BodyTooSlow,
    TaskIdTaken,
    CursorTooOld,
    VersionMismatch,
    BodyTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    InvalidFields,
    TooManyStreams,
    Internal,
    AuthServerFailed,
    Overloaded,
    NotReady,
    RequestTookTooLong,
    StorageUnavailable,
    AuthServerTookTooLong,
    StorageFull,
}

impl ProblemKind {
    /// Status, code, title and detail.
    const fn face(self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::MalformedRequest => (
                400,
                "malformed_request",
                "Bad Request",
                "The request is not well-formed.",
            ),
            Self::MalformedJson => (
                400,
                "malformed_json",
                "Bad Request",
                "The body must be one JSON object without repeated members.",
            ),
            Self::MalformedQuery => (
                400,
                "malformed_query",
                "Bad Request",
                "A query parameter is unknown, repeated or out of its range; the API document lists what there is.",
            ),
            Self::MalformedPrecondition => (
                400,
                "malformed_precondition",
                "Bad Request",
                "If-Match must be * or a list of entity tags.",
            ),
            Self::OtherUser => (
                403,
                "other_user",
                "Forbidden",
                "The path names another user than the token.",
            ),
            Self::QuotaReached => (
                403,
                "quota_reached",
                "Forbidden",
                "No more tasks are allowed; delete some you no longer need.",
            ),
            Self::NoSuchRoute => (
                404,
                "no_such_route",
                "Not Found",
                "There is nothing at this path.",
            ),
            Self::TaskNotFound => (404, "task_not_found", "Not Found", "There is no such task."),
            Self::MethodNotAllowed => (
                405,
                "method_not_allowed",
                "Method Not Allowed",
                "The Allow field lists the methods of this path.",
            ),
            Self::BodyTooSlow => (
                408,
                "body_too_slow",
                "Request Timeout",
                "The body did not arrive in time.",
            ),
            Self::TaskIdTaken => (
                409,
                "task_id_taken",
                "Conflict",
                "Another task has, or had, this id; create it under a fresh one.",
            ),
            Self::CursorTooOld => (
                410,
                "cursor_too_old",
                "Gone",
                "What changed since then is not known any more; load the list afresh.",
            ),
            Self::VersionMismatch => (
                412,
                "version_mismatch",
                "Precondition Failed",
                "The task has been changed since; read it again and decide anew.",
            ),
            Self::BodyTooLarge => (
                413,
                "body_too_large",
                "Content Too Large",
                "The body is larger than this path takes.",
            ),
            Self::UriTooLong => (
                414,
                "uri_too_long",
                "URI Too Long",
                "The URI has more than 8192 bytes.",
            ),
            Self::UnsupportedMediaType => (
                415,
                "unsupported_media_type",
                "Unsupported Media Type",
                "Send JSON in UTF-8, not compressed, and say so in Content-Type.",
            ),
            Self::InvalidFields => (
                422,
                "invalid_fields",
                "Unprocessable Content",
                "Some members break a rule; see errors.",
            ),
            Self::TooManyStreams => (
                429,
                "too_many_streams",
                "Too Many Requests",
                "You follow events on too many connections; close one of them.",
            ),
            Self::Internal => (
                500,
                "internal",
                "Internal Server Error",
                "Something went wrong on our side; it has been logged.",
            ),
            Self::AuthServerFailed => (
                502,
                "auth_server_failed",
                "Bad Gateway",
                "The sign-in service cannot be reached; try again shortly.",
            ),
            Self::Overloaded => (
                503,
                "overloaded",
                "Service Unavailable",
                "Too much is going on; try again shortly.",
            ),
            Self::NotReady => (
                503,
                "not_ready",
                "Service Unavailable",
                "The server is starting, or something it needs is down.",
            ),
            Self::RequestTookTooLong => (
                503,
                "request_took_too_long",
                "Service Unavailable",
                "The request took too long; try again shortly.",
            ),
            Self::StorageUnavailable => (
                503,
                "storage_unavailable",
                "Service Unavailable",
                "The database cannot be reached; try again shortly.",
            ),
            Self::AuthServerTookTooLong => (
                504,
                "auth_server_took_too_long",
                "Gateway Timeout",
                "The sign-in service did not answer in time; try again shortly.",
            ),
            Self::StorageFull => (
                507,
                "storage_full",
                "Insufficient Storage",
                "The server's disk is full; nothing was written. Its operator has to make room.",
            ),
        }
    }
}

/// A rule that one member of a body breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: a JSON Pointer (RFC 6901) into the body.
    #[schema(examples("/title"))]
    pub pointer: String,
    /// Which rule, for programs.
    #[schema(examples("too_long"))]
    pub code: &'static str,
    /// Which rule, for people.
    #[schema(examples("must have at most 255 characters"))]
    pub detail: String,
}

/// An error answer.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
    errors: Vec<FieldError>,
    fields: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Box<Cause>>,
}

/// What the log says of a problem and the client does not read.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    /// A word out of a closed set.
    pub(super) reason: &'static str,
    /// The whole story.
    pub(super) explanation: String,
}

/// The body of an error answer: problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody<'a> {
    /// A URI that stands for the kind of problem.
    #[serde(rename = "type")]
    #[schema(examples("urn:taskward:problem:task_not_found"))]
    kind: String,
    /// The kind in words.
    title: &'a str,
    /// The HTTP status, again.
    status: u16,
    /// What happened and what to do.
    detail: &'a str,
    /// The kind as a word for programs.
    #[schema(examples("task_not_found"))]
    code: &'a str,
    /// Names this answer in the server's log.
    request_id: &'a str,
    /// With status 422: every rule that is broken, at most 20.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
}

impl Problem {
    /// A 422 with what is wrong where.
    #[must_use]
    pub fn invalid_fields(mut errors: Vec<FieldError>) -> Self {
        errors.truncate(20);
        Self {
            errors,
            ..ProblemKind::InvalidFields.into()
        }
    }

    fn of_storage(kind: ProblemKind, reason: &'static str, error: &dyn std::error::Error) -> Self {
        let explanation = with_sources(error);
        Self {
            cause: Some(Box::new(Cause {
                reason,
                explanation,
            })),
            ..kind.into()
        }
    }

    /// Adds a header field to the answer.
    #[must_use]
    pub fn with_field(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.fields.push((name, value));
        self
    }

    /// The kind as a word.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// Whether this is news to an operator, or only what somebody who polls for readiness expects.
    pub(super) fn is_expected(&self) -> bool {
        self.code == ProblemKind::NotReady.face().1
    }

    /// What the log has to say beyond the code.
    pub(super) fn cause(&self) -> Option<&Cause> {
        self.cause.as_deref()
    }

    /// Ends the connection with the answer: what else would come on it cannot be told from the rest of this request.
    #[must_use]
    pub(super) fn closing(self) -> Self {
        self.with_field(header::CONNECTION, HeaderValue::from_static("close"))
    }

    /// The status the answer will have.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer itself. `keep` carries header fields that were set beside the problem, such as `Allow`.
    pub(super) fn render(self, request_id: &str, keep: axum::http::HeaderMap) -> Response {
        let body = ProblemBody {
            kind: format!("urn:taskward:problem:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code,
            request_id,
            errors: &self.errors,
        };
        // Serializing strings and numbers into memory cannot fail; an empty body is the honest worst case.
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, bytes).into_response();
        let headers = response.headers_mut();
        headers.extend(keep);
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        for (name, value) in self.fields {
            headers.append(name, value);
        }
        response
    }
}

impl From<ProblemKind> for Problem {
    fn from(kind: ProblemKind) -> Self {
        let (status, code, title, detail) = kind.face();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let problem = Self {
            status,
            code,
            title,
            detail,
            errors: Vec::new(),
            fields: Vec::new(),
            cause: None,
        };
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::BAD_GATEWAY
                | StatusCode::TOO_MANY_REQUESTS
        ) {
            return problem.with_field(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        problem
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let (status, title) = match denied.status {
            400 => (StatusCode::BAD_REQUEST, "Bad Request"),
            403 => (StatusCode::FORBIDDEN, "Forbidden"),
            503 => (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            _ => (StatusCode::UNAUTHORIZED, "Unauthorized"),
        };
        let mut problem = Self {
            status,
            code: denied.code,
            title,
            detail: denied.detail,
            errors: Vec::new(),
            fields: Vec::new(),
            cause: Some(Box::new(Cause {
                reason: denied.reason,
                explanation: denied.explanation,
            })),
        };
        if let Some(Ok(challenge)) = denied.www_authenticate.map(HeaderValue::try_from) {
            problem = problem.with_field(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = denied.retry_after {
            problem = problem.with_field(header::RETRY_AFTER, seconds.into());
        }
        problem
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(Refusal::TaskNotFound) => ProblemKind::TaskNotFound.into(),
            ServiceError::Refused(Refusal::VersionMismatch) => ProblemKind::VersionMismatch.into(),
            ServiceError::Refused(Refusal::TaskIdTaken) => ProblemKind::TaskIdTaken.into(),
            ServiceError::Refused(Refusal::QuotaReached) => ProblemKind::QuotaReached.into(),
            ServiceError::Refused(Refusal::CursorTooOld) => ProblemKind::CursorTooOld.into(),
            ServiceError::TooManyStreams => ProblemKind::TooManyStreams.into(),
            ServiceError::Overloaded => ProblemKind::Overloaded.into(),
            ServiceError::StorageFull => ProblemKind::StorageFull.into(),
            ServiceError::StorageUnavailable(source) => Self::of_storage(
                ProblemKind::StorageUnavailable,
                "storage_unavailable",
                &source,
            ),
            ServiceError::StorageFailed(source) => {
                Self::of_storage(ProblemKind::Internal, "storage_failed", &source)
            }
        }
    }
}

/// An error and everything behind it, for the log.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

impl From<ProxyError> for Problem {
    fn from(error: ProxyError) -> Self {
        match error {
            ProxyError::AmbiguousPath => ProblemKind::MalformedRequest.into(),
            ProxyError::BodyTooLarge => ProblemKind::BodyTooLarge.into(),
            ProxyError::Unreachable => ProblemKind::AuthServerFailed.into(),
            ProxyError::TookTooLong => ProblemKind::AuthServerTookTooLong.into(),
        }
    }
}

impl IntoResponse for Problem {
    /// Leaves the rendering to the edge.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for ProblemKind {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
