//! The use cases on tasks.

use taskward_access::Grant;
use taskward_domain::{
    Action, AnyRecord, Batch, ChangePage, ChangesRequest, Epoch, FeedCursor, Id, Kind, Listing,
    Needs, Operation, Precondition, Task, TaskBody, TaskChange, TaskDraft, TaskQuery, WriteOutcome,
    Written,
};
use taskward_store::StoreError;

use crate::Services;
use crate::limits::Work;

/// A task that was read.
#[derive(Debug)]
pub struct FoundTask {
    pub task: Task,
    /// Part of the task's tag.
    pub epoch: Epoch,
}

/// A task that was written, or was already as asked.
#[derive(Debug)]
pub struct WrittenTask {
    pub task: Task,
    /// Part of the task's tag.
    pub epoch: Epoch,
    pub outcome: WriteOutcome,
    /// How many records the write wrote in all.
    pub rows: usize,
}

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

    /// # Errors
    /// `NotFound`, or another [`StoreError`].
    pub async fn find_task(&self, grant: &Grant, id: Id) -> Result<FoundTask, StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Read).await?;
        let mut loaded = self
            .store
            .for_grant(grant)
            .load(Needs::record(Kind::Task, id))
            .await?;
        Ok(FoundTask {
            task: loaded.take_live::<TaskBody>(id)?,
            epoch: loaded.epoch,
        })
    }

    /// Creates a task under the client's `id`, or under a fresh one. The same create sent twice makes one task.
    ///
    /// # Errors
    /// `IdTaken`, `QuotaReached`, or another [`StoreError`].
    pub async fn create_task(
        &self,
        grant: &Grant,
        id: Option<Id>,
        draft: TaskDraft,
    ) -> Result<WrittenTask, StoreError> {
        let id = id.unwrap_or_else(|| self.ids.fresh());
        self.write_task(grant, id, Action::Create(draft)).await
    }

    /// # Errors
    /// `NotFound`, `VersionMismatch`, or another [`StoreError`].
    pub async fn change_task(
        &self,
        grant: &Grant,
        id: Id,
        precondition: Precondition,
        change: TaskChange,
    ) -> Result<WrittenTask, StoreError> {
        self.write_task(grant, id, Action::Change(precondition, change))
            .await
    }

    /// Moves a task to the trash.
    ///
    /// # Errors
    /// `NotFound` (also for a task in the trash), `VersionMismatch`, or another [`StoreError`].
    pub async fn delete_task(
        &self,
        grant: &Grant,
        id: Id,
        precondition: Precondition,
    ) -> Result<WrittenTask, StoreError> {
        self.write_task(grant, id, Action::Delete(precondition))
            .await
    }

    /// Takes a task out of the trash. A live task is returned as it is.
    ///
    /// # Errors
    /// `NotFound`, `VersionMismatch`, `QuotaReached`, or another [`StoreError`].
    pub async fn restore_task(
        &self,
        grant: &Grant,
        id: Id,
        precondition: Precondition,
    ) -> Result<WrittenTask, StoreError> {
        self.write_task(grant, id, Action::Restore(precondition))
            .await
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

    async fn write_task(
        &self,
        grant: &Grant,
        id: Id,
        action: Action<TaskBody>,
    ) -> Result<WrittenTask, StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Write).await?;
        let batch = Batch::single(Operation::Task(id, action));
        let now = self.clock.now();
        let committed = self.store.for_grant(grant).commit(batch, now).await?;
        let (epoch, rows) = (committed.epoch, committed.rows);
        let Written { record, outcome } = committed.into_single()?;
        let AnyRecord::Task(task) = record;
        Ok(WrittenTask {
            task,
            epoch,
            outcome,
            rows,
        })
    }
}
