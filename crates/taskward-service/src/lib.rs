//! The use cases of Taskward, one method each.
//!
//! Invariant: every method takes a [`Grant`](taskward_access::Grant), so none is reachable without a verified credential,
//! and passes it to the store, which binds all work to that grant's user. No HTTP, no SQL.

mod events;
mod filters;
mod limits;
mod lists;
mod quick_add;
mod records;
mod upkeep;

use std::sync::Arc;

use jiff::Timestamp;
use taskward_domain::Id;
use taskward_store::{Store, StoreError};

pub use events::Follower;
pub use filters::FilterSource;
use limits::UserLimits;
pub use quick_add::{QuickAddOperations, QuickAddText, QuickAdded};
pub use records::{AllRecords, FoundRecord, WrittenRecord};

/// The source of wall time: UTC, rounded down to whole milliseconds.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// The source of fresh ids. An id made later sorts later.
pub trait IdSource: Send + Sync {
    fn fresh(&self) -> Id;
}

/// The use cases and what they depend on.
#[derive(Clone)]
pub struct Services {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: UserLimits,
}

impl Services {
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        let limits = UserLimits::new(store.lanes());
        Self {
            store,
            clock,
            ids,
            limits,
        }
    }

    /// The time of the clock that the use cases read.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether storage answers and can write.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot.
    pub async fn check_storage(&self) -> Result<(), StoreError> {
        self.store.check().await
    }
}
