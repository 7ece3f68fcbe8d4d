//! Reading the members of a task that clients of the first convention do not know.
//!
//! A create and a PUT say an object of a member as a whole; what it leaves out is removed. In a PATCH it merges with the one
//! that the task has (RFC 7396).

use jiff::civil::Date;
use taskward_domain::limits::{LABELS_PER_TASK, REMINDER_MINUTES_MAX, REMINDERS_PER_TASK};
use taskward_domain::{
    DuePatch, Id, LabelIds, LabelsChange, RecurrencePatch, Reminder, ReminderAt, Reminders,
    TaskDetails,
};
use taskward_recurrence::{Anchor, MinuteOfDay, Zone};

use crate::body::{LimitedNumber, Member, Members, Place};

/// Members that only the server writes.
const READ_ONLY: &[&str] = &[
    "user_id",
    "rank",
    "version",
    "completed_at",
    "created_at",
    "updated_at",
    "deleted_at",
];

/// The members of a create or a PUT.
pub(super) fn whole(members: &mut Members<'_>) -> TaskDetails {
    let labels = label_ids(members, "label_ids").map_or(LabelsChange::Keep, LabelsChange::Replace);
    TaskDetails {
        labels,
        ..others::<true>(members)
    }
}

/// The members of a PATCH.
pub(super) fn patch(members: &mut Members<'_>) -> TaskDetails {
    let replaces = members.has("label_ids");
    for name in ["add_label_ids", "remove_label_ids"] {
        if replaces && members.has(name) {
            members.broken::<()>(
                name,
                "conflicting_members",
                "is not possible together with `label_ids`",
            );
        }
    }
    let all = label_ids(members, "label_ids");
    let add = label_ids(members, "add_label_ids").unwrap_or_default();
    let remove: Vec<Id> = members.optional("remove_label_ids").unwrap_or_default();
    let labels = match all {
        Some(all) => LabelsChange::Replace(all),
        None if add.is_empty() && remove.is_empty() => LabelsChange::Keep,
        None => LabelsChange::Edit { add, remove },
    };
    TaskDetails {
        labels,
        ..others::<false>(members)
    }
}

fn others<const WHOLE: bool>(members: &mut Members<'_>) -> TaskDetails {
    members.read_only(READ_ONLY);
    let due: Option<Option<DueMember<WHOLE>>> = members.nullable("due");
    let recurrence: Option<Option<RecurrenceMember<WHOLE>>> = members.nullable("recurrence");
    TaskDetails {
        list: members.nullable("list_id"),
        parent: members.nullable("parent_id"),
        priority: members.nullable("priority"),
        labels: LabelsChange::Keep,
        due: due.map(|due| due.map(|due| due.0)),
        start_on: members.nullable("start_on"),
        deadline_on: members.nullable("deadline_on"),
        duration: members.nullable("duration_min"),
        recurrence: recurrence.map(|recurrence| recurrence.map(|recurrence| recurrence.0)),
        reminders: members.optional("reminders"),
    }
}

/// Ids of labels that the task is to have.
fn label_ids(members: &mut Members<'_>, name: &'static str) -> Option<Vec<Id>> {
    let ids: Vec<Id> = members.optional(name)?;
    match LabelIds::new(ids.iter().copied()) {
        Some(_) => Some(ids),
        None => members.broken(
            name,
            "too_many",
            format_args!("must have at most {LABELS_PER_TASK} ids"),
        ),
    }
}

/// A due, as a whole or to be merged.
pub(in crate::routes) struct DueMember<const WHOLE: bool>(pub(in crate::routes) DuePatch);

impl<const WHOLE: bool> Member for DueMember<WHOLE> {
    const TYPE: &'static str = "an object";

    fn read(value: serde_json::Value, place: &mut Place<'_>) -> Option<Self> {
        place.object(value, "a due", |members| {
            let has_no_time = members.is_null("time") || (WHOLE && !members.has("time"));
            let has_zone = members.has("zone") && !members.is_null("zone");
            if has_zone && has_no_time {
                zone_without_time(members);
            }
            Some(Self(match WHOLE {
                true => DuePatch {
                    date: members.required("date").map(Some),
                    time: Some(members.nullable("time").flatten()),
                    zone: Some(members.nullable("zone").flatten()),
                },
                false => DuePatch {
                    date: members.nullable("date"),
                    time: members.nullable("time"),
                    zone: members.nullable("zone"),
                },
            }))
        })
    }
}

fn zone_without_time(members: &mut Members<'_>) {
    members.broken::<()>(
        "zone",
        "conflicting_members",
        "is not possible without a `time`",
    );
}

/// A recurrence, as a whole or to be merged.
struct RecurrenceMember<const WHOLE: bool>(RecurrencePatch);

impl<const WHOLE: bool> Member for RecurrenceMember<WHOLE> {
    const TYPE: &'static str = "an object";

    fn read(value: serde_json::Value, place: &mut Place<'_>) -> Option<Self> {
        place.object(value, "a recurrence", |members| {
            members.read_only(&["series_id", "index"]);
            let start: Option<Option<DueMember<WHOLE>>> = members.nullable("start");
            let patch = RecurrencePatch {
                rule: match WHOLE {
                    true => members.required("rule").map(Some),
                    false => members.nullable("rule"),
                },
                anchor: members.nullable("anchor"),
                start: start.map(|start| start.map(|start| start.0)),
                occurrence: members.nullable("occurrence"),
            };
            Some(Self(if WHOLE { without_gaps(patch) } else { patch }))
        })
    }
}

/// What is left out of a whole recurrence has its default.
fn without_gaps(patch: RecurrencePatch) -> RecurrencePatch {
    let anchor: Option<Anchor> = patch.anchor.flatten();
    let occurrence: Option<Date> = patch.occurrence.flatten();
    RecurrencePatch {
        anchor: Some(anchor),
        start: Some(patch.start.flatten()),
        occurrence: Some(occurrence),
        ..patch
    }
}

impl Member for Reminders {
    const TYPE: &'static str = "an array";

    fn read(value: serde_json::Value, place: &mut Place<'_>) -> Option<Self> {
        let reminders: Vec<Reminder> = Vec::read(value, place)?;
        Self::new(reminders).or_else(|| {
            let rule = format_args!("must have at most {REMINDERS_PER_TASK} entries");
            place.broken("too_many", rule)
        })
    }
}

impl Member for Reminder {
    const TYPE: &'static str = "an object";

    fn read(value: serde_json::Value, place: &mut Place<'_>) -> Option<Self> {
        place.object(value, "a reminder", |members| {
            const MAX: u64 = REMINDER_MINUTES_MAX as u64;
            let (has_minutes, has_moment) = (members.has("before_min"), members.has("at"));
            let minutes: Option<LimitedNumber<0, MAX>> = members.optional("before_min");
            let at: Option<ReminderAt> = members.optional("at");
            match (has_minutes, has_moment) {
                (true, true) => members.broken(
                    "at",
                    "conflicting_members",
                    "is not possible together with `before_min`",
                ),
                (false, false) => {
                    members.broken_as_whole("required", "must have `before_min` or `at`")
                }
                (true, false) => {
                    let minutes = u16::try_from(minutes?.0).ok();
                    minutes.map(Self::Before)
                }
                (false, true) => at.map(Self::At),
            }
        })
    }
}

impl Member for ReminderAt {
    const TYPE: &'static str = "an object";

    fn read(value: serde_json::Value, place: &mut Place<'_>) -> Option<Self> {
        place.object(value, "a moment", |members| {
            let has_zone = members.has("zone") && !members.is_null("zone");
            if has_zone && !members.has("time") {
                zone_without_time(members);
            }
            let date: Option<Date> = members.required("date");
            let minute: Option<MinuteOfDay> = members.required("time");
            let zone: Option<Zone> = members.nullable("zone").flatten();
            Some(Self {
                date: date?,
                minute: minute?,
                zone,
            })
        })
    }
}
