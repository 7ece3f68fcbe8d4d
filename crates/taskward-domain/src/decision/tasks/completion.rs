//! Completing, reopening and skipping.
//!
//! | task | complete | reopen |
//! |---|---|---|
//! | open, does not recur | `completed_at`; its open subtasks too, with the same time | keep |
//! | open, recurs | the same; then the next occurrence and copies of the live subtasks, if there is a next one | keep |
//! | completed, does not recur | keep the first time (SEC-73) | open; its subtasks with exactly the same time too |
//! | completed, recurs | keep the first time: no second successor | as above, and by the table below |
//!
//! | live tasks of the series with a higher index | reopen |
//! |---|---|
//! | none, and no other one is open | the task is open again and recurs as before |
//! | one, open, *untouched* | that one and its subtasks go to the trash with this one; this one is open again |
//! | anything else | the task is open again and does not recur; the series goes on where it is |
//!
//! *Untouched*: it says what the next occurrence of this task would say now, and so do its subtasks.

use jiff::Timestamp;
use jiff::civil::Date;
use taskward_recurrence::move_date;

use super::super::rules::Done;
use super::{Decision, Refusal, Stop};
use crate::{Task, TaskBody, TaskSet};

impl Decision<'_> {
    /// Writes an edited task, completes or reopens it, and carries its list over to its subtasks.
    pub(super) fn finish_edit(
        &mut self,
        before: Task,
        mut body: TaskBody,
        completed: Option<bool>,
        at: Option<Timestamp>,
    ) -> Result<Done<TaskBody>, Stop> {
        let completes = completed == Some(true) && body.is_open();
        let reopens = completed == Some(false) && !body.is_open();
        if completes || reopens {
            self.foresee_completion(&before, completes);
        }
        if completes {
            let at = at.unwrap_or(self.now).min(self.now);
            body.completed_at = Some(at.max(before.meta.created_at));
        }
        if reopens {
            return self.reopen(before, body);
        }
        if body.says_the_same(&before.body) {
            return Ok(Done::unchanged(before));
        }
        let follows = body.place.container.list != before.body.place.container.list;
        let task = self.update(before, body)?;
        if follows {
            self.bring_subtasks(&task)?;
        }
        match completes {
            true => self.complete_others(task),
            false => Ok(Done::updated(task)),
        }
    }

    /// What the completion of a task, which is written, does to other tasks.
    pub(super) fn complete_others(&mut self, task: Task) -> Result<Done<TaskBody>, Stop> {
        let mut subtasks = self.subtasks(&task)?;
        subtasks.retain(|subtask| subtask.body.is_open());
        self.set_completed(subtasks, task.body.completed_at)?;
        let next_occurrence = match task.body.recurrence {
            Some(_) => Some(self.make_successor(&task)?),
            None => None,
        };
        Ok(Done {
            next_occurrence,
            ..Done::updated(task)
        })
    }

    fn reopen(&mut self, before: Task, mut body: TaskBody) -> Result<Done<TaskBody>, Stop> {
        let completed_at = body.completed_at.take();
        // Before anything is written: what is compared is what was completed.
        let mut subtasks = self.subtasks(&before)?;
        if let Some(recurrence) = &body.recurrence {
            let index = recurrence.recurrence.index;
            let set = TaskSet::LaterInSeries(recurrence.series_id, index);
            let later = self.members(&set)?;
            // Another one can be open although none is later: one that was restored.
            let open = self.members(&TaskSet::OpenInSeries(recurrence.series_id))?;
            match later.as_slice() {
                [] if open.is_empty() => {}
                [next] if self.is_untouched(&before, next)? => {
                    let (next, companions) = (next.clone(), self.subtasks(next)?);
                    self.trash_with(before.id, vec![next])?;
                    self.trash_with(before.id, companions)?;
                }
                _ => body.recurrence = None,
            }
        }
        let follows = body.place.container.list != before.body.place.container.list;
        let task = self.update(before, body)?;
        subtasks.retain(|subtask| subtask.body.completed_at == completed_at);
        self.set_completed(subtasks, None)?;
        if follows {
            self.bring_subtasks(&task)?;
        }
        Ok(Done::updated(task))
    }

    /// Moves on to the next date without recording a completion.
    pub(super) fn skip(
        &mut self,
        before: Task,
        occurrence: Option<Date>,
    ) -> Result<Done<TaskBody>, Stop> {
        let mut body = before.body.clone();
        let (Some(series), Some(due), true) =
            (&mut body.recurrence, &body.due, before.body.is_open())
        else {
            return Err(Refusal::NotRecurring.into());
        };
        // Two devices that skip the same occurrence skip one.
        if occurrence.is_some_and(|named| named != series.recurrence.occurrence) {
            return Ok(Done::unchanged(before));
        }
        let user_day = self.settings()?.user_day();
        let recurrence = &series.recurrence;
        let next = match recurrence.next(self.now, &user_day) {
            // Counted from today it may come no later than what is skipped; then it is counted from that.
            Some(next) if next.date <= recurrence.occurrence => recurrence.upcoming().nth(1),
            next => next,
        };
        let next = next.ok_or(Refusal::NoNextOccurrence)?;
        let moved = |date: Option<Date>| date.map(|date| move_date(date, due.date, next.date));
        body.start_on = moved(body.start_on);
        body.deadline_on = moved(body.deadline_on);
        series.recurrence.occurrence = next.date;
        body.due = Some(next);
        let mut subtasks = self.subtasks(&before)?;
        subtasks.retain(|subtask| !subtask.body.is_open());
        let task = self.update(before, body)?;
        self.set_completed(subtasks, None)?;
        Ok(Done::updated(task))
    }

    fn set_completed(
        &mut self,
        subtasks: Vec<Task>,
        completed_at: Option<Timestamp>,
    ) -> Result<(), Stop> {
        self.each(subtasks, |decision, subtask| {
            let mut body = subtask.body.clone();
            body.completed_at = completed_at;
            decision.update(subtask, body)
        })?;
        Ok(())
    }

    /// The live subtasks are in the list of their parent.
    fn bring_subtasks(&mut self, task: &Task) -> Result<(), Stop> {
        let list = task.body.place.container.list;
        let mut subtasks = self.subtasks(task)?;
        subtasks.retain(|subtask| subtask.body.place.container.list != list);
        self.each(subtasks, |decision, subtask| {
            let mut body = subtask.body.clone();
            body.place.container.list = list;
            decision.update(subtask, body)
        })?;
        Ok(())
    }
}
