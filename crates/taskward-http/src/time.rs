//! Times as the API writes them: RFC 3339, UTC, milliseconds.

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Serialize, Serializer};

/// A time that serializes without allocating: a task has up to three.
pub(crate) struct ApiTime(pub(crate) Timestamp);

/// `2026-11-20T20:15:00.000Z`
const TEMPLATE: [u8; 24] = *b"0000-00-00T00:00:00.000Z";

impl Serialize for ApiTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = digits(self.0);
        match digits.as_ref().map(|text| str::from_utf8(text)) {
            Some(Ok(text)) => serializer.serialize_str(text),
            // A year before 0 has a sign.
            _ => serializer.collect_str(&format_args!("{:.3}", self.0)),
        }
    }
}

/// Digit by digit, because jiff's general formatter takes several times as long.
fn digits(time: Timestamp) -> Option<[u8; 24]> {
    let utc = Offset::UTC.to_datetime(time);
    let year = u16::try_from(utc.year()).ok()?;
    let fields = [
        (0..4, year),
        (5..7, utc.month().unsigned_abs().into()),
        (8..10, utc.day().unsigned_abs().into()),
        (11..13, utc.hour().unsigned_abs().into()),
        (14..16, utc.minute().unsigned_abs().into()),
        (17..19, utc.second().unsigned_abs().into()),
        (20..23, utc.millisecond().unsigned_abs()),
    ];
    let mut text = TEMPLATE;
    for (place, mut number) in fields {
        for digit in text.get_mut(place)?.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_equal_what_the_general_formatter_writes() {
        let mut times = vec![Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH];
        // The steps hit every month, leap days, each digit in each place, and years before 0.
        for step in -4_000..4_000_i64 {
            times.push(Timestamp::from_millisecond(step * 61_234_567_891).unwrap());
        }
        times.retain(|time| time.as_second() < 253_402_300_800);
        for time in times {
            let text = serde_json::to_string(&ApiTime(time)).unwrap();
            assert_eq!(text, format!("\"{time:.3}\""));
        }
        let last: Timestamp = "1969-12-31T23:59:59.999Z".parse().unwrap();
        let text = serde_json::to_string(&ApiTime(last)).unwrap();
        assert_eq!(text, "\"1969-12-31T23:59:59.999Z\"");
    }
}
