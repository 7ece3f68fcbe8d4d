//! The members of a task that merge with those it has: labels, dates, recurrence and the rest.

use std::borrow::Cow;

use jiff::civil::Date;
use taskward_recurrence::{Due, DueTime};

use super::{Decision, Stop};
use crate::{
    BrokenRule, DuePatch, Fault, Id, LabelBody, LabelIds, LabelsChange, Task, TaskBody, TaskDetails,
};

impl Decision<'_> {
    /// Merges the details into `body`, which is in its container already.
    pub(super) fn merge(
        &mut self,
        before: Option<&Task>,
        id: Id,
        body: &mut TaskBody,
        details: &TaskDetails,
    ) -> Result<(), Stop> {
        body.label_ids = self.labels(&body.label_ids, &details.labels)?;
        if let Some(priority) = details.priority {
            body.priority = priority;
        }
        if let Some(start_on) = details.start_on {
            body.start_on = start_on;
        }
        if let Some(deadline_on) = details.deadline_on {
            body.deadline_on = deadline_on;
        }
        if let Some(duration) = details.duration {
            body.duration = duration;
        }
        if let Some(reminders) = &details.reminders {
            body.reminders = reminders.clone();
        }
        if let Some(due) = &details.due {
            body.due = match due {
                Some(patch) => Some(merged_due(body.due.as_ref(), patch, "/due")?),
                None => None,
            };
        }
        self.merge_recurrence(before, id, body, details)
    }

    /// Whether the task has the details that a create names.
    pub(super) fn has_details(&mut self, task: &Task, details: &TaskDetails) -> Result<bool, Stop> {
        let body = &task.body;
        let container = body.place.container;
        let has_labels = match &details.labels {
            LabelsChange::Replace(ids) => {
                LabelIds::new(ids.iter().copied()).as_ref() == Some(&body.label_ids)
            }
            LabelsChange::Keep | LabelsChange::Edit { .. } => true,
        };
        let has_due = match &details.due {
            Some(Some(patch)) => {
                merged_due(None, patch, "/due").is_ok_and(|due| Some(due) == body.due)
            }
            Some(None) => body.due.is_none(),
            None => true,
        };
        let has_all = has_labels
            && has_due
            && details.list.is_none_or(|list| list == container.list)
            && details
                .parent
                .is_none_or(|parent| parent == container.parent)
            && details
                .priority
                .is_none_or(|priority| priority == body.priority)
            && details.start_on.is_none_or(|date| date == body.start_on)
            && details
                .deadline_on
                .is_none_or(|date| date == body.deadline_on)
            && details
                .duration
                .is_none_or(|duration| duration == body.duration)
            && details
                .reminders
                .as_ref()
                .is_none_or(|reminders| *reminders == body.reminders);
        Ok(has_all && self.has_recurrence(task, details)?)
    }

    /// Ids that the task has may name labels in the trash; others have to be live.
    fn labels(&mut self, present: &LabelIds, change: &LabelsChange) -> Result<LabelIds, Stop> {
        let (pointer, given, kept): (_, _, Vec<Id>) = match change {
            LabelsChange::Keep => return Ok(present.clone()),
            LabelsChange::Replace(ids) => ("/label_ids", ids, Vec::new()),
            LabelsChange::Edit { add, remove } => {
                let kept = present.as_slice().iter().filter(|id| !remove.contains(id));
                ("/add_label_ids", add, kept.copied().collect())
            }
        };
        self.each(given.iter().enumerate(), |decision, (index, id)| {
            match present.contains(*id) || decision.live::<LabelBody>(*id)?.is_some() {
                true => Ok(()),
                false => Err(Stop::from(Fault {
                    pointer: Cow::Owned(format!("{pointer}/{index}")),
                    rule: BrokenRule::UnknownLabel,
                })),
            }
        })?;
        LabelIds::new(kept.into_iter().chain(given.iter().copied())).ok_or_else(|| {
            let max = LabelIds::MAX;
            Fault::new(pointer, BrokenRule::TooMany { max }).into()
        })
    }
}

/// The due that a patch makes of one that is there, by RFC 7396.
pub(super) fn merged_due(
    present: Option<&Due>,
    patch: &DuePatch,
    pointer: &str,
) -> Result<Due, Fault> {
    let at = |member: &str, rule| Fault {
        pointer: Cow::Owned(format!("{pointer}/{member}")),
        rule,
    };
    let time = present.and_then(|due| due.time.as_ref());
    let date: Option<Date> = patch.date.unwrap_or(present.map(|due| due.date));
    let minute = patch.time.unwrap_or(time.map(|time| time.minute));
    let zone = match &patch.zone {
        Some(zone) => zone.clone(),
        None => time.and_then(|time| time.zone.clone()),
    };
    let date = date.ok_or_else(|| at("date", BrokenRule::Required))?;
    let time = match (minute, zone) {
        (Some(minute), zone) => Some(DueTime { minute, zone }),
        (None, Some(_)) => return Err(at("zone", BrokenRule::ConflictingMembers)),
        (None, None) => None,
    };
    Ok(Due { date, time })
}
