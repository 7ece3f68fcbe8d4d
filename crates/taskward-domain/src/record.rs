//! The frame that every kind of record shares: id, version, position in the feed, times.

use std::num::NonZeroU64;

use jiff::Timestamp;

use super::{Epoch, Id};

/// How many times a record was written, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(NonZeroU64);

impl Version {
    pub const FIRST: Self = Self(NonZeroU64::MIN);

    /// `None` for 0, which is no version.
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    #[must_use]
    pub fn number(self) -> u64 {
        self.0.get()
    }

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What a record's entity tag is made of (RFC 9110, section 8.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordTag {
    /// `None` before the first write of a record that every user has.
    pub version: Option<Version>,
    pub epoch: Epoch,
}

/// What every record has beside its body. Times are UTC with millisecond precision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    pub version: Version,
    /// The user's write counter when the record was last written.
    pub seq: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// When the record was moved to the trash; `None` while it is live.
    pub deleted_at: Option<Timestamp>,
}

/// A record of one kind. The owner is not part of it: records are only reachable through their owner's grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<B> {
    pub id: Id,
    pub meta: Meta,
    pub body: B,
}

impl<B> Record<B> {
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.meta.deleted_at.is_none()
    }

    #[must_use]
    pub fn tag(&self, epoch: Epoch) -> RecordTag {
        RecordTag {
            version: Some(self.meta.version),
            epoch,
        }
    }
}

/// What a store has under an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored<B> {
    /// A record, live or in the trash.
    Record(Record<B>),
    /// Only the change row of a record that was purged.
    Purged,
}
