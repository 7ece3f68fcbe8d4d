//! The API's description, made from the handlers' own documentation.

#[cfg(test)]
mod compatibility;
mod examples;
mod faults;
mod parameters;
pub(crate) mod schemas;
mod served;

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths, RefOr, Schema,
    tag::TagBuilder,
};

pub(crate) use examples::add_examples;
pub(crate) use faults::{
    AccessFaults, BatchFaults, BodyFaults, ConditionFaults, FilterFaults, LabelFaults, ListFaults,
    PathFaults, QueryFaults, TaskFaults, TokenFaults, WriteFaults,
};
pub(crate) use parameters::{
    FilterPath, LabelPath, ListPath, OwnerPath, ReadCondition, TaskPath, WriteCondition,
};
pub(crate) use served::ServedDocument;

/// The document without routes: title, licence, and that a bearer token is needed unless a route says otherwise.
pub(crate) fn base() -> OpenApi {
    let tags = [
        ("tasks", "What is to be done, once or again and again"),
        (
            "lists",
            "Lists of tasks. The Inbox is the absence of a list",
        ),
        ("labels", "Labels of tasks"),
        (
            "settings",
            "What a user has chosen: time zone, first day of the week, default list",
        ),
        (
            "sync",
            "Many writes in one request, and what changed since the last time",
        ),
        ("me", "Who the token says the caller is"),
        ("health", "For operators"),
    ]
    .map(|(name, description)| {
        let tag = TagBuilder::new().name(name);
        tag.description(Some(description)).build()
    });
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
        .tags(Some(tags))
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
    use taskward_domain::limits::{
        DESCRIPTION_MAX, LABELS_PER_TASK, OPERATIONS_PER_BATCH, PAGE_MAX, REMINDERS_PER_TASK,
        SEARCH_MAX, TITLE_MAX,
    };

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

    /// The content of a request or an answer, if it has one.
    fn contents(message: &Value) -> Vec<&Value> {
        let contents = message["content"].as_object();
        contents.into_iter().flat_map(|all| all.values()).collect()
    }

    #[test]
    fn every_operation_has_an_example_of_what_is_sent_and_answered() {
        let document = document();
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let responses = operation["responses"].as_object().unwrap().iter();
                let successes = responses.filter(|(status, _)| status.starts_with('2'));
                let answers = successes.flat_map(|(_, response)| contents(response));
                for content in answers.chain(contents(&operation["requestBody"])) {
                    let example = &content["example"];
                    assert!(!example.is_null(), "{path} {}", operation["operationId"]);
                    let schema = content["schema"]["$ref"].as_str();
                    let Some(name) = schema.and_then(|name| name.rsplit('/').next()) else {
                        continue;
                    };
                    let schema = &document["components"]["schemas"][name];
                    for member in example.as_object().unwrap().keys() {
                        assert!(!schema["properties"][member].is_null(), "{path} {member}");
                    }
                    for member in schema["required"].as_array().into_iter().flatten() {
                        let member = member.as_str().unwrap();
                        assert!(example.get(member).is_some(), "{path} {member}");
                    }
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
        for schema in ["CreateTask", "ReplaceTask", "PatchTask"] {
            let members = &document["components"]["schemas"][schema]["properties"];
            assert_eq!(members["label_ids"]["maxItems"], LABELS_PER_TASK);
            assert_eq!(members["reminders"]["maxItems"], REMINDERS_PER_TASK);
        }
        let batch = &document["components"]["schemas"]["Batch"]["properties"];
        assert_eq!(batch["operations"]["maxItems"], OPERATIONS_PER_BATCH);
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
