//! The wire forms of tasks: what comes in becomes domain values here, what goes out is made of them.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::body::Input;
use crate::api::problem::FieldError;
use crate::api::time::ApiTime;
use crate::domain::{
    Description, InvalidText, Task, TaskChange, TaskContent, TaskId, TaskPatch, Title,
};

/// A task.
#[derive(Serialize, ToSchema)]
#[schema(as = Task)]
pub(in crate::api) struct TaskBody<'a> {
    /// Names the task among its owner's tasks: a UUIDv7.
    id: Uuid,
    /// The owner.
    user_id: &'a str,
    /// What is to be done: 1 to 255 characters.
    #[schema(min_length = 1, max_length = 255, examples("Buy milk"))]
    title: &'a str,
    /// More about it.
    #[schema(required = true, max_length = 1000, examples("Two litres"))]
    description: Option<&'a str>,
    /// Whether it is done.
    completed: bool,
    /// When it was done.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    completed_at: Option<ApiTime>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime, examples("2026-11-20T20:15:00.000Z"))]
    created_at: ApiTime,
    /// When it was last written.
    #[schema(value_type = String, format = DateTime)]
    updated_at: ApiTime,
    /// How often it has been written; also its entity tag.
    #[schema(minimum = 1)]
    version: u64,
}

impl<'a> From<&'a Task> for TaskBody<'a> {
    fn from(task: &'a Task) -> Self {
        Self {
            id: task.id.as_uuid(),
            user_id: task.user_id.as_str(),
            title: task.title.as_str(),
            description: task.description.as_ref().map(Description::as_str),
            completed: task.completed_at.is_some(),
            completed_at: task.completed_at.map(ApiTime),
            created_at: ApiTime(task.created_at),
            updated_at: ApiTime(task.updated_at),
            version: task.version.number(),
        }
    }
}

/// What to create.
#[derive(Deserialize, ToSchema)]
pub(in crate::api) struct CreateTask {
    /// What is to be done: 1 to 255 characters after trimming, no control characters.
    #[schema(
        required = true,
        nullable = false,
        min_length = 1,
        max_length = 255,
        examples("Buy milk")
    )]
    title: Option<String>,
    /// More about it; `null` and absent are the same.
    #[schema(max_length = 1000, examples("Two litres"))]
    description: Option<String>,
    /// Whether it starts out done.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false, default = false)]
    completed: Option<bool>,
    /// A UUIDv7 made by the client: the same create sent twice then makes one task.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Uuid, required = false)]
    id: Option<String>,
}

/// What to make of a task: what is left out goes to its default.
#[derive(Deserialize, ToSchema)]
pub(in crate::api) struct ReplaceTask {
    /// What is to be done: 1 to 255 characters after trimming, no control characters.
    #[schema(
        required = true,
        nullable = false,
        min_length = 1,
        max_length = 255,
        examples("Buy milk")
    )]
    title: Option<String>,
    /// More about it; `null` and absent are the same.
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// Whether it is done.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false, default = false)]
    completed: Option<bool>,
}

/// What to change: a JSON merge patch (RFC 7396). What is left out stays.
#[derive(Deserialize, ToSchema)]
pub(in crate::api) struct PatchTask {
    /// A new title: 1 to 255 characters after trimming, no control characters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255)]
    title: Option<String>,
    /// A new description; `null` removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, required = false, max_length = 1000)]
    description: Option<Option<String>>,
    /// Done or not.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    completed: Option<bool>,
}

/// Whether the task is done. Left out, done becomes not done and the reverse.
#[derive(Deserialize, ToSchema)]
pub(in crate::api) struct CompleteTask {
    /// Done or not.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    completed: Option<bool>,
}

/// Tells `null` from absent: serde asks only for members that are there, and here `null` is a value like any other,
/// which the member's type takes or refuses.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Input for CreateTask {
    const MEMBERS: &'static [&'static str] = &["title", "description", "completed", "id"];
    type Parsed = (Option<TaskId>, TaskContent);

    fn parse(self) -> Result<Self::Parsed, Vec<FieldError>> {
        let mut errors = Vec::new();
        let content = content(self.title, self.description, self.completed, &mut errors);
        let id = self.id.and_then(|text| {
            let id = TaskId::parse(&text);
            if id.is_none() {
                errors.push(field(
                    "/id",
                    "invalid_id",
                    "must be a UUID of version 7 in lower case with hyphens",
                ));
            }
            id
        });
        match content {
            Some(content) if errors.is_empty() => Ok((id, content)),
            _ => Err(errors),
        }
    }
}

impl Input for ReplaceTask {
    const MEMBERS: &'static [&'static str] = &["title", "description", "completed"];
    type Parsed = TaskContent;

    fn parse(self) -> Result<Self::Parsed, Vec<FieldError>> {
        let mut errors = Vec::new();
        let content = content(self.title, self.description, self.completed, &mut errors);
        match content {
            Some(content) if errors.is_empty() => Ok(content),
            _ => Err(errors),
        }
    }
}

impl Input for PatchTask {
    const MEMBERS: &'static [&'static str] = &["title", "description", "completed"];
    type Parsed = TaskPatch;

    fn parse(self) -> Result<Self::Parsed, Vec<FieldError>> {
        let mut errors = Vec::new();
        let title = self
            .title
            .and_then(|text| checked("/title", Title::parse(&text), &mut errors));
        let description = self.description.map(|text| description(text, &mut errors));
        if errors.is_empty() {
            Ok(TaskPatch {
                title,
                description,
                completed: self.completed,
            })
        } else {
            Err(errors)
        }
    }
}

impl Input for CompleteTask {
    const MEMBERS: &'static [&'static str] = &["completed"];
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

fn content(
    title: Option<String>,
    text: Option<String>,
    completed: Option<bool>,
    errors: &mut Vec<FieldError>,
) -> Option<TaskContent> {
    let title = match title {
        Some(text) => checked("/title", Title::parse(&text), errors),
        None => {
            errors.push(field("/title", "required", "is required"));
            None
        }
    };
    let description = description(text, errors);
    Some(TaskContent {
        title: title?,
        description,
        completed: completed.unwrap_or(false),
    })
}

fn description(text: Option<String>, errors: &mut Vec<FieldError>) -> Option<Description> {
    text.and_then(|text| checked("/description", Description::parse(&text), errors))
}

fn checked<T>(
    pointer: &str,
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
            errors.push(field(pointer, code, &error.to_string()));
        })
        .ok()
}

fn field(pointer: &str, code: &'static str, detail: &str) -> FieldError {
    FieldError {
        pointer: pointer.to_owned(),
        code,
        detail: detail.to_owned(),
    }
}
