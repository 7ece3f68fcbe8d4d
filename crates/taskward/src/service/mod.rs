//! What the product does, one method a use case, caller first.
//!
//! Knows neither HTTP nor SQL. Every method demands a `Caller`, so none can be reached without a verified token, and
//! hands it to the store, which binds all work to that caller's rows.

mod error;
mod events;
mod tasks;
mod upkeep;

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::TaskId;
use crate::store::Store;
use events::Followers;

pub use error::ServiceError;
pub use events::Follower;

/// Where wall time comes from. UTC, rounded down to whole milliseconds, which is what the API shows.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Where fresh ids come from. Ids made later sort later.
pub trait IdSource: Send + Sync {
    /// An id nobody has.
    fn fresh(&self) -> TaskId;
}

/// The use cases and what they stand on.
#[derive(Clone)]
pub struct Services {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    followers: Followers,
}

impl Services {
    /// Wires the use cases to their effects.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self {
            store,
            clock,
            ids,
            followers: Followers::default(),
        }
    }

    /// Whether storage answers.
    ///
    /// # Errors
    /// [`ServiceError`] when it does not.
    pub async fn check_storage(&self) -> Result<(), ServiceError> {
        Ok(self.store.check().await?)
    }
}
