//! The log lines of problems, with everything that an operator needs (SEC-92).

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{Method, Request, Uri};
use tracing::Level;

use super::cors;
use super::request_id::RequestId;
use crate::client_address::{Peer, TrustedProxies, network_of};
use crate::problem::Problem;
use crate::refusal_log::LogThrottle;

pub(super) struct RequestLog {
    templates: Vec<String>,
    /// By reason and client network.
    refusals: LogThrottle<(&'static str, Option<IpAddr>)>,
}

/// The request that a log line is about.
pub(super) struct Subject {
    method: Method,
    uri: Uri,
    client: Option<IpAddr>,
}

impl Subject {
    pub(super) fn new(request: &Request<Body>, trusted: &TrustedProxies) -> Self {
        let peer = request.extensions().get::<Peer>();
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            client: peer.map(|peer| trusted.client(peer.0, request.headers())),
        }
    }
}

impl RequestLog {
    pub(super) fn new(templates: Vec<String>) -> Self {
        Self {
            templates,
            refusals: LogThrottle::new(),
        }
    }

    pub(super) fn problem(&self, problem: &Problem, id: RequestId, subject: &Subject) {
        let status = problem.status().as_u16();
        let reason = problem.reason();
        match status {
            500.. if !problem.is_expected() => {
                let (request_id, method) = (id.as_str(), &subject.method);
                let route = self.route(subject.uri.path());
                let explanation = problem.explanation();
                tracing::error!(request_id, %method, route, status, reason, explanation, "request failed");
            }
            401 | 403 | 429 if tracing::enabled!(Level::INFO) => {
                let key = (reason, subject.client.map(network_of));
                let Some(suppressed) = self.refusals.allow(key) else {
                    return;
                };
                let (request_id, method) = (id.as_str(), &subject.method);
                let route = self.route(subject.uri.path());
                let explanation = problem.explanation();
                tracing::info!(request_id, %method, route, status, reason, explanation, suppressed, "request refused");
            }
            _ => {
                let (request_id, method) = (id.as_str(), &subject.method);
                tracing::debug!(request_id, %method, route = self.route(subject.uri.path()), status, reason, "request refused");
            }
        }
    }

    /// A browser keeps the reason from the page and from its developer tools, so the log says it.
    pub(super) fn preflight_refused(
        &self,
        id: RequestId,
        request: &Request<Body>,
        subject: &Subject,
    ) {
        let key = ("origin_not_allowed", subject.client.map(network_of));
        let Some(suppressed) = self.refusals.allow(key) else {
            return;
        };
        let (request_id, reason) = (id.as_str(), key.0);
        let route = self.route(subject.uri.path());
        let sent = cors::origin(request).and_then(|origin| origin.to_str().ok());
        // Sent by the client, so it is cut (SEC-91).
        let origin: String = sent.unwrap_or_default().chars().take(64).collect();
        tracing::info!(
            request_id,
            route,
            reason,
            origin,
            suppressed,
            "a browser may not use the API for a page of this origin: TASKWARD_ALLOWED_ORIGINS does not list it"
        );
    }

    /// The template of a path: URIs are not logged (SEC-90). Found here and not by the framework, because few requests are
    /// logged.
    fn route(&self, path: &str) -> &str {
        let matching = self
            .templates
            .iter()
            .filter(|template| matches(template, path));
        // Of two templates the one with fewer parameters is the route.
        matching
            .min_by_key(|template| template.matches('{').count())
            .map_or("none", String::as_str)
    }
}

fn matches(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let Some(segment) = segments.next() else {
            return false;
        };
        if expected.starts_with("{*") {
            return true;
        }
        if expected != segment && !expected.starts_with('{') {
            return false;
        }
    }
    segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_90_a_line_names_the_route_and_not_the_path() {
        let templates = [
            "/api/me",
            "/api/users/{user_id}/tasks",
            "/api/{user_id}/tasks",
            "/api/{user_id}/tasks/{task_id}",
            "/api/auth/{*rest}",
        ];
        let log = RequestLog::new(templates.map(str::to_owned).to_vec());
        for (path, route) in [
            ("/api/me", "/api/me"),
            (
                "/api/users/bob@example.com/tasks",
                "/api/users/{user_id}/tasks",
            ),
            ("/api/bob/tasks", "/api/{user_id}/tasks"),
            ("/api/bob/tasks/1", "/api/{user_id}/tasks/{task_id}"),
            ("/api/users/tasks", "/api/{user_id}/tasks"),
            ("/api/auth/sign-in/email", "/api/auth/{*rest}"),
            ("/api/bob", "none"),
            ("/", "none"),
        ] {
            assert_eq!(log.route(path), route, "{path}");
        }
    }
}
