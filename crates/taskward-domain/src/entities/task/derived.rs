//! What follows from a task, the user's settings and the task's list, and is stored so that views are ranges of an index.

use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use taskward_recurrence::{Due, MinuteOfDay};

use super::{Reminder, TaskBody};
use crate::SettingsBody;

/// The derived values of a task. A task that is completed or in the trash has the default ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// `None`: the task has no date.
    pub agenda: Option<Agenda>,
    /// Whether views show the task: its list is not archived.
    pub is_shown: bool,
    pub moments: Moments,
}

impl Default for Derived {
    fn default() -> Self {
        Self {
            agenda: None,
            is_shown: true,
            moments: Moments::default(),
        }
    }
}

/// Where a task comes among all that have a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agenda {
    pub day: Date,
    /// Minutes since midnight; [`Self::ALL_DAY`] for what has no time, which comes last on its day.
    pub minute: u16,
}

impl Agenda {
    pub const ALL_DAY: u16 = 24 * 60;
}

/// When the reminders of a task are due: the number of the reminder and the moment, for those that are still to come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moments(Box<[(u8, Timestamp)]>);

impl Moments {
    #[must_use]
    pub fn as_slice(&self) -> &[(u8, Timestamp)] {
        &self.0
    }

    /// Reads what `Display` writes. `None` if it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let one = |text: &str| {
            let (number, millisecond) = text.split_once(':')?;
            let moment = Timestamp::from_millisecond(millisecond.parse().ok()?).ok()?;
            Some((number.parse().ok()?, moment))
        };
        text.split_ascii_whitespace()
            .map(one)
            .collect::<Option<_>>()
            .map(Self)
    }
}

/// `NUMBER:MILLISECONDS`, one space between them.
impl fmt::Display for Moments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (number, moment)) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{number}:{}", moment.as_millisecond())?;
        }
        Ok(())
    }
}

impl Derived {
    /// What follows from a live task.
    ///
    /// `D` is the due day as the user sees it: the date of the due; for a due with a zone the date of its instant in the
    /// user's zone.
    ///
    /// | task | agenda |
    /// |---|---|
    /// | completed | none |
    /// | due or deadline | the smaller of `D` and the deadline; the time of the due as the user sees it if `D` was taken and the due has one, else all day |
    /// | only a start | the start, all day |
    /// | no date | none |
    ///
    /// | reminder of an open task | moment |
    /// |---|---|
    /// | minutes before a due with a time | the instant of the due minus the minutes elapsed |
    /// | minutes before an all-day due | the user's `all_day_reminder_at` of that day minus the minutes |
    /// | minutes before no due | none |
    /// | a moment of its own | its instant |
    /// | any, before `now` | none: nobody is reminded of the past |
    #[must_use]
    pub fn of(
        task: &TaskBody,
        settings: &SettingsBody,
        is_list_archived: bool,
        now: Timestamp,
    ) -> Self {
        if !task.is_open() {
            return Self::default();
        }
        Self {
            agenda: agenda(task, settings),
            is_shown: !is_list_archived,
            moments: moments(task, settings, now),
        }
    }
}

fn agenda(task: &TaskBody, settings: &SettingsBody) -> Option<Agenda> {
    let due = task.due.as_ref().map(|due| seen(due, settings));
    let deadline = task.deadline_on.map(all_day);
    match (due, deadline) {
        (Some(due), Some(deadline)) if deadline.day < due.day => Some(deadline),
        (Some(due), _) => Some(due),
        (None, Some(deadline)) => Some(deadline),
        (None, None) => task.start_on.map(all_day),
    }
}

fn all_day(day: Date) -> Agenda {
    Agenda {
        day,
        minute: Agenda::ALL_DAY,
    }
}

/// The due as the user sees it.
fn seen(due: &Due, settings: &SettingsBody) -> Agenda {
    let Some(time) = &due.time else {
        return all_day(due.date);
    };
    let as_written = Agenda {
        day: due.date,
        minute: time.minute.minutes(),
    };
    match (&time.zone, due.instant(settings.zone())) {
        (Some(_), Some(instant)) => {
            let (day, minute) = settings.zone().date_and_minute(instant);
            Agenda {
                day,
                minute: minute.minutes(),
            }
        }
        _ => as_written,
    }
}

fn moments(task: &TaskBody, settings: &SettingsBody, now: Timestamp) -> Moments {
    let moment = |reminder: &Reminder| match reminder {
        Reminder::At(at) => at.due().instant(settings.zone()),
        Reminder::Before(minutes) => {
            let due = task.due.as_ref()?;
            let instant = match due.time {
                Some(_) => due.instant(settings.zone()),
                None => instant(due.date, settings.all_day_reminder_at, settings),
            };
            instant?
                .checked_sub(SignedDuration::from_mins(i64::from(*minutes)))
                .ok()
        }
    };
    let numbered = (0..).zip(task.reminders.as_slice());
    let to_come = numbered.filter_map(|(number, reminder)| {
        let moment = moment(reminder)?;
        (moment >= now).then_some((number, moment))
    });
    Moments(to_come.collect())
}

fn instant(date: Date, minute: MinuteOfDay, settings: &SettingsBody) -> Option<Timestamp> {
    settings.zone().instant(date, minute)
}
