//! The isolation contract: what every storage backend promises, in types.
//!
//! - Work starts with [`Store::for_caller`]. What it gives out is bound to that caller for good; no method takes a user
//!   id, so there is no way to ask for somebody else's rows.
//! - Every statement on an owned table names `user_id` (`cargo xtask tidy` reads them).
//! - One method is one transaction. What returned `Ok` is durable; what returned a [`Refusal`](crate::domain::Refusal)
//!   wrote nothing.
//! - Every write advances the caller's own counter `seq` by one, in the same transaction, and stamps it on the row.

mod error;
pub mod sqlite;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::auth::Caller;
use crate::domain::{
    Creation, PageRequest, Precondition, Task, TaskChange, TaskContent, TaskId, TaskPage,
};

pub use error::StoreError;

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
}

/// The tasks of one caller. Errors: [`StoreError::Refused`] with the refusal each method names, or a fault.
#[async_trait]
pub trait CallerTasks: Send + Sync {
    /// A page of live tasks, and `seq`, from one snapshot.
    async fn list(&self, request: PageRequest) -> Result<TaskPage, StoreError>;

    /// A live task, else `TaskNotFound`.
    async fn find(&self, id: TaskId) -> Result<Task, StoreError>;

    /// Adds a task. The same id with the same content is a repetition; with other content, or in the trash, it is
    /// `TaskIdTaken`. One task too many is `QuotaReached`.
    async fn create(
        &self,
        id: TaskId,
        content: TaskContent,
        now: Timestamp,
    ) -> Result<Creation, StoreError>;

    /// Applies `change` to a live task: `TaskNotFound`, then `VersionMismatch`, judged inside the transaction.
    async fn change(
        &self,
        id: TaskId,
        precondition: Precondition,
        change: TaskChange,
        now: Timestamp,
    ) -> Result<Task, StoreError>;

    /// Puts a live task into the trash; refusals as for `change`.
    async fn delete(
        &self,
        id: TaskId,
        precondition: Precondition,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Takes a task out of the trash: `TaskNotFound`, `QuotaReached`. A live task is given as it is.
    async fn restore(&self, id: TaskId, now: Timestamp) -> Result<Task, StoreError>;
}
