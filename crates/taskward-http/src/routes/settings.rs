//! The caller's settings: one record, which the first change makes.

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use jiff::civil::Weekday;
use serde::Serialize;
use taskward_domain::limits::DAY_START_MAX;
use taskward_domain::{Epoch, Id, Meta, RecordTag, Settings, SettingsBody, SettingsPatch, Version};
use taskward_recurrence::{MinuteOfDay, Zone};
use utoipa::ToSchema;
use uuid::Uuid;

use super::respond::{RECORD_BYTES, json, not_modified};
use super::values::ApiMinute;
use crate::body::{Input, JsonBody, Members};
use crate::grant::OwnGrant;
use crate::openapi::{
    AccessFaults, BodyFaults, ConditionFaults, OwnerPath, ReadCondition, WriteCondition,
    WriteFaults, schemas,
};
use crate::precondition::{IfMatch, IfNoneMatch, record_tag};
use crate::problem::Problem;
use crate::query::NoQuery;
use crate::routes::route::{Route, route};
use crate::state::SharedState;
use crate::time::ApiTime;

pub(crate) fn routes() -> Vec<Route> {
    vec![route!(self::find, self::patch)]
}

/// The settings of a user.
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
pub(super) struct SettingsAnswer<'a> {
    /// The IANA name of the user's time zone; `null` if it was never set, and UTC counts.
    #[schema(required = true, examples("Europe/Berlin"))]
    time_zone: Option<&'a str>,
    #[schema(schema_with = schemas::week_start)]
    week_start: u8,
    /// When the user's day begins: what is done earlier is done on the day before. At most 06:00.
    #[schema(value_type = String, examples("00:00"))]
    day_starts_at: ApiMinute,
    /// Where a task goes whose create names no list; `null` is the Inbox.
    #[schema(required = true)]
    default_list_id: Option<Uuid>,
    /// The time of day that reminders of all-day tasks count from.
    #[schema(value_type = String, examples("09:00"))]
    all_day_reminder_at: ApiMinute,
    /// When the settings were last written; `null` if they never were.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    updated_at: Option<ApiTime>,
    /// How many times the settings were written. 0 if they never were; the entity tag is `"0"` then.
    #[schema(minimum = 0)]
    version: u64,
}

impl<'a> SettingsAnswer<'a> {
    pub(super) fn written(settings: &'a Settings) -> Self {
        Self::new(&settings.body, Some(&settings.meta))
    }

    fn new(body: &'a SettingsBody, meta: Option<&Meta>) -> Self {
        Self {
            time_zone: body.time_zone.as_ref().map(Zone::name),
            week_start: body.week_start.to_monday_one_offset().unsigned_abs(),
            day_starts_at: ApiMinute(body.day_starts_at),
            default_list_id: body.default_list.as_ref().map(Id::as_uuid),
            all_day_reminder_at: ApiMinute(body.all_day_reminder_at),
            updated_at: meta.map(|meta| ApiTime(meta.updated_at)),
            version: version(meta).map_or(0, Version::number),
        }
    }
}

fn version(meta: Option<&Meta>) -> Option<Version> {
    meta.map(|meta| meta.version)
}

/// A JSON merge patch (RFC 7396). Members that are left out stay as they are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct PatchSettings {
    /// The IANA name of the user's time zone, in any case; `null` for none.
    #[schema(required = false, examples("Europe/Berlin"))]
    time_zone: Option<String>,
    #[schema(required = false, schema_with = schemas::week_start)]
    week_start: u8,
    /// When the user's day begins, 00:00 to 06:00.
    #[schema(value_type = String, required = false, examples("04:00"))]
    day_starts_at: String,
    /// Where a task goes whose create names no list; `null` is the Inbox.
    #[schema(required = false)]
    default_list_id: Option<Uuid>,
    /// The time of day that reminders of all-day tasks count from.
    #[schema(value_type = String, required = false, examples("09:00"))]
    all_day_reminder_at: String,
}

impl Input for PatchSettings {
    const NOUN: &'static str = "the settings";
    type Parsed = SettingsPatch;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        members.read_only(&["user_id", "version", "created_at", "updated_at"]);
        let time_zone: Option<Option<Zone>> = members.nullable("time_zone");
        let week_start: Option<Weekday> = members.optional("week_start");
        let day_starts_at: Option<MinuteOfDay> = members.optional("day_starts_at");
        if day_starts_at.is_some_and(|time| time.minutes() > DAY_START_MAX) {
            let (hours, minutes) = (DAY_START_MAX / 60, DAY_START_MAX % 60);
            members.broken::<()>(
                "day_starts_at",
                "out_of_range",
                format_args!("must be from 00:00 to {hours:02}:{minutes:02}"),
            );
        }
        Some(SettingsPatch {
            time_zone,
            week_start,
            day_starts_at,
            default_list: members.nullable("default_list_id"),
            all_day_reminder_at: members.optional("all_day_reminder_at"),
        })
    }
}

/// Read the settings
#[utoipa::path(get, path = "/settings", tag = "settings", operation_id = "find_settings",
    params(OwnerPath, ReadCondition),
    responses(
        (status = 200, description = "The settings", body = SettingsAnswer, headers(("ETag" = String, description = "The settings' version"))),
        (status = 304, description = "The client has the current answer"),
        AccessFaults,
    ))]
pub(super) async fn find(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    condition: IfNoneMatch,
) -> Result<Response<Body>, Problem> {
    let (settings, epoch) = state.services.settings(&grant).await?;
    let tag = tag(settings.as_ref().map(|settings| &settings.meta), epoch);
    if condition.matches(&tag) {
        return Ok(not_modified(&tag));
    }
    match &settings {
        Some(settings) => json(&tag, &SettingsAnswer::written(settings), RECORD_BYTES),
        None => {
            let default = SettingsBody::default();
            json(&tag, &SettingsAnswer::new(&default, None), RECORD_BYTES)
        }
    }
}

fn tag(meta: Option<&Meta>, epoch: Epoch) -> String {
    record_tag(RecordTag {
        version: version(meta),
        epoch,
    })
}

/// Change some settings
///
/// `If-Match: "0"` writes only if the settings were never written.
#[utoipa::path(patch, path = "/settings", tag = "settings", operation_id = "patch_settings",
    params(OwnerPath, WriteCondition),
    request_body(content((PatchSettings = "application/merge-patch+json"), (PatchSettings = "application/json"))),
    responses(
        (status = 200, description = "The settings as they are now", body = SettingsAnswer, headers(("ETag" = String, description = "The settings' version"))),
        AccessFaults, ConditionFaults, BodyFaults, WriteFaults,
    ))]
pub(super) async fn patch(
    State(state): State<SharedState>,
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
    IfMatch(precondition): IfMatch,
    JsonBody(patch): JsonBody<PatchSettings>,
) -> Result<Response<Body>, Problem> {
    let written = state
        .services
        .change::<SettingsBody>(&grant, Id::NIL, precondition, patch)
        .await?;
    state.charge_rows(&grant, written.rows);
    let tag = tag(Some(&written.record.meta), written.epoch);
    json(
        &tag,
        &SettingsAnswer::written(&written.record),
        RECORD_BYTES,
    )
}
