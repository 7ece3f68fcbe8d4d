//! How many records a page holds.

use super::limits::{PAGE_DEFAULT, PAGE_MAX};

/// The size of a page: 1 to 500 (SEC-68).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u16);

impl PageLimit {
    pub const MIN: Self = Self(1);
    pub const DEFAULT: Self = Self(PAGE_DEFAULT);

    /// `None` outside the bounds; a limit is never clamped.
    #[must_use]
    pub fn new(limit: u16) -> Option<Self> {
        (1..=PAGE_MAX).contains(&limit).then_some(Self(limit))
    }

    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }

    /// Whether reading a page of this size may take more than a millisecond.
    pub(crate) fn is_long(self) -> bool {
        self.0 > PAGE_DEFAULT
    }

    /// How many rows a store reads: one more than the page, to know whether another page follows.
    #[must_use]
    pub fn rows(self) -> i64 {
        i64::from(self.0) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_68_limits_are_not_clamped() {
        assert_eq!(PageLimit::new(0), None);
        assert_eq!(PageLimit::new(501), None);
        assert_eq!(PageLimit::new(500).map(PageLimit::get), Some(500));
    }
}
