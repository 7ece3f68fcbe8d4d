//! What is counted for each user.

use super::LiveCounts;

/// One user's counters. A user who never wrote anything has all of them at 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Account {
    /// Counts writes. Every written record carries the value it was written at.
    pub seq: u64,
    /// Changes up to this `seq` may have been removed, so a cursor before it cannot be answered.
    pub forgotten_seq: u64,
    /// Tasks in the trash.
    pub trash_count: u32,
    /// Change rows of deleted records, in the trash or purged.
    pub gone_count: u32,
    /// Open tasks whose moments depend on the user's time zone.
    pub zoned_count: u32,
    pub live: LiveCounts,
}
