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
pub const DESCRIPTION_MAX: usize = 10_000;

/// How many live tasks one list may have. The Inbox has no limit of its own.
pub const TASKS_PER_LIST: u32 = 10_000;

/// How many open tasks one user may have whose moments depend on the user's time zone: a due with a zone, or reminders.
/// They are derived anew in one transaction when the zone changes.
pub const ZONED_TASKS_PER_USER: u32 = 5_000;

/// How many live subtasks one task may have.
pub const SUBTASKS_PER_TASK: u8 = 100;

/// How many labels one task may have.
pub const LABELS_PER_TASK: usize = 20;

/// How many reminders one task may have.
pub const REMINDERS_PER_TASK: usize = 10;

/// The longest time before the due at which a reminder can be, in minutes: 30 days.
pub const REMINDER_MINUTES_MAX: u16 = 43_200;

/// The longest duration of a task, in minutes: 7 days.
pub const DURATION_MINUTES_MAX: u16 = 10_080;

/// How many live lists one user may have.
pub const LISTS_PER_USER: u32 = 500;

/// How many live labels one user may have.
pub const LABELS_PER_USER: u32 = 500;

/// How many live filters one user may have.
pub const FILTERS_PER_USER: u32 = 200;

/// The longest name of a list or filter, in characters.
pub const NAME_MAX: usize = 120;

/// The longest name of a label, in characters.
pub const LABEL_NAME_MAX: usize = 60;

/// The longest icon, in characters. An emoji can have several.
pub const ICON_MAX: usize = 16;

/// The longest rank, in bytes. A container is ranked anew before one gets longer.
pub const RANK_MAX: usize = 200;

/// The latest time at which a user's day may begin, in minutes after midnight.
pub const DAY_START_MAX: u16 = 360;

/// How many operations one batch may have.
pub const OPERATIONS_PER_BATCH: usize = 100;

/// How long a batch that was carried out is known by its id.
pub const BATCH_DAYS: i64 = 7;

/// How many batches are known by their ids for one user; the oldest go first.
pub const BATCHES_PER_USER: u32 = 20_000;

/// The longest search text, in characters (SEC-68).
pub const SEARCH_MAX: usize = 200;

/// The most records on a page (SEC-68).
pub const PAGE_MAX: u16 = 500;

/// The records on a page when the client names no limit.
pub const PAGE_DEFAULT: u16 = 100;
