//! Tasks.

mod dto;
mod list_query;
mod page_cache;
mod read;
mod write;

use taskward_domain::{Kind, OfKind};
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

pub(super) use dto::TaskBody;
pub(crate) use page_cache::PageCache;

use crate::state::SharedState;

/// The records that these routes serve.
type Served = taskward_domain::TaskBody;

const KIND: Kind = Served::KIND;

pub(crate) fn routes() -> Vec<UtoipaMethodRouter<SharedState>> {
    vec![
        routes!(read::list, write::create),
        routes!(read::find, write::replace, write::patch, write::delete),
        routes!(write::complete),
        routes!(write::restore),
    ]
}
