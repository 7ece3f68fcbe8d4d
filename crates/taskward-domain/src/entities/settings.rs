//! The settings of a user: one record, under the nil UUID, that exists from its first write on.

use std::convert::Infallible;

use jiff::civil::Weekday;
use taskward_recurrence::{MinuteOfDay, UserDay, Zone};

use super::Entity;
use crate::{Id, Record};

/// What counts for a user who has set no zone.
static UTC: Zone = Zone::UTC;

pub type Settings = Record<SettingsBody>;

/// What the settings say. The default is what counts for a user who never wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsBody {
    /// `None`: UTC counts.
    pub time_zone: Option<Zone>,
    pub week_start: Weekday,
    /// When the user's day begins; at most 06:00.
    pub day_starts_at: MinuteOfDay,
    /// Where a task goes whose create names no list; `None` is the Inbox.
    pub default_list: Option<Id>,
    /// The time of day that reminders of all-day tasks count from.
    pub all_day_reminder_at: MinuteOfDay,
}

/// What a merge patch says (RFC 7396). An outer `None` leaves a member as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsPatch {
    pub time_zone: Option<Option<Zone>>,
    pub week_start: Option<Weekday>,
    pub day_starts_at: Option<MinuteOfDay>,
    pub default_list: Option<Option<Id>>,
    pub all_day_reminder_at: Option<MinuteOfDay>,
}

impl SettingsBody {
    #[must_use]
    pub fn user_day(&self) -> UserDay {
        UserDay {
            zone: self.zone().clone(),
            starts_at: self.day_starts_at,
        }
    }

    #[must_use]
    pub fn zone(&self) -> &Zone {
        self.time_zone.as_ref().unwrap_or(&UTC)
    }
}

impl Default for SettingsBody {
    fn default() -> Self {
        const NINE: MinuteOfDay = match MinuteOfDay::new(9 * 60) {
            Some(nine) => nine,
            None => MinuteOfDay::MIDNIGHT,
        };
        Self {
            time_zone: None,
            week_start: Weekday::Monday,
            day_starts_at: MinuteOfDay::MIDNIGHT,
            default_list: None,
            all_day_reminder_at: NINE,
        }
    }
}

impl Entity for SettingsBody {
    const LIMIT: u32 = 1;
    const IS_COUNTED_IN_TRASH: bool = false;
    const IS_SEARCHABLE: bool = false;
    type Draft = Infallible;
    type Change = SettingsPatch;
}
