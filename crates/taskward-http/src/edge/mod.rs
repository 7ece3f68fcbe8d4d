//! What every request and every answer passes: API, proxy and pages alike.
//!
//! Invariants: every answer has a request id and the security headers of its kind (SEC-82, SEC-85); every problem is rendered
//! here (SEC-80); a panic or an overlong request becomes a problem and affects no other request; every answer that a page of
//! another origin may read says so, problems included (SEC-83).
//!
//! The edge calls the routes directly, without middleware, because each layer of middleware allocates for each request.

mod cors;
mod headers;
mod log;
mod request_id;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request, Response, header};
use axum::response::IntoResponse;
use futures_util::FutureExt;
use tower::Service;

pub use cors::AllowedOrigins;
use cors::Sharing;
pub use headers::SecurityHeaders;
use log::{RequestLog, Subject};
use request_id::RequestIds;

use crate::client_address::TrustedProxies;
use crate::limits::{REQUEST_TIMEOUT, URI_MAX};
use crate::problem::{Problem, ProblemKind};
use crate::rate_limit::QuotaFields;
use crate::state::SharedState;

/// A request that took this long lets the other ready connections run before its answer is written. Under load their answers
/// are then written one right after the other. A client on this machine, for example a reverse proxy, handles them without
/// going to sleep in between, and waking it up is most of what a write costs.
const YIELD_AFTER: Duration = Duration::from_micros(10);

/// What request ids and security headers are made from, and whose pages may read answers.
pub struct Edge {
    ids: RequestIds,
    headers: SecurityHeaders,
    origins: AllowedOrigins,
}

impl Edge {
    /// `seed` makes the request ids of one process differ from another's.
    #[must_use]
    pub fn new(seed: u64, headers: SecurityHeaders) -> Self {
        Self {
            ids: RequestIds::new(seed),
            headers,
            origins: AllowedOrigins::default(),
        }
    }

    /// Lets pages of these origins use the API.
    #[must_use]
    pub fn with_allowed_origins(mut self, origins: AllowedOrigins) -> Self {
        self.origins = origins;
        self
    }
}

/// The routes behind the edge: the whole server but for the listener.
#[derive(Clone)]
pub struct Router(Arc<Inner>);

struct Inner {
    routes: axum::Router,
    edge: Edge,
    log: RequestLog,
    state: SharedState,
}

impl Router {
    /// `templates` are the routes as log lines name them.
    pub(crate) fn new(
        routes: axum::Router,
        edge: Edge,
        state: SharedState,
        templates: Vec<String>,
    ) -> Self {
        Self(Arc::new(Inner {
            routes,
            edge,
            log: RequestLog::new(templates),
            state,
        }))
    }

    pub(crate) fn trusted_proxies(&self) -> &TrustedProxies {
        &self.0.state.trusted_proxies
    }

    /// Answers one request.
    pub async fn handle(&self, mut request: Request<Body>) -> Response<Body> {
        let inner = &*self.0;
        let started = Instant::now();
        let id = inner.edge.ids.next();
        let path = request.uri().path();
        let is_api = path.starts_with("/api/") || path == "/api";
        let is_proxied = path.starts_with("/api/auth/");
        let subject = Subject::new(&request, &inner.state.trusted_proxies);
        let sharing = inner.edge.origins.judge(&request);
        let is_preflight = cors::is_preflight(&request);
        let is_allowed = sharing.as_ref().is_some_and(Sharing::is_allowed);
        if is_preflight && !is_allowed && cors::is_shared(path) {
            inner.log.preflight_refused(id, &request, &subject);
        }
        let quota = inner
            .state
            .limiter
            .as_ref()
            .filter(|_| is_api)
            .map(|limiter| {
                let fields = QuotaFields::default();
                request.extensions_mut().insert(fields.clone());
                (fields, limiter)
            });

        let answer = match check_framing(&request).and_then(|()| check_uri(&request)) {
            Ok(()) if is_preflight && is_allowed => Sharing::preflight(),
            Ok(()) => inner.answer(request, is_proxied).await,
            Err(problem) => problem.into_response(),
        };

        let (mut parts, mut body) = answer.into_parts();
        if let Some(problem) = parts.extensions.remove::<Problem>() {
            inner.log.problem(&problem, id, &subject);
            (parts, body) = problem.render(id.as_str(), parts.headers).into_parts();
        }
        parts.headers = inner.edge.headers.with(is_api, id, parts.headers);
        if let Some((fields, limiter)) = quota {
            fields.add_to(&mut parts.headers, limiter.policy());
        }
        if let Some(sharing) = sharing {
            sharing.add_to(&mut parts.headers);
        }
        if started.elapsed() >= YIELD_AFTER {
            tokio::task::yield_now().await;
        }
        Response::from_parts(parts, body)
    }
}

impl Inner {
    async fn answer(&self, request: Request<Body>, is_proxied: bool) -> Response<Body> {
        let may_write = !matches!(*request.method(), Method::GET | Method::HEAD);
        // A clone counts a reference. A router without middleware is always ready.
        let work = AssertUnwindSafe(self.routes.clone().call(request)).catch_unwind();
        let done = if is_proxied {
            Ok(work.await)
        } else {
            tokio::time::timeout(REQUEST_TIMEOUT, work).await
        };
        match done {
            Ok(Ok(Ok(response))) => response,
            // The panic hook has logged the panic.
            Ok(Err(_panic)) => ProblemKind::Internal.into_response(),
            // The write may have been queued, and commits even though nobody waits for it.
            Err(_elapsed) if may_write => ProblemKind::OutcomeUnknown.into_response(),
            Err(_elapsed) => ProblemKind::RequestTimedOut.into_response(),
        }
    }
}

/// Refuses what this server and a proxy in front of it could read as different requests, and closes the connection. hyper has
/// refused the coarser cases already.
fn check_framing(request: &Request<Body>) -> Result<(), Problem> {
    let headers = request.headers();
    let count = |name| headers.get_all(name).iter().count();
    let coding = headers.get(header::TRANSFER_ENCODING);
    let is_plain = coding.is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    let lengths = count(header::CONTENT_LENGTH) + count(header::TRANSFER_ENCODING);
    if is_plain && lengths <= 1 && count(header::HOST) <= 1 {
        return Ok(());
    }
    Err(Problem::from(ProblemKind::MalformedRequest).closing())
}

/// Paths are not normalized: one that normalization would change has no route (SEC-53).
fn check_uri(request: &Request<Body>) -> Result<(), Problem> {
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
mod tests;
