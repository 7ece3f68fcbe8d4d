//! Fields that take several columns, or are stored otherwise than a value alone.

use jiff::civil::Date;
use taskward_domain::{
    Agenda, Container, Derived, Id, LabelName, Place, Priority, TaskRecurrence, day_number,
    fold_name,
};
use taskward_recurrence::{Due, DueTime, MinuteOfDay, Recurrence};

use super::{ColumnValue, CorruptRow, Row, Value, read_value};

/// A field in the columns `N`, in their order.
pub(super) trait ColumnGroup<const N: usize>: Sized {
    fn write<'a>(&'a self, values: &mut Vec<Value<'a>>);

    /// # Errors
    /// The row's error, or [`CorruptRow`].
    fn read<R: Row>(row: &mut R, columns: [&'static str; N]) -> Result<Self, R::Error>;
}

impl<T: ColumnValue> ColumnGroup<1> for T {
    fn write<'a>(&'a self, values: &mut Vec<Value<'a>>) {
        values.push(self.to_value());
    }

    fn read<R: Row>(row: &mut R, [column]: [&'static str; 1]) -> Result<Self, R::Error> {
        read_value(row, column)
    }
}

/// The lowest priority that is stored, so that an index sorts tasks without one last.
const NO_PRIORITY: u32 = 4;

impl ColumnGroup<1> for Option<Priority> {
    fn write<'a>(&'a self, values: &mut Vec<Value<'a>>) {
        let number = self.map_or(NO_PRIORITY, |priority| priority.number().into());
        values.push(Value::Integer(number.into()));
    }

    fn read<R: Row>(row: &mut R, [column]: [&'static str; 1]) -> Result<Self, R::Error> {
        let number: u32 = read_value(row, column)?;
        if number == NO_PRIORITY {
            return Ok(None);
        }
        let priority = Priority::new(number.into()).ok_or(CorruptRow { column })?;
        Ok(Some(priority))
    }
}

/// No list and no parent are the nil id, so that equality uses an index.
impl ColumnGroup<3> for Place {
    fn write<'a>(&'a self, values: &mut Vec<Value<'a>>) {
        let Container { list, parent } = self.container;
        for id in [list, parent] {
            values.push(Value::Id(id.unwrap_or(Id::NIL).as_uuid()));
        }
        values.push(self.rank.to_value());
    }

    fn read<R: Row>(
        row: &mut R,
        [list, parent, rank]: [&'static str; 3],
    ) -> Result<Self, R::Error> {
        let list: Id = read_value(row, list)?;
        let parent: Id = read_value(row, parent)?;
        let unless_nil = |id| Some(id).filter(|id| *id != Id::NIL);
        Ok(Self {
            container: Container {
                list: unless_nil(list),
                parent: unless_nil(parent),
            },
            rank: read_value(row, rank)?,
        })
    }
}

impl ColumnGroup<3> for Option<Due> {
    fn write<'a>(&'a self, values: &mut Vec<Value<'a>>) {
        write_due(self.as_ref(), values);
    }

    fn read<R: Row>(row: &mut R, columns: [&'static str; 3]) -> Result<Self, R::Error> {
        read_due(row, columns)
    }
}

fn write_due<'a>(due: Option<&'a Due>, values: &mut Vec<Value<'a>>) {
    let time = due.and_then(|due| due.time.as_ref());
    let zone = time.and_then(|time| time.zone.as_ref());
    values.push(due.map_or(Value::Null, |due| due.date.to_value()));
    values.push(time.map_or(Value::Null, |time| time.minute.to_value()));
    values.push(zone.map_or(Value::Null, ColumnValue::to_value));
}

/// Reads a due from its three columns.
///
/// # Errors
/// The row's error, or [`CorruptRow`].
pub fn read_due<R: Row>(
    row: &mut R,
    [day, minute, zone]: [&'static str; 3],
) -> Result<Option<Due>, R::Error> {
    let date: Option<Date> = read_value(row, day)?;
    let time: Option<MinuteOfDay> = read_value(row, minute)?;
    let zone = read_value(row, zone)?;
    Ok(date.map(|date| Due {
        date,
        time: time.map(|minute| DueTime { minute, zone }),
    }))
}

impl ColumnGroup<8> for Option<TaskRecurrence> {
    fn write<'a>(&'a self, values: &mut Vec<Value<'a>>) {
        let Some(TaskRecurrence {
            series_id,
            recurrence,
        }) = self
        else {
            values.resize(values.len() + 8, Value::Null);
            return;
        };
        values.push(series_id.to_value());
        values.push(recurrence.index.to_value());
        values.push(recurrence.rule.to_value());
        values.push(recurrence.anchor.to_value());
        write_due(Some(&recurrence.start), values);
        values.push(recurrence.occurrence.to_value());
    }

    fn read<R: Row>(row: &mut R, columns: [&'static str; 8]) -> Result<Self, R::Error> {
        let [id, index, rule, anchor, day, minute, zone, occurrence] = columns;
        let series_id: Option<Id> = read_value(row, id)?;
        let index = read_value(row, index)?;
        let rule_text = read_value(row, rule)?;
        let anchor = read_value(row, anchor)?;
        let start = read_due(row, [day, minute, zone])?;
        let occurrence = read_value(row, occurrence)?;
        let Some(series_id) = series_id else {
            return Ok(None);
        };
        let (Some(index), Some(rule), Some(anchor), Some(start), Some(occurrence)) =
            (index, rule_text, anchor, start, occurrence)
        else {
            return Err(CorruptRow { column: rule }.into());
        };
        Ok(Some(TaskRecurrence {
            series_id,
            recurrence: Recurrence {
                rule,
                anchor,
                start,
                occurrence,
                index,
            },
        }))
    }
}

impl ColumnGroup<4> for Derived {
    fn write<'a>(&'a self, values: &mut Vec<Value<'a>>) {
        let day = self.agenda.map(|agenda| day_number(agenda.day));
        values.push(day.map_or(Value::Null, Value::Integer));
        let minute = self.agenda.map(|agenda| agenda.minute);
        values.push(minute.map_or(Value::Null, |minute| Value::Integer(minute.into())));
        values.push(self.is_shown.to_value());
        values.push(self.moments.to_value());
    }

    fn read<R: Row>(
        row: &mut R,
        [day, minute, shown, fire_at]: [&'static str; 4],
    ) -> Result<Self, R::Error> {
        let date = read_value(row, day)?;
        let of_day: Option<u32> = read_value(row, minute)?;
        let agenda = match (date, of_day.map(u16::try_from)) {
            (None, None) => None,
            (Some(day), Some(Ok(minute))) if minute <= Agenda::ALL_DAY => {
                Some(Agenda { day, minute })
            }
            _ => return Err(CorruptRow { column: minute }.into()),
        };
        Ok(Self {
            agenda,
            is_shown: read_value(row, shown)?,
            moments: read_value(row, fire_at)?,
        })
    }
}

/// The key by which names are compared follows from the name.
impl ColumnGroup<2> for LabelName {
    fn write<'a>(&'a self, values: &mut Vec<Value<'a>>) {
        values.push(Value::Text(self.as_str().into()));
        values.push(Value::Text(fold_name(self.as_str()).into()));
    }

    fn read<R: Row>(row: &mut R, [name, key]: [&'static str; 2]) -> Result<Self, R::Error> {
        let parsed = match row.next()? {
            Value::Text(text) => Self::parse(&text).ok(),
            _ => None,
        };
        let parsed = parsed.ok_or(CorruptRow { column: name })?;
        match row.next()? {
            Value::Text(_) => Ok(parsed),
            _ => Err(CorruptRow { column: key }.into()),
        }
    }
}
