//! The route table.

use std::sync::Arc;

use axum::routing::{any, get};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::edge::{Edge, Router};
use crate::fallback;
use crate::openapi::{self, ServedDocument};
use crate::path::{PREFIX, SHORT_PREFIX};
use crate::routes::{changes, events, health, me, tasks};
use crate::state::{ApiState, AppState, SharedState};

/// What every user has. A new kind of record adds its line.
fn user_routes() -> Vec<UtoipaMethodRouter<SharedState>> {
    [tasks::routes(), changes::routes(), events::routes()]
        .into_iter()
        .flatten()
        .collect()
}

/// The documented routes, with their documentation.
fn documented() -> OpenApiRouter<SharedState> {
    let router = OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(me::me))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz));
    let long = user_routes()
        .into_iter()
        .map(|route| with_prefix(PREFIX, route));
    // Operation ids have to be unique in the document.
    let short = user_routes().into_iter().map(|route| {
        let (schemas, mut paths, methods) = with_prefix(SHORT_PREFIX, route);
        openapi::rename_operations(&mut paths, "short");
        (schemas, paths, methods)
    });
    long.chain(short).fold(router, OpenApiRouter::routes)
}

/// Nesting a router instead would rewrite the URI of each request.
fn with_prefix(
    prefix: &str,
    route: UtoipaMethodRouter<SharedState>,
) -> UtoipaMethodRouter<SharedState> {
    let (schemas, mut paths, methods) = route;
    let inner = std::mem::take(&mut paths.paths);
    paths.paths = inner
        .into_iter()
        .map(|(path, item)| (format!("{prefix}{path}"), item))
        .collect();
    openapi::refuse_null_bodies(&mut paths);
    (schemas, paths, methods)
}

/// The API's description (OpenAPI 3.1), as it is served and as `taskward openapi` prints it.
#[must_use]
pub fn openapi_document() -> OpenApi {
    documented().into_openapi()
}

/// Everything that the server answers, behind the edge that every request passes.
pub fn router(state: ApiState, edge: Edge) -> Router {
    let (routes, document) = documented().split_for_parts();
    let mut templates: Vec<String> = document.paths.paths.keys().cloned().collect();
    templates.push("/api/auth/{*rest}".to_owned());
    let document = Arc::new(ServedDocument::new(&document));
    let state: SharedState = Arc::new(AppState::from(state));
    let routes = routes
        .route(
            "/api/openapi.json",
            get(async move |headers: axum::http::HeaderMap| document.respond(&headers)),
        )
        .route("/api/auth/{*rest}", any(fallback::auth))
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .fallback(fallback::pages)
        .with_state(Arc::clone(&state));
    Router::new(routes, edge, state, templates)
}
