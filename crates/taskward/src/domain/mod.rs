//! What a task is and which values it may hold: pure types and rules.
//!
//! No I/O, no clock, no serde, no framework: this room imports no other. A value of one of these types already keeps
//! its rule, so nothing further in ever checks it again.

mod change;
mod history;
mod ids;
mod page;
mod search;
mod task;
mod text;
mod write;

pub use change::{Precondition, TaskChange, TaskPatch};
pub use history::{Change, ChangePage, ChangesRequest, TOMBSTONE_DAYS, TRASH_DAYS};
pub use ids::{InvalidUserId, TaskId, UserId};
pub use page::{Cursor, Listing, PageLimit, PageRequest, TaskFilter, TaskPage};
pub use search::{InvalidSearch, SearchText, searchable_words};
pub use task::{Refusal, Task, TaskContent, Version};
pub use text::{Description, InvalidText, Title};
pub use write::{Decision, Stored, Write, WriteAction, Written};

/// How many tasks (not counting the trash) one user may keep (SEC-69).
pub const TASKS_PER_USER: u32 = 100_000;

/// On how many connections one user may follow events (SEC-48).
pub const EVENT_STREAMS_PER_USER: u32 = 5;
