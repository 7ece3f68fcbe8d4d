//! An example of each operation: what is sent, and what is answered.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use utoipa::openapi::{Content, OpenApi};

use super::{inline, operations};

/// By the id of the operation, without the prefix of the short path.
const EXAMPLES: &str = include_str!("examples.json");

#[derive(Default, Deserialize)]
struct Example {
    request: Option<Value>,
    response: Option<Value>,
    /// The answer with 201, where it is another one.
    created: Option<Value>,
}

/// Adds the examples to the bodies of requests and of answers that report success.
pub(crate) fn add_examples(document: &mut OpenApi) {
    // A test parses the file.
    let examples: BTreeMap<String, Example> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for operation in operations(&mut document.paths) {
        let id = operation.operation_id.as_deref().unwrap_or_default();
        let Some(example) = examples.get(id.trim_start_matches("short_")) else {
            continue;
        };
        if let Some(body) = operation.request_body.as_mut().and_then(inline) {
            show(
                body.content.values_mut().filter_map(inline),
                &example.request,
            );
        }
        let successes = operation.responses.responses.iter_mut();
        let successes = successes.filter(|(status, _)| status.starts_with('2'));
        for (status, response) in successes {
            let Some(response) = inline(response) else {
                continue;
            };
            let shown = match &example.created {
                Some(_) if status == "201" => &example.created,
                _ => &example.response,
            };
            show(response.content.values_mut().filter_map(inline), shown);
        }
    }
}

fn show<'a>(contents: impl Iterator<Item = &'a mut Content>, example: &Option<Value>) {
    for content in contents {
        content.example.clone_from(example);
    }
}
