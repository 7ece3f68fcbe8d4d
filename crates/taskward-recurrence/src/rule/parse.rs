//! The parser of rules.

use jiff::civil::{self, Date, DateTime, Time, Weekday};
use jiff::tz::Offset;

use super::sets::weekday_named;
use super::{DaySet, End, Frequency, MAX_RULE_BYTES, MonthSet, Rule, RuleError, SignedSet, Skip};
use crate::{Due, Zone};

/// Parses a rule. `last_date` turns an UNTIL with a time, in UTC, into the last date that counts.
pub(super) fn parse(
    text: &str,
    last_date: impl Fn(DateTime) -> Result<Date, RuleError>,
) -> Result<Rule, RuleError> {
    if text.len() > MAX_RULE_BYTES {
        let length = text.len();
        return Err(invalid(format!(
            "the rule has {length} bytes, expected at most {MAX_RULE_BYTES}"
        )));
    }
    let mut parts = Parts::default();
    for part in text.split(';') {
        parts.read(part, &last_date)?;
    }
    parts.finish()
}

/// Turns an UNTIL with a time into a date, as [`Rule::parse`] says.
pub(super) fn last_date(until: DateTime, start: &Due, zone: &Zone) -> Date {
    let local = Offset::UTC
        .to_timestamp(until)
        .map_or(until, |instant| zone.local(instant));
    let date = local.date();
    let last = match &start.time {
        Some(time) if time.minute.to_time() > local.time() => date.yesterday().unwrap_or(date),
        _ => date,
    };
    // The canonical text has four digits for the year.
    last.max(civil::date(0, 1, 1))
}

/// The parts that were read. `None`: not yet.
#[derive(Default)]
struct Parts {
    frequency: Option<Frequency>,
    interval: Option<u16>,
    months: Option<MonthSet>,
    month_days: Option<SignedSet>,
    days: Option<DaySet>,
    positions: Option<SignedSet>,
    count: Option<u16>,
    until: Option<Date>,
    week_start: Option<Weekday>,
    scale: Option<()>,
    skip: Option<Skip>,
}

impl Parts {
    fn read(
        &mut self,
        part: &str,
        last_date: impl Fn(DateTime) -> Result<Date, RuleError>,
    ) -> Result<(), RuleError> {
        let Some((name, value)) = part.split_once('=') else {
            return Err(invalid(format!(
                "{} is not a part of a rule, expected parts NAME=VALUE with a semicolon between them, such as \
                 FREQ=WEEKLY;BYDAY=MO",
                quote(part)
            )));
        };
        match name.to_ascii_uppercase().as_str() {
            "FREQ" => set(&mut self.frequency, name, frequency(value)?),
            "INTERVAL" => set(&mut self.interval, name, number(name, value, 999)?),
            "BYMONTH" => {
                let mut months = MonthSet::default();
                for item in value.split(',') {
                    // At most 12.
                    months.insert(number(name, item, 12)? as i8);
                }
                set(&mut self.months, name, months)
            }
            "BYMONTHDAY" => set(&mut self.month_days, name, signed_numbers(name, value)?),
            "BYDAY" => {
                let mut days = DaySet::default();
                for item in value.split(',') {
                    let (ordinal, weekday) = weekday_with_ordinal(item)?;
                    days.insert(ordinal, weekday);
                }
                set(&mut self.days, name, days)
            }
            "BYSETPOS" => set(&mut self.positions, name, signed_numbers(name, value)?),
            "COUNT" => set(&mut self.count, name, number(name, value, 9999)?),
            "UNTIL" => set(&mut self.until, name, until(value, last_date)?),
            "WKST" => {
                let weekday = weekday_named(value)
                    .ok_or_else(|| unexpected(name, value, "a day from MO to SU"))?;
                set(&mut self.week_start, name, weekday)
            }
            "RSCALE" => set(&mut self.scale, name, scale(value)?),
            "SKIP" => set(&mut self.skip, name, skip(value)?),
            _ => Err(unknown_part(name)),
        }
    }

    /// Checks the combination.
    fn finish(self) -> Result<Rule, RuleError> {
        let Some(frequency) = self.frequency else {
            return Err(invalid(
                "the rule has no FREQ, expected FREQ=DAILY, WEEKLY, MONTHLY or YEARLY".to_owned(),
            ));
        };
        let end = match (self.count, self.until) {
            (Some(_), Some(_)) => {
                return Err(unsupported(
                    "the rule has COUNT and UNTIL, expected at most one of them",
                ));
            }
            (Some(count), None) => Some(End::Count(count)),
            (None, until) => until.map(End::Until),
        };
        let rule = Rule {
            frequency,
            interval: self.interval.unwrap_or(1),
            months: self.months.unwrap_or_default(),
            month_days: self.month_days.unwrap_or_default(),
            days: self.days.unwrap_or_default(),
            positions: self.positions.unwrap_or_default(),
            end,
            week_start: self.week_start.unwrap_or(Weekday::Monday),
            skip: self.skip.unwrap_or(Skip::Omit),
        };
        match unsupported_combination(&rule, self.scale.is_some()) {
            Some(detail) => Err(unsupported(detail)),
            None => Ok(rule),
        }
    }
}

fn unsupported_combination(rule: &Rule, has_scale: bool) -> Option<&'static str> {
    let in_months = matches!(rule.frequency, Frequency::Monthly | Frequency::Yearly);
    let names_days = !rule.month_days.is_empty() || !rule.days.is_empty();
    if !rule.month_days.is_empty() && !in_months {
        return Some(
            "BYMONTHDAY is used without FREQ=MONTHLY or FREQ=YEARLY, expected one of them",
        );
    }
    if rule.days.has_ordinals() && !in_months {
        return Some(
            "BYDAY has an ordinal without FREQ=MONTHLY or FREQ=YEARLY, expected days without ordinals such as MO",
        );
    }
    if rule.frequency == Frequency::Yearly && names_days && rule.months.is_empty() {
        return Some(
            "BYMONTHDAY or BYDAY is used with FREQ=YEARLY and without BYMONTH, expected the months in BYMONTH",
        );
    }
    if !rule.positions.is_empty() && !in_months {
        return Some("BYSETPOS is used without FREQ=MONTHLY or FREQ=YEARLY, expected one of them");
    }
    if !rule.positions.is_empty() && !names_days {
        return Some("BYSETPOS is used alone, expected BYDAY or BYMONTHDAY beside it");
    }
    if rule.skip == Skip::Backward {
        if !has_scale {
            return Some(
                "SKIP=BACKWARD is used without RSCALE, expected RSCALE=GREGORIAN;SKIP=BACKWARD",
            );
        }
        if !in_months {
            return Some(
                "SKIP=BACKWARD is used without FREQ=MONTHLY or FREQ=YEARLY, expected one of them",
            );
        }
        if rule.month_days.len() > 1 || !rule.days.is_empty() || !rule.positions.is_empty() {
            return Some(
                "SKIP=BACKWARD is used with BYDAY, BYSETPOS or several BYMONTHDAY, expected at most one BYMONTHDAY",
            );
        }
    }
    None
}

fn set<T>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), RuleError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(invalid(format!(
            "{} is there twice, expected each part once",
            name.to_ascii_uppercase()
        ))),
    }
}

fn frequency(value: &str) -> Result<Frequency, RuleError> {
    const EXPECTED: &str = "DAILY, WEEKLY, MONTHLY or YEARLY";
    match value.to_ascii_uppercase().as_str() {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "SECONDLY" | "MINUTELY" | "HOURLY" => Err(unsupported(format!(
            "FREQ is {}, which is not supported, expected {EXPECTED}",
            quote(value)
        ))),
        _ => Err(unexpected("FREQ", value, EXPECTED)),
    }
}

/// A number from 1 to `max`.
fn number(name: &str, value: &str, max: u16) -> Result<u16, RuleError> {
    digits(value)
        .filter(|number| (1..=max).contains(number))
        .ok_or_else(|| unexpected(name, value, &format!("a number from 1 to {max}")))
}

fn signed_numbers(name: &str, value: &str) -> Result<SignedSet, RuleError> {
    let mut numbers = SignedSet::default();
    for item in value.split(',') {
        let number = signed(item).filter(|number| (1..=31).contains(&number.unsigned_abs()));
        numbers.insert(number.ok_or_else(|| {
            unexpected(
                name,
                item,
                "numbers from 1 to 31 or from -31 to -1, with commas between them",
            )
        })?);
    }
    Ok(numbers)
}

fn weekday_with_ordinal(item: &str) -> Result<(i8, Weekday), RuleError> {
    let split = item.len().checked_sub(2);
    split
        .and_then(|split| item.split_at_checked(split))
        .and_then(|(ordinal, weekday)| {
            let weekday = weekday_named(weekday)?;
            if ordinal.is_empty() {
                return Some((0, weekday));
            }
            let ordinal =
                signed(ordinal).filter(|ordinal| (1..=5).contains(&ordinal.unsigned_abs()))?;
            Some((ordinal, weekday))
        })
        .ok_or_else(|| {
            unexpected(
                "BYDAY",
                item,
                "days from MO to SU, each alone or with 1 to 5 or -5 to -1 before it, with commas between them",
            )
        })
}

fn until(
    value: &str,
    last_date: impl Fn(DateTime) -> Result<Date, RuleError>,
) -> Result<Date, RuleError> {
    const EXPECTED: &str = "a date that exists as YYYYMMDD, or a time in UTC as YYYYMMDDTHHMMSSZ";
    let value_upper = value.to_ascii_uppercase();
    let (date, time) = match value_upper.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (value_upper.as_str(), None),
    };
    let date = civil_date(date).ok_or_else(|| unexpected("UNTIL", value, EXPECTED))?;
    let Some(time) = time else {
        return Ok(date);
    };
    let (time, is_utc) = match time.strip_suffix('Z') {
        Some(time) => (time, true),
        None => (time, false),
    };
    let time = civil_time(time).ok_or_else(|| unexpected("UNTIL", value, EXPECTED))?;
    if !is_utc {
        return Err(unsupported(format!(
            "UNTIL is {}, a local time, which is not supported, expected {EXPECTED}",
            quote(value)
        )));
    }
    last_date(date.to_datetime(time))
}

fn civil_date(text: &str) -> Option<Date> {
    let (year, rest) = fixed_digits(text, 4)?;
    let (month, rest) = fixed_digits(rest, 2)?;
    let (day, rest) = fixed_digits(rest, 2)?;
    rest.is_empty().then_some(())?;
    // Both fit: two digits each.
    Date::new(i16::try_from(year).ok()?, month as i8, day as i8).ok()
}

fn civil_time(text: &str) -> Option<Time> {
    let (hour, rest) = fixed_digits(text, 2)?;
    let (minute, rest) = fixed_digits(rest, 2)?;
    let (second, rest) = fixed_digits(rest, 2)?;
    rest.is_empty().then_some(())?;
    // RFC 5545 section 3.3.12: where leap seconds are not known, the second 60 is read as 59.
    let second = if second == 60 { 59 } else { second };
    Time::new(hour as i8, minute as i8, second as i8, 0).ok()
}

fn fixed_digits(text: &str, count: usize) -> Option<(u16, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    Some((digits(head)?, rest))
}

/// One or more digits. `None` too if the number is too large.
fn digits(text: &str) -> Option<u16> {
    let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| text.parse().ok())?
}

/// One or two digits, with or without a sign.
fn signed(text: &str) -> Option<i8> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.len() > 2 {
        return None;
    }
    // Fits: at most 99.
    let number = digits(unsigned)? as i8;
    Some(if text.starts_with('-') {
        -number
    } else {
        number
    })
}

fn scale(value: &str) -> Result<(), RuleError> {
    if value.eq_ignore_ascii_case("GREGORIAN") {
        Ok(())
    } else if is_token(value) {
        Err(unsupported(format!(
            "RSCALE is {}, which is not supported, expected GREGORIAN",
            quote(value)
        )))
    } else {
        Err(unexpected("RSCALE", value, "GREGORIAN"))
    }
}

fn skip(value: &str) -> Result<Skip, RuleError> {
    match value.to_ascii_uppercase().as_str() {
        "OMIT" => Ok(Skip::Omit),
        "BACKWARD" => Ok(Skip::Backward),
        "FORWARD" => Err(unsupported(
            "SKIP is FORWARD, which is not supported, expected OMIT or BACKWARD",
        )),
        _ => Err(unexpected("SKIP", value, "OMIT or BACKWARD")),
    }
}

fn unknown_part(name: &str) -> RuleError {
    const EXPECTED: &str =
        "FREQ, INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS, COUNT, UNTIL, WKST, RSCALE or SKIP";
    if is_token(name) {
        unsupported(format!(
            "the part {} is not supported, expected {EXPECTED}",
            quote(name)
        ))
    } else if name.contains(':') {
        invalid(format!(
            "the rule starts with a property, {}, expected the value alone, such as FREQ=DAILY",
            quote(name)
        ))
    } else {
        invalid(format!(
            "{} is not the name of a part, expected {EXPECTED}",
            quote(name)
        ))
    }
}

/// A name in the sense of RFC 5545 (`iana-token`).
fn is_token(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_allowed)
}

fn unexpected(name: &str, value: &str, expected: &str) -> RuleError {
    let name = name.to_ascii_uppercase();
    invalid(format!("{name} has {}, expected {expected}", quote(value)))
}

fn invalid(detail: String) -> RuleError {
    RuleError::Invalid(detail)
}

fn unsupported(detail: impl Into<String>) -> RuleError {
    RuleError::Unsupported(detail.into())
}

/// The beginning of a text in quotes, without control characters.
fn quote(text: &str) -> String {
    const LIMIT: usize = 40;
    let mut beginning: String = text.chars().take(LIMIT).collect();
    if beginning.len() < text.len() {
        beginning.push_str("...");
    }
    format!("{beginning:?}")
}
