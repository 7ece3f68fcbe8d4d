//! What a task is and which values it may hold: pure types and rules.
//!
//! No I/O, no clock, no serde, no framework: this room imports no other. A value of one of these types already keeps
//! its rule, so nothing further in ever checks it again.

mod change;
mod ids;
mod page;
mod task;
mod text;

pub use change::{Precondition, TaskChange, TaskPatch};
pub use ids::{InvalidUserId, TaskId, UserId};
pub use page::{Cursor, PageLimit, PageRequest, TaskPage};
pub use task::{Creation, Refusal, Task, TaskContent, Version};
pub use text::{Description, InvalidText, Title};

/// How many tasks (not counting the trash) one user may keep (SEC-69).
pub const TASKS_PER_USER: u32 = 100_000;
