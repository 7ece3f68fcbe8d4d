//! The next occurrence of a task that was completed.
//!
//! | member | next occurrence |
//! |---|---|
//! | due | the next date, with the time and zone of the start of the series |
//! | recurrence | the same rule, anchor and series; its date and index |
//! | start, deadline | moved by as many days as the due |
//! | title, description, priority, labels, duration, list, rank | copied |
//! | reminders | those before the due copied, those with a moment of their own not |
//! | subtasks | each live one copied, open, with its dates moved by the same days |
//!
//! Its id follows from the series and the index, so that two devices that complete the same occurrence make one task.

use jiff::civil::Date;
use taskward_recurrence::{Due, move_date};

use super::{Decision, Refusal, Stop, derived_id};
use crate::limits::TASKS_PER_USER;
use crate::{Id, Stored, Task, TaskBody, TaskRecurrence};

/// How many ids after the present one are looked at.
const CANDIDATES: u64 = 100;

/// Copies of a subtask whose first id is taken are numbered from here on, so that no two occurrences have the same.
const FURTHER_COPIES: u64 = 1 << 20;

/// Where a derived record can be.
enum Slot {
    Free(Id),
    /// In the trash, since the completion was taken back.
    Withdrawn(Box<Task>),
}

impl Decision<'_> {
    /// Makes the next occurrence of a completed task, or brings back the one that was withdrawn. `None`: the series has ended.
    pub(super) fn make_successor(&mut self, completed: &Task) -> Result<Option<Task>, Stop> {
        let Some((series, due)) = self.next_due(completed)? else {
            return Ok(None);
        };
        let subtasks = self.subtasks(completed)?;
        let wanted = u32::try_from(subtasks.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        if self.account.live.task.saturating_add(wanted) > TASKS_PER_USER {
            return Err(Refusal::QuotaReached.into());
        }
        let (index, slot) = self.slot_in_series(completed, &series)?;
        let body = successor(completed, &series, &due, index);
        let next = self.fill(slot, body)?;
        // One by one: a subtask can be an earlier occurrence of the same series, with the same ids before it.
        self.each(&subtasks, |decision, subtask| {
            let slot = decision.slot_of_copy(completed, subtask.id, index)?;
            let mut body = copy(completed, subtask, &due);
            body.place.container.parent = Some(next.id);
            decision.fill(slot, body)
        })?;
        Ok(Some(next))
    }

    /// Whether an occurrence and its subtasks still say what they said when `completed` made them.
    pub(super) fn is_untouched(&mut self, completed: &Task, next: &Task) -> Result<bool, Stop> {
        let Some((series, due)) = self.next_due(completed)? else {
            return Ok(false);
        };
        let Some(of_next) = next
            .body
            .recurrence
            .as_ref()
            .filter(|_| next.body.is_open())
        else {
            return Ok(false);
        };
        let expected = successor(completed, &series, &due, of_next.recurrence.index);
        if !next.body.says_the_same(&expected) {
            return Ok(false);
        }
        let mut copies = self.subtasks(next)?;
        for subtask in self.subtasks(completed)? {
            let mut expected = copy(completed, &subtask, &due);
            expected.place.container.parent = Some(next.id);
            let same = copies
                .iter()
                .position(|copy| copy.body.says_the_same(&expected));
            match same {
                Some(index) => drop(copies.swap_remove(index)),
                None => return Ok(false),
            }
        }
        Ok(copies.is_empty())
    }

    fn next_due(&mut self, completed: &Task) -> Result<Option<(TaskRecurrence, Due)>, Stop> {
        let body = &completed.body;
        let (Some(series), Some(at)) = (&body.recurrence, body.completed_at) else {
            return Ok(None);
        };
        let user_day = self.settings()?.user_day();
        let due = series.recurrence.next(at, &user_day);
        Ok(due.map(|due| (series.clone(), due)))
    }

    fn slot_in_series(
        &mut self,
        completed: &Task,
        series: &TaskRecurrence,
    ) -> Result<(u64, Slot), Stop> {
        let present = series.recurrence.index;
        let candidates = ((present + 1)..=(present + CANDIDATES))
            .map(|index| (index, derived_id(series.series_id, index)));
        Ok(match self.first_slot(completed, candidates)? {
            Some(found) => found,
            None => (present + 1, Slot::Free(self.fresh_id())),
        })
    }

    fn slot_of_copy(&mut self, completed: &Task, subtask: Id, index: u64) -> Result<Slot, Stop> {
        let candidates = (0..CANDIDATES)
            .map(|round| (round, derived_id(subtask, index + round * FURTHER_COPIES)));
        Ok(match self.first_slot(completed, candidates)? {
            Some((_, slot)) => slot,
            None => Slot::Free(self.fresh_id()),
        })
    }

    /// The first candidate that is not taken. Mostly that is the first of all, so only where it is taken all others are
    /// read, and at once.
    fn first_slot(
        &mut self,
        completed: &Task,
        mut candidates: impl Iterator<Item = (u64, Id)>,
    ) -> Result<Option<(u64, Slot)>, Stop> {
        if let Some((number, id)) = candidates.next()
            && let Some(slot) = self.slot(completed, id)?
        {
            return Ok(Some((number, slot)));
        }
        while let Some((number, id)) = candidates.next() {
            match self.slot(completed, id) {
                Ok(Some(slot)) => return Ok(Some((number, slot))),
                Ok(None) => {}
                Err(stop) => {
                    for (_, id) in candidates {
                        drop(self.slot(completed, id));
                    }
                    return Err(stop);
                }
            }
        }
        Ok(None)
    }

    /// `None`: something else is under the id, or was.
    fn slot(&mut self, completed: &Task, id: Id) -> Result<Option<Slot>, Stop> {
        Ok(match self.row::<TaskBody>(id)? {
            None => Some(Slot::Free(id)),
            Some(Stored::Record(task))
                if !task.is_live() && task.body.deleted_with == Some(completed.id) =>
            {
                Some(Slot::Withdrawn(Box::new(task)))
            }
            Some(_) => None,
        })
    }

    fn fill(&mut self, slot: Slot, body: TaskBody) -> Result<Task, Stop> {
        match slot {
            Slot::Free(id) => self.insert(id, body),
            Slot::Withdrawn(task) => self.revive(*task, body),
        }
    }
}

fn successor(completed: &Task, series: &TaskRecurrence, due: &Due, index: u64) -> TaskBody {
    TaskBody {
        due: Some(due.clone()),
        recurrence: Some(TaskRecurrence {
            series_id: series.series_id,
            recurrence: series.recurrence.successor(due, index),
        }),
        ..copy_of_body(completed, completed, due)
    }
}

/// The copy of a subtask, still under the completed parent.
fn copy(completed: &Task, subtask: &Task, due: &Due) -> TaskBody {
    let mut body = copy_of_body(completed, subtask, due);
    if let (Some(own), Some(old)) = (&mut body.due, &completed.body.due) {
        own.date = move_date(own.date, old.date, due.date);
    }
    body
}

/// `task` as an open one, with start and deadline moved by as many days as the due of `completed`.
fn copy_of_body(completed: &Task, task: &Task, due: &Due) -> TaskBody {
    let old = completed.body.due.as_ref().map_or(due.date, |old| old.date);
    let moved = |date: Option<Date>| date.map(|date| move_date(date, old, due.date));
    TaskBody {
        completed_at: None,
        start_on: moved(task.body.start_on),
        deadline_on: moved(task.body.deadline_on),
        reminders: task.body.reminders.relative(),
        deleted_with: None,
        ..task.body.clone()
    }
}
