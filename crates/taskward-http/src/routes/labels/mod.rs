//! Labels of tasks.

mod bodies;
mod handlers;

pub(super) use bodies::{LabelAnswer, PatchLabel, draft};

use crate::routes::route::{Route, route};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route!(handlers::list, handlers::create),
        route!(handlers::find, handlers::patch, handlers::delete),
        route!(handlers::restore),
    ]
}
