//! Settings: one record for each user, which the first change makes.

use super::rules::{Done, Rules};
use super::{Decision, Stop};
use crate::{
    BrokenRule, Fault, Id, ListBody, Precondition, Record, RecordTag, Refusal, Settings,
    SettingsBody, SettingsPatch, TaskSet,
};

impl Rules for SettingsBody {
    fn create(_: &mut Decision<'_>, _: Id, draft: &Self::Draft) -> Result<Done<Self>, Stop> {
        match *draft {}
    }

    fn is_result_of(_: &mut Decision<'_>, _: &Settings, draft: &Self::Draft) -> Result<bool, Stop> {
        match *draft {}
    }

    fn change(
        decision: &mut Decision<'_>,
        before: Settings,
        patch: &SettingsPatch,
    ) -> Result<Done<Self>, Stop> {
        let body = patched(decision, &before.body, patch)?;
        if body == before.body {
            return Ok(Done::unchanged(before));
        }
        let old = before.body.clone();
        let after = decision.update(before, body)?;
        derive_anew(decision, &old, &after.body)?;
        Ok(Done::updated(after))
    }

    /// The first change makes the record, also where it says what counts anyway: from then on the settings are chosen.
    fn change_absent(
        decision: &mut Decision<'_>,
        id: Id,
        condition: &Precondition,
        patch: &SettingsPatch,
    ) -> Result<Done<Self>, Stop> {
        condition.check(RecordTag {
            version: None,
            epoch: decision.epoch,
        })?;
        let old = Self::default();
        let body = patched(decision, &old, patch)?;
        let made: Record<Self> = decision.insert(id, body)?;
        derive_anew(decision, &old, &made.body)?;
        Ok(Done::updated(made))
    }

    fn delete(_: &mut Decision<'_>, _: Settings) -> Result<Done<Self>, Stop> {
        Err(Refusal::NotFound.into())
    }
}

fn patched(
    decision: &mut Decision<'_>,
    before: &SettingsBody,
    patch: &SettingsPatch,
) -> Result<SettingsBody, Stop> {
    let mut body = before.clone();
    if let Some(zone) = &patch.time_zone {
        body.time_zone = zone.clone();
    }
    if let Some(day) = patch.week_start {
        body.week_start = day;
    }
    if let Some(minute) = patch.day_starts_at {
        body.day_starts_at = minute;
    }
    if let Some(list) = patch.default_list {
        if let Some(list) = list
            && decision.live::<ListBody>(list)?.is_none()
        {
            return Err(Fault::new("/default_list_id", BrokenRule::UnknownList).into());
        }
        body.default_list = list;
    }
    if let Some(minute) = patch.all_day_reminder_at {
        body.all_day_reminder_at = minute;
    }
    Ok(body)
}

/// Floating and all-day values stay; what is derived from them and from values with a zone follows the user's zone.
fn derive_anew(
    decision: &mut Decision<'_>,
    before: &SettingsBody,
    after: &SettingsBody,
) -> Result<(), Stop> {
    let is_same =
        before.zone() == after.zone() && before.all_day_reminder_at == after.all_day_reminder_at;
    if is_same || decision.account.zoned_count == 0 {
        return Ok(());
    }
    let tasks = decision.members(&TaskSet::DependsOnZone)?;
    decision.each(tasks, Decision::derive)?;
    Ok(())
}
