//! The description of each entity's columns, from which both backends make their statements and row conversions.
//!
//! Invariant: [`Columns::NAMES`], [`Columns::values`] and [`Columns::read`] list the columns in the same order, because
//! one macro makes all three from one list.

use jiff::Timestamp;
use taskward_domain::{
    Account, Description, Entity, Id, LiveCounts, Meta, Record, TaskBody, Title, Version,
};
use uuid::Uuid;

/// Describes the columns of an entity: name and type of each field that is stored.
macro_rules! columns {
    ($body:ident { $($name:ident: $type:ty),+ $(,)? }) => {
        impl Columns for $body {
            const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            fn values<'a>(&'a self, values: &mut Vec<Value<'a>>) {
                $(values.push(self.$name.to_value());)+
            }

            fn read<R: Row>(row: &mut R) -> Result<Self, R::Error> {
                Ok(Self { $($name: read_value::<$type, R>(row, stringify!($name))?),+ })
            }
        }
    };
}

columns!(TaskBody {
    title: Title,
    description: Option<Description>,
    completed_at: Option<Timestamp>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
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

impl<T: ColumnValue> ColumnValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl ColumnValue for Id {
    fn to_value(&self) -> Value<'_> {
        Value::Id(self.as_uuid())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Id(uuid) => Self::from_uuid(uuid),
            _ => None,
        }
    }
}

impl ColumnValue for Timestamp {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(self.as_millisecond())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(millisecond) => Self::from_millisecond(millisecond).ok(),
            _ => None,
        }
    }
}

impl ColumnValue for u64 {
    /// Counters stay far below the largest `i64`; a larger number would be a defect that a CHECK refuses.
    fn to_value(&self) -> Value<'_> {
        Value::Integer(i64::try_from(*self).unwrap_or(-1))
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => Self::try_from(number).ok(),
            _ => None,
        }
    }
}

impl ColumnValue for u32 {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => Self::try_from(number).ok(),
            _ => None,
        }
    }
}

impl ColumnValue for Version {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(i64::try_from(self.number()).unwrap_or(i64::MAX))
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        u64::from_value(value).and_then(Self::new)
    }
}

/// A text type of the domain: stored as it is, and checked by its rule when it is read.
macro_rules! text_values {
    ($($type:ident),+) => {
        $(impl ColumnValue for $type {
            fn to_value(&self) -> Value<'_> {
                Value::Text(self.as_str())
            }

            fn from_value(value: Value<'_>) -> Option<Self> {
                match value {
                    Value::Text(text) => Self::parse(text).ok(),
                    _ => None,
                }
            }
        })+
    };
}

text_values!(Title, Description);

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
    let counts = [account.trash_count, account.gone_count];
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
