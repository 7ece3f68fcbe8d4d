//! A line of text as a task: what it says, or the task that it makes.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, Uri};
use jiff::civil::DateTime;
use serde::Serialize;
use serde_json::Value;
use taskward_access::Grant;
use taskward_domain::{AnyRecord, Id, InvalidText, OperationRefusal, Refusal, WriteOutcome};
use taskward_quick_add::{Anchor, Parsed, SpanKind, UnknownKind};
use taskward_recurrence::{MinuteOfDay, Zone};
use taskward_service::{QuickAddText, QuickAdded};
use taskward_store::{Committed, StoreError};
use utoipa::ToSchema;
use uuid::Uuid;

use super::records::created_at;
use super::respond::{RECORD_BYTES, json, to_json};
use super::tasks::TaskBody;
use super::values::{ApiDate, ApiIds, DueBody};
use crate::body::{Input, JsonBody, Member, Members, Place, invalid_text_code};
use crate::grant::OwnGrant;
use crate::limits::QUICK_ADD_MAX;
use crate::openapi::{AccessFaults, BodyFaults, OwnerPath, WriteFaults, schemas};
use crate::precondition::record_tag;
use crate::problem::{FieldError, Problem, ProblemBody, ProblemKind};
use crate::query::NoQuery;
use crate::routes::route::{Route, route};
use crate::state::{AppState, SharedState};

/// The only member that the rules of a task can blame.
const TEXT: &str = "/text";

pub(crate) fn routes() -> Vec<Route> {
    vec![route!(self::quick_add)]
}

/// A line such as `Call Ann tomorrow 5pm p1 @phone #Work`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct QuickAdd {
    #[schema(schema_with = schemas::quick_add_text)]
    text: String,
    /// Whether the line is only read, and nothing is written.
    #[schema(value_type = bool, required = false, default = true)]
    dry_run: bool,
    /// The local time at which the line is said, as `YYYY-MM-DDTHH:MM`. Left out, now.
    #[schema(value_type = String, required = false, examples("2026-11-25T10:00"))]
    now: String,
    /// The IANA name of the time zone of `now`. Left out, the user's.
    #[schema(value_type = String, required = false, examples("Europe/Berlin"))]
    time_zone: String,
    /// Whether names of labels that do not exist are made labels together with the task. Otherwise they stay in the title.
    #[schema(value_type = bool, required = false, default = false)]
    create_labels: bool,
    /// A UUIDv7 made by the client for the task: the same line sent twice then makes one task, if `now` is sent with it.
    #[schema(value_type = Uuid, required = false)]
    id: Uuid,
}

pub(super) struct Line {
    text: QuickAddText,
    id: Option<Id>,
    is_dry_run: bool,
}

/// The text of a line.
struct LineText(String);

impl Member for LineText {
    const TYPE: &'static str = "a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let text = String::read(value, place)?;
        if text.trim().is_empty() {
            return place.broken("empty", "must not be empty");
        }
        if text.chars().nth(QUICK_ADD_MAX).is_some() {
            let rule = format_args!("must have at most {QUICK_ADD_MAX} characters");
            return place.broken("too_long", rule);
        }
        Some(Self(text))
    }
}

impl Input for QuickAdd {
    const NOUN: &'static str = "a quick add";
    type Parsed = Line;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let text: Option<LineText> = members.required("text");
        let is_dry_run = members.optional("dry_run").unwrap_or(true);
        let now: Option<DateTime> = members.optional("now");
        let zone: Option<Zone> = members.optional("time_zone");
        let creates_labels = members.optional("create_labels").unwrap_or(false);
        let id = members.optional("id");
        Some(Line {
            text: QuickAddText {
                text: text?.0,
                now,
                zone,
                creates_labels,
            },
            id,
            is_dry_run,
        })
    }
}

/// What a line says.
#[derive(Serialize, ToSchema)]
#[schema(as = ParsedQuickAdd)]
pub(super) struct ParsedBody<'a> {
    title: &'a str,
    #[schema(required = true)]
    description: Option<&'a str>,
    /// With a recurrence, its first date.
    #[schema(required = true)]
    due: Option<DueBody<'a>>,
    #[schema(required = true)]
    recurrence: Option<ParsedRecurrence<'a>>,
    #[schema(required = true, schema_with = schemas::priority)]
    priority: Option<u8>,
    /// The names of labels, in the order of the line.
    labels: &'a [String],
    /// The ids of those labels that exist.
    #[schema(value_type = Vec<Uuid>)]
    label_ids: ApiIds<'a>,
    /// The name of a list.
    #[schema(required = true)]
    list: Option<&'a str>,
    #[schema(required = true)]
    list_id: Option<Uuid>,
    #[schema(value_type = Option<String>, required = true, format = Date)]
    start_on: Option<ApiDate>,
    #[schema(value_type = Option<String>, required = true, format = Date)]
    deadline_on: Option<ApiDate>,
    /// The parts of the text that were understood, in its order.
    spans: Vec<SpanBody>,
    /// Names of lists and labels that do not exist. They stay in the title.
    unknown: Vec<UnknownBody<'a>>,
}

/// What is answered with 200.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only described")]
pub(super) enum QuickAddAnswer<'a> {
    Parsed(ParsedBody<'a>),
    Task(TaskBody<'a>),
}

#[derive(Serialize, ToSchema)]
pub(super) struct ParsedRecurrence<'a> {
    #[schema(schema_with = schemas::rule)]
    rule: &'a str,
    #[schema(schema_with = schemas::anchor)]
    anchor: &'static str,
}

/// A part of the text. Offsets count characters (Unicode code points); the end is excluded.
#[derive(Serialize, ToSchema)]
#[schema(as = QuickAddSpan)]
pub(super) struct SpanBody {
    start: usize,
    end: usize,
    #[schema(schema_with = schemas::span_kind)]
    kind: &'static str,
}

/// A name of nothing that the user has.
#[derive(Serialize, ToSchema)]
#[schema(as = QuickAddUnknown)]
pub(super) struct UnknownBody<'a> {
    /// `list` or `label`.
    kind: &'static str,
    /// The name with its mark, as it was typed.
    text: &'a str,
    start: usize,
    end: usize,
}

impl<'a> ParsedBody<'a> {
    fn new(line: &'a QuickAdded) -> Self {
        let parsed: &Parsed = &line.parsed;
        let spans = parsed.spans.iter().map(|span| SpanBody {
            start: span.start,
            end: span.end,
            kind: span_kind(span.kind),
        });
        let unknown = parsed.unknown.iter().map(|name| UnknownBody {
            kind: match name.kind {
                UnknownKind::List => "list",
                UnknownKind::Label => "label",
            },
            text: &name.text,
            start: name.start,
            end: name.end,
        });
        let recurrence = parsed.recurrence.as_ref();
        Self {
            title: &parsed.title,
            description: parsed.description.as_deref(),
            due: parsed.due.map(|due| {
                let time = due.time;
                let minutes = time.map(|time| {
                    let (hours, minutes) = (time.hour(), time.minute());
                    u16::from(hours.unsigned_abs()) * 60 + u16::from(minutes.unsigned_abs())
                });
                DueBody::floating(due.date, minutes.and_then(MinuteOfDay::new))
            }),
            recurrence: recurrence.map(|recurrence| ParsedRecurrence {
                rule: &recurrence.rule,
                anchor: match recurrence.anchor {
                    Anchor::Schedule => "schedule",
                    Anchor::Completion => "completion",
                },
            }),
            priority: parsed.priority,
            labels: &parsed.labels,
            label_ids: ApiIds(&line.labels),
            list: parsed.list.as_deref(),
            list_id: line.list.map(|list| list.as_uuid()),
            start_on: parsed.start_on.map(ApiDate),
            deadline_on: parsed.deadline_on.map(ApiDate),
            spans: spans.collect(),
            unknown: unknown.collect(),
        }
    }
}

fn span_kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Due => "due",
        SpanKind::Recurrence => "recurrence",
        SpanKind::Priority => "priority",
        SpanKind::Label => "label",
        SpanKind::List => "list",
        SpanKind::Start => "start",
        SpanKind::Deadline => "deadline",
        SpanKind::Description => "description",
        SpanKind::Escape => "escape",
    }
}

/// Read a line of text as a task, and create the task if asked
///
/// What is not understood stays in the title. Without `"dry_run": false` nothing is written, and the answer says what the line
/// means.
#[utoipa::path(post, path = "/quick-add", tag = "tasks", operation_id = "quick_add_task",
    params(OwnerPath),
    request_body = QuickAdd,
    responses(
        (status = 200, description = "What the line says; or with `\"dry_run\": false` the task, which an earlier request with the same `id` and line created", body = inline(QuickAddAnswer)),
        (status = 201, description = "With `\"dry_run\": false`: created", body = TaskBody, headers(
            ("Location" = String, description = "The task's path"),
            ("ETag" = String, description = "The task's version"),
        )),
        (status = 409, description = "The caller has, or had, another task with this `id`", body = ProblemBody, content_type = "application/problem+json"),
        AccessFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn quick_add(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    uri: Uri,
    JsonBody(line): JsonBody<QuickAdd>,
) -> Result<Response<Body>, Problem> {
    let added = state.services.read_quick_add(&grant, &line.text).await?;
    if line.is_dry_run {
        return parsed(&added);
    }
    let made = state.services.quick_add_operations(added, line.id);
    let made = made.map_err(invalid_text)?;
    let committed = state.services.batch(&grant, made.operations, None).await;
    let committed = committed.map_err(at_text)?;
    state.charge_rows(&grant, committed.rows);
    task(&state, &grant, &uri, committed)
}

fn parsed(added: &QuickAdded) -> Result<Response<Body>, Problem> {
    let json = to_json(&ParsedBody::new(added), RECORD_BYTES)?;
    Ok(super::respond::without_tag(json.into()))
}

/// The task is the last thing that is made.
fn task(
    _: &AppState,
    grant: &Grant,
    uri: &Uri,
    mut committed: Committed,
) -> Result<Response<Body>, Problem> {
    let written = committed.results.pop();
    let outcome = written.as_ref().map(|written| written.outcome);
    let Some(AnyRecord::Task(task)) = written.map(|written| written.record) else {
        return Err(ProblemKind::Internal.into());
    };
    let tag = record_tag(task.tag(committed.newest.epoch));
    let mut response = json(&tag, &TaskBody::new(grant.user(), &task), RECORD_BYTES)?;
    if outcome == Some(WriteOutcome::Created) {
        let owner = uri.path().strip_suffix("/quick-add").unwrap_or_default();
        created_at(&mut response, &format!("{owner}/tasks/{}", task.id));
    }
    Ok(response)
}

fn invalid_text(error: InvalidText) -> Problem {
    let rule = format_args!("has a title or description that {error}");
    let error = FieldError::at(TEXT.to_owned(), invalid_text_code(error), rule);
    Problem::invalid_fields(vec![error])
}

/// The members of the task that the line makes are all in the text.
fn at_text(error: StoreError) -> Problem {
    match error {
        StoreError::OperationRefused(OperationRefusal {
            operation,
            kind,
            refusal: Refusal::Invalid(mut fault),
        }) => {
            fault.pointer = TEXT.into();
            let refusal = Refusal::Invalid(fault);
            let refusal = OperationRefusal {
                operation,
                kind,
                refusal,
            };
            StoreError::OperationRefused(refusal).into()
        }
        other => other.into(),
    }
}
