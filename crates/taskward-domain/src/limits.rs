//! The numbers that bound what one user may keep, send and ask for. Each is checked in one place and documented from
//! here.

/// How many live tasks one user may have (SEC-69).
pub const TASKS_PER_USER: u32 = 100_000;

/// Creates are refused while a user has this many tasks in the trash, so that a stolen token cannot push everything out
/// of the trash. A deletion is never refused.
pub const TRASH_BLOCKS_CREATES: u32 = 100_000;

/// Upkeep purges a user's oldest deleted tasks early above this number.
pub const TRASH_KEPT_PER_USER: u32 = 10_000;

/// Early purging never takes a task that was deleted less than this many hours ago.
pub const TRASH_KEPT_HOURS: i64 = 24;

/// Upkeep removes a user's oldest change rows of deleted records above this number.
pub const DELETED_CHANGES_PER_USER: u32 = 200_000;

/// How long a deleted record can be restored.
pub const TRASH_DAYS: i64 = 30;

/// How long `changes` reports a deletion. A client that was away for longer has to load everything again.
pub const DELETED_CHANGE_DAYS: i64 = 90;

/// How many event streams one user may have open (SEC-48).
pub const EVENT_STREAMS_PER_USER: u32 = 5;

/// The longest title, in characters (Unicode code points).
pub const TITLE_MAX: usize = 255;

/// The longest description, in characters.
pub const DESCRIPTION_MAX: usize = 1_000;

/// The longest search text, in characters (SEC-68).
pub const SEARCH_MAX: usize = 200;

/// The most records on a page (SEC-68).
pub const PAGE_MAX: u16 = 500;

/// The records on a page when the client names no limit.
pub const PAGE_DEFAULT: u16 = 100;
