//! How many tasks the views have.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::http::Response;
use axum::http::request::Parts;
use jiff::civil::Date;
use serde::Serialize;
use taskward_domain::{Counts, Id};
use utoipa::ToSchema;
use uuid::Uuid;

use super::page_cache::JsonPage;
use super::respond::{not_modified, to_json, with_tag};
use super::tasks::{date, minute};
use super::values::ApiDate;
use crate::grant::OwnGrant;
use crate::openapi::{AccessFaults, OwnerPath, QueryFaults, ReadCondition};
use crate::precondition::{IfNoneMatch, ListTags};
use crate::problem::Problem;
use crate::query::read;
use crate::routes::route::{Route, route};
use crate::state::SharedState;

/// Room for one count in JSON: an id, a number and punctuation.
const COUNT_BYTES: usize = 48;

pub(crate) fn routes() -> Vec<Route> {
    vec![route!(self::count)]
}

/// The numbers beside the names of views.
#[derive(Serialize, ToSchema)]
#[schema(as = Counts)]
pub(super) struct CountsBody {
    /// The date that today meant.
    #[schema(value_type = String, format = Date)]
    day: ApiDate,
    /// Open tasks of the Inbox on the top level.
    inbox: u32,
    /// Tasks of the view `today`. The overdue ones are among them.
    today: u32,
    /// Tasks of the view `overdue`.
    overdue: u32,
    /// Tasks on the agenda of the seven days after today.
    upcoming_7: u32,
    /// Open tasks on the top level of each list, by its id. A list without one is left out.
    lists: BTreeMap<Uuid, u32>,
    /// Open tasks with each label, by its id, without those of archived lists. A label without one is left out.
    labels: BTreeMap<Uuid, u32>,
    /// Tasks of the view `trash`.
    trash: u32,
}

impl CountsBody {
    fn new(counts: &Counts) -> Self {
        let by_id = |counts: &BTreeMap<Id, u32>| {
            let counts = counts.iter();
            counts.map(|(id, count)| (id.as_uuid(), *count)).collect()
        };
        Self {
            day: ApiDate(counts.day),
            inbox: counts.inbox,
            today: counts.today,
            overdue: counts.overdue,
            upcoming_7: counts.upcoming_7,
            lists: by_id(&counts.lists),
            labels: by_id(&counts.labels),
            trash: counts.trash,
        }
    }
}

#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described")]
pub(super) struct CountsParameters {
    /// The date that today means, at most 2 days from the server's. Left out: the server's in the user's time zone
    #[param(value_type = Option<String>, format = Date)]
    day: Option<String>,
}

pub(super) struct CountsQuery(Option<Date>);

impl<S: Sync> FromRequestParts<S> for CountsQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let [day] = read(parts, ["day"])?;
        date("day", day).map(Self)
    }
}

/// Count the tasks of the views
#[utoipa::path(get, path = "/counts", tag = "tasks", operation_id = "count_tasks",
    params(OwnerPath, ReadCondition, CountsParameters),
    responses(
        (status = 200, description = "The numbers", body = CountsBody, headers(("ETag" = String, description = "Changes when any record of the caller does, and with each minute"))),
        (status = 304, description = "The client has the current answer"),
        QueryFaults, AccessFaults,
    ))]
pub(super) async fn count(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    CountsQuery(day): CountsQuery,
    condition: IfNoneMatch,
) -> Result<Response<Body>, Problem> {
    // The server's day follows from the settings and the minute. Read before the tasks, as in views.
    let day_text = day.map(|day| day.to_string()).unwrap_or_default();
    let question = format!("counts.{day_text}.{}", minute(&state));
    let tags = ListTags::of_all(&grant, &question);
    let cached = state.counts_cache.get(&grant, &tags);
    let known = match &cached {
        Some(counts) => Some(counts.newest),
        None => tags.known(&condition),
    };
    let counted = state.services.counts(&grant, day, known).await?;
    let (counts, newest) = match (counted, cached) {
        ((None, newest), None) => return Ok(not_modified(&tags.at(newest))),
        ((None, newest), Some(cached)) => (cached.body.clone(), newest),
        ((Some(counts), newest), _) => {
            let capacity = (counts.lists.len() + counts.labels.len() + 4) * COUNT_BYTES;
            let mut body = to_json(&CountsBody::new(&counts), capacity)?;
            body.shrink_to_fit();
            let page = Arc::new(JsonPage {
                tags: ListTags::of_all(&grant, &question),
                newest,
                body: body.into(),
                next: None,
            });
            state.counts_cache.keep(&grant, Arc::clone(&page));
            (page.body.clone(), newest)
        }
    };
    let tag = tags.at(newest);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    Ok(with_tag(&tag, counts))
}
