//! What an edit does to the recurrence of a task.
//!
//! | request on an open occurrence | effect |
//! |---|---|
//! | `due` alone | this occurrence only; the series keeps its schedule, time and zone |
//! | `due` with `recurrence.start` | this one and all later ones |
//! | `recurrence.rule` | `start` becomes the resulting due unless it is sent; `occurrence` becomes the date of `start`; COUNT starts anew |
//! | `recurrence.start` alone | `occurrence` becomes its date; the due stays |
//! | `recurrence.anchor` alone | nothing else |
//! | `recurrence.occurrence` | sets it: the undo of a skip |
//! | `recurrence: null` | the task is a single one |
//! | no due, while the task recurs | `due_required` |
//! | `recurrence` on a completed occurrence | `completed_occurrence` |
//! | `recurrence` of a subtask, a parent for a task that recurs | `recurring_subtask` |
//! | a rule without an occurrence on or after the start | `ended_rule` |

use std::borrow::Cow;

use taskward_recurrence::{Anchor, Due, Recurrence, Rule, Series};

use super::details::merged_due;
use super::{Decision, Stop, derived_id};
use crate::{BrokenRule, Fault, Id, RecurrencePatch, Task, TaskBody, TaskDetails, TaskRecurrence};

const RULE: &str = "/recurrence/rule";

/// Series that begin later than their task are numbered from here on, by the task's version, so that no two are alike.
const LATER_SERIES: u64 = 1 << 32;

impl Decision<'_> {
    pub(super) fn merge_recurrence(
        &mut self,
        before: Option<&Task>,
        id: Id,
        body: &mut TaskBody,
        details: &TaskDetails,
    ) -> Result<(), Stop> {
        let is_subtask = body.place.container.parent.is_some();
        match &details.recurrence {
            None => {
                if body.recurrence.is_some() && is_subtask {
                    return Err(Fault::new("/parent_id", BrokenRule::RecurringSubtask).into());
                }
            }
            Some(None) if body.recurrence.is_none() => {}
            Some(_) if before.is_some_and(|task| !task.body.is_open()) => {
                return Err(Fault::new("/recurrence", BrokenRule::CompletedOccurrence).into());
            }
            Some(None) => body.recurrence = None,
            Some(Some(_)) if is_subtask => {
                return Err(Fault::new("/recurrence", BrokenRule::RecurringSubtask).into());
            }
            Some(Some(patch)) => {
                let due = body
                    .due
                    .clone()
                    .ok_or(Fault::new("/due", BrokenRule::DueRequired))?;
                let series_id = match before {
                    None => id,
                    Some(task) => new_series(id, task),
                };
                let present = body.recurrence.as_ref();
                body.recurrence = Some(self.merged_recurrence(present, patch, &due, series_id)?);
            }
        }
        if body.recurrence.is_some() && body.due.is_none() {
            return Err(Fault::new("/due", BrokenRule::DueRequired).into());
        }
        Ok(())
    }

    /// Whether the task has the recurrence that a create names.
    pub(super) fn has_recurrence(
        &mut self,
        task: &Task,
        details: &TaskDetails,
    ) -> Result<bool, Stop> {
        let present = task.body.recurrence.as_ref();
        let patch = match &details.recurrence {
            None => return Ok(true),
            Some(None) => return Ok(present.is_none()),
            Some(Some(patch)) => patch,
        };
        let (Some(present), Some(due)) = (present, &task.body.due) else {
            return Ok(false);
        };
        let made = match self.merged_recurrence(None, patch, due, present.series_id) {
            Err(Stop::Missing) => return Err(Stop::Missing),
            made => made.ok(),
        };
        Ok(made.as_ref() == Some(present))
    }

    fn merged_recurrence(
        &mut self,
        present: Option<&TaskRecurrence>,
        patch: &RecurrencePatch,
        due: &Due,
        series_id: Id,
    ) -> Result<TaskRecurrence, Stop> {
        let old = present.map(|present| &present.recurrence);
        let start = match (&patch.start, &patch.rule, old) {
            (Some(Some(start)), _, _) => {
                merged_due(old.map(|old| &old.start), start, "/recurrence/start")?
            }
            (None, None, Some(old)) => old.start.clone(),
            _ => due.clone(),
        };
        let rule = match (&patch.rule, old) {
            (Some(Some(text)), _) => {
                let settings = self.settings()?;
                Rule::parse(text, &start, settings.zone()).map_err(|error| Fault {
                    pointer: Cow::Borrowed(RULE),
                    rule: error.into(),
                })?
            }
            (None, Some(old)) => old.rule.clone(),
            (Some(None), _) | (None, None) => {
                return Err(Fault::new(RULE, BrokenRule::Required).into());
            }
        };
        if Series::new(&rule, start.date).first().is_none() {
            return Err(Fault::new(RULE, BrokenRule::EndedRule).into());
        }
        let anchor = match (patch.anchor, old) {
            (Some(anchor), _) => anchor.unwrap_or(Anchor::Schedule),
            (None, old) => old.map_or(Anchor::Schedule, |old| old.anchor),
        };
        let begins_anew = patch.rule.is_some() || patch.start.is_some();
        let occurrence = match (patch.occurrence.flatten(), old) {
            (Some(occurrence), _) => occurrence,
            (None, Some(old)) if !begins_anew && patch.occurrence.is_none() => old.occurrence,
            (None, _) => start.date,
        };
        // What is counted by the index can only be counted anew in a series of its own.
        let is_other = old.is_none_or(|old| old.rule != rule || old.start != start);
        let counts_anew =
            patch.rule.is_some() && is_other && anchor == Anchor::Completion && rule.has_count();
        let (series_id, index) = match present {
            Some(present) if !counts_anew => (present.series_id, present.recurrence.index),
            Some(_) | None => (series_id, 1),
        };
        Ok(TaskRecurrence {
            series_id,
            recurrence: Recurrence {
                rule,
                anchor,
                start,
                occurrence,
                index,
            },
        })
    }
}

/// The series that begins with the write that follows.
fn new_series(id: Id, task: &Task) -> Id {
    derived_id(id, LATER_SERIES + task.meta.version.next().number())
}
