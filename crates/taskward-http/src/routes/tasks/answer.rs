//! The wire form of tasks in answers.

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use taskward_domain::{Description, Id, Reminder, Reminders, Task, TaskRecurrence, UserId};
use taskward_recurrence::{Anchor, Rule};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::openapi::schemas;
use crate::routes::values::{ApiDate, ApiIds, DueBody};
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
    /// The list; `null` is the Inbox.
    #[schema(required = true)]
    list_id: Option<Uuid>,
    /// The task of which this is a subtask.
    #[schema(required = true)]
    parent_id: Option<Uuid>,
    /// The place among the tasks with the same list and parent. Sort by `rank`, byte by byte, then by `id`.
    #[schema(examples("V0198f5d07c3a"))]
    rank: &'a str,
    #[schema(required = true, schema_with = schemas::priority)]
    priority: Option<u8>,
    /// The labels, sorted. Ignore ids of labels that you do not have: a label in the trash keeps its tasks.
    #[schema(value_type = Vec<Uuid>)]
    label_ids: ApiIds<'a>,
    #[schema(required = true)]
    due: Option<DueBody<'a>>,
    /// The date before which the task is deferred.
    #[schema(value_type = Option<String>, required = true, format = Date)]
    start_on: Option<ApiDate>,
    /// The date after which the task is of no use.
    #[schema(value_type = Option<String>, required = true, format = Date)]
    deadline_on: Option<ApiDate>,
    #[schema(required = true, schema_with = schemas::duration)]
    duration_min: Option<u16>,
    /// How the task recurs; `null` if it does not.
    #[schema(required = true)]
    recurrence: Option<RecurrenceBody<'a>>,
    #[schema(value_type = Vec<ReminderBody>)]
    reminders: ReminderList<'a>,
    /// Only in answers to writes that completed a recurring task: the next occurrence, or `null` when the series has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TaskBody>, required = false, no_recursion)]
    next_occurrence: Option<Option<Box<TaskBody<'a>>>>,
    /// Only in the view `trash`: when the task was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, format = DateTime)]
    deleted_at: Option<ApiTime>,
}

impl<'a> TaskBody<'a> {
    pub(in crate::routes) fn new(owner: &'a UserId, task: &'a Task) -> Self {
        let (meta, body) = (&task.meta, &task.body);
        let container = body.place.container;
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
            list_id: container.list.as_ref().map(Id::as_uuid),
            parent_id: container.parent.as_ref().map(Id::as_uuid),
            rank: body.place.rank.as_str(),
            priority: body.priority.map(|priority| priority.number()),
            label_ids: ApiIds(body.label_ids.as_slice()),
            due: body.due.as_ref().map(DueBody::new),
            start_on: body.start_on.map(ApiDate),
            deadline_on: body.deadline_on.map(ApiDate),
            duration_min: body.duration.map(|duration| duration.minutes()),
            recurrence: body.recurrence.as_ref().map(RecurrenceBody::new),
            reminders: ReminderList(&body.reminders),
            next_occurrence: None,
            deleted_at: meta.deleted_at.map(ApiTime),
        }
    }

    /// The answer to a write, which may have completed a recurring task.
    pub(in crate::routes) fn written(
        owner: &'a UserId,
        task: &'a Task,
        next: Option<&'a Option<Task>>,
    ) -> Self {
        let next = next.map(|next| next.as_ref().map(|next| Box::new(Self::new(owner, next))));
        Self {
            next_occurrence: next,
            ..Self::new(owner, task)
        }
    }
}

/// How a task recurs.
#[derive(Serialize, ToSchema)]
#[schema(as = Recurrence)]
pub(super) struct RecurrenceBody<'a> {
    #[schema(schema_with = schemas::rule)]
    rule: ApiRule<'a>,
    #[schema(schema_with = schemas::anchor)]
    anchor: &'static str,
    /// Where the rule is counted from.
    start: DueBody<'a>,
    /// The date of the series that this task stands for.
    #[schema(value_type = String, format = Date)]
    occurrence: ApiDate,
    series_id: Uuid,
    /// Which occurrence of the series this is.
    #[schema(minimum = 1)]
    index: u64,
}

impl<'a> RecurrenceBody<'a> {
    fn new(of_task: &'a TaskRecurrence) -> Self {
        let recurrence = &of_task.recurrence;
        Self {
            rule: ApiRule(&recurrence.rule),
            anchor: match recurrence.anchor {
                Anchor::Schedule => "schedule",
                Anchor::Completion => "completion",
            },
            start: DueBody::new(&recurrence.start),
            occurrence: ApiDate(recurrence.occurrence),
            series_id: of_task.series_id.as_uuid(),
            index: recurrence.index,
        }
    }
}

/// A rule in its canonical text.
struct ApiRule<'a>(&'a Rule);

impl Serialize for ApiRule<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// When to remind: so many minutes before the due, or at a moment of its own. One of the two is there.
#[derive(Serialize, ToSchema)]
#[schema(as = Reminder)]
pub(super) struct ReminderBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, schema_with = schemas::before_min)]
    before_min: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = DueBody, required = false)]
    at: Option<DueBody<'a>>,
}

/// Reminders, each serialized as soon as its wire form is made.
struct ReminderList<'a>(&'a Reminders);

impl Serialize for ReminderList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.as_slice().iter().map(|reminder| match reminder {
            Reminder::Before(minutes) => ReminderBody {
                before_min: Some(*minutes),
                at: None,
            },
            Reminder::At(at) => ReminderBody {
                before_min: None,
                at: Some(DueBody::of_reminder(at)),
            },
        }))
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
