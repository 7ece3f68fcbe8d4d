//! The API's description, made from the handlers' own documentation.

mod faults;
mod parameters;
pub(crate) mod schemas;
mod served;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths,
};

pub(crate) use faults::{
    AccessFaults, BodyFaults, ConditionFaults, QueryFaults, TaskFaults, TokenFaults, WriteFaults,
};
pub(crate) use parameters::{OwnerPath, ReadCondition, TaskPath, WriteCondition};
pub(crate) use served::ServedDocument;

/// The document (OpenAPI 3.1), as it is served and as `taskward openapi` prints it.
#[must_use]
pub fn document() -> OpenApi {
    crate::router::documented().into_openapi()
}

/// The document without routes: title, licence, and that a bearer token is needed unless a route says otherwise.
pub(crate) fn base() -> OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "A Better Auth token: the value that GET /api/auth/token returns",
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
                .description(Some(
                    "Tasks of the user whom a Better Auth token names. Errors are problem details (RFC 9457).",
                ))
                .license(Some(licence))
                .build(),
        )
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme("bearer", SecurityScheme::Http(bearer))
                .build(),
        ))
        .security(Some([SecurityRequirement::new("bearer", [] as [&str; 0])]))
        .build()
}

/// Puts `prefix` before every operation's id.
pub(crate) fn rename_operations(paths: &mut Paths, prefix: &str) {
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
