//! Tasks.

mod dto;
mod list_query;
mod read;
mod write;

use taskward_domain::Kind;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

pub(super) use dto::TaskBody;

use crate::state::SharedState;

const KIND: Kind = Kind::Task;

pub(crate) fn routes() -> Vec<UtoipaMethodRouter<SharedState>> {
    vec![
        routes!(read::list, write::create),
        routes!(read::find, write::replace, write::patch, write::delete),
        routes!(write::complete),
        routes!(write::restore),
    ]
}
