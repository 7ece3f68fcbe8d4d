//! Tasks.

mod answer;
mod details;
mod input;
mod list_query;
mod read;
mod schemas;
mod view_query;
mod views;
mod write;

use taskward_domain::{Kind, OfKind};

pub(super) use answer::TaskBody;
pub(super) use details::DueMember;
pub(super) use input::{definite_completion, draft};
pub(super) use schemas::{DueInput, MoveTask, PatchTask, SkipTask};
pub(super) use view_query::date;
pub(super) use views::minute;

use crate::routes::route::{Route, route};

/// The records that these routes serve.
type Served = taskward_domain::TaskBody;

const KIND: Kind = Served::KIND;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route!(read::list, write::create),
        route!(read::find, write::replace, write::patch, write::delete),
        route!(write::complete),
        route!(write::restore),
        route!(write::skip),
        route!(write::move_task),
        route!(views::occurrences),
    ]
}
