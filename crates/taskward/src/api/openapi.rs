//! The API's description: made from the handlers' own documentation, so that it cannot fall behind them.

use axum::Json;
use axum::routing::{MethodRouter, get};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths,
};

use super::router;

/// The document (OpenAPI 3.1), as it is served and as `taskward openapi` prints it.
#[must_use]
pub fn document() -> OpenApi {
    router::documented().into_openapi()
}

/// What the routes are added to: title, licence, and that a bearer token is needed unless a route says otherwise.
pub(super) fn base() -> OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "A Better Auth token: the value that GET /api/auth/token gives",
        ))
        .build();
    let licence = LicenseBuilder::new()
        .name("MIT OR Apache-2.0")
        .identifier(Some("MIT OR Apache-2.0"))
        .build();
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Taskward")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some("Tasks of the user a Better Auth token names. Errors are problem details (RFC 9457)."))
                .license(Some(licence))
                .build(),
        )
        .components(Some(
            ComponentsBuilder::new().security_scheme("bearer", SecurityScheme::Http(bearer)).build(),
        ))
        .security(Some([SecurityRequirement::new("bearer", [] as [&str; 0])]))
        .build()
}

/// Puts `prefix` before every operation's id.
pub(super) fn rename_operations(paths: &mut Paths, prefix: &str) {
    for item in paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        for id in operations
            .into_iter()
            .flatten()
            .filter_map(|operation| operation.operation_id.as_mut())
        {
            *id = format!("{prefix}_{id}");
        }
    }
}

/// Serves the document, open to everybody (SEC-58).
pub(super) fn route<S: Clone + Send + Sync + 'static>(document: OpenApi) -> MethodRouter<S> {
    get(move || async move { Json(document) })
}
