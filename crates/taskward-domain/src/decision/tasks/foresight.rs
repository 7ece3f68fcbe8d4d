//! What an operation on a task will ask for, as far as the request and the task say, so that it is read in one round.

use super::Decision;
use crate::{
    Container, Id, LabelBody, LabelsChange, ListBody, Side, Task, TaskBody, TaskDetails, TaskSet,
};

impl Decision<'_> {
    /// Asks for the records that the request names, and for what decides whether the task may come to them.
    pub(super) fn foresee_details(&mut self, before: Option<&Task>, details: &TaskDetails) {
        let present = before.map_or(Container::default(), |task| task.body.place.container);
        let (list, parent) = (details.list.flatten(), details.parent.flatten());
        self.foresee_container(before, details.list, details.parent);
        if let Some(list) = list.filter(|list| Some(*list) != present.list) {
            drop(self.list_size(list));
        }
        if let Some(parent) = parent.filter(|parent| Some(*parent) != present.parent) {
            drop(self.live::<TaskBody>(parent));
            drop(self.subtask_count(parent));
        }
        let labels: &[Id] = match &details.labels {
            LabelsChange::Keep => &[],
            LabelsChange::Replace(ids) | LabelsChange::Edit { add: ids, .. } => ids,
        };
        for id in labels {
            if before.is_none_or(|task| !task.body.label_ids.contains(*id)) {
                drop(self.live::<LabelBody>(*id));
            }
        }
    }

    /// Asks for what decides whether a task may come to a list and a parent.
    pub(super) fn foresee_place(
        &mut self,
        before: &Task,
        list: Option<Option<Id>>,
        parent: Option<Option<Id>>,
    ) {
        let details = TaskDetails {
            list,
            parent,
            ..TaskDetails::default()
        };
        self.foresee_details(Some(before), &details);
    }

    /// Asks for the list of the task and the one it may go to, and for the place at the end of that one.
    fn foresee_container(
        &mut self,
        before: Option<&Task>,
        list: Option<Option<Id>>,
        parent: Option<Option<Id>>,
    ) {
        let present = before.and_then(|task| task.body.place.container.list);
        for list in list.flatten().into_iter().chain(present) {
            drop(self.live::<ListBody>(list));
        }
        let (Some(before), true) = (before, list.is_some() || parent.is_some()) else {
            return;
        };
        drop(self.subtasks(before));
        let container = Container {
            list: list.unwrap_or(present),
            parent: None,
        };
        if parent.flatten().is_none() && container != before.body.place.container {
            let end = TaskSet::Neighbours(container, Side::Before, None);
            drop(self.members(&end));
        }
    }

    /// Asks for what the completion of a task, or its opposite, does to others.
    pub(super) fn foresee_completion(&mut self, before: &Task, completed: bool) {
        drop(self.subtasks(before));
        let container = before.body.place.container;
        if let Some(list) = container.list {
            drop(self.live::<ListBody>(list));
        }
        let Some(series) = &before.body.recurrence else {
            return;
        };
        let (id, index) = (series.series_id, series.recurrence.index);
        if completed {
            drop(self.row::<TaskBody>(super::derived_id(id, index + 1)));
            if let Some(list) = container.list {
                drop(self.list_size(list));
            }
        } else {
            drop(self.members(&TaskSet::LaterInSeries(id, index)));
            drop(self.members(&TaskSet::OpenInSeries(id)));
        }
    }

    /// Asks for what a task in the trash belonged to.
    pub(super) fn foresee_restoration(&mut self, before: &Task) {
        let container = before.body.place.container;
        if let Some(list) = container.list {
            drop(self.live::<ListBody>(list));
            drop(self.list_size(list));
        }
        if let Some(parent) = container.parent {
            drop(self.live::<TaskBody>(parent));
            drop(self.subtask_count(parent));
        }
        if let Some(series) = &before.body.recurrence
            && before.body.is_open()
        {
            drop(self.members(&TaskSet::OpenInSeries(series.series_id)));
        }
    }
}
