//! Time zones by name, from the zone data that is compiled in, and what the user's settings say about days.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::MinuteOfDay;

/// A zone of the IANA database. Two names of one zone are two zones: links are not resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// What counts for a user who has set no zone.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Finds a zone by its name, in any case.
    ///
    /// | name | result |
    /// |---|---|
    /// | in the data, in any case | taken, in the data's spelling; `Asia/Calcutta` stays |
    /// | fixed offset, POSIX string, `localtime`, `Etc/Unknown`, any other | refused |
    ///
    /// # Errors
    ///
    /// If the data that is compiled in has no such zone.
    pub fn find(name: &str) -> Result<Self, UnknownTimeZone> {
        let unknown = || UnknownTimeZone(name.chars().take(60).collect());
        // Not the global database of jiff, which may contain the files of the machine if another crate enables them.
        let zone = TimeZoneDatabase::bundled()
            .get(name)
            .map_err(|_| unknown())?;
        // `Etc/Unknown`, which jiff knows beside the data, has no name.
        if zone.iana_name().is_some() {
            Ok(Self(zone))
        } else {
            Err(unknown())
        }
    }

    /// The name in the spelling of the data.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The instant of a local time.
    ///
    /// | local time | instant |
    /// |---|---|
    /// | exists once | that |
    /// | in a gap (clocks go forward) | shifted forward by the gap, as RFC 5545 section 3.3.5 says |
    /// | exists twice (clocks go back) | the earlier one |
    /// | in the last hours of the year 9999 | `None` where an instant cannot hold it |
    #[must_use]
    pub fn instant(&self, date: Date, minute: MinuteOfDay) -> Option<Timestamp> {
        self.0.to_timestamp(date.to_datetime(minute.to_time())).ok()
    }

    pub(crate) fn local(&self, instant: Timestamp) -> DateTime {
        self.0.to_datetime(instant)
    }
}

/// What the user's settings say about days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDay {
    pub zone: Zone,
    /// When the user's day begins. What is done earlier is done on the day before.
    pub starts_at: MinuteOfDay,
}

impl UserDay {
    /// The user's date at an instant: "today" if it is now.
    #[must_use]
    pub fn date(&self, instant: Timestamp) -> Date {
        self.date_in(&self.zone, instant)
    }

    /// The same in another zone. In civil time: on a day when the clocks change, the day still begins at `starts_at`.
    pub(crate) fn date_in(&self, zone: &Zone, instant: Timestamp) -> Date {
        let local = zone.local(instant);
        let date = local.date();
        if local.time() < self.starts_at.to_time() {
            date.yesterday().unwrap_or(date)
        } else {
            date
        }
    }
}

/// The name is not in the zone data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownTimeZone(String);

impl fmt::Display for UnknownTimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not a time zone, expected a name of the IANA database such as \"Europe/Berlin\"",
            self.0
        )
    }
}

impl std::error::Error for UnknownTimeZone {}
