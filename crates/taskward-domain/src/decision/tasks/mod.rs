//! Tasks: what a create, a change, a deletion and a restoration do to a task and to those that belong to it.

mod completion;
mod details;
mod foresight;
mod place;
mod recurrence;
mod series;

use super::rules::{Done, Rules};
use super::state::derived_id;
use super::{Decision, Refusal, Stop};
use crate::limits::{SUBTASKS_PER_TASK, TASKS_PER_LIST, ZONED_TASKS_PER_USER};
use crate::{
    Container, Derived, Id, ListBody, Place, Rank, Task, TaskBody, TaskChange, TaskDetails,
    TaskDraft, TaskPatch, TaskReplacement, TaskSet,
};

impl Rules for TaskBody {
    fn create(decision: &mut Decision<'_>, id: Id, draft: &TaskDraft) -> Result<Done<Self>, Stop> {
        decision.foresee_details(None, &draft.details);
        let container = decision.container_of_create(id, &draft.details)?;
        let place = Place {
            container,
            rank: Rank::at(decision.now, decision.position),
        };
        let mut body = Self::new(draft.title.clone(), place);
        body.description.clone_from(&draft.description);
        decision.merge(None, id, &mut body, &draft.details)?;
        if !draft.completed {
            return decision.insert(id, body).map(Done::updated);
        }
        body.completed_at = Some(decision.now);
        let task = decision.insert(id, body)?;
        decision.complete_others(task)
    }

    fn is_result_of(
        decision: &mut Decision<'_>,
        task: &Task,
        draft: &TaskDraft,
    ) -> Result<bool, Stop> {
        let body = &task.body;
        let has_first_members = body.title == draft.title
            && body.description == draft.description
            && body.completed_at.is_some() == draft.completed;
        Ok(has_first_members && decision.has_details(task, &draft.details)?)
    }

    fn change(
        decision: &mut Decision<'_>,
        before: Task,
        change: &TaskChange,
    ) -> Result<Done<Self>, Stop> {
        match change {
            TaskChange::Replace(TaskReplacement {
                title,
                description,
                completed,
                details,
            }) => {
                let patch = TaskPatch {
                    title: Some(title.clone()),
                    description: Some(description.clone()),
                    completed: *completed,
                    details: details.clone(),
                };
                decision.patch(before, &patch)
            }
            TaskChange::Patch(patch) => decision.patch(before, patch),
            TaskChange::Complete { completed, at } => {
                let completed = completed.unwrap_or_else(|| before.body.is_open());
                let body = before.body.clone();
                decision.finish_edit(before, body, Some(completed), *at)
            }
            TaskChange::Move(to) => decision.move_task(before, to),
            TaskChange::Skip { occurrence } => decision.skip(before, *occurrence),
        }
    }

    /// The live subtasks go with the task. Deleting an open occurrence ends its series.
    fn delete(decision: &mut Decision<'_>, before: Task) -> Result<Done<Self>, Stop> {
        let subtasks = decision.subtasks(&before)?;
        let id = before.id;
        let body = before.body.clone();
        let task = decision.trash(before, body)?;
        decision.trash_with(id, subtasks)?;
        Ok(Done::updated(task))
    }

    /// What was deleted with the task is restored with it. An occurrence that was withdrawn when the task was reopened is
    /// not: completing the task again brings it back.
    fn restore(decision: &mut Decision<'_>, before: Task) -> Result<Done<Self>, Stop> {
        let id = before.id;
        let mut companions = decision.members(&TaskSet::DeletedWith(id))?;
        companions.retain(|task| task.body.place.container.parent == Some(id));
        let task = decision.restore_task(before)?;
        decision.each(companions, Decision::restore_task)?;
        Ok(Done::updated(task))
    }

    fn prepare(
        decision: &mut Decision<'_>,
        before: Option<&Task>,
        mut body: Self,
        is_live: bool,
    ) -> Result<Self, Stop> {
        let settings = decision.settings()?;
        body.derived = match body.place.container.list {
            _ if !is_live => Derived::default(),
            Some(list) if body.is_open() => {
                let list = decision.live::<ListBody>(list)?;
                let is_archived = list.is_some_and(|list| list.body.archived_at.is_some());
                Derived::of(&body, &settings, is_archived, decision.now)
            }
            _ => Derived::of(&body, &settings, false, decision.now),
        };
        decision.count_task(before, &body, is_live)?;
        Ok(body)
    }
}

impl Decision<'_> {
    /// The members of a patch, and what they do to other tasks.
    fn patch(&mut self, before: Task, patch: &TaskPatch) -> Result<Done<TaskBody>, Stop> {
        let mut body = before.body.clone();
        if let Some(title) = &patch.title {
            body.title = title.clone();
        }
        if let Some(description) = &patch.description {
            body.description.clone_from(description);
        }
        self.foresee_details(Some(&before), &patch.details);
        let TaskDetails { list, parent, .. } = patch.details;
        let container = self.container(&before, list, parent)?;
        if container != body.place.container {
            body.place = Place {
                container,
                rank: self.rank_at_end(container, before.id)?,
            };
        }
        self.merge(Some(&before), before.id, &mut body, &patch.details)?;
        self.finish_edit(before, body, patch.completed, None)
    }

    /// The live subtasks of a task. A subtask has none.
    fn subtasks(&mut self, task: &Task) -> Result<Vec<Task>, Stop> {
        match task.body.place.container.parent {
            Some(_) => Ok(Vec::new()),
            None => self.members(&TaskSet::Subtasks(task.id)),
        }
    }

    /// Moves tasks to the trash with the record that takes them along.
    pub(super) fn trash_with(&mut self, with: Id, tasks: Vec<Task>) -> Result<(), Stop> {
        self.each(tasks, |decision, task| {
            let mut body = task.body.clone();
            body.deleted_with = Some(with);
            decision.trash(task, body)
        })?;
        Ok(())
    }

    /// Takes one task out of the trash.
    ///
    /// | what it belonged to | the task |
    /// |---|---|
    /// | list that is not live | goes to the Inbox |
    /// | parent that is not live, or is a subtask now | comes back on the top level |
    /// | parent that is in another list now | goes to that list |
    /// | series that has another open occurrence | comes back without recurrence |
    pub(super) fn restore_task(&mut self, before: Task) -> Result<Task, Stop> {
        let mut body = before.body.clone();
        body.deleted_with = None;
        self.foresee_restoration(&before);
        let container = &mut body.place.container;
        if let Some(list) = container.list
            && self.live::<ListBody>(list)?.is_none()
        {
            container.list = None;
        }
        if let Some(id) = container.parent {
            let parent = self.live::<TaskBody>(id)?;
            match parent.filter(|parent| parent.body.place.container.parent.is_none()) {
                Some(parent) => container.list = parent.body.place.container.list,
                None => container.parent = None,
            }
        }
        if let Some(recurrence) = &body.recurrence
            && body.completed_at.is_none()
            && !self
                .members(&TaskSet::OpenInSeries(recurrence.series_id))?
                .is_empty()
        {
            body.recurrence = None;
        }
        self.revive(before, body)
    }

    /// Keeps the counters that limit how many tasks there are of a sort.
    fn count_task(
        &mut self,
        before: Option<&Task>,
        body: &TaskBody,
        is_live: bool,
    ) -> Result<(), Stop> {
        let before = before.filter(|task| task.is_live()).map(|task| &task.body);
        let after = Some(body).filter(|_| is_live);
        let is_zoned = |body: Option<&TaskBody>| {
            body.is_some_and(|body| body.is_open() && body.depends_on_zone())
        };
        match (is_zoned(before), is_zoned(after)) {
            (false, true) if self.account.zoned_count >= ZONED_TASKS_PER_USER => {
                return Err(Refusal::QuotaReached.into());
            }
            (false, true) => self.account.zoned_count += 1,
            (true, false) => self.account.zoned_count = self.account.zoned_count.saturating_sub(1),
            _ => {}
        }
        let container = |body: Option<&TaskBody>| {
            body.map_or(Container::default(), |body| body.place.container)
        };
        let (from, to) = (container(before), container(after));
        if let Some(list) = to.list
            && from.list != to.list
            && self.list_size(list)? >= i64::from(TASKS_PER_LIST)
        {
            return Err(Refusal::QuotaReached.into());
        }
        if let Some(parent) = to.parent
            && from.parent != to.parent
            && self.subtask_count(parent)? >= i64::from(SUBTASKS_PER_TASK)
        {
            return Err(Refusal::QuotaReached.into());
        }
        self.count_member(from, to);
        Ok(())
    }
}
