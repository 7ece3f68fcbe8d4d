//! What is no route of the API: the sign-in service behind its proxy, the web app's files, and nothing at all.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};

use super::state::SharedState;
use super::{Problem, ProblemKind};
use crate::web;

/// Forwards `/api/auth/*`; without an auth server configured, those paths do not exist.
pub(super) async fn auth(State(state): State<SharedState>, request: Request) -> Response {
    let Some(proxy) = &state.auth_proxy else {
        return ProblemKind::NoSuchRoute.into_response();
    };
    match proxy.forward(request).await {
        Ok(response) => response,
        Err(error) => Problem::from(error).into_response(),
    }
}

/// Everything else: a page or an asset to read, never anything under `/api`.
pub(super) async fn pages(request: Request<Body>) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return ProblemKind::NoSuchRoute.into_response();
    }
    let Some(response) = web::respond(request.method(), path, request.headers()) else {
        return ProblemKind::NoSuchRoute.into_response();
    };
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        response
    } else {
        (
            [(header::ALLOW, "GET, HEAD")],
            ProblemKind::MethodNotAllowed,
        )
            .into_response()
    }
}
