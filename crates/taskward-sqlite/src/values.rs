//! Values and rows as rusqlite reads and binds them.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use taskward_domain::Record;
use taskward_store::{Columns, Row, Value, read_record};
use uuid::Uuid;

use crate::error::SqlError;

/// A value to bind.
#[derive(Debug)]
pub(crate) struct Parameter<'a>(pub(crate) Value<'a>);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match &self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

/// A row whose columns are read by position, which is the fastest way.
pub(crate) struct SqlRow<'a, 's> {
    row: &'a rusqlite::Row<'s>,
    next: usize,
}

impl<'a, 's> SqlRow<'a, 's> {
    /// Reads from the column `first` on.
    pub(crate) fn from(row: &'a rusqlite::Row<'s>, first: usize) -> Self {
        Self { row, next: first }
    }
}

impl Row for SqlRow<'_, '_> {
    type Error = SqlError;

    fn next(&mut self) -> Result<Value<'_>, SqlError> {
        let column = self.next;
        self.next += 1;
        let value = self.row.get_ref(column)?;
        let wrong_type = || {
            let name = self.row.as_ref().column_name(column);
            let name = name.map(str::to_owned).unwrap_or_default();
            rusqlite::Error::InvalidColumnType(column, name, value.data_type())
        };
        Ok(match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Text(_) => Value::Text(value.as_str().map_err(|_| wrong_type())?.into()),
            ValueRef::Blob(bytes) => Value::Id(Uuid::from_slice(bytes).map_err(|_| wrong_type())?),
            ValueRef::Real(_) => return Err(wrong_type().into()),
        })
    }
}

/// Reads a record from the columns of the row, beginning at `first`.
pub(crate) fn record<B: Columns>(
    row: &rusqlite::Row<'_>,
    first: usize,
) -> Result<Record<B>, SqlError> {
    read_record(&mut SqlRow::from(row, first))
}
