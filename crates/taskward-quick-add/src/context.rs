//! What every part of the grammar reads: the text, the words of the language, the user's names, and now.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::locale::Locale;
use crate::names::Names;
use crate::text::Text;

pub(crate) struct Context<'a> {
    pub(crate) text: &'a Text,
    pub(crate) locale: &'a Locale,
    pub(crate) names: &'a Names,
    pub(crate) week_start: i8,
    pub(crate) today: Date,
    /// Minutes since midnight.
    pub(crate) minute: i16,
    now: Timestamp,
    zone: &'a TimeZone,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        text: &'a Text,
        names: &'a Names,
        now: Timestamp,
        zone: &'a TimeZone,
        week_start: i8,
    ) -> Self {
        let (today, minute) = local(now, zone);
        Self {
            text,
            locale: Locale::english(),
            names,
            week_start,
            today,
            minute,
            now,
            zone,
        }
    }

    /// The local date and minute when so many minutes have elapsed.
    pub(crate) fn after_minutes(&self, minutes: i64) -> Option<(Date, i16)> {
        let span = Span::new().try_minutes(minutes).ok()?;
        let instant = self.now.checked_add(span).ok()?;
        Some(local(instant, self.zone))
    }

    /// Whether the minute of the date is later than now.
    pub(crate) fn is_later(&self, date: Date, minute: i16) -> bool {
        (date, minute) > (self.today, self.minute)
    }
}

fn local(instant: Timestamp, zone: &TimeZone) -> (Date, i16) {
    let local = zone.to_datetime(instant);
    let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
    (local.date(), minute)
}
