//! The wire forms of tasks.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use taskward_domain::{
    Description, Id, InvalidText, Task, TaskChange, TaskDraft, TaskPatch, TaskReplacement, Title,
    UserId,
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::{Input, Member};
use crate::openapi::schemas;
use crate::problem::FieldError;
use crate::time::ApiTime;

/// A task.
#[derive(Serialize, ToSchema)]
#[schema(as = Task)]
pub(in crate::routes) struct TaskBody<'a> {
    /// A UUIDv7, unique among the owner's tasks.
    id: Uuid,
    /// The owner.
    user_id: &'a str,
    #[schema(schema_with = schemas::title)]
    title: &'a str,
    #[schema(required = true, schema_with = schemas::description)]
    description: Option<&'a str>,
    completed: bool,
    /// When the task was completed; `null` while it is open.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    completed_at: Option<ApiTime>,
    #[schema(value_type = String, format = DateTime, examples("2026-11-20T20:15:00.000Z"))]
    created_at: ApiTime,
    /// When the task was last written.
    #[schema(value_type = String, format = DateTime)]
    updated_at: ApiTime,
    /// How many times the task was written.
    #[schema(minimum = 1)]
    version: u64,
}

impl<'a> TaskBody<'a> {
    pub(in crate::routes) fn new(owner: &'a UserId, task: &'a Task) -> Self {
        let (meta, body) = (&task.meta, &task.body);
        Self {
            id: task.id.as_uuid(),
            user_id: owner.as_str(),
            title: body.title.as_str(),
            description: body.description.as_ref().map(Description::as_str),
            completed: body.completed_at.is_some(),
            completed_at: body.completed_at.map(ApiTime),
            created_at: ApiTime(meta.created_at),
            updated_at: ApiTime(meta.updated_at),
            version: meta.version.number(),
        }
    }
}

/// Tasks of one owner, each serialized as soon as its wire form is made.
pub(super) struct TaskList<'a> {
    owner: &'a UserId,
    tasks: &'a [Task],
}

impl<'a> TaskList<'a> {
    pub(super) fn new(owner: &'a UserId, tasks: &'a [Task]) -> Self {
        Self { owner, tasks }
    }
}

impl Serialize for TaskList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(Some(self.tasks.len()))?;
        for task in self.tasks {
            array.serialize_element(&TaskBody::new(self.owner, task))?;
        }
        array.end()
    }
}

/// The task to create.
#[derive(Deserialize, ToSchema)]
pub(in crate::routes) struct CreateTask {
    #[schema(required = true, schema_with = schemas::title)]
    title: Option<String>,
    #[schema(required = false, schema_with = schemas::description)]
    description: Option<String>,
    /// Whether the task is completed from the start.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false, default = false)]
    completed: Option<bool>,
    /// A UUIDv7 made by the client: the same create sent twice then makes one task.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Uuid, required = false)]
    id: Option<String>,
}

/// The new content of a task.
#[derive(Deserialize, ToSchema)]
pub(in crate::routes) struct ReplaceTask {
    #[schema(required = true, schema_with = schemas::title)]
    title: Option<String>,
    #[schema(required = false, schema_with = schemas::description)]
    description: Option<String>,
    /// Whether the task is completed. Left out, it stays as it is.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    completed: Option<bool>,
}

/// A JSON merge patch (RFC 7396). Members that are left out stay as they are.
#[derive(Deserialize, ToSchema)]
pub(in crate::routes) struct PatchTask {
    #[serde(default, deserialize_with = "present")]
    #[schema(required = false, schema_with = schemas::title)]
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(required = false, schema_with = schemas::description)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    completed: Option<bool>,
}

/// Whether the task is completed. Left out, it is toggled.
#[derive(Deserialize, ToSchema)]
pub(in crate::routes) struct CompleteTask {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    completed: Option<bool>,
}

/// Tells `null` from absent: serde calls this only for members that are there, and `T` accepts or refuses `null`.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

const TITLE: Member = ("title", "a text");
const DESCRIPTION: Member = ("description", "a text or null");
const COMPLETED: Member = ("completed", "true or false");

impl Input for CreateTask {
    const NOUN: &'static str = "a task";
    const MEMBERS: &'static [Member] = &[TITLE, DESCRIPTION, COMPLETED, ("id", "a text")];
    type Parsed = (Option<Id>, TaskDraft);

    fn parse(self) -> Result<Self::Parsed, Vec<FieldError>> {
        let mut errors = Vec::new();
        let title = required_title(self.title, &mut errors);
        let description = description(self.description, &mut errors);
        let id = self.id.and_then(|text| {
            let id = Id::parse(&text);
            if id.is_none() {
                let rule = "must be a UUID of version 7 in lower case with hyphens";
                errors.push(broken("id", "invalid_id", rule));
            }
            id
        });
        let draft = title.map(|title| TaskDraft {
            title,
            description,
            completed: self.completed.unwrap_or(false),
        });
        unless_broken(draft.map(|draft| (id, draft)), errors)
    }
}

impl Input for ReplaceTask {
    const NOUN: &'static str = "a task";
    const MEMBERS: &'static [Member] = &[TITLE, DESCRIPTION, COMPLETED];
    type Parsed = TaskReplacement;

    fn parse(self) -> Result<Self::Parsed, Vec<FieldError>> {
        let mut errors = Vec::new();
        let title = required_title(self.title, &mut errors);
        let description = description(self.description, &mut errors);
        let replacement = title.map(|title| TaskReplacement {
            title,
            description,
            completed: self.completed,
        });
        unless_broken(replacement, errors)
    }
}

impl Input for PatchTask {
    const NOUN: &'static str = "a task";
    const MEMBERS: &'static [Member] = &[TITLE, DESCRIPTION, COMPLETED];
    type Parsed = TaskPatch;

    fn parse(self) -> Result<Self::Parsed, Vec<FieldError>> {
        let mut errors = Vec::new();
        let title = self
            .title
            .and_then(|text| checked("title", Title::parse(&text), &mut errors));
        let description = self.description.map(|text| description(text, &mut errors));
        let patch = TaskPatch {
            title,
            description,
            completed: self.completed,
        };
        unless_broken(Some(patch), errors)
    }
}

impl Input for CompleteTask {
    const NOUN: &'static str = "a completion";
    const MEMBERS: &'static [Member] = &[COMPLETED];
    const MAY_BE_EMPTY: bool = true;
    type Parsed = TaskChange;

    fn parse(self) -> Result<Self::Parsed, Vec<FieldError>> {
        Ok(match self.completed {
            None => TaskChange::ToggleCompleted,
            completed => TaskChange::Patch(TaskPatch {
                completed,
                ..TaskPatch::default()
            }),
        })
    }
}

/// `parsed`, which is there if no rule is broken.
fn unless_broken<T>(parsed: Option<T>, errors: Vec<FieldError>) -> Result<T, Vec<FieldError>> {
    match parsed {
        Some(parsed) if errors.is_empty() => Ok(parsed),
        _ => Err(errors),
    }
}

fn required_title(text: Option<String>, errors: &mut Vec<FieldError>) -> Option<Title> {
    if let Some(text) = text {
        checked("title", Title::parse(&text), errors)
    } else {
        errors.push(broken("title", "required", "is required"));
        None
    }
}

fn description(text: Option<String>, errors: &mut Vec<FieldError>) -> Option<Description> {
    text.and_then(|text| checked("description", Description::parse(&text), errors))
}

fn checked<T>(
    name: &str,
    parsed: Result<T, InvalidText>,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    parsed
        .map_err(|error| {
            let code = match error {
                InvalidText::Empty => "empty",
                InvalidText::TooLong { .. } => "too_long",
                InvalidText::ControlCharacter => "control_character",
            };
            errors.push(broken(name, code, &error.to_string()));
        })
        .ok()
}

fn broken(name: &str, code: &'static str, rule: &str) -> FieldError {
    FieldError {
        pointer: format!("/{name}"),
        code,
        detail: format!("`{name}` {rule}"),
    }
}
