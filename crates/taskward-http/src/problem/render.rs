//! The bytes of an error answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, header};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::kind::title;
use super::{FieldError, Problem};

/// Room for a problem without field errors.
const USUAL_BYTES: usize = 320;

/// The body of an error answer: problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// A URI that stands for the kind of problem.
    #[serde(rename = "type")]
    #[schema(value_type = String, examples("urn:taskward:problem:task_not_found"))]
    kind: Urn<'a>,
    /// The status in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What happened and what to do.
    detail: &'a str,
    /// The kind as a word for programs.
    #[schema(examples("task_not_found"))]
    code: &'a str,
    /// Names this answer in the server's log.
    request_id: &'a str,
    /// With status 422: the rules that are broken, at most 20.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
}

struct Urn<'a>(&'a str);

impl Serialize for Urn<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("urn:taskward:problem:{}", self.0))
    }
}

impl Problem {
    /// The answer. `headers` are those that were set beside the problem, such as `Allow`.
    pub(crate) fn render(self, request_id: &str, mut headers: HeaderMap) -> Response<Body> {
        let parts = *self.0;
        let body = ProblemBody {
            kind: Urn(parts.code),
            title: title(parts.status),
            status: parts.status.as_u16(),
            detail: &parts.detail,
            code: parts.code,
            request_id,
            errors: &parts.errors,
        };
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        // Serializing strings and numbers into memory cannot fail.
        if serde_json::to_writer(&mut bytes, &body).is_err() {
            bytes.clear();
        }
        // axum has added the length of the empty body that the problem travelled with.
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        for (name, value) in parts.fields {
            headers.append(name, value);
        }
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = parts.status;
        *response.headers_mut() = headers;
        response
    }
}
