//! Cross-origin requests (CORS, the Fetch standard; SEC-83).
//!
//! Invariant: a page of another origin can read an answer only if the settings list its origin, and only under `/api` without
//! `/api/auth`, where cookies sign users in. Credentials are never allowed: the API reads no cookie.

use axum::body::Body;
use axum::http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header,
};

use super::headers::RESOURCE_POLICY;

/// Every method that the API has.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// The fields that the API reads, and `X-Request-Id`, which clients with tracing add and which is ignored.
const REQUEST_FIELDS: &str =
    "Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID, X-Request-Id";
/// The fields of answers that a page may read, beyond those that it may read anyway.
const ANSWER_FIELDS: &str = "Accept-Patch, Accept-Post, Allow, ETag, Link, Location, RateLimit, RateLimit-Policy, \
    Retry-After, WWW-Authenticate, X-Request-Id";
/// For how many seconds a browser may remember the answer to a preflight.
const MAX_AGE: &str = "600";

/// The origins whose pages may use the API from a browser. None by default.
#[derive(Debug, Clone, Default)]
pub struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// `origins`: each as browsers send it in `Origin`.
    #[must_use]
    pub fn new(origins: Vec<String>) -> Self {
        Self(origins)
    }

    /// What the answer to this request has to say. `None` where the request's origin has no effect.
    pub(super) fn judge(&self, request: &Request<Body>) -> Option<Sharing> {
        if self.0.is_empty() || !is_shared(request.uri().path()) {
            return None;
        }
        let allowed = origin(request).filter(|origin| {
            let is_same = |allowed: &String| allowed.as_bytes() == origin.as_bytes();
            self.0.iter().any(is_same)
        });
        Some(Sharing {
            allowed: allowed.cloned(),
        })
    }
}

/// Whether pages of other origins may be allowed to read what is at a path.
pub(super) fn is_shared(path: &str) -> bool {
    let within = |prefix: &str| {
        let rest = path.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within("/api") && !within("/api/auth")
}

/// Whether a browser asks if it may send a request of a page of another origin.
pub(super) fn is_preflight(request: &Request<Body>) -> bool {
    let fields = request.headers();
    request.method() == Method::OPTIONS
        && fields.contains_key(header::ORIGIN)
        && fields.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The origin of the page that makes a request. A request with several has none.
pub(super) fn origin(request: &Request<Body>) -> Option<&HeaderValue> {
    let mut fields = request.headers().get_all(header::ORIGIN).iter();
    fields.next().filter(|_| fields.next().is_none())
}

/// Who may read an answer.
pub(super) struct Sharing {
    /// The request's origin, if it is allowed.
    allowed: Option<HeaderValue>,
}

impl Sharing {
    pub(super) fn is_allowed(&self) -> bool {
        self.allowed.is_some()
    }

    /// The answer to a preflight, without the fields that every answer has.
    pub(super) fn preflight() -> Response<Body> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_FIELDS),
            (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        ] {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
    }

    /// Adds the fields of CORS to an answer, a problem or not.
    pub(super) fn add_to(self, headers: &mut HeaderMap) {
        // Also without an allowed origin: a cache must not give this answer to one.
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = self.allowed else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let fixed: [(HeaderName, &str); 2] = [
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_FIELDS),
            (RESOURCE_POLICY, "cross-origin"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn has(list: &str, name: &str) -> bool {
        list.split(", ")
            .any(|found| found.eq_ignore_ascii_case(name))
    }

    #[test]
    fn sec_83_pages_can_use_everything_that_the_document_describes() {
        let document = serde_json::to_value(crate::openapi_document()).unwrap();
        let mut checked = 0;
        let paths = document["paths"].as_object().unwrap().values();
        for (method, operation) in paths.flat_map(|item| item.as_object().unwrap()) {
            assert!(has(METHODS, method), "{method}");
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            for field in parameters.filter(|parameter| parameter["in"] == "header") {
                let name = field["name"].as_str().unwrap();
                assert!(has(REQUEST_FIELDS, name), "{name}");
                checked += 1;
            }
            let answers = operation["responses"].as_object().unwrap().values();
            let fields =
                answers.filter_map(|answer| answer.get("headers").and_then(Value::as_object));
            for name in fields.flat_map(|fields| fields.keys()) {
                assert!(has(ANSWER_FIELDS, name), "{name}");
                checked += 1;
            }
        }
        assert!(checked > 20, "{checked} fields");
    }
}
