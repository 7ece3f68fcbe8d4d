//! The route table.

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiState, Edge, ProblemKind, changes, events, fallback, health, me, openapi, tasks};

/// Where the routes of one user live.
pub(super) const PREFIX: &str = "/api/users/{user_id}";
/// The same for clients written to the "Phase II" convention. Never stands for a static segment (SEC-59).
pub(super) const SHORT_PREFIX: &str = "/api/{user_id}";

/// Every route of the API that is documented, with its documentation.
pub(super) fn documented() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(me::me))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .nest(PREFIX, user_routes())
        .nest(SHORT_PREFIX, short_routes())
}

/// What a user has: written once, mounted under both prefixes.
fn user_routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(tasks::list, tasks::create))
        .routes(routes!(
            tasks::find,
            tasks::replace,
            tasks::patch,
            tasks::delete
        ))
        .routes(routes!(tasks::complete))
        .routes(routes!(tasks::restore))
        .routes(routes!(changes::list))
        .routes(routes!(events::follow))
}

/// The same under other operation ids, which have to be unique in the document.
fn short_routes() -> OpenApiRouter<ApiState> {
    let mut routes = user_routes();
    openapi::rename_operations(routes.get_openapi_mut(), "short");
    routes
}

/// Everything the server answers to, behind the edge that every request passes.
pub fn router(state: ApiState, edge: Edge) -> Router {
    let (router, document) = documented().split_for_parts();
    router
        .route("/api/openapi.json", openapi::route(document))
        .route("/api/auth/{*rest}", any(fallback::auth))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(fallback::pages)
        .with_state(state)
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
