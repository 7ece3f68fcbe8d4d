//! The isolation contract: what every storage backend promises, in types.
//!
//! - Work for a user starts with [`Store::for_caller`]. What it gives out is bound to that caller for good; no method
//!   takes a user id, so there is no way to ask for somebody else's rows.
//! - Every statement on an owned table names `user_id` (`cargo xtask tidy` reads them).
//! - One method is one transaction, and what it returns is from one snapshot. What returned `Ok` is durable; what
//!   returned a [`Refusal`](crate::domain::Refusal) wrote nothing.
//! - Every write advances the caller's own counter `seq` by one, in the same transaction, and stamps it on the row. A
//!   value of `seq` becomes visible only after all lower ones of that user.
//! - Work for nobody in particular needs a [`Maintenance`] and gives out no task.

mod error;
mod news;
pub mod postgres;
pub mod sqlite;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::auth::{Caller, Maintenance};
use crate::domain::{
    ChangePage, ChangesRequest, Listing, PageRequest, Task, TaskId, Write, Written,
};

pub use error::StoreError;
pub(crate) use error::because;
pub use news::Subscription;

/// A storage backend.
#[async_trait]
pub trait Store: Send + Sync {
    /// The caller's own tasks, and nobody else's.
    fn for_caller<'a>(&'a self, caller: &'a Caller) -> Box<dyn CallerTasks + 'a>;

    /// Whether the backend answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    async fn check(&self) -> Result<(), StoreError>;

    /// Finishes the writes that wait and lets go of the database, in order. Whoever still asks is told that storage has
    /// stopped.
    async fn close(&self);

    /// Removes some of what has been kept for long enough at `now`: of tasks that lie in the trash for
    /// [`TRASH_DAYS`](crate::domain::TRASH_DAYS) all but a tombstone, and tombstones after
    /// [`TOMBSTONE_DAYS`](crate::domain::TOMBSTONE_DAYS). No user's `seq` moves.
    ///
    /// # Errors
    /// [`StoreError`]; what an earlier call removed stays removed.
    async fn purge(&self, maintenance: &Maintenance, now: Timestamp) -> Result<Purged, StoreError>;
}

/// The tasks of one caller. Errors: [`StoreError::Refused`] with the refusal each method names, or a fault.
#[async_trait]
pub trait CallerTasks: Send + Sync {
    /// A page of live tasks, and `seq`. Nothing is read but `seq` when it still is `known`.
    async fn list(&self, request: PageRequest, known: Option<u64>) -> Result<Listing, StoreError>;

    /// A live task, else `TaskNotFound`.
    async fn find(&self, id: TaskId) -> Result<Task, StoreError>;

    /// Carries out [`Write::decide`], with its refusals. One live task too many is `QuotaReached`.
    async fn write(&self, write: Write, now: Timestamp) -> Result<Written, StoreError>;

    /// What changed, oldest first; `CursorTooOld` where the request is not answerable.
    async fn changes(&self, request: ChangesRequest) -> Result<ChangePage, StoreError>;

    /// The write counter.
    async fn seq(&self) -> Result<u64, StoreError>;

    /// Tells from now on when `seq` may have advanced, in this process or in another one on the same database.
    fn subscribe(&self) -> Subscription;
}

/// What one call of [`Store::purge`] removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Tasks out of the trash.
    pub tasks: u32,
    /// Tombstones.
    pub tombstones: u32,
    /// Whether there may be more to remove: each call keeps its transaction short.
    pub more: bool,
}
