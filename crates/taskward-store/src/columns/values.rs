//! How each type of the domain that fits one column is stored.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use taskward_domain::{
    Color, Description, DurationMinutes, Icon, Id, LabelIds, Moments, Name, Rank, Reminder,
    Reminders, Title, Version, date_of_day, day_number,
};
use taskward_filter::Filter as Query;
use taskward_recurrence::{Anchor, MinuteOfDay, Rule, Zone};

use super::{ColumnValue, Value, unknown_zones};

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
            Value::Id(uuid) if uuid.is_nil() => Some(Self::NIL),
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
                Value::Text(self.as_str().into())
            }

            fn from_value(value: Value<'_>) -> Option<Self> {
                match value {
                    Value::Text(text) => Self::parse(&text).ok(),
                    _ => None,
                }
            }
        })+
    };
}

text_values!(Title, Description, Name, Icon);

impl ColumnValue for Date {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(day_number(*self))
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => date_of_day(number),
            _ => None,
        }
    }
}

impl ColumnValue for Weekday {
    /// 1 is Monday.
    fn to_value(&self) -> Value<'_> {
        Value::Integer(self.to_monday_one_offset().into())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(number) => Self::from_monday_one_offset(i8::try_from(number).ok()?).ok(),
            _ => None,
        }
    }
}

impl ColumnValue for MinuteOfDay {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(self.minutes().into())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(minutes) => Self::new(u16::try_from(minutes).ok()?),
            _ => None,
        }
    }
}

impl ColumnValue for DurationMinutes {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(self.minutes().into())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(minutes) => Self::new(u64::try_from(minutes).ok()?),
            _ => None,
        }
    }
}

impl ColumnValue for Anchor {
    fn to_value(&self) -> Value<'_> {
        Value::Integer(match self {
            Self::Schedule => 0,
            Self::Completion => 1,
        })
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(0) => Some(Self::Schedule),
            Value::Integer(1) => Some(Self::Completion),
            _ => None,
        }
    }
}

impl ColumnValue for bool {
    fn to_value(&self) -> Value<'_> {
        Value::Integer((*self).into())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        }
    }
}

impl ColumnValue for Zone {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.name().into())
    }

    /// A zone that the data no longer has counts as UTC and keeps its name.
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(name) => {
                let zone = Self::stored(&name);
                unknown_zones::report(&zone);
                Some(zone)
            }
            _ => None,
        }
    }
}

impl ColumnValue for Rule {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.to_string().into())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Self::parse_stored(&text).ok(),
            _ => None,
        }
    }
}

impl ColumnValue for Query {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.canonical().into())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Self::parse_stored(&text).ok(),
            _ => None,
        }
    }
}

impl ColumnValue for Rank {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str().into())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Self::parse(&text),
            _ => None,
        }
    }
}

impl ColumnValue for Color {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_str().into())
    }

    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Self::parse(&text),
            _ => None,
        }
    }
}

/// A collection that is stored as one text, and as NULL when it is empty, which most are.
macro_rules! collections {
    ($($type:ident),+) => {
        $(impl ColumnValue for $type {
            fn to_value(&self) -> Value<'_> {
                match self.as_slice() {
                    [] => Value::Null,
                    _ => Value::Text(self.to_string().into()),
                }
            }

            fn from_value(value: Value<'_>) -> Option<Self> {
                let collection = match value {
                    Value::Null => Self::default(),
                    Value::Text(text) => Self::parse(&text)?,
                    _ => return None,
                };
                collection.zones().for_each(unknown_zones::report);
                Some(collection)
            }
        })+
    };
}

collections!(LabelIds, Reminders, Moments);

/// The zones that the entries of a collection name.
trait Zones {
    fn zones(&self) -> impl Iterator<Item = &Zone> {
        std::iter::empty()
    }
}

impl Zones for LabelIds {}

impl Zones for Moments {}

impl Zones for Reminders {
    fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.as_slice()
            .iter()
            .filter_map(|reminder| match reminder {
                Reminder::At(at) => at.zone.as_ref(),
                Reminder::Before(_) => None,
            })
    }
}
