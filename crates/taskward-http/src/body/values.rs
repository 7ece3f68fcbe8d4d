//! How the values of the domain are written in a body.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use serde_json::Value;
use taskward_domain::{
    Color, Description, DurationMinutes, Icon, Id, InvalidText, LabelName, Name, Priority, Title,
};
use taskward_recurrence::{Anchor, MinuteOfDay, Zone};

use super::{Member, Place};

impl Member for bool {
    const TYPE: &'static str = "true or false";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        value.as_bool().or_else(|| place.wrong_type(Self::TYPE))
    }
}

/// A text of a closed set is read by the code that knows the set.
impl Member for String {
    const TYPE: &'static str = "a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            _ => place.wrong_type(Self::TYPE),
        }
    }
}

impl<T: Member> Member for Vec<T> {
    const TYPE: &'static str = "an array";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        match value {
            Value::Array(entries) => place.entries(entries),
            _ => place.wrong_type(Self::TYPE),
        }
    }
}

macro_rules! texts {
    ($($text:ty),+) => {
        $(impl Member for $text {
            const TYPE: &'static str = "a text";

            fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
                let text = String::read(value, place)?;
                Self::parse(&text).map_or_else(|error| invalid_text(place, error), Some)
            }
        })+
    };
}

texts!(Title, Description, Name, LabelName, Icon);

/// Reports why a text is refused.
fn invalid_text<T>(place: &mut Place<'_>, error: InvalidText) -> Option<T> {
    place.broken(invalid_text_code(error), error)
}

pub(crate) fn invalid_text_code(error: InvalidText) -> &'static str {
    match error {
        InvalidText::Empty => "empty",
        InvalidText::TooLong { .. } => "too_long",
        InvalidText::ControlCharacter => "control_character",
        // No code of its own: the characters are outside the set that is allowed.
        InvalidText::Reserved(_) => "out_of_range",
    }
}

impl Member for Id {
    const TYPE: &'static str = "a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let text = String::read(value, place)?;
        Self::parse(&text).or_else(|| {
            place.broken(
                "invalid_id",
                "must be a UUID of version 7 in lower case with hyphens",
            )
        })
    }
}

impl Member for Date {
    const TYPE: &'static str = "a date as a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let text = match value {
            Value::String(text) => text,
            _ => return place.wrong_type(Self::TYPE),
        };
        let rule = "must be a date as YYYY-MM-DD, from 0001-01-01 to 9999-12-31";
        parse_date(&text).or_else(|| place.broken("invalid_date", rule))
    }
}

/// `YYYY-MM-DD` and nothing else.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    if !has_form(text, b"0000-00-00") {
        return None;
    }
    let date: Date = text.parse().ok()?;
    (date.year() >= 1).then_some(date)
}

impl Member for MinuteOfDay {
    const TYPE: &'static str = "a time as a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let text = match value {
            Value::String(text) => text,
            _ => return place.wrong_type(Self::TYPE),
        };
        let rule = "must be a time as HH:MM, from 00:00 to 23:59";
        parse_minute(&text).or_else(|| place.broken("invalid_time", rule))
    }
}

/// `HH:MM` and nothing else.
fn parse_minute(text: &str) -> Option<MinuteOfDay> {
    if !has_form(text, b"00:00") {
        return None;
    }
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    MinuteOfDay::new(hours * 60 + minutes).filter(|_| minutes < 60)
}

impl Member for DateTime {
    const TYPE: &'static str = "a local time as a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let text = match value {
            Value::String(text) => text,
            _ => return place.wrong_type(Self::TYPE),
        };
        let rule = "must be a local time as YYYY-MM-DDTHH:MM";
        parse_local_time(&text).or_else(|| place.broken("invalid_time", rule))
    }
}

/// `YYYY-MM-DDTHH:MM` and nothing else.
fn parse_local_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once('T')?;
    let minutes = parse_minute(time)?.minutes();
    let (hour, minute) = (
        i8::try_from(minutes / 60).ok()?,
        i8::try_from(minutes % 60).ok()?,
    );
    Some(parse_date(date)?.at(hour, minute, 0, 0))
}

impl Member for Timestamp {
    const TYPE: &'static str = "a time as a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let text = match value {
            Value::String(text) => text,
            _ => return place.wrong_type(Self::TYPE),
        };
        let rule = "must be a time in UTC with milliseconds, such as 2026-11-20T20:15:00.000Z";
        parse_instant(&text).or_else(|| place.broken("invalid_time", rule))
    }
}

/// `YYYY-MM-DDTHH:MM:SS.mmmZ` and nothing else.
fn parse_instant(text: &str) -> Option<Timestamp> {
    let is_leap_second = text.get(17..19) == Some("60");
    if !has_form(text, b"0000-00-00T00:00:00.000Z") || is_leap_second {
        return None;
    }
    text.parse().ok()
}

/// Whether the text has digits where `form` has `0`, and the bytes of `form` elsewhere.
fn has_form(text: &str, form: &[u8]) -> bool {
    let is_like = |(byte, like): (u8, &u8)| match like {
        b'0' => byte.is_ascii_digit(),
        other => byte == *other,
    };
    text.len() == form.len() && text.bytes().zip(form).all(is_like)
}

impl Member for Zone {
    const TYPE: &'static str = "a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let name = String::read(value, place)?;
        let rule = "must be the name of a time zone in the IANA database, such as Europe/Berlin";
        Self::find(&name)
            .ok()
            .or_else(|| place.broken("unknown_time_zone", rule))
    }
}

impl Member for Color {
    const TYPE: &'static str = "a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let word = String::read(value, place)?;
        Self::parse(&word).or_else(|| {
            let words = Self::WORDS.join(", ");
            place.broken("out_of_range", format_args!("must be one of {words}"))
        })
    }
}

impl Member for Anchor {
    const TYPE: &'static str = "a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        match String::read(value, place)?.as_str() {
            "schedule" => Some(Self::Schedule),
            "completion" => Some(Self::Completion),
            _ => place.broken("out_of_range", "must be schedule or completion"),
        }
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limited<const MIN: u64, const MAX: u64>(pub(crate) u64);

impl<const MIN: u64, const MAX: u64> Member for Limited<MIN, MAX> {
    const TYPE: &'static str = "a whole number";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        if !(value.is_u64() || value.is_i64()) {
            return place.wrong_type(Self::TYPE);
        }
        let number = value.as_u64().filter(|number| (MIN..=MAX).contains(number));
        number.map(Self).or_else(|| {
            let rule = format_args!("must be a whole number from {MIN} to {MAX}");
            place.broken("out_of_range", rule)
        })
    }
}

impl Member for Priority {
    const TYPE: &'static str = "a whole number";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        Limited::<1, 3>::read(value, place).and_then(|number| Self::new(number.0))
    }
}

impl Member for DurationMinutes {
    const TYPE: &'static str = "a whole number";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        const MAX: u64 = DurationMinutes::MAX as u64;
        Limited::<1, MAX>::read(value, place).and_then(|number| Self::new(number.0))
    }
}

impl Member for Weekday {
    const TYPE: &'static str = "a whole number";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let number = Limited::<1, 7>::read(value, place)?;
        Self::from_monday_one_offset(i8::try_from(number.0).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_instants_have_one_spelling() {
        for date in ["0001-01-01", "2024-02-29", "9999-12-31"] {
            assert_eq!(parse_date(date).unwrap().to_string(), date);
        }
        for bad in [
            "",
            "0000-01-01",
            "2026-02-29",
            "2026-13-01",
            "20261130",
            "2026-1-1",
            "2026-11-30 ",
            "+2026-11-3",
            "2026-11-30T00:00:00",
            "２026-11-30",
        ] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
        assert_eq!(parse_minute("23:59"), MinuteOfDay::new(1_439));
        for bad in [
            "", "24:00", "9:00", "09:60", "0900", "09:00:00", " 9:00", "+9:00",
        ] {
            assert_eq!(parse_minute(bad), None, "{bad}");
        }
        let local = parse_local_time("2026-11-30T09:05").unwrap();
        assert_eq!(local.to_string(), "2026-11-30T09:05:00");
        for bad in [
            "2026-11-30",
            "2026-11-30t09:05",
            "2026-11-30T09:05Z",
            "2026-11-31T09:05",
        ] {
            assert_eq!(parse_local_time(bad), None, "{bad}");
        }
        let instant = "2026-11-20T20:15:00.123Z";
        assert_eq!(format!("{:.3}", parse_instant(instant).unwrap()), instant);
        for bad in [
            "2026-11-20T20:15:00Z",
            "2026-11-20T20:15:00.123+00:00",
            "2026-11-20t20:15:00.123z",
            "2026-11-20T20:15:60.000Z",
            "2026-11-31T20:15:00.123Z",
        ] {
            assert_eq!(parse_instant(bad), None, "{bad}");
        }
    }
}
