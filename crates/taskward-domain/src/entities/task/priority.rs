//! Small numbers of a task.

use crate::limits::DURATION_MINUTES_MAX;

/// How important a task is: 1 is the highest. A task without one comes after 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    One = 1,
    Two,
    Three,
}

impl Priority {
    /// `None` outside 1 to 3.
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            3 => Some(Self::Three),
            _ => None,
        }
    }

    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// How long a task takes: 1 minute to 7 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DurationMinutes(u16);

impl DurationMinutes {
    pub const MAX: u16 = DURATION_MINUTES_MAX;

    /// `None` outside the bounds.
    #[must_use]
    pub fn new(minutes: u64) -> Option<Self> {
        let minutes = u16::try_from(minutes).ok()?;
        (1..=Self::MAX).contains(&minutes).then_some(Self(minutes))
    }

    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }
}
