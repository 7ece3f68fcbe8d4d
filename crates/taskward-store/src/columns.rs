//! The description of each entity's columns, from which both backends make their statements and row conversions.
//!
//! Invariant: [`Columns::NAMES`], [`Columns::values`] and [`Columns::read`] list the columns in the same order, because
//! one macro makes all three from one list.

mod groups;
mod unknown_zones;
mod values;

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use taskward_domain::{
    Account, Color, Derived, Description, DurationMinutes, Entity, FilterBody, Icon, Id, LabelBody,
    LabelIds, LabelName, ListBody, LiveCounts, Meta, Name, Place, Priority, Rank, Record,
    Reminders, SettingsBody, TaskBody, TaskRecurrence, Title,
};
use taskward_filter::Filter as Query;
use taskward_recurrence::{Due, MinuteOfDay, Zone};
use uuid::Uuid;

use groups::ColumnGroup;
pub use groups::read_due;

/// Describes the columns of an entity: each field with the columns that store it, and its type.
macro_rules! columns {
    ($body:ident { $($field:ident [$($column:literal),+] $type:ty),+ $(,)? }) => {
        impl Columns for $body {
            const NAMES: &'static [&'static str] = &[$($($column),+),+];

            fn values<'a>(&'a self, values: &mut Vec<Value<'a>>) {
                $(self.$field.write(values);)+
            }

            fn read<R: Row>(row: &mut R) -> Result<Self, R::Error> {
                Ok(Self { $($field: <$type>::read(row, [$($column),+])?),+ })
            }
        }
    };
}

columns!(TaskBody {
    title ["title"] Title,
    description ["description"] Option<Description>,
    completed_at ["completed_at"] Option<Timestamp>,
    place ["list_id", "parent_id", "rank"] Place,
    priority ["priority"] Option<Priority>,
    label_ids ["label_ids"] LabelIds,
    due ["due_day", "due_min", "due_zone"] Option<Due>,
    start_on ["start_day"] Option<Date>,
    deadline_on ["deadline_day"] Option<Date>,
    duration ["duration_min"] Option<DurationMinutes>,
    recurrence ["series_id", "series_index", "rule", "anchor", "rec_day", "rec_min", "rec_zone", "occurrence_day"] Option<TaskRecurrence>,
    reminders ["reminders"] Reminders,
    deleted_with ["deleted_with"] Option<Id>,
    derived ["agenda_day", "agenda_min", "shown", "fire_at"] Derived,
});

columns!(ListBody {
    name ["name"] Name,
    color ["color"] Option<Color>,
    icon ["icon"] Option<Icon>,
    rank ["rank"] Rank,
    archived_at ["archived_at"] Option<Timestamp>,
});

columns!(LabelBody {
    name ["name", "name_key"] LabelName,
    color ["color"] Option<Color>,
});

columns!(FilterBody {
    name ["name"] Name,
    query ["query"] Query,
    color ["color"] Option<Color>,
    rank ["rank"] Rank,
});

columns!(SettingsBody {
    time_zone ["time_zone"] Option<Zone>,
    week_start ["week_start"] Weekday,
    day_starts_at ["day_start_min"] MinuteOfDay,
    default_list ["default_list"] Option<Id>,
    all_day_reminder_at ["all_day_reminder_min"] MinuteOfDay,
});

/// An entity whose body is stored in columns.
pub trait Columns: Entity {
    /// The columns of the body.
    const NAMES: &'static [&'static str];

    /// Appends the values of the body's columns.
    fn values<'a>(&'a self, values: &mut Vec<Value<'a>>);

    /// Reads the body's columns.
    ///
    /// # Errors
    /// The row's error, or [`CorruptRow`].
    fn read<R: Row>(row: &mut R) -> Result<Self, R::Error>;
}

/// A value as both databases store it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    Null,
    Integer(i64),
    Text(Cow<'a, str>),
    Id(Uuid),
}

/// The columns of a row, read from left to right.
pub trait Row {
    type Error: From<CorruptRow>;

    /// The value of the next column.
    ///
    /// # Errors
    /// The database's error.
    fn next(&mut self) -> Result<Value<'_>, Self::Error>;
}

/// A stored value violates its rule. No code of ours writes such a value: other software changed the database, or it is
/// damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored value of {column} violates its rule")]
pub struct CorruptRow {
    pub column: &'static str,
}

/// A type that a column can hold.
pub trait ColumnValue: Sized {
    fn to_value(&self) -> Value<'_>;
    /// `None` if the value violates the type's rule.
    fn from_value(value: Value<'_>) -> Option<Self>;
}

/// Appends the values of a record in the order of the parameters of
/// [`RecordStatements::update`](crate::RecordStatements), which start behind the owner.
pub fn write_record<'a, B: Columns>(record: &'a Record<B>, values: &mut Vec<Value<'a>>) {
    values.push(record.id.to_value());
    record.body.values(values);
    values.push(record.meta.version.to_value());
    values.push(record.meta.seq.to_value());
    values.push(record.meta.updated_at.to_value());
    values.push(record.meta.deleted_at.to_value());
}

/// Reads a record whose columns were selected by [`RecordStatements::columns`](crate::RecordStatements).
///
/// # Errors
/// The row's error, or [`CorruptRow`].
pub fn read_record<B: Columns, R: Row>(row: &mut R) -> Result<Record<B>, R::Error> {
    let id = read_value(row, "id")?;
    let body = B::read(row)?;
    let meta = Meta {
        version: read_value(row, "version")?,
        seq: read_value(row, "seq")?,
        updated_at: read_value(row, "updated_at")?,
        deleted_at: read_value(row, "deleted_at")?,
        created_at: read_value(row, "created_at")?,
    };
    Ok(Record { id, meta, body })
}

/// The counters of an account in the order of the parameters of
/// [`AccountStatements`](crate::AccountStatements), which start behind the owner. `forgotten_seq` is written by upkeep only.
#[must_use]
pub fn account_values(account: &Account) -> Vec<Value<'static>> {
    let counts = [account.trash_count, account.gone_count, account.zoned_count];
    let counts = counts.into_iter().chain(account.live.values());
    // Refused by a CHECK where it would not fit.
    let seq = i64::try_from(account.seq).unwrap_or(-1);
    std::iter::once(seq)
        .chain(counts.map(i64::from))
        .map(Value::Integer)
        .collect()
}

/// Reads an account whose columns were selected by [`AccountStatements::columns`](crate::AccountStatements).
///
/// # Errors
/// The row's error, or [`CorruptRow`].
pub fn read_account<R: Row>(row: &mut R) -> Result<Account, R::Error> {
    Ok(Account {
        seq: read_value(row, "seq")?,
        forgotten_seq: read_value(row, "forgotten_seq")?,
        trash_count: read_value(row, "trash_count")?,
        gone_count: read_value(row, "gone_count")?,
        zoned_count: read_value(row, "zoned_count")?,
        live: LiveCounts::read(|column| read_value(row, column))?,
    })
}

/// Reads one column.
///
/// # Errors
/// The row's error, or [`CorruptRow`].
pub fn read_value<T: ColumnValue, R: Row>(
    row: &mut R,
    column: &'static str,
) -> Result<T, R::Error> {
    T::from_value(row.next()?).ok_or_else(|| CorruptRow { column }.into())
}
