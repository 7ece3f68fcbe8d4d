//! Short ways to write down dues, rules and settings.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use taskward_recurrence::{
    Anchor, Due, DueTime, MinuteOfDay, Recurrence, Rule, RuleError, UserDay, Zone,
};

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn minute(text: &str) -> MinuteOfDay {
    let time: Time = text.parse().unwrap();
    let minutes = i16::from(time.hour()) * 60 + i16::from(time.minute());
    MinuteOfDay::new(minutes.unsigned_abs()).unwrap()
}

pub(crate) fn zone(name: &str) -> Zone {
    Zone::find(name).unwrap()
}

/// `2026-01-05`, `2026-01-05 09:00` or `2026-01-05 09:00 Europe/Berlin`.
pub(crate) fn due(text: &str) -> Due {
    let mut words = text.split(' ');
    let date = date(words.next().unwrap());
    let time = words.next().map(|time| DueTime {
        minute: minute(time),
        zone: words.next().map(zone),
    });
    Due { date, time }
}

pub(crate) fn user_day(zone_name: &str, starts_at: &str) -> UserDay {
    UserDay {
        zone: zone(zone_name),
        starts_at: minute(starts_at),
    }
}

/// Parses a rule whose UNTIL, if any, has no time.
pub(crate) fn try_rule(text: &str) -> Result<Rule, RuleError> {
    Rule::parse(text, &due("2026-01-05"), &Zone::UTC)
}

pub(crate) fn rule(text: &str) -> Rule {
    try_rule(text).unwrap()
}

pub(crate) fn recurrence(rule_text: &str, anchor: Anchor, start: &str) -> Recurrence {
    Recurrence::new(rule(rule_text), anchor, due(start))
}
