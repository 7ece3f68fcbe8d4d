//! What every request passes on its way in and every answer on its way out, API, proxy and pages alike.
//!
//! Invariants: every answer has a request id and the security headers of its kind (SEC-82, SEC-85); every problem is
//! rendered here (SEC-80); a panic or an overlong request becomes a problem like any other and spoils no other request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::{Problem, ProblemKind};

/// The longest URI that is looked at, in bytes.
const URI_MAX: usize = 8 * 1_024;
/// How long a request may take from its head to the head of its answer. The proxy keeps to limits of its own.
const REQUEST_TIME: Duration = Duration::from_secs(15);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// How many fields the edge adds at most; room for them is made once.
const FIELDS: usize = 7;

/// State of the edge: what ids and header fields are made from.
#[derive(Clone)]
pub struct Edge {
    ids: Arc<AtomicU64>,
    headers: SecurityHeaders,
}

/// The header fields that protect answers, precomputed.
#[derive(Clone)]
pub struct SecurityHeaders {
    strict_transport_security: Option<HeaderValue>,
}

impl SecurityHeaders {
    /// `https`: whether people reach the server by https. Only then may it promise so.
    #[must_use]
    pub fn new(https: bool) -> Self {
        let promise = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        Self {
            strict_transport_security: https.then_some(promise),
        }
    }

    fn set(&self, is_api: bool, headers: &mut HeaderMap) {
        headers.reserve(FIELDS);
        let mut set = |name: HeaderName, value: &'static str| {
            headers
                .entry(name)
                .or_insert(HeaderValue::from_static(value));
        };
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::REFERRER_POLICY, "no-referrer");
        set(RESOURCE_POLICY, "same-origin");
        if is_api {
            set(header::CACHE_CONTROL, "no-store");
            set(
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; frame-ancestors 'none'",
            );
        }
        if let Some(promise) = &self.strict_transport_security {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, promise.clone());
        }
    }
}

impl Edge {
    /// `seed` makes the ids of one process differ from another's.
    #[must_use]
    pub fn new(seed: u64, headers: SecurityHeaders) -> Self {
        Self {
            ids: Arc::new(AtomicU64::new(seed)),
            headers,
        }
    }

    /// The middleware itself.
    pub async fn pass(State(edge): State<Self>, request: Request, next: Next) -> Response {
        // An odd step walks through all 2^64 values before it repeats one, and neighbours look nothing alike.
        let id = edge.ids.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let id = format!("{id:016x}");
        let path = request.uri().path();
        let is_api = path.starts_with("/api/") || path == "/api";
        let is_proxied = path.starts_with("/api/auth/");
        let subject = Subject::of(&request);

        let answer =
            if let Err(problem) = check_framing(&request).and_then(|()| check_uri(&request)) {
                problem.into_response()
            } else {
                let work = AssertUnwindSafe(next.run(request)).catch_unwind();
                let done = if is_proxied {
                    Ok(work.await)
                } else {
                    tokio::time::timeout(REQUEST_TIME, work).await
                };
                match done {
                    Ok(Ok(response)) => response,
                    // The panic hook has logged what and where.
                    Ok(Err(_panic)) => ProblemKind::Internal.into_response(),
                    Err(_elapsed) => ProblemKind::RequestTookTooLong.into_response(),
                }
            };

        let mut response = render(answer, &id, &subject);
        edge.headers.set(is_api, response.headers_mut());
        if let Ok(value) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID.clone(), value);
        }
        response
    }
}

/// What a log line says of a request: the method and the route's template, never the URI (SEC-90).
struct Subject {
    method: axum::http::Method,
    route: Option<MatchedPath>,
}

impl Subject {
    fn of(request: &Request) -> Self {
        Self {
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
        }
    }
}

fn render(mut response: Response, id: &str, subject: &Subject) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    log(&problem, id, subject);
    problem.render(id, std::mem::take(response.headers_mut()))
}

/// One line a problem, with everything an operator needs to understand it (SEC-92).
fn log(problem: &Problem, request_id: &str, subject: &Subject) {
    let status = problem.status().as_u16();
    let route = subject.route.as_ref().map_or("none", MatchedPath::as_str);
    let method = &subject.method;
    let (reason, explanation) = match problem.cause() {
        Some(cause) => (cause.reason, cause.explanation.as_str()),
        None => (problem.code(), ""),
    };
    match status {
        500.. if !problem.is_expected() => {
            tracing::error!(request_id, %method, route, status, reason, explanation, "request failed");
        }
        401 | 403 | 429 => {
            tracing::info!(request_id, %method, route, status, reason, explanation, "request refused");
        }
        _ => tracing::debug!(request_id, %method, route, status, reason, "request refused"),
    }
}

/// Refuses what this server and a proxy in front of it could take for two different requests, and closes the
/// connection, whose next bytes nobody can name for sure. hyper has refused the coarser cases by now.
fn check_framing(request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let count = |name| headers.get_all(name).iter().count();
    let coded = headers.get(header::TRANSFER_ENCODING);
    let is_plain = coded.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    let lengths = count(header::CONTENT_LENGTH) + count(header::TRANSFER_ENCODING);
    if is_plain && lengths <= 1 && count(header::HOST) <= 1 {
        return Ok(());
    }
    Err(Problem::from(ProblemKind::MalformedRequest).closing())
}

/// Paths are taken as they are: one that would mean something else after normalisation has no route (SEC-53).
fn check_uri(request: &Request) -> Result<(), Problem> {
    let uri = request.uri();
    let length = uri.path_and_query().map_or(0, |text| text.as_str().len());
    if length > URI_MAX {
        return Err(ProblemKind::UriTooLong.into());
    }
    let mut segments = uri.path().split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if matches!(segment, "." | "..") || (segment.is_empty() && !is_last) {
            return Err(ProblemKind::NoSuchRoute.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn broken() -> &'static str {
        panic!("the secret reason")
    }

    #[tokio::test]
    async fn sec_81_a_panic_is_a_problem_that_says_nothing_and_the_next_request_works() {
        let edge = Edge::new(7, SecurityHeaders::new(false));
        let router = Router::new()
            .route("/api/broken", get(broken))
            .route("/api/fine", get(async || "fine"))
            .layer(axum::middleware::from_fn_with_state(edge, Edge::pass));
        let ask = |path: &str| {
            router
                .clone()
                .oneshot(Request::get(path).body(Body::empty()).unwrap())
        };
        let answer = ask("/api/broken").await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            text.contains("\"internal\"") && !text.contains("secret reason"),
            "{text}"
        );
        assert_eq!(ask("/api/fine").await.unwrap().status(), StatusCode::OK);
    }
}
