//! The query of a list of tasks with `view`: which view, and the parameters that it takes.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use jiff::civil::Date;
use taskward_domain::{Id, Kind, PageLimit, SearchText, TaskQuery, View, ViewCursor};
use taskward_service::FilterSource;
use utoipa::IntoParams;
use utoipa::openapi::schema::Schema;
use uuid::Uuid;

use super::list_query::{
    self, schema_of_order, schema_of_q, schema_of_search, schema_of_sort_by, schema_of_status,
    search_text,
};
use crate::body::parse_date;
use crate::limits::{CURSOR_MAX, VIEW_DAYS_MAX};
use crate::openapi::schemas;
use crate::problem::{Problem, ProblemKind};
use crate::query::{limit, read, true_or_false};

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described")]
pub(super) struct ListParameters {
    #[param(required = false, schema_with = schemas::page_limit)]
    limit: Option<u16>,
    #[param(required = false, schema_with = schemas::page_cursor)]
    cursor: Option<String>,
    /// Only completed tasks, or only open ones. With a view: `true` for the completed tasks of the view `inbox`, `list`, `label`
    /// or `filter`, completed last first
    completed: Option<bool>,
    #[param(required = false, schema_with = schema_of_q)]
    q: Option<String>,
    #[param(required = false, schema_with = schema_of_status)]
    status: Option<String>,
    #[param(required = false, schema_with = schema_of_search)]
    search: Option<String>,
    #[param(required = false, schema_with = schema_of_sort_by)]
    sort_by: Option<String>,
    #[param(required = false, schema_with = schema_of_order)]
    order: Option<String>,
    #[param(required = false, schema_with = schema_of_view)]
    view: Option<String>,
    /// The list of the view `list`: its id, or `inbox`
    list_id: Option<String>,
    /// The label of the view `label`
    label_id: Option<Uuid>,
    /// The saved filter of the view `filter`. Not together with `filter`
    filter_id: Option<Uuid>,
    /// The task of the view `subtasks`
    parent_id: Option<Uuid>,
    #[param(required = false, schema_with = schemas::filter_query)]
    filter: Option<String>,
    /// The first date of the view `upcoming` or `completed`. Left out: for `upcoming` tomorrow
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// The date after the last one, at most 366 days after `from`. Left out: for `upcoming` 28 days after `from`
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// The date that today means in the views `today`, `upcoming`, `overdue` and `filter`, at most 2 days from the server's.
    /// Left out: the server's in the user's time zone
    #[param(value_type = Option<String>, format = Date)]
    day: Option<String>,
}

fn schema_of_view() -> Schema {
    schemas::one_of(
        &VIEW_NAMES,
        "Which tasks, and in which order. Each view takes some of the other parameters; the rest is refused. `inbox`, `list`: \
         open tasks on the top level, by rank. `subtasks`: live subtasks of a task, the open ones first, all of them. `today`: \
         what is on the agenda up to today, by time and priority. `upcoming`: the same from tomorrow on. `overdue`: due or \
         deadline in the past. `label`: open tasks, newest first. `completed`: completed last first. `trash`: deleted last \
         first. `filter`: what a query finds. With `q` any view but `trash` is newest first",
    )
}

const VIEW_NAMES: [&str; 10] = [
    "inbox",
    "list",
    "subtasks",
    "today",
    "upcoming",
    "overdue",
    "label",
    "completed",
    "trash",
    "filter",
];

/// The parameters that a view takes. `None` for a word that is none.
fn taken_by(view: &str) -> Option<&'static [&'static str]> {
    Some(match view {
        "inbox" => &["completed", "q", "limit", "cursor"],
        "list" => &["list_id", "completed", "q", "limit", "cursor"],
        "subtasks" => &["parent_id", "q"],
        "today" | "overdue" => &["day", "q", "limit", "cursor"],
        "upcoming" => &["from", "to", "day", "q", "limit", "cursor"],
        "label" => &["label_id", "completed", "q", "limit", "cursor"],
        "completed" => &["from", "to", "q", "limit", "cursor"],
        "trash" => &["limit", "cursor"],
        "filter" => &[
            "filter_id",
            "filter",
            "completed",
            "day",
            "q",
            "limit",
            "cursor",
        ],
        _ => return None,
    })
}

/// The parameters that only views have.
const OF_VIEWS: [&str; 8] = [
    "list_id",
    "label_id",
    "filter_id",
    "parent_id",
    "filter",
    "from",
    "to",
    "day",
];

/// The parameters that views have.
const NAMES: [&str; 13] = [
    "view",
    "limit",
    "cursor",
    "completed",
    "q",
    "list_id",
    "label_id",
    "filter_id",
    "parent_id",
    "filter",
    "from",
    "to",
    "day",
];

pub(super) enum TasksQuery {
    All(TaskQuery),
    View(ViewRequest),
}

/// A page of a view, as it is asked for.
#[derive(Debug)]
pub(super) struct ViewRequest {
    pub(super) shown: Shown,
    pub(super) day: Option<Date>,
    pub(super) search: Option<SearchText>,
    pub(super) cursor: Option<ViewCursor>,
    pub(super) limit: PageLimit,
}

#[derive(Debug)]
pub(super) enum Shown {
    View(View),
    /// All subtasks of a task.
    Subtasks(Id),
    /// What a query finds, whose names are not looked up yet.
    Filter {
        source: FilterSource,
        completed: bool,
    },
}

impl<S: Sync> FromRequestParts<S> for TasksQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let mut of_views = None;
        for (name, _) in form_urlencoded::parse(query) {
            if name == "view" {
                return parse(parts).map(Self::View);
            }
            of_views = of_views.or_else(|| OF_VIEWS.iter().find(|known| **known == name));
        }
        if let Some(name) = of_views {
            return Err(Problem::malformed_query(format!(
                "`{name}` is only possible together with `view`."
            )));
        }
        list_query::parse(parts).map(Self::All)
    }
}

fn parse(parts: &Parts) -> Result<ViewRequest, Problem> {
    let values = read(parts, NAMES)?;
    let word = values.first().cloned().flatten().unwrap_or_default();
    let taken = taken_by(&word).ok_or_else(|| {
        let names = VIEW_NAMES.join(", ");
        Problem::malformed_query(format!("`view` must be one of {names}."))
    })?;
    for (name, value) in NAMES.iter().zip(&values).skip(1) {
        if value.is_some() && !taken.contains(name) {
            return Err(not_taken(name, &word, taken));
        }
    }
    let [
        _,
        limit_text,
        cursor,
        completed,
        q,
        list_id,
        label_id,
        filter_id,
        parent_id,
        filter,
        from,
        to,
        day,
    ] = values;
    let completed = true_or_false("completed", completed)?.unwrap_or(false);
    let (from, to) = (date("from", from)?, date("to", to)?);
    check_range(from, to)?;
    let cursor = view_cursor(cursor)?;
    let of_list = |list| match completed {
        true => View::CompletedOfList(list),
        false => View::List(list),
    };
    let shown = match &*word {
        "inbox" => Shown::View(of_list(None)),
        "list" => Shown::View(of_list(match required("list_id", &word, list_id)? {
            inbox if inbox == "inbox" => None,
            id => Some(parse_id(Kind::List, &id)?),
        })),
        "subtasks" => {
            let id = required("parent_id", &word, parent_id)?;
            Shown::Subtasks(parse_id(Kind::Task, &id)?)
        }
        "today" => Shown::View(View::Today),
        "upcoming" => Shown::View(View::Upcoming(from, to)),
        "overdue" => Shown::View(View::Overdue),
        "label" => {
            let id = required("label_id", &word, label_id)?;
            let id = parse_id(Kind::Label, &id)?;
            Shown::View(match completed {
                true => View::CompletedWithLabel(id),
                false => View::Label(id),
            })
        }
        "completed" => Shown::View(View::Completed(from, to)),
        "trash" => Shown::View(View::Trash),
        _ => Shown::Filter {
            source: match (filter_id, filter) {
                (Some(id), None) => FilterSource::Saved(parse_id(Kind::Filter, &id)?),
                (None, Some(text)) if cursor.is_some() => FilterSource::Canonical(text),
                (None, Some(text)) => FilterSource::Typed(text),
                _ => {
                    return Err(Problem::malformed_query(
                        "The view `filter` needs either `filter_id` or `filter`.",
                    ));
                }
            },
            completed,
        },
    };
    Ok(ViewRequest {
        shown,
        day: date("day", day)?,
        search: search_text(q, None)?,
        cursor,
        limit: limit(limit_text)?,
    })
}

fn not_taken(name: &str, view: &str, taken: &[&str]) -> Problem {
    let taken: Vec<_> = taken.iter().map(|name| format!("`{name}`")).collect();
    Problem::malformed_query(format!(
        "`{name}` is not a parameter of the view `{view}`, which takes {}.",
        taken.join(", ")
    ))
}

fn required(name: &str, view: &str, value: Option<String>) -> Result<String, Problem> {
    value.ok_or_else(|| Problem::malformed_query(format!("The view `{view}` needs `{name}`.")))
}

/// What is not an id in its one spelling names nothing (SEC-54).
fn parse_id(kind: Kind, text: &str) -> Result<Id, Problem> {
    Id::parse(text).ok_or_else(|| ProblemKind::RecordNotFound(kind).into())
}

pub(in crate::routes) fn date(name: &str, text: Option<String>) -> Result<Option<Date>, Problem> {
    let Some(text) = text else { return Ok(None) };
    parse_date(&text)
        .map(Some)
        .ok_or_else(|| Problem::malformed_query(format!("`{name}` must be a date as YYYY-MM-DD.")))
}

fn check_range(from: Option<Date>, to: Option<Date>) -> Result<(), Problem> {
    let (Some(from), Some(to)) = (from, to) else {
        return Ok(());
    };
    let days = to.duration_since(from).as_hours() / 24;
    if (1..=VIEW_DAYS_MAX).contains(&days) {
        return Ok(());
    }
    Err(Problem::malformed_query(format!(
        "`to` must be 1 to {VIEW_DAYS_MAX} days after `from`. It is the date after the last one."
    )))
}

pub(super) fn view_cursor(text: Option<String>) -> Result<Option<ViewCursor>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let bytes = (text.len() <= CURSOR_MAX)
        .then(|| BASE64URL_NOPAD.decode(text.as_bytes()).ok())
        .flatten();
    let cursor = bytes.and_then(|bytes| ViewCursor::from_bytes(&bytes));
    cursor.map(Some).ok_or_else(|| {
        Problem::malformed_query(
            "`cursor` must be from the `next` link of a list with the same filter.",
        )
    })
}
