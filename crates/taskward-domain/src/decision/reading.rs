//! What a batch knows of the user's records, and how it asks for what it lacks.
//!
//! Reading takes rounds, so whatever can be asked for at once is, and what follows from what was read is not asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decision, Stop};
use crate::{Container, Entity, Id, ListBody, Rank, Record, SettingsBody, Side, Stored, Task};
use crate::{TaskBody, TaskSet};

/// The tasks that a batch wrote, by what the sets with few members are found by. A task stays under what it belonged to.
#[derive(Default)]
pub(super) struct WrittenTasks {
    all: BTreeSet<Id>,
    by_parent: BTreeMap<Id, BTreeSet<Id>>,
    by_series: BTreeMap<Id, BTreeSet<Id>>,
}

impl WrittenTasks {
    pub(super) fn add(&mut self, task: &Task) {
        self.all.insert(task.id);
        if let Some(parent) = task.body.place.container.parent {
            self.by_parent.entry(parent).or_default().insert(task.id);
        }
        if let Some(series) = &task.body.recurrence {
            let of_series = self.by_series.entry(series.series_id).or_default();
            of_series.insert(task.id);
        }
    }

    /// Those that may belong to a set.
    fn candidates(&self, set: &TaskSet) -> Option<&BTreeSet<Id>> {
        match set {
            TaskSet::Subtasks(parent) => self.by_parent.get(parent),
            TaskSet::OpenInSeries(series) | TaskSet::LaterInSeries(series, _) => {
                self.by_series.get(series)
            }
            _ => Some(&self.all),
        }
    }
}

impl Decision<'_> {
    /// What is under an id; `None` if it was never used.
    pub(super) fn row<B: Entity>(&mut self, id: Id) -> Result<Option<Stored<B>>, Stop> {
        let found = B::rows(&self.written).get(&id);
        match found.or_else(|| B::rows(&self.loaded.rows).get(&id)) {
            Some(found) => Ok(found.clone()),
            None => {
                self.missing.records.insert((B::KIND, id));
                Err(Stop::Missing)
            }
        }
    }

    /// A live record.
    pub(super) fn live<B: Entity>(&mut self, id: Id) -> Result<Option<Record<B>>, Stop> {
        Ok(match self.row(id)? {
            Some(Stored::Record(record)) if record.is_live() => Some(record),
            _ => None,
        })
    }

    /// Does the same to several things, and asks for what any of them lacks in one round.
    pub(super) fn each<T, R>(
        &mut self,
        things: impl IntoIterator<Item = T>,
        mut act: impl FnMut(&mut Self, T) -> Result<R, Stop>,
    ) -> Result<Vec<R>, Stop> {
        let mut done = Vec::new();
        let mut is_missing = false;
        for thing in things {
            match act(self, thing) {
                Ok(result) => done.push(result),
                Err(Stop::Missing) => is_missing = true,
                // It may be refused only because the ones before it were not done.
                Err(Stop::Refused(_)) if is_missing => {}
                Err(refused) => return Err(refused),
            }
        }
        match is_missing {
            true => Err(Stop::Missing),
            false => Ok(done),
        }
    }

    /// The members of a set, in its order. Of neighbours at least the nearest two, if there are so many.
    pub(super) fn members(&mut self, set: &TaskSet) -> Result<Vec<Task>, Stop> {
        if self.is_known_empty(set) {
            return self.members_among(set, &[]);
        }
        if let Some(loaded) = self.loaded.sets.get(set) {
            return self.members_among(set, loaded);
        }
        if let TaskSet::Neighbours(container, side, Some(from)) = set
            && let Some(members) = self.known_neighbours(set, *container, *side, from)?
        {
            return Ok(members);
        }
        self.missing.sets.insert(set.clone());
        Err(Stop::Missing)
    }

    /// How many members a set of subtasks has.
    pub(super) fn subtask_count(&mut self, parent: Id) -> Result<i64, Stop> {
        let set = TaskSet::Subtasks(parent);
        let loaded = match self.loaded.sets.get(&set) {
            Some(loaded) => loaded.len(),
            None if self.is_known_empty(&set) => 0,
            None => {
                self.missing.sets.insert(set);
                return Err(Stop::Missing);
            }
        };
        let grown = self.grown_parents.get(&parent).copied().unwrap_or(0);
        Ok(i64::try_from(loaded)
            .unwrap_or(i64::MAX)
            .saturating_add(grown))
    }

    /// How many live tasks a list has.
    pub(super) fn list_size(&mut self, list: Id) -> Result<i64, Stop> {
        let size = match self.loaded.list_sizes.get(&list) {
            Some(size) => *size,
            None if self.was_live::<ListBody>(list) == Some(false) => 0,
            None => {
                self.missing.list_sizes.insert(list);
                return Err(Stop::Missing);
            }
        };
        Ok(i64::from(size) + self.grown_lists.get(&list).copied().unwrap_or(0))
    }

    /// All live records of a kind.
    pub(super) fn all<B: Entity>(&mut self) -> Result<Vec<Record<B>>, Stop> {
        if !self.loaded.all.contains(&B::KIND) {
            self.missing.all.insert(B::KIND);
            return Err(Stop::Missing);
        }
        let ids = B::rows(&self.loaded.rows)
            .keys()
            .chain(B::rows(&self.written).keys());
        let ids: BTreeSet<Id> = ids.copied().collect();
        let mut records = Vec::new();
        for id in ids {
            records.extend(self.live(id)?);
        }
        Ok(records)
    }

    /// The settings that count.
    pub(super) fn settings(&mut self) -> Result<SettingsBody, Stop> {
        if self.account.live.settings == 0 {
            return Ok(SettingsBody::default());
        }
        Ok(match self.live::<SettingsBody>(Id::NIL)? {
            Some(settings) => settings.body,
            None => SettingsBody::default(),
        })
    }

    /// Whether a record was live before the batch; `None` if it was not read.
    fn was_live<B: Entity>(&self, id: Id) -> Option<bool> {
        let found = B::rows(&self.loaded.rows).get(&id)?;
        let is_live = |row: &Stored<B>| matches!(row, Stored::Record(record) if record.is_live());
        Some(found.as_ref().is_some_and(is_live))
    }

    /// Whether nothing belonged to a set before the batch: live tasks are only in live lists and under live parents.
    fn is_known_empty(&self, set: &TaskSet) -> bool {
        let has_no_list = |list: Id| self.was_live::<ListBody>(list) == Some(false);
        let has_no_parent = |parent: Id| self.was_live::<TaskBody>(parent) == Some(false);
        match set {
            TaskSet::Subtasks(parent) => has_no_parent(*parent),
            TaskSet::Listed(list) | TaskSet::OpenListed(list) => has_no_list(*list),
            TaskSet::Neighbours(container, ..) | TaskSet::Container(container) => {
                container.list.is_some_and(has_no_list)
                    || container.parent.is_some_and(has_no_parent)
            }
            _ => false,
        }
    }

    fn members_among(&mut self, set: &TaskSet, loaded: &[Id]) -> Result<Vec<Task>, Stop> {
        let written = self.written_tasks.candidates(set).into_iter().flatten();
        let ids: BTreeSet<Id> = loaded.iter().chain(written).copied().collect();
        let mut members = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(Stored::Record(task)) = self.row::<TaskBody>(id)?
                && set.contains(&task)
            {
                members.push(task);
            }
        }
        set.sort(&mut members);
        Ok(members)
    }

    /// The neighbours of a place in a range that was read for another place of the same container, so that the moves of
    /// one batch can build on each other. `None`: no such range has two of them.
    fn known_neighbours(
        &mut self,
        set: &TaskSet,
        container: Container,
        side: Side,
        from: &(Rank, Id),
    ) -> Result<Option<Vec<Task>>, Stop> {
        let loaded = self.loaded;
        for (known, ids) in &loaded.sets {
            let (low, high) = match known {
                TaskSet::Container(of) if *of == container => (None, None),
                TaskSet::Neighbours(of, towards, place) if *of == container => {
                    let is_whole = ids.len() < usize::from(TaskSet::WINDOW);
                    let keys = ids.iter().filter_map(|id| self.loaded_key(*id));
                    let end = match towards {
                        _ if is_whole => None,
                        Side::Before => keys.min(),
                        Side::After => keys.max(),
                    };
                    match towards {
                        Side::Before => (end, place.clone()),
                        Side::After => (place.clone(), end),
                    }
                }
                _ => continue,
            };
            let is_in_range = low.as_ref().is_none_or(|low| low <= from)
                && high.as_ref().is_none_or(|high| from <= high);
            if !is_in_range {
                continue;
            }
            let bound = match side {
                Side::Before => low,
                Side::After => high,
            };
            let mut members = self.members_among(set, ids)?;
            let Some(bound) = bound else {
                return Ok(Some(members));
            };
            members.retain(|task| match side {
                Side::Before => key(task) > bound,
                Side::After => key(task) < bound,
            });
            if members.len() >= 2 {
                return Ok(Some(members));
            }
        }
        Ok(None)
    }

    fn loaded_key(&self, id: Id) -> Option<(Rank, Id)> {
        use crate::OfKind;
        match TaskBody::rows(&self.loaded.rows).get(&id)?.as_ref()? {
            Stored::Record(task) => Some(key(task)),
            Stored::Purged => None,
        }
    }
}

/// The place of a task in its container. Ids make the order total.
pub(super) fn key(task: &Task) -> (Rank, Id) {
    (task.body.place.rank.clone(), task.id)
}
