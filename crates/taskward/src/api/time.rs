//! Times as the API writes them.

use jiff::Timestamp;
use jiff::tz::Offset;

/// RFC 3339, UTC, milliseconds.
///
/// Digit by digit, because a task has up to three times and a formatter for every need takes several times as long.
pub(super) fn time_text(time: Timestamp) -> String {
    let utc = Offset::UTC.to_datetime(time);
    let Ok(year) = u16::try_from(utc.year()) else {
        // Before the year 0, where the digits are not all there is to it.
        return format!("{time:.3}");
    };
    let two = |number: i8| u16::from(number.unsigned_abs());
    let (month, day) = (two(utc.month()), two(utc.day()));
    let (hour, minute, second) = (two(utc.hour()), two(utc.minute()), two(utc.second()));
    let millisecond = utc.millisecond().unsigned_abs();
    let digit = |number: u16| char::from_digit(u32::from(number % 10), 10).unwrap_or('0');
    let mut text = String::with_capacity("2026-11-20T20:15:00.000Z".len());
    text.extend([year / 1_000, year / 100, year / 10, year].map(digit));
    for (before, number) in [
        ('-', month),
        ('-', day),
        ('T', hour),
        (':', minute),
        (':', second),
    ] {
        text.extend([before, digit(number / 10), digit(number)]);
    }
    text.push('.');
    text.extend([millisecond / 100, millisecond / 10, millisecond].map(digit));
    text.push('Z');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_the_formatter_for_every_need_writes_them() {
        let mut times = vec![Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH];
        // Steps that meet every month, leap days and each digit of every place.
        for step in -4_000..4_000_i64 {
            times.push(Timestamp::from_millisecond(step * 61_234_567_891).unwrap());
        }
        for time in times {
            assert_eq!(time_text(time), format!("{time:.3}"));
        }
        let last: Timestamp = "1969-12-31T23:59:59.999Z".parse().unwrap();
        assert_eq!(time_text(last), "1969-12-31T23:59:59.999Z");
    }
}
