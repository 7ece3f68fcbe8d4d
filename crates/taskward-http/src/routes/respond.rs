//! Answers that many handlers give.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use serde::Serialize;

use crate::problem::{Problem, ProblemKind};

/// Room for a record in JSON. Most need less, so that one allocation is enough.
pub(super) const RECORD_BYTES: usize = 768;
/// Room for the fields of an answer and those that the edge adds.
const FIELDS: usize = 14;

/// A value as JSON with its entity tag.
pub(super) fn json(
    tag: &str,
    value: &impl Serialize,
    capacity: usize,
) -> Result<Response<Body>, Problem> {
    Ok(with_tag(tag, to_json(value, capacity)?.into()))
}

pub(super) fn to_json(value: &impl Serialize, capacity: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(capacity);
    // Serializing strings and numbers into memory cannot fail.
    serde_json::to_writer(&mut bytes, value).map_err(|_| ProblemKind::Internal)?;
    Ok(bytes)
}

/// An answer with JSON that was made before.
pub(super) fn with_tag(tag: &str, json: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(json));
    *response.headers_mut() = validators(tag);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

/// An answer that no later request can refer to.
pub(super) fn without_tag(json: Bytes) -> Response<Body> {
    let mut response = with_tag("", json);
    response.headers_mut().remove(header::ETAG);
    response
}

pub(super) fn not_modified(tag: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.headers_mut() = validators(tag);
    response
}

/// `Vary` keeps a cache that is keyed by the URL from giving one user's answer to another (SEC-74).
fn validators(tag: &str) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(FIELDS);
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::VARY, HeaderValue::from_static("Authorization"));
    headers
}
