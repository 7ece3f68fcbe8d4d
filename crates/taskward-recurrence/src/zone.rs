//! Time zones by name, from the zone data that is compiled in, and what the user's settings say about days.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::MinuteOfDay;

/// A zone of the IANA database. Two names of one zone are two zones: links are not resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    zone: TimeZone,
    /// The name that was stored, where the data no longer has it.
    unknown_name: Option<Arc<str>>,
}

impl Zone {
    /// What counts for a user who has set no zone.
    pub const UTC: Self = Self {
        zone: TimeZone::UTC,
        unknown_name: None,
    };

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
            Ok(Self {
                zone,
                unknown_name: None,
            })
        } else {
            Err(unknown())
        }
    }

    /// A zone by the name under which it was stored. One that the data no longer has keeps its name and counts as UTC.
    #[must_use]
    pub fn stored(name: &str) -> Self {
        Self::find(name).unwrap_or_else(|_| Self {
            zone: TimeZone::UTC,
            unknown_name: Some(name.into()),
        })
    }

    /// Whether the data has the zone.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.unknown_name.is_none()
    }

    /// The name in the spelling of the data.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.unknown_name {
            Some(name) => name,
            None => self.zone.iana_name().unwrap_or("UTC"),
        }
    }

    /// The zone itself, for what has to compute with it.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The local date and time of day of an instant, to the minute.
    #[must_use]
    pub fn date_and_minute(&self, instant: Timestamp) -> (Date, MinuteOfDay) {
        let local = self.local(instant);
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        (
            local.date(),
            MinuteOfDay::new(minute).unwrap_or(MinuteOfDay::MIDNIGHT),
        )
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
        self.zone
            .to_timestamp(date.to_datetime(minute.to_time()))
            .ok()
    }

    pub(crate) fn local(&self, instant: Timestamp) -> DateTime {
        self.zone.to_datetime(instant)
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
