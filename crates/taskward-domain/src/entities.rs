//! The kinds of records.
//!
//! [`with_kinds!`](crate::with_kinds) is the one list of all kinds. The types below, and the dispatch of `taskward-store`, are made from it, so
//! adding a kind means adding its module and its line.

mod filter;
mod label;
mod list;
mod settings;
mod task;

pub use filter::{Filter, FilterBody, FilterChange, FilterDraft, FilterPatch};
pub use label::{Label, LabelBody, LabelDraft, LabelPatch};
pub use list::{List, ListBody, ListChange, ListDraft, ListPatch};
pub use settings::{Settings, SettingsBody, SettingsPatch};
pub use task::*;

use std::collections::BTreeMap;

use super::batch::{Action, RecordWrite, Written};
use super::decision::{Decision, Stop};
use super::{Id, Record, Stored};

/// Calls a macro with all kinds: variant, name in the API and of its table, body, number in the `change` table.
#[macro_export]
macro_rules! with_kinds {
    ($callback:ident) => {
        $callback! {
            Task task: $crate::TaskBody = 1;
            List list: $crate::ListBody = 2;
            Label label: $crate::LabelBody = 3;
            Filter filter: $crate::FilterBody = 4;
            Settings settings: $crate::SettingsBody = 5;
        }
    };
}

/// One kind of record.
pub trait Entity: OfKind {
    /// How many live records one user may have.
    const LIMIT: u32;
    /// Whether records in the trash are counted in the account.
    const IS_COUNTED_IN_TRASH: bool;
    /// Whether [`Self::words`] are indexed for search.
    const IS_SEARCHABLE: bool;

    /// What a create says.
    type Draft: Clone;
    /// What a change says.
    type Change: Clone;

    /// The words by which the record is found, in order, each once.
    fn words(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether both bodies have the same text, and therefore the same [`Self::words`].
    fn has_same_text(&self, _: &Self) -> bool {
        true
    }
}

/// The place of one kind of record among all kinds.
pub trait OfKind: Sized + Clone + PartialEq {
    const KIND: Kind;

    fn rows(rows: &AllRows) -> &Rows<Self>;
    fn rows_mut(rows: &mut AllRows) -> &mut Rows<Self>;
    fn live_count(counts: &mut LiveCounts) -> &mut u32;
    fn any_record(record: Record<Self>) -> AnyRecord;
    /// `None` for a record of another kind.
    fn from_any(record: AnyRecord) -> Option<Record<Self>>;
    fn any_write(write: RecordWrite<Self>) -> AnyWrite;
    fn operation(id: Id, action: Action<Self>) -> Operation
    where
        Self: Entity;
}

/// The rows of one kind that were asked for; `None` where nothing was found under an id.
pub type Rows<B> = BTreeMap<Id, Option<Stored<B>>>;

macro_rules! define_kinds {
    ($($kind:ident $name:ident: $body:ty = $number:literal;)+) => {
        /// A kind of record. The number is how the `change` table stores it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($kind = $number),+
        }

        impl Kind {
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            #[must_use]
            pub fn number(self) -> i16 {
                self as i16
            }

            #[must_use]
            pub fn from_number(number: i64) -> Option<Self> {
                match number {
                    $($number => Some(Self::$kind),)+
                    _ => None,
                }
            }

            /// How many live records of this kind one user may have.
            #[must_use]
            pub fn limit(self) -> u32 {
                match self {
                    $(Self::$kind => <$body>::LIMIT),+
                }
            }

            /// Whether records of this kind in the trash are counted in the account.
            #[must_use]
            pub fn is_counted_in_trash(self) -> bool {
                match self {
                    $(Self::$kind => <$body>::IS_COUNTED_IN_TRASH),+
                }
            }

            /// The name in the API and of its table.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($name)),+
                }
            }
        }

        /// One operation on a record of one kind.
        #[expect(clippy::large_enum_variant, reason = "most records are tasks")]
        pub enum Operation {
            $($kind(Id, Action<$body>)),+
        }

        impl Operation {
            /// The record that the operation names.
            #[must_use]
            pub fn key(&self) -> (Kind, Id) {
                match self {
                    $(Self::$kind(id, _) => (Kind::$kind, *id)),+
                }
            }

            pub(super) fn decide(&self, decision: &mut Decision<'_>) -> Result<Written, Stop> {
                match self {
                    $(Self::$kind(id, action) => decision.apply(*id, action)),+
                }
            }
        }

        /// A record of any kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(clippy::large_enum_variant, reason = "most records are tasks")]
        pub enum AnyRecord {
            $($kind(Record<$body>)),+
        }

        /// A row of any kind to write.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(clippy::large_enum_variant, reason = "most records are tasks")]
        pub enum AnyWrite {
            $($kind(RecordWrite<$body>)),+
        }

        /// The rows of all kinds that were asked for.
        #[derive(Debug, Clone, Default)]
        pub struct AllRows {
            $($name: Rows<$body>),+
        }

        impl AllRows {
            #[must_use]
            pub fn contains(&self, (kind, id): (Kind, Id)) -> bool {
                match kind {
                    $(Kind::$kind => self.$name.contains_key(&id)),+
                }
            }

            pub fn extend(&mut self, further: Self) {
                $(self.$name.extend(further.$name);)+
            }
        }

        /// The live records of each kind.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct LiveCounts {
            $(pub $name: u32),+
        }

        impl LiveCounts {
            /// The columns of the account, in the order of [`Self::values`].
            pub const COLUMNS: &'static [&'static str] =
                &[$(concat!(stringify!($name), "_count")),+];

            #[must_use]
            pub fn values(&self) -> Vec<u32> {
                vec![$(self.$name),+]
            }

            /// Reads the counts in the order of [`Self::COLUMNS`].
            ///
            /// # Errors
            /// The error of `next`.
            pub fn read<E>(mut next: impl FnMut(&'static str) -> Result<u32, E>) -> Result<Self, E> {
                Ok(Self { $($name: next(concat!(stringify!($name), "_count"))?),+ })
            }
        }

        $(impl OfKind for $body {
            const KIND: Kind = Kind::$kind;

            fn rows(rows: &AllRows) -> &Rows<Self> {
                &rows.$name
            }

            fn rows_mut(rows: &mut AllRows) -> &mut Rows<Self> {
                &mut rows.$name
            }

            fn live_count(counts: &mut LiveCounts) -> &mut u32 {
                &mut counts.$name
            }

            fn any_record(record: Record<Self>) -> AnyRecord {
                AnyRecord::$kind(record)
            }

            fn from_any(record: AnyRecord) -> Option<Record<Self>> {
                match record {
                    AnyRecord::$kind(record) => Some(record),
                    _ => None,
                }
            }

            fn any_write(write: RecordWrite<Self>) -> AnyWrite {
                AnyWrite::$kind(write)
            }

            fn operation(id: Id, action: Action<Self>) -> Operation {
                Operation::$kind(id, action)
            }
        })+
    };
}

with_kinds!(define_kinds);
