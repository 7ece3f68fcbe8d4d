//! The document only gains: what the first version described, the present one describes too. A client that was made from the
//! first version keeps working.
//!
//! Request schemas may take more, answers may say more; neither may do less.

use std::collections::BTreeSet;

use serde_json::Value;

const FIRST_VERSION: &str = include_str!("../../openapi/first-version.json");

/// Where the first version promised more than it has to: a client that asks for other kinds of changes does not get a task
/// with each. One that does not ask gets it always.
const EXCEPTIONS: [&str; 1] = ["Change requires task"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Request,
    Answer,
}

struct Comparison<'a> {
    old: &'a Value,
    new: &'a Value,
    /// The pairs of named schemas that were compared.
    seen: BTreeSet<(String, String, bool)>,
    losses: Vec<String>,
}

impl Comparison<'_> {
    fn lose(&mut self, what: String) {
        self.losses.push(what);
    }

    fn document(&mut self) {
        for (path, item) in object(&self.old["paths"]) {
            for (method, old) in object(item) {
                let new = &self.new["paths"][path][method];
                if new.is_null() {
                    self.lose(format!("{method} {path}"));
                    continue;
                }
                self.operation(&format!("{method} {path}"), old, new);
            }
        }
    }

    fn operation(&mut self, at: &str, old: &Value, new: &Value) {
        if old["operationId"] != new["operationId"] {
            self.lose(format!("{at}: the operation id"));
        }
        let key = |parameter: &Value| (parameter["in"].clone(), parameter["name"].clone());
        for parameter in array(&old["parameters"]) {
            let mut same = array(&new["parameters"]).iter();
            match same.find(|other| key(other) == key(parameter)) {
                Some(same) => {
                    let name = format!("{at} {}", parameter["name"]);
                    let (old, new) = (&parameter["schema"], &same["schema"]);
                    self.schema(&name, old, new, Direction::Request);
                }
                None => self.lose(format!("{at}: parameter {}", parameter["name"])),
            }
        }
        for parameter in array(&new["parameters"]) {
            let is_known = array(&old["parameters"])
                .iter()
                .any(|other| key(other) == key(parameter));
            if !is_known && parameter["required"] == true {
                self.lose(format!("{at}: {} is required", parameter["name"]));
            }
        }
        self.contents(
            at,
            &old["requestBody"],
            &new["requestBody"],
            Direction::Request,
        );
        if old["requestBody"]["required"] != true && new["requestBody"]["required"] == true {
            self.lose(format!("{at}: a body is required"));
        }
        for (status, response) in object(&old["responses"]) {
            let now = &new["responses"][status];
            if now.is_null() {
                self.lose(format!("{at}: status {status}"));
            }
            self.contents(&format!("{at} {status}"), response, now, Direction::Answer);
            for name in object(&response["headers"]).map(|(name, _)| name) {
                if now["headers"][name].is_null() {
                    self.lose(format!("{at} {status}: field {name}"));
                }
            }
        }
        let successes = |operation: &Value| -> BTreeSet<String> {
            let statuses = object(&operation["responses"]).map(|(status, _)| status.clone());
            statuses.filter(|status| status.starts_with('2')).collect()
        };
        if successes(old) != successes(new) {
            self.lose(format!("{at}: statuses of success"));
        }
    }

    fn contents(&mut self, at: &str, old: &Value, new: &Value, direction: Direction) {
        for (media_type, content) in object(&old["content"]) {
            let now = &new["content"][media_type];
            match now.is_null() {
                true => self.lose(format!("{at}: {media_type}")),
                false => self.schema(at, &content["schema"], &now["schema"], direction),
            }
        }
    }

    fn schema(&mut self, at: &str, old: &Value, new: &Value, direction: Direction) {
        let (old_name, old) = resolved(self.old, old);
        let (new_name, new) = resolved(self.new, new);
        if let (Some(one), Some(other)) = (&old_name, &new_name) {
            let is_request = direction == Direction::Request;
            if !self.seen.insert((one.clone(), other.clone(), is_request)) {
                return;
            }
        }
        let at = old_name.as_deref().unwrap_or(at);
        // What is said must be within what is understood.
        let (said, understood) = match direction {
            Direction::Request => (old, new),
            Direction::Answer => (new, old),
        };
        if !types(said).is_subset(&types(understood)) {
            self.lose(format!("{at}: type {} is {}", old["type"], new["type"]));
        }
        let words = |schema: &Value| schema["enum"].as_array().cloned();
        if let Some(understood) = words(understood) {
            let said = words(said);
            if !said.is_some_and(|said| said.iter().all(|word| understood.contains(word))) {
                self.lose(format!("{at}: its words"));
            }
        }
        if direction == Direction::Request {
            for (bound, allows_more) in [
                ("maxLength", true),
                ("maximum", true),
                ("maxItems", true),
                ("minLength", false),
                ("minimum", false),
            ] {
                let is_within = match (old[bound].as_i64(), new[bound].as_i64()) {
                    (_, None) => true,
                    (None, Some(_)) => false,
                    (Some(old), Some(new)) if allows_more => old <= new,
                    (Some(old), Some(new)) => new <= old,
                };
                if !is_within {
                    self.lose(format!("{at}: {bound}"));
                }
            }
        }
        let required = |schema: &Value| -> Vec<Value> { array(&schema["required"]).to_vec() };
        // What is demanded of requests, and promised of answers.
        for name in required(understood) {
            if !required(said).contains(&name) {
                self.lose(format!(
                    "{at} requires {}",
                    name.as_str().unwrap_or_default()
                ));
            }
        }
        for (name, property) in object(&old["properties"]) {
            let now = &new["properties"][name];
            match now.is_null() {
                true => self.lose(format!("{at}: member {name}")),
                false => self.schema(&format!("{at}.{name}"), property, now, direction),
            }
        }
        if !old["items"].is_null() {
            self.schema(&format!("{at}[]"), &old["items"], &new["items"], direction);
        }
    }
}

/// The schema that is meant: behind a reference, and behind a choice between it and `null`.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> (Option<String>, &'a Value) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.trim_start_matches("#/components/schemas/");
        let (_, target) = resolved(document, &document["components"]["schemas"][name]);
        return (Some(name.to_owned()), target);
    }
    let mut choices = array(&schema["oneOf"]).iter();
    match choices.find(|choice| choice["type"] != "null") {
        Some(choice) => resolved(document, choice),
        None => (None, schema),
    }
}

fn types(schema: &Value) -> BTreeSet<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect(),
        Value::Null => BTreeSet::new(),
        one => BTreeSet::from([text(one)]),
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn losses(old: &Value, new: &Value) -> Vec<String> {
    let mut comparison = Comparison {
        old,
        new,
        seen: BTreeSet::new(),
        losses: Vec::new(),
    };
    comparison.document();
    comparison.losses
}

fn first_version() -> Value {
    serde_json::from_str(FIRST_VERSION).unwrap()
}

#[test]
fn the_document_only_gains() {
    let new = serde_json::to_value(crate::openapi_document()).unwrap();
    assert_eq!(losses(&first_version(), &new), EXCEPTIONS);
}

/// The comparison itself: each of these changes is a loss.
#[test]
fn a_loss_is_found() {
    let old = first_version();
    assert!(losses(&old, &old).is_empty());
    let tasks = "/paths/~1api~1users~1{user_id}~1tasks";
    let create = "/components/schemas/CreateTask";
    let task = "/components/schemas/Task";
    for (pointer, value) in [
        (format!("{tasks}/get"), Value::Null),
        (format!("{tasks}/get/operationId"), "tasks".into()),
        (format!("{tasks}/get/parameters"), Value::Null),
        (format!("{tasks}/post/responses/201"), Value::Null),
        (format!("{tasks}/post/responses/409"), Value::Null),
        (format!("{tasks}/post/requestBody/content"), Value::Null),
        (format!("{create}/properties/title/maxLength"), 200.into()),
        (
            format!("{create}/properties/description/type"),
            "string".into(),
        ),
        (
            format!("{create}/required"),
            serde_json::json!(["title", "completed"]),
        ),
        (format!("{create}/properties/completed"), Value::Null),
        (format!("{task}/properties/version"), Value::Null),
        (format!("{task}/properties/version/type"), "string".into()),
        (format!("{task}/required"), serde_json::json!(["id"])),
        (
            format!("{task}/properties/title/type"),
            serde_json::json!(["string", "null"]),
        ),
    ] {
        let mut new = old.clone();
        *new.pointer_mut(&pointer).unwrap() = value;
        assert!(!losses(&old, &new).is_empty(), "{pointer}");
    }
}
