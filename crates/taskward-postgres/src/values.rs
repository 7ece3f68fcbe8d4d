//! Values of the shared column descriptions as PostgreSQL's binary format, and back.

use std::error::Error;

use bytes::BytesMut;
use taskward_domain::{Description, Entity, Record, SearchText, Title, searchable_words};
use taskward_store::{Columns, Row, Value, read_record};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, WrongType, to_sql_checked};
use uuid::Uuid;

use crate::error::SqlError;

type Failure = Box<dyn Error + Sync + Send>;

/// A statement's parameter. Integers take the width of the column.
#[derive(Debug, Clone)]
pub(crate) struct Parameter<'a>(pub(crate) Value<'a>);

impl ToSql for Parameter<'_> {
    fn to_sql(&self, type_: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match (&self.0, type_) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Integer(number), &Type::INT2) => i16::try_from(*number)?.to_sql(type_, out),
            (Value::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(type_, out),
            (Value::Integer(number), &Type::INT8) => number.to_sql(type_, out),
            (Value::Text(text), &Type::TEXT | &Type::VARCHAR) => text.to_sql(type_, out),
            (Value::Id(uuid), &Type::UUID) => uuid.to_sql(type_, out),
            (_, type_) => Err(Box::new(WrongType::new::<Self>(type_.clone()))),
        }
    }

    fn accepts(type_: &Type) -> bool {
        is_supported(type_)
    }

    to_sql_checked!();
}

/// A column's value.
struct Column<'a>(Value<'a>);

impl<'a> FromSql<'a> for Column<'a> {
    fn from_sql(type_: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        let value = match *type_ {
            Type::INT2 => Value::Integer(i16::from_sql(type_, raw)?.into()),
            Type::INT4 => Value::Integer(i32::from_sql(type_, raw)?.into()),
            Type::INT8 => Value::Integer(i64::from_sql(type_, raw)?),
            Type::UUID => Value::Id(Uuid::from_sql(type_, raw)?),
            _ => Value::Text(<&str>::from_sql(type_, raw)?.into()),
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(Value::Null))
    }

    fn accepts(type_: &Type) -> bool {
        is_supported(type_)
    }
}

fn is_supported(type_: &Type) -> bool {
    matches!(
        *type_,
        Type::INT2 | Type::INT4 | Type::INT8 | Type::TEXT | Type::VARCHAR | Type::UUID
    )
}

/// The columns of a row from one position on.
pub(crate) struct RowReader<'a> {
    row: &'a tokio_postgres::Row,
    next: usize,
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(row: &'a tokio_postgres::Row, first: usize) -> Self {
        Self { row, next: first }
    }

    /// Whether the next column has no value.
    pub(crate) fn is_null(&self) -> Result<bool, SqlError> {
        let Column(value) = self.row.try_get(self.next)?;
        Ok(value == Value::Null)
    }

    /// The columns of a record of this kind, or `None` where an outer join found no record.
    pub(crate) fn record<B: Columns>(&mut self) -> Result<Option<Record<B>>, SqlError> {
        let Column(id) = self.row.try_get(self.next)?;
        if id == Value::Null {
            self.next += width::<B>();
            return Ok(None);
        }
        read_record(self).map(Some)
    }
}

/// How many columns a record has.
pub(crate) fn width<B: Columns>() -> usize {
    // The id, the body, and the five columns of `Meta`.
    1 + B::NAMES.len() + 5
}

impl Row for RowReader<'_> {
    type Error = SqlError;

    fn next(&mut self) -> Result<Value<'_>, SqlError> {
        let Column(value) = self.row.try_get(self.next)?;
        self.next += 1;
        Ok(value)
    }
}

/// The longest word that a tsvector takes, in bytes.
const LEXEME_MAX: usize = 2_046;

/// The words by which a body is found, as the elements of its tsvector.
pub(crate) fn lexemes<B: Entity>(body: &B) -> Vec<String> {
    body.words().into_iter().map(lexeme).collect()
}

/// The words by which a task with these texts is found, as the elements of its tsvector.
pub(crate) fn task_lexemes(title: &Title, description: Option<&Description>) -> Vec<String> {
    let words = searchable_words(title, description).into_iter();
    words.map(lexeme).collect()
}

/// Cuts a word to the length that PostgreSQL indexes. Searches are cut the same way, so they still find it.
fn lexeme(mut word: String) -> String {
    word.truncate(word.floor_char_boundary(LEXEME_MAX));
    word
}

/// The text of a `tsquery`: each word is the beginning of a word of the record. Words are letters, digits and marks
/// only, so quotes are enough to keep them literal.
pub(crate) fn tsquery(search: &SearchText) -> String {
    let words = search.words().iter().cloned();
    let parts: Vec<String> = words.map(|word| format!("'{}':*", lexeme(word))).collect();
    parts.join(" & ")
}
