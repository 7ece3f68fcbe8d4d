//! The route table.

use std::sync::Arc;

use axum::routing::{any, get};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::edge::{Edge, Router};
use crate::fallback;
use crate::openapi::{self, ServedDocument};
use crate::path::{PREFIX, SHORT_PREFIX};
use crate::routes::route::{Route, route};
use crate::routes::{
    batch, changes, counts, events, filters, health, labels, lists, me, preview, quick_add,
    settings, tasks,
};
use crate::state::{ApiState, AppState, SharedState};

/// What every user has. A new kind of record adds its line.
fn user_routes() -> Vec<Route> {
    [
        tasks::routes(),
        preview::routes(),
        lists::routes(),
        labels::routes(),
        filters::routes(),
        counts::routes(),
        quick_add::routes(),
        settings::routes(),
        batch::routes(),
        changes::routes(),
        events::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What belongs to no user's path.
fn other_routes() -> Vec<Route> {
    vec![
        route!(me::me),
        route!(health::healthz),
        route!(health::readyz),
    ]
}

/// The API's description (OpenAPI 3.1), made from the handlers. `docs/api/openapi.json` is what it makes, and is served.
#[must_use]
pub fn openapi_document() -> OpenApi {
    let mut router = OpenApiRouter::with_openapi(openapi::base());
    for route in other_routes() {
        router = router.routes((route.describe)());
    }
    for (prefix, rename) in [(PREFIX, None), (SHORT_PREFIX, Some("short"))] {
        for route in user_routes() {
            let (schemas, mut paths, methods) = (route.describe)();
            let inner = std::mem::take(&mut paths.paths).into_iter();
            paths.paths = inner
                .map(|(path, item)| (format!("{prefix}{path}"), item))
                .collect();
            openapi::refuse_null_bodies(&mut paths);
            // Operation ids have to be unique in the document.
            if let Some(word) = rename {
                openapi::rename_operations(&mut paths, word);
            }
            router = router.routes((schemas, paths, methods));
        }
    }
    let mut document = router.into_openapi();
    openapi::add_examples(&mut document);
    document
}

/// Everything that the server answers, behind the edge that every request passes.
pub fn router(state: ApiState, edge: Edge) -> Router {
    let of_users = user_routes().into_iter().flat_map(|route| {
        // Nesting a router instead would rewrite the URI of each request.
        [PREFIX, SHORT_PREFIX]
            .map(|prefix| (format!("{prefix}{}", route.path), route.methods.clone()))
    });
    let others = other_routes().into_iter();
    let others = others.map(|route| (route.path, route.methods));
    let all: Vec<_> = of_users.chain(others).collect();
    let mut templates: Vec<String> = all.iter().map(|(path, _)| path.clone()).collect();
    templates.push("/api/auth/{*rest}".to_owned());
    let routes = all.into_iter();
    let routes = routes.fold(axum::Router::new(), |routes, (path, methods)| {
        routes.route(&path, methods)
    });
    let document = Arc::new(ServedDocument::embedded());
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
