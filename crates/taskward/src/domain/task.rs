//! The task itself, as it is and as somebody asks for it to be.

use std::num::NonZeroU64;

use jiff::Timestamp;

use super::{Description, TaskId, Title, UserId};

/// How often a task has been written, counted from 1. It is the task's entity tag (RFC 9110, section 8.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(NonZeroU64);

impl Version {
    /// The version of a task that was just created.
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// Takes a stored or received number; zero is no version.
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0.get()
    }

    /// The version after one more write.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A task as it is stored. Times are UTC with millisecond precision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Names the task among its owner's tasks.
    pub id: TaskId,
    /// The owner.
    pub user_id: UserId,
    /// What is to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// When it was done; `None` while it is not.
    pub completed_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// How often it has been written.
    pub version: Version,
}

/// What people say about a task: all of a create or of a PUT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskContent {
    /// What is to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// Whether it is done.
    pub completed: bool,
}

impl TaskContent {
    /// A fresh task with this content, owned by `user_id`, created `now`.
    #[must_use]
    pub fn into_task(self, id: TaskId, user_id: UserId, now: Timestamp) -> Task {
        Task {
            id,
            user_id,
            title: self.title,
            description: self.description,
            completed_at: self.completed.then_some(now),
            created_at: now,
            updated_at: now,
            version: Version::FIRST,
        }
    }

    /// Whether `task` says the same: then a create with its id is a repetition, not a conflict (SEC-72).
    #[must_use]
    pub fn matches(&self, task: &Task) -> bool {
        self.title == task.title
            && self.description == task.description
            && self.completed == task.completed_at.is_some()
    }
}

/// Why a rule of the domain refuses an operation that was well-formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller has no such task (any more). Whether somebody else has is not known here, by design.
    #[error("there is no such task")]
    TaskNotFound,
    /// The task is not at a version the precondition names.
    #[error("the task has been changed since")]
    VersionMismatch,
    /// A create names an id under which the caller has, or had, another task.
    #[error("the id is taken")]
    TaskIdTaken,
    /// The caller has as many tasks as one may have.
    #[error("no more tasks are allowed")]
    QuotaReached,
    /// The changes since that moment cannot be told any more; the list has to be loaded afresh.
    #[error("the cursor is too old, or from another history")]
    CursorTooOld,
}
