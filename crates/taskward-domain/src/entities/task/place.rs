//! Where a task is: its list, its parent and its rank among the tasks beside it.

use crate::{Id, Rank};

/// The tasks that are ordered among each other: those of one list and one parent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Container {
    /// `None` is the Inbox.
    pub list: Option<Id>,
    /// `None` is the top level.
    pub parent: Option<Id>,
}

/// The place of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub container: Container,
    pub rank: Rank,
}
