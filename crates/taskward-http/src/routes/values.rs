//! The wire forms of values that several kinds of records have.

use jiff::civil::Date;
use serde::{Serialize, Serializer};
use taskward_domain::{Id, ReminderAt};
use taskward_recurrence::{Due, MinuteOfDay};
use utoipa::ToSchema;

/// A date: `2026-11-30`.
pub(super) struct ApiDate(pub(super) Date);

impl Serialize for ApiDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A time of day: `09:00`.
pub(super) struct ApiMinute(pub(super) MinuteOfDay);

impl Serialize for ApiMinute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let minutes = self.0.minutes();
        serializer.collect_str(&format_args!("{:02}:{:02}", minutes / 60, minutes % 60))
    }
}

/// The ids of records.
pub(super) struct ApiIds<'a>(pub(super) &'a [Id]);

impl Serialize for ApiIds<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Id::as_uuid))
    }
}

/// A date, alone or with a time, alone or with a zone.
#[derive(Serialize, ToSchema)]
#[schema(as = Due)]
pub(super) struct DueBody<'a> {
    #[schema(value_type = String, format = Date, examples("2026-11-30"))]
    date: ApiDate,
    /// The time of day; `null` for the whole day.
    #[schema(value_type = Option<String>, required = true, examples("09:00"))]
    time: Option<ApiMinute>,
    /// The time zone of the time; `null` for this time in whichever zone the user is.
    #[schema(required = true, examples("Europe/Berlin"))]
    zone: Option<&'a str>,
}

impl<'a> DueBody<'a> {
    pub(super) fn new(due: &'a Due) -> Self {
        let time = due.time.as_ref();
        Self {
            date: ApiDate(due.date),
            time: time.map(|time| ApiMinute(time.minute)),
            zone: time
                .and_then(|time| time.zone.as_ref())
                .map(|zone| zone.name()),
        }
    }

    pub(super) fn floating(date: Date, minute: Option<MinuteOfDay>) -> Self {
        Self {
            date: ApiDate(date),
            time: minute.map(ApiMinute),
            zone: None,
        }
    }

    pub(super) fn of_reminder(at: &'a ReminderAt) -> Self {
        Self {
            date: ApiDate(at.date),
            time: Some(ApiMinute(at.minute)),
            zone: at.zone.as_ref().map(|zone| zone.name()),
        }
    }
}
