//! What changed since a cursor, for clients that keep a copy.

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::Response;
use axum::http::request::Parts;
use serde::Serialize;
use taskward_domain::limits::{DELETED_CHANGE_DAYS, DELETED_CHANGES_PER_USER};
use taskward_domain::{AnyRecord, Change, ChangesRequest, FeedCursor, Id, Kind, UserId};
use taskward_filter::Names;
use utoipa::ToSchema;
use uuid::Uuid;

use super::filters::FilterAnswer;
use super::labels::LabelAnswer;
use super::lists::ListAnswer;
use super::records::Served;
use super::respond::{RECORD_BYTES, json, not_modified};
use super::settings::SettingsAnswer;
use super::tasks::TaskBody;
use crate::grant::OwnGrant;
use crate::openapi::{AccessFaults, OwnerPath, QueryFaults, ReadCondition, schemas};
use crate::precondition::{IfNoneMatch, ListTags};
use crate::problem::{Problem, ProblemBody};
use crate::query::{limit, read, whole_number};
use crate::routes::route::{Route, route};
use crate::state::SharedState;
use crate::time::ApiTime;

pub(crate) fn routes() -> Vec<Route> {
    vec![route!(self::list)]
}

/// What changed, oldest first; each record at most once, as it is now.
#[derive(Serialize, ToSchema)]
#[schema(as = Changes)]
pub(super) struct ChangesBody<'a> {
    changes: Vec<ChangeBody<'a>>,
    /// Ask for the changes since this cursor next time.
    cursor: u64,
    /// Whether there are further changes already.
    more: bool,
}

/// A record that was written or deleted. It is under the name of its kind, `null` if it was deleted.
#[derive(Serialize, ToSchema)]
#[schema(as = Change)]
pub(super) struct ChangeBody<'a> {
    /// The kind of the record. Ignore changes of a kind that you do not know.
    #[schema(examples("task"))]
    kind: &'static str,
    id: Uuid,
    /// With the kind `task`, which is the only one if `kinds` is left out: the task as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<TaskBody>, required = false)]
    task: Option<Option<TaskBody<'a>>>,
    /// With the kind `list`: the list as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ListAnswer>, required = false)]
    list: Option<Option<ListAnswer<'a>>>,
    /// With the kind `label`: the label as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LabelAnswer>, required = false)]
    label: Option<Option<LabelAnswer<'a>>>,
    /// With the kind `filter`: the filter as it is now. Its `query` has the names that lists and labels have now. Renaming one of
    /// them is no change of the filter: read the filters again then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<FilterAnswer>, required = false)]
    filter: Option<Option<FilterAnswer<'a>>>,
    /// With the kind `settings`: the settings as they are now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SettingsAnswer>, required = false)]
    settings: Option<Option<SettingsAnswer<'a>>>,
    /// When the record was deleted; `null` if it was not.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    deleted_at: Option<ApiTime>,
}

impl<'a> ChangeBody<'a> {
    /// `names` are there if a filter was written.
    fn new(owner: &'a UserId, change: &'a Change, names: Option<&Names>) -> Self {
        match change {
            Change::Written(record) => Self::written(owner, record, names),
            Change::Deleted {
                kind,
                id,
                deleted_at,
            } => {
                let mut body = Self::empty(*kind, *id);
                match kind {
                    Kind::Task => body.task = Some(None),
                    Kind::List => body.list = Some(None),
                    Kind::Label => body.label = Some(None),
                    Kind::Filter => body.filter = Some(None),
                    Kind::Settings => body.settings = Some(None),
                }
                body.deleted_at = Some(ApiTime(*deleted_at));
                body
            }
        }
    }

    fn written(owner: &'a UserId, record: &'a AnyRecord, names: Option<&Names>) -> Self {
        match record {
            AnyRecord::Task(task) => Self {
                task: Some(Some(TaskBody::new(owner, task))),
                ..Self::empty(Kind::Task, task.id)
            },
            AnyRecord::List(list) => Self {
                list: Some(Some(Served::answer(list))),
                ..Self::empty(Kind::List, list.id)
            },
            AnyRecord::Label(label) => Self {
                label: Some(Some(Served::answer(label))),
                ..Self::empty(Kind::Label, label.id)
            },
            AnyRecord::Filter(filter) => Self {
                filter: names.map(|names| Some(FilterAnswer::new(filter, names))),
                ..Self::empty(Kind::Filter, filter.id)
            },
            AnyRecord::Settings(settings) => Self {
                settings: Some(Some(SettingsAnswer::written(settings))),
                ..Self::empty(Kind::Settings, settings.id)
            },
        }
    }

    fn empty(kind: Kind, id: Id) -> Self {
        Self {
            kind: kind.name(),
            id: id.as_uuid(),
            task: None,
            list: None,
            label: None,
            filter: None,
            settings: None,
            deleted_at: None,
        }
    }
}

fn kind_of(change: &Change) -> Kind {
    match change {
        Change::Written(AnyRecord::Task(_)) => Kind::Task,
        Change::Written(AnyRecord::List(_)) => Kind::List,
        Change::Written(AnyRecord::Label(_)) => Kind::Label,
        Change::Written(AnyRecord::Filter(_)) => Kind::Filter,
        Change::Written(AnyRecord::Settings(_)) => Kind::Settings,
        Change::Deleted { kind, .. } => *kind,
    }
}

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described")]
pub(super) struct ChangesParameters {
    /// A cursor. Left out, the answer has the newest cursor and no changes
    since: Option<u64>,
    #[param(required = false, schema_with = schemas::page_limit)]
    limit: Option<u16>,
    /// The kinds of records to answer, with commas between them, or `all`. Left out, it is `task`. The cursor passes over the
    /// others
    #[param(example = "task,list,label,filter,settings")]
    kinds: Option<String>,
}

/// The query of `changes`.
pub(super) struct ChangesQuery {
    request: ChangesRequest,
    kinds: Kinds,
}

/// The kinds of records that are answered.
struct Kinds(Vec<Kind>);

impl Kinds {
    /// What a client gets that knows of no kinds.
    const DEFAULT: Kind = Kind::Task;

    fn parse(text: Option<&str>) -> Option<Self> {
        let mut kinds = match text {
            None => vec![Self::DEFAULT],
            Some("all") => Kind::ALL.to_vec(),
            Some(names) => {
                let kind = |name: &str| Kind::ALL.iter().copied().find(|kind| kind.name() == name);
                names.split(',').map(kind).collect::<Option<Vec<_>>>()?
            }
        };
        kinds.sort_unstable();
        kinds.dedup();
        Some(Self(kinds))
    }

    /// The kinds in one spelling; empty for the default.
    fn canonical(&self) -> String {
        if self.0 == [Self::DEFAULT] {
            return String::new();
        }
        let names: Vec<_> = self.0.iter().map(|kind| kind.name()).collect();
        format!(".{}", names.join("+"))
    }
}

impl<S: Sync> FromRequestParts<S> for ChangesQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let [limit_text, since, kinds] = read(parts, ["limit", "since", "kinds"])?;
        let limit = limit(limit_text)?;
        let since = match since {
            None => None,
            Some(text) => Some(parse_cursor(&text).ok_or_else(|| {
                Problem::malformed_query("`since` must be a cursor from an earlier answer.")
            })?),
        };
        let kinds = Kinds::parse(kinds.as_deref()).ok_or_else(|| {
            let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            let names = names.join(", ");
            Problem::malformed_query(format!(
                "`kinds` must be `all`, or some of {names} with commas between them."
            ))
        })?;
        let request = ChangesRequest { since, limit };
        Ok(Self { request, kinds })
    }
}

/// A cursor in the one spelling of its number.
pub(super) fn parse_cursor(text: &str) -> Option<FeedCursor> {
    whole_number(text).and_then(FeedCursor::from_number)
}

/// List what changed since a cursor
///
/// To keep a copy of the records: ask without `since` for the cursor to start from, load the lists, then ask repeatedly for
/// what changed. A change can be of a record that the copy already has in that state; applying it again does no harm.
#[utoipa::path(get, path = "/changes", tag = "sync", operation_id = "list_changes",
    params(OwnerPath, ReadCondition, ChangesParameters),
    responses(
        (status = 200, description = "The changes", body = ChangesBody, headers(("ETag" = String, description = "Changes when any record of the caller does"))),
        (status = 304, description = "The client has the current answer"),
        QueryFaults,
        AccessFaults,
        (status = 410, description = format!("The cursor is too old or from before a restored backup. Deletions are known for {DELETED_CHANGE_DAYS} days, and at most {DELETED_CHANGES_PER_USER} of them. Load the lists again"), body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    ChangesQuery { request, kinds }: ChangesQuery,
    condition: IfNoneMatch,
) -> Result<Response<Body>, Problem> {
    let page = state.services.list_changes(&grant, request).await?;
    let tags = ListTags::of_changes(&grant, &request, &kinds.canonical());
    let tag = tags.at(page.newest);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    let mut changes = page.changes;
    changes.retain(|change| kinds.0.contains(&kind_of(change)));
    let has_filters = changes
        .iter()
        .any(|change| matches!(change, Change::Written(AnyRecord::Filter(_))));
    let names = match has_filters {
        true => Some(state.services.query_names(&grant).await?),
        false => None,
    };
    let body = ChangesBody {
        changes: changes
            .iter()
            .map(|change| ChangeBody::new(grant.user(), change, names.as_ref()))
            .collect(),
        cursor: page.cursor.number(),
        more: page.more,
    };
    json(&tag, &body, (changes.len() + 1) * RECORD_BYTES)
}
