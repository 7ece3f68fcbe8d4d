//! Lists of tasks. The Inbox is none of them.

mod bodies;
mod handlers;

pub(super) use bodies::{ListAnswer, MoveList, PatchList, draft};

use crate::routes::route::{Route, route};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route!(handlers::list, handlers::create),
        route!(handlers::find, handlers::patch, handlers::delete),
        route!(handlers::restore),
        route!(handlers::move_list),
    ]
}
