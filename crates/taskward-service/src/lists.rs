//! The use cases that read many records.

use std::cmp::Reverse;

use jiff::civil::Date;
use taskward_access::Grant;
use taskward_domain::{
    ChangePage, ChangesRequest, Counts, FeedCursor, Id, Kind, LabelBody, ListBody, Listing, Loaded,
    Needs, SearchText, Task, TaskBody, TaskQuery, TaskSet, ViewQuery, searchable_words,
};
use taskward_store::{StoreError, Viewed};

use crate::Services;
use crate::limits::Work;

impl Services {
    /// One page of the caller's tasks, unless nothing changed since `known`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_tasks(
        &self,
        grant: &Grant,
        query: TaskQuery,
        known: Option<FeedCursor>,
    ) -> Result<Listing, StoreError> {
        let work = Work::read(query.is_long_read());
        let _admission = self.limits.admit(grant.user(), work).await?;
        self.store.for_grant(grant).list_tasks(query, known).await
    }

    /// One page of a view of the caller's tasks, unless nothing changed since `known`.
    ///
    /// # Errors
    /// `NotFound` for a list or label that the caller does not have, `InvalidView`, or another [`StoreError`].
    pub async fn view(
        &self,
        grant: &Grant,
        query: ViewQuery,
        known: Option<FeedCursor>,
    ) -> Result<Viewed, StoreError> {
        let work = Work::read(query.is_long_read());
        let _admission = self.limits.admit(grant.user(), work).await?;
        let store = self.store.for_grant(grant);
        if let Some((kind, id)) = query.view.subject() {
            let mut loaded = store.load(Needs::record(kind, id)).await?;
            match kind {
                Kind::Label => drop(loaded.take_live::<LabelBody>(id)?),
                _ => drop(loaded.take_live::<ListBody>(id)?),
            }
        }
        store.view(query, self.clock.now(), known).await
    }

    /// The live subtasks of a task: the open ones in their order, then the completed ones, completed last first. With a
    /// search: those with its words, newest first.
    ///
    /// # Errors
    /// `NotFound` for a task that the caller does not have, or another [`StoreError`].
    pub async fn subtasks(
        &self,
        grant: &Grant,
        parent: Id,
        search: Option<&SearchText>,
    ) -> Result<(Vec<Task>, FeedCursor), StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Read).await?;
        let needs = Needs {
            account: true,
            sets: [TaskSet::Subtasks(parent)].into(),
            ..Needs::record(Kind::Task, parent)
        };
        let mut loaded = self.store.for_grant(grant).load(needs).await?;
        loaded.take_live::<TaskBody>(parent)?;
        let newest = newest(&loaded);
        let mut subtasks = loaded.take_all::<TaskBody>();
        if let Some(search) = search {
            subtasks.retain(|task| {
                let (title, description) = (&task.body.title, task.body.description.as_ref());
                search.finds(&searchable_words(title, description))
            });
            subtasks.sort_by_key(|task| Reverse(task.id));
            return Ok((subtasks, newest));
        }
        subtasks.sort_by_cached_key(|task| {
            let open = task.body.is_open().then(|| task.body.place.rank.clone());
            (
                open.is_none(),
                open,
                Reverse(task.body.completed_at),
                task.id,
            )
        });
        Ok((subtasks, newest))
    }

    /// The series of a task, for [`View::Series`](taskward_domain::View::Series); `None` for a task that does not recur.
    ///
    /// # Errors
    /// `NotFound` for a task that the caller does not have, or another [`StoreError`].
    pub async fn series_of(
        &self,
        grant: &Grant,
        task: Id,
    ) -> Result<(Option<Id>, FeedCursor), StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Read).await?;
        let needs = Needs {
            account: true,
            ..Needs::record(Kind::Task, task)
        };
        let mut loaded = self.store.for_grant(grant).load(needs).await?;
        let task = loaded.take_live::<TaskBody>(task)?;
        let newest = newest(&loaded);
        Ok((task.body.recurrence.map(|own| own.series_id), newest))
    }

    /// How many tasks the caller's views have; `None` if nothing changed since `known`.
    ///
    /// # Errors
    /// `InvalidView`, or another [`StoreError`].
    pub async fn counts(
        &self,
        grant: &Grant,
        day: Option<Date>,
        known: Option<FeedCursor>,
    ) -> Result<(Option<Counts>, FeedCursor), StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::read(true)).await?;
        let store = self.store.for_grant(grant);
        if let Some(known) = known
            && store.newest().await? == known
        {
            return Ok((None, known));
        }
        let (counts, newest) = store.counts(day, self.clock.now()).await?;
        Ok((Some(counts), newest))
    }

    /// What changed in the caller's records since a cursor.
    ///
    /// # Errors
    /// `CursorTooOld`, or another [`StoreError`].
    pub async fn list_changes(
        &self,
        grant: &Grant,
        request: ChangesRequest,
    ) -> Result<ChangePage, StoreError> {
        let work = Work::read(request.is_long_read());
        let _admission = self.limits.admit(grant.user(), work).await?;
        self.store.for_grant(grant).changes(request).await
    }
}

/// The newest position of the feed when these were read, in the same snapshot.
pub(crate) fn newest(loaded: &Loaded) -> FeedCursor {
    FeedCursor {
        epoch: loaded.epoch,
        seq: loaded.account.unwrap_or_default().seq,
    }
}
