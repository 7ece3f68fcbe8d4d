//! The API's description, made from the handlers' own documentation.

mod faults;
mod parameters;
pub(crate) mod schemas;
mod served;

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, RefOr, Schema,
};

pub(crate) use faults::{
    AccessFaults, BodyFaults, ConditionFaults, QueryFaults, TaskFaults, TokenFaults, WriteFaults,
};
pub(crate) use parameters::{OwnerPath, ReadCondition, TaskPath, WriteCondition};
pub(crate) use served::ServedDocument;

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
    for id in operations(paths).filter_map(|operation| operation.operation_id.as_mut()) {
        *id = format!("{prefix}_{id}");
    }
}

/// An optional body can be left out. utoipa describes it as one that can be `null`, which the server refuses, and for which
/// generators write clients that cannot leave it out.
pub(crate) fn refuse_null_bodies(paths: &mut Paths) {
    let bodies = operations(paths)
        .filter_map(|operation| operation.request_body.as_mut())
        .filter_map(inline);
    for content in bodies
        .flat_map(|body| body.content.values_mut())
        .filter_map(inline)
    {
        let Some(RefOr::T(Schema::OneOf(choice))) = &content.schema else {
            continue;
        };
        let is_reference = |item: &&RefOr<Schema>| matches!(item, RefOr::Ref(_));
        let reference = choice.items.iter().find(is_reference);
        content.schema = reference.cloned();
    }
}

fn inline<T>(part: &mut RefOr<T>) -> Option<&mut T> {
    match part {
        RefOr::T(part) => Some(part),
        RefOr::Ref(_) => None,
    }
}

fn operations(paths: &mut Paths) -> impl Iterator<Item = &mut Operation> {
    paths.paths.values_mut().flat_map(|item| {
        [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ]
        .into_iter()
        .flatten()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use taskward_domain::limits::{DESCRIPTION_MAX, PAGE_MAX, SEARCH_MAX, TITLE_MAX};

    fn document() -> Value {
        serde_json::to_value(crate::openapi_document()).unwrap()
    }

    #[test]
    fn every_parameter_has_a_description() {
        for (path, item) in document()["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    let text = &parameter["description"];
                    let text = text
                        .as_str()
                        .or(parameter["schema"]["description"].as_str());
                    assert!(text.is_some(), "{path} {parameter}");
                }
            }
        }
    }

    #[test]
    fn bounds_are_those_of_the_domain() {
        let document = document();
        for schema in ["CreateTask", "ReplaceTask", "PatchTask", "Task"] {
            let members = &document["components"]["schemas"][schema]["properties"];
            assert_eq!(members["title"]["maxLength"], TITLE_MAX, "{schema}");
            assert_eq!(members["description"]["maxLength"], DESCRIPTION_MAX);
        }
        let list = &document["paths"]["/api/users/{user_id}/tasks"]["get"]["parameters"];
        let schema = |name: &str| {
            let mut list = list.as_array().unwrap().iter();
            &list.find(|parameter| parameter["name"] == name).unwrap()["schema"]
        };
        assert_eq!(schema("limit")["maximum"], PAGE_MAX);
        for name in ["q", "search"] {
            assert_eq!(schema(name)["maxLength"], SEARCH_MAX);
        }
    }
}
