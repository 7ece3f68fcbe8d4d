//! The bodies of tasks, as the API's description shows them. `input` and `details` read them.

use utoipa::ToSchema;
use uuid::Uuid;

use crate::openapi::schemas;

/// The members that every body has which describes a task, with those of `details` that the body reads.
macro_rules! body {
    (
        $(#[$meta:meta])*
        $name:ident $due:ident $recurrence:ident {
            $($(#[$own:meta])* $member:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(ToSchema)]
        #[expect(dead_code, reason = "only described")]
        pub(in crate::routes) struct $name {
            $($(#[$own])* $member: $type,)*
            /// The list; `null` is the Inbox.
            #[schema(required = false)]
            list_id: Option<Uuid>,
            /// The task of which this is to be a subtask. It goes to the parent's list.
            #[schema(required = false)]
            parent_id: Option<Uuid>,
            #[schema(required = false, schema_with = schemas::priority)]
            priority: Option<u8>,
            /// The labels: at most 20. They replace those that the task has.
            #[schema(value_type = Vec<Uuid>, required = false, max_items = 20)]
            label_ids: Vec<Uuid>,
            #[schema(required = false)]
            due: Option<$due>,
            /// The date before which the task is deferred.
            #[schema(value_type = Option<String>, required = false, format = Date)]
            start_on: Option<String>,
            /// The date after which the task is of no use.
            #[schema(value_type = Option<String>, required = false, format = Date)]
            deadline_on: Option<String>,
            #[schema(required = false, schema_with = schemas::duration)]
            duration_min: Option<u16>,
            /// How the task recurs. A task that recurs has a due and no parent.
            #[schema(required = false)]
            recurrence: Option<$recurrence>,
            /// When to remind: at most 10. They replace those that the task has.
            #[schema(value_type = Vec<ReminderInput>, required = false, max_items = 10)]
            reminders: Vec<ReminderInput>,
        }
    };
}

body! {
    /// The task to create. A `list_id` that is left out is the default list of the settings.
    CreateTask DueInput RecurrenceInput {
        #[schema(required = true, schema_with = schemas::title)]
        title: String,
        #[schema(required = false, schema_with = schemas::description)]
        description: Option<String>,
        /// Whether the task is completed from the start.
        #[schema(value_type = bool, required = false, default = false)]
        completed: bool,
        /// A UUIDv7 made by the client: the same create sent twice then makes one task.
        #[schema(value_type = Uuid, required = false)]
        id: Uuid,
    }
}

body! {
    /// The new content of a task. What is left out stays as it is, except `description`.
    ReplaceTask DueInput RecurrenceInput {
        #[schema(required = true, schema_with = schemas::title)]
        title: String,
        #[schema(required = false, schema_with = schemas::description)]
        description: Option<String>,
        /// Whether the task is completed. Left out, it stays as it is.
        #[schema(value_type = bool, required = false)]
        completed: bool,
    }
}

body! {
    /// A JSON merge patch (RFC 7396). Members that are left out stay as they are; `null` removes.
    PatchTask DuePatch RecurrencePatch {
        #[schema(required = false, schema_with = schemas::title)]
        title: String,
        #[schema(required = false, schema_with = schemas::description)]
        description: Option<String>,
        #[schema(value_type = bool, required = false)]
        completed: bool,
        /// Labels to add, not together with `label_ids`. One that the task has changes nothing.
        #[schema(value_type = Vec<Uuid>, required = false)]
        add_label_ids: Vec<Uuid>,
        /// Labels to remove, not together with `label_ids`. One that the task does not have changes nothing.
        #[schema(value_type = Vec<Uuid>, required = false)]
        remove_label_ids: Vec<Uuid>,
    }
}

/// A date, alone or with a time, alone or with a zone.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct DueInput {
    #[schema(format = Date, examples("2026-11-30"))]
    date: String,
    /// The time of day; `null` for the whole day.
    #[schema(required = false, examples("09:00"))]
    time: Option<String>,
    /// The time zone of the time, by its IANA name; `null` for this time in whichever zone the user is.
    #[schema(required = false, examples("Europe/Berlin"))]
    zone: Option<String>,
}

/// Members of a due. Those that are left out stay as they are; `null` removes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct DuePatch {
    #[schema(value_type = String, required = false, format = Date)]
    date: String,
    /// The time of day; `null` for the whole day.
    #[schema(required = false)]
    time: Option<String>,
    /// The time zone of the time; `null` for this time in whichever zone the user is.
    #[schema(required = false)]
    zone: Option<String>,
}

/// How a task recurs.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct RecurrenceInput {
    #[schema(schema_with = schemas::rule)]
    rule: String,
    #[schema(required = false, schema_with = schemas::anchor)]
    anchor: String,
    /// Where the rule is counted from. Left out, the due of the task.
    #[schema(required = false)]
    start: Option<DueInput>,
    /// The date of the series that the task stands for. Left out, the date of `start`.
    #[schema(value_type = Option<String>, required = false, format = Date)]
    occurrence: Option<String>,
}

/// Members of a recurrence. Those that are left out stay as they are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct RecurrencePatch {
    #[schema(required = false, schema_with = schemas::rule)]
    rule: String,
    #[schema(required = false, schema_with = schemas::anchor)]
    anchor: String,
    /// Where the rule is counted from. With a new rule, left out, the due of the task.
    #[schema(required = false)]
    start: Option<DuePatch>,
    /// The date of the series that the task stands for.
    #[schema(value_type = Option<String>, required = false, format = Date)]
    occurrence: Option<String>,
}

/// When to remind: one of the two members.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct ReminderInput {
    #[schema(required = false, schema_with = schemas::before_min)]
    before_min: u16,
    /// A moment of its own. It needs a time.
    #[schema(value_type = DueInput, required = false)]
    at: DueInput,
}

/// Whether the task is completed. Left out, it is toggled.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct CompleteTask {
    #[schema(value_type = bool, required = false)]
    completed: bool,
    #[schema(required = false, schema_with = schemas::done_at)]
    at: String,
}

/// The occurrence to skip.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct SkipTask {
    /// The `recurrence.occurrence` of the task. If the task stands for another date, it is kept as it is, so a skip that is sent
    /// again does no harm.
    #[schema(value_type = String, required = false, format = Date)]
    occurrence: String,
}

/// Where to move a task: at most one of `before`, `after` and `position`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct MoveTask {
    /// The list; `null` is the Inbox. Left out, that of `before` or `after`, or the present one.
    #[schema(required = false)]
    list_id: Option<Uuid>,
    /// The task of which it is to be a subtask; `null` for the top level.
    #[schema(required = false)]
    parent_id: Option<Uuid>,
    /// The open task that is to come after it. One that is no longer there keeps the task in its place.
    #[schema(value_type = Uuid, required = false)]
    before: Uuid,
    /// The open task that is to come before it.
    #[schema(value_type = Uuid, required = false)]
    after: Uuid,
    #[schema(required = false, schema_with = schemas::position)]
    position: String,
}
