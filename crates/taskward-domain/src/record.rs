//! The frame that every kind of record shares: id, version, position in the feed, times.

use std::num::NonZeroU64;

use jiff::Timestamp;

use super::batch::{AnyRecord, AnyWrite, Loaded, RecordWrite, Rows};
use super::{Account, Epoch, Id};

/// The kinds of records. The number is how the `change` table stores a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Task = 1,
}

impl Kind {
    #[must_use]
    pub fn number(self) -> i16 {
        self as i16
    }

    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Task),
            _ => None,
        }
    }

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
        }
    }
}

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
    pub version: Version,
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
    pub fn tag(&self, epoch: Epoch) -> RecordTag {
        RecordTag {
            version: self.meta.version,
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

/// A kind of record: its rules, and where it has its place among all kinds.
pub trait Entity: Sized + Clone + PartialEq {
    const KIND: Kind;
    /// Whether [`Self::words`] are indexed for search.
    const IS_SEARCHABLE: bool;

    /// What a create says.
    type Draft: Clone;
    /// What a change says.
    type Change: Clone;

    /// The body of a new record.
    fn create(draft: Self::Draft, now: Timestamp) -> Self;

    /// Whether a create with `draft` has already produced `self`, so that it is a repetition (SEC-72).
    fn is_result_of(&self, draft: &Self::Draft) -> bool;

    /// The body after `change`.
    fn apply(&self, change: Self::Change, now: Timestamp) -> Self;

    /// The words by which the record is found, in order, each once.
    fn words(&self) -> Vec<String>;

    /// Whether both bodies have the same text, and therefore the same [`Self::words`].
    fn has_same_text(&self, other: &Self) -> bool;

    /// The counter of live records of this kind, and how many are allowed.
    fn live_count(account: &mut Account) -> (&mut u32, u32);

    /// The counter of records of this kind in the trash, where they are counted.
    fn trash_count(account: &mut Account) -> Option<&mut u32>;

    fn rows_mut(loaded: &mut Loaded) -> &mut Rows<Self>;
    fn any_record(record: Record<Self>) -> AnyRecord;
    fn any_write(write: RecordWrite<Self>) -> AnyWrite;
}
