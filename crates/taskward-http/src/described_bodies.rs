//! The bodies that the API's description shows are the bodies that are read: same members at every depth, and its examples are
//! valid.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::testing::TASK;
use crate::wire_tests::Server;

struct Described {
    document: Value,
    server: Server,
}

impl Described {
    async fn start() -> Self {
        Self {
            document: serde_json::to_value(crate::openapi_document()).unwrap(),
            server: Server::start("off").await,
        }
    }

    /// The operations that take a body: request line, schema and example.
    fn bodies(&self) -> Vec<(String, &Value, &Value)> {
        let mut bodies = Vec::new();
        for (path, item) in self.document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let content = &operation["requestBody"]["content"]["application/json"];
                if content.is_null() {
                    continue;
                }
                let path = path.replace("{user_id}", "me");
                let path = path.split('/').map(|segment| match segment {
                    "{task_id}" | "{list_id}" | "{label_id}" | "{filter_id}" => TASK,
                    other => other,
                });
                let path = path.collect::<Vec<_>>().join("/");
                let line = format!("{} {path}", method.to_uppercase());
                bodies.push((line, &content["schema"], &content["example"]));
            }
        }
        bodies
    }

    /// The schema that is meant: behind a reference, and behind a choice between it and `null`.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return &self.document["components"]["schemas"][name];
        }
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        match choices
            .into_iter()
            .find(|choice| choice["$ref"].is_string())
        {
            Some(choice) => self.resolved(choice),
            None => schema,
        }
    }

    /// Compares the members of a schema with those that an answer names as known. `wrap` puts an object where the schema
    /// describes one.
    async fn check(&self, line: &str, schema: &Value, wrap: &dyn Fn(Value) -> Value) -> usize {
        let schema = self.resolved(schema);
        let Some(properties) = schema["properties"].as_object() else {
            return 0;
        };
        let described: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        let body = wrap(json!({ "unknown member": 1 })).to_string();
        let answer = self.server.ask_as("alice", line, &body).await.json();
        let errors = answer["errors"].as_array().unwrap();
        let unknown = errors
            .iter()
            .find(|error| error["code"] == "unknown_member");
        let detail = unknown.unwrap()["detail"].as_str().unwrap();
        let (_, known) = detail.split_once("which can have ").unwrap();
        let known: BTreeSet<&str> = known
            .split(", ")
            .map(|name| name.trim_matches('`'))
            .collect();
        assert_eq!(known, described, "{line} {body}");
        let mut checked = 1;
        for (name, property) in properties {
            checked += if property["items"].is_null() {
                let inner = |value: Value| wrap(json!({ name.as_str(): value }));
                Box::pin(self.check(line, property, &inner)).await
            } else {
                let inner = |value: Value| wrap(json!({ name.as_str(): [value] }));
                Box::pin(self.check(line, &property["items"], &inner)).await
            };
        }
        checked
    }
}

#[tokio::test]
async fn bodies_have_the_members_that_are_described() {
    let described = Described::start().await;
    let mut checked = 0;
    for (line, schema, _) in described.bodies() {
        checked += described.check(&line, schema, &|body| body).await;
    }
    assert!(checked > 50, "{checked} objects");
}

#[tokio::test]
async fn the_examples_are_valid_bodies() {
    let described = Described::start().await;
    let bodies = described.bodies();
    assert!(bodies.len() > 20, "{} bodies", bodies.len());
    for (line, _, example) in bodies {
        let example = example.to_string();
        let answer = described.server.ask_as("alice", &line, &example).await;
        // The store of these tests has nothing to write to.
        let status = answer.status;
        assert!([200, 404].contains(&status), "{line}: {status}");
    }
}
