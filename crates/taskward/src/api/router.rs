//! The route table.

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use super::state::SharedState;
use super::{ApiState, Edge, ProblemKind, changes, events, fallback, health, me, openapi, tasks};

/// Where the routes of one user live.
pub(super) const PREFIX: &str = "/api/users/{user_id}";
/// The same for clients written to the "Phase II" convention. Never stands for a static segment (SEC-59).
pub(super) const SHORT_PREFIX: &str = "/api/{user_id}";

/// Every route of the API that is documented, with its documentation.
pub(super) fn documented() -> OpenApiRouter<SharedState> {
    let router = OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(me::me))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz));
    let long = user_routes().map(|route| mount(PREFIX, route));
    let short = user_routes().map(|route| {
        let (schemas, mut paths, methods) = mount(SHORT_PREFIX, route);
        openapi::rename_operations(&mut paths, "short");
        (schemas, paths, methods)
    });
    long.into_iter()
        .chain(short)
        .fold(router, OpenApiRouter::routes)
}

/// What a user has: written once, mounted under both prefixes. Operation ids have to be unique in the document, so the
/// second mounting renames them.
fn user_routes() -> [UtoipaMethodRouter<SharedState>; 6] {
    [
        routes!(tasks::list, tasks::create),
        routes!(tasks::find, tasks::replace, tasks::patch, tasks::delete),
        routes!(tasks::complete),
        routes!(tasks::restore),
        routes!(changes::list),
        routes!(events::follow),
    ]
}

/// Puts a prefix before a route's path. Nesting a router would do so at every request, and build each URI anew.
fn mount(prefix: &str, route: UtoipaMethodRouter<SharedState>) -> UtoipaMethodRouter<SharedState> {
    let (schemas, mut paths, methods) = route;
    let inner = std::mem::take(&mut paths.paths);
    paths.paths = inner
        .into_iter()
        .map(|(path, item)| (format!("{prefix}{path}"), item))
        .collect();
    (schemas, paths, methods)
}

/// Everything the server answers to, behind the edge that every request passes.
pub fn router(state: ApiState, edge: Edge) -> Router {
    let (router, document) = documented().split_for_parts();
    router
        .route("/api/openapi.json", openapi::route(document))
        .route("/api/auth/{*rest}", any(fallback::auth))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(fallback::pages)
        .with_state(Arc::new(state))
        .layer(axum::middleware::from_fn_with_state(edge, Edge::pass))
}

/// OPTIONS is answered for every route, reads nothing and needs no token (SEC-55); axum adds `Allow` to either answer.
async fn method_not_allowed(method: Method) -> Response {
    if method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        ProblemKind::MethodNotAllowed.into_response()
    }
}
