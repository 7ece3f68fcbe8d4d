//! Due values: a local date, alone or with a time of day, alone or with a zone. They are never instants.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use crate::Zone;

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub date: Date,
    /// `None`: all day.
    pub time: Option<DueTime>,
}

/// The time of day of a [`Due`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueTime {
    pub minute: MinuteOfDay,
    /// `None`: floating, at this time in whichever zone the user is.
    pub zone: Option<Zone>,
}

impl Due {
    /// The same time and zone on another date.
    #[must_use]
    pub fn on(&self, date: Date) -> Self {
        Self {
            date,
            time: self.time.clone(),
        }
    }

    /// The zone of this due, or the user's.
    #[must_use]
    pub fn zone_or<'a>(&'a self, user_zone: &'a Zone) -> &'a Zone {
        let own = self.time.as_ref().and_then(|time| time.zone.as_ref());
        own.unwrap_or(user_zone)
    }

    /// The instant of a due with a time, as [`Zone::instant`] says. `None` if it is all day, or too close to the year
    /// 10000 for an instant.
    #[must_use]
    pub fn instant(&self, user_zone: &Zone) -> Option<Timestamp> {
        let minute = self.time.as_ref()?.minute;
        self.zone_or(user_zone).instant(self.date, minute)
    }
}

/// Minutes since local midnight, 0 to 1439.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinuteOfDay(u16);

impl MinuteOfDay {
    pub const MIDNIGHT: Self = Self(0);

    /// `None` above 1439.
    #[must_use]
    pub const fn new(minutes: u16) -> Option<Self> {
        if minutes < 24 * 60 {
            Some(Self(minutes))
        } else {
            None
        }
    }

    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }

    pub(crate) fn to_time(self) -> Time {
        // Both fit: the hour is at most 23.
        let (hour, minute) = ((self.0 / 60) as i8, (self.0 % 60) as i8);
        Time::new(hour, minute, 0, 0).unwrap_or_default()
    }
}
