//! The reminders of a task.

use std::fmt;

use jiff::civil::Date;
use taskward_recurrence::{Due, DueTime, MinuteOfDay, Zone};

use crate::limits::{REMINDER_MINUTES_MAX, REMINDERS_PER_TASK};

/// When to remind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reminder {
    /// So many minutes before the due, at most [`Reminders::MINUTES_MAX`].
    Before(u16),
    At(ReminderAt),
}

/// A moment of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderAt {
    pub date: Date,
    pub minute: MinuteOfDay,
    /// `None`: in the zone in which the user is.
    pub zone: Option<Zone>,
}

impl ReminderAt {
    /// The same moment as a due.
    #[must_use]
    pub fn due(&self) -> Due {
        Due {
            date: self.date,
            time: Some(DueTime {
                minute: self.minute,
                zone: self.zone.clone(),
            }),
        }
    }
}

/// At most [`Self::MAX`] reminders, each once, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reminders(Box<[Reminder]>);

impl Reminders {
    pub const MAX: usize = REMINDERS_PER_TASK;
    pub const MINUTES_MAX: u16 = REMINDER_MINUTES_MAX;

    /// `None` if there are too many.
    #[must_use]
    pub fn new(reminders: impl IntoIterator<Item = Reminder>) -> Option<Self> {
        let mut kept: Vec<Reminder> = Vec::new();
        for reminder in reminders {
            if !kept.contains(&reminder) {
                kept.push(reminder);
            }
        }
        (kept.len() <= Self::MAX).then(|| Self(kept.into()))
    }

    #[must_use]
    pub fn as_slice(&self) -> &[Reminder] {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that count from the due, which the next occurrence of a series keeps.
    #[must_use]
    pub fn relative(&self) -> Self {
        let relative = self
            .0
            .iter()
            .filter(|reminder| matches!(reminder, Reminder::Before(_)));
        Self(relative.cloned().collect())
    }

    /// Reads what `Display` writes. `None` if it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let reminders: Vec<Reminder> = text
            .split_ascii_whitespace()
            .map(parse_one)
            .collect::<Option<_>>()?;
        Self::new(reminders)
    }
}

fn parse_one(text: &str) -> Option<Reminder> {
    let Some((date, rest)) = text.split_once('T') else {
        let minutes = text
            .parse()
            .ok()
            .filter(|minutes| *minutes <= Reminders::MINUTES_MAX)?;
        return Some(Reminder::Before(minutes));
    };
    let (time, zone) = match rest.split_once('[') {
        Some((time, zone)) => (time, Some(Zone::stored(zone.strip_suffix(']')?))),
        None => (rest, None),
    };
    let (hours, minutes) = time.split_once(':')?;
    let minute = hours.parse::<u16>().ok()?.checked_mul(60)? + minutes.parse::<u16>().ok()?;
    Some(Reminder::At(ReminderAt {
        date: date.parse().ok()?,
        minute: MinuteOfDay::new(minute)?,
        zone,
    }))
}

/// One space between them: minutes, or date and time with the zone in brackets as in RFC 9557.
impl fmt::Display for Reminders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, reminder) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            match reminder {
                Reminder::Before(minutes) => write!(f, "{space}{minutes}")?,
                Reminder::At(at) => {
                    let minute = at.minute.minutes();
                    write!(
                        f,
                        "{space}{}T{:02}:{:02}",
                        at.date,
                        minute / 60,
                        minute % 60
                    )?;
                    if let Some(zone) = &at.zone {
                        write!(f, "[{}]", zone.name())?;
                    }
                }
            }
        }
        Ok(())
    }
}
