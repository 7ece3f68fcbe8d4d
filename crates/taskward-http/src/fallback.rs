//! Paths that are no route of the API: the auth server behind the proxy, pages and their files, and unknown paths.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::problem::{Problem, ProblemKind};
use crate::state::SharedState;
use crate::web;

/// Forwards `/api/auth/*`. Without a configured auth server those paths do not exist.
pub(crate) async fn auth(State(state): State<SharedState>, request: Request) -> Response {
    let Some(proxy) = &state.auth_proxy else {
        return ProblemKind::NoSuchRoute.into_response();
    };
    if !state.auth_server.may_answer() {
        return ProblemKind::AuthServerDown.into_response();
    }
    tokio::select! {
        // First: a server that is found to be unresponsive may be killed at the same time, which ends the request too.
        biased;
        () = state.auth_server.becomes_unresponsive() => ProblemKind::AuthServerTimedOut.into_response(),
        forwarded = proxy.forward(request) => match forwarded {
            Ok(response) => response,
            Err(error) => Problem::from(error).into_response(),
        },
    }
}

/// A page or an asset, never under `/api`.
pub(crate) async fn pages(State(state): State<SharedState>, request: Request<Body>) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return ProblemKind::NoSuchRoute.into_response();
    }
    let Some(response) = web::respond(state.pages, request.method(), path, request.headers())
    else {
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

/// OPTIONS is answered for every route, reads nothing and needs no token (SEC-55). axum adds `Allow` to either answer.
pub(crate) async fn method_not_allowed(method: Method) -> Response {
    if method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        ProblemKind::MethodNotAllowed.into_response()
    }
}
