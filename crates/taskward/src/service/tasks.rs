//! The use cases on tasks.

use super::{ServiceError, Services};
use crate::auth::Caller;
use crate::domain::{
    ChangePage, ChangesRequest, Listing, PageRequest, Precondition, Task, TaskChange, TaskContent,
    TaskId, Write, WriteAction, Written,
};

impl Services {
    /// One page of the caller's tasks, newest first, unless the caller's write counter still is `known`.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn list_tasks(
        &self,
        caller: &Caller,
        request: PageRequest,
        known: Option<u64>,
    ) -> Result<Listing, ServiceError> {
        Ok(self.store.for_caller(caller).list(request, known).await?)
    }

    /// One task of the caller's.
    ///
    /// # Errors
    /// `TaskNotFound`, or when storage fails.
    pub async fn find_task(&self, caller: &Caller, id: TaskId) -> Result<Task, ServiceError> {
        Ok(self.store.for_caller(caller).find(id).await?)
    }

    /// Creates a task under the client's `id`, or under a fresh one. The same create sent twice makes one task; the
    /// second time it is not new.
    ///
    /// # Errors
    /// `TaskIdTaken`, `QuotaReached`, or when storage fails.
    pub async fn create_task(
        &self,
        caller: &Caller,
        id: Option<TaskId>,
        content: TaskContent,
    ) -> Result<Written, ServiceError> {
        let id = id.unwrap_or_else(|| self.ids.fresh());
        self.write(caller, id, WriteAction::Create(content)).await
    }

    /// Changes a task if `precondition` allows it. A change that changes nothing gives the task as it is.
    ///
    /// # Errors
    /// `TaskNotFound`, `VersionMismatch`, or when storage fails.
    pub async fn change_task(
        &self,
        caller: &Caller,
        id: TaskId,
        precondition: Precondition,
        change: TaskChange,
    ) -> Result<Task, ServiceError> {
        let action = WriteAction::Change(precondition, change);
        Ok(self.write(caller, id, action).await?.task)
    }

    /// Puts a task into the trash.
    ///
    /// # Errors
    /// `TaskNotFound` (also when it is in the trash already), `VersionMismatch`, or when storage fails.
    pub async fn delete_task(
        &self,
        caller: &Caller,
        id: TaskId,
        precondition: Precondition,
    ) -> Result<(), ServiceError> {
        let action = WriteAction::Delete(precondition);
        self.write(caller, id, action).await.map(drop)
    }

    /// Takes a task out of the trash; one that is not in it is given as it is.
    ///
    /// # Errors
    /// `TaskNotFound`, `QuotaReached`, or when storage fails.
    pub async fn restore_task(&self, caller: &Caller, id: TaskId) -> Result<Task, ServiceError> {
        Ok(self.write(caller, id, WriteAction::Restore).await?.task)
    }

    /// What changed in the caller's list since a moment.
    ///
    /// # Errors
    /// `CursorTooOld`, or when storage fails.
    pub async fn list_changes(
        &self,
        caller: &Caller,
        request: ChangesRequest,
    ) -> Result<ChangePage, ServiceError> {
        Ok(self.store.for_caller(caller).changes(request).await?)
    }

    async fn write(
        &self,
        caller: &Caller,
        id: TaskId,
        action: WriteAction,
    ) -> Result<Written, ServiceError> {
        let write = Write { id, action };
        let now = self.clock.now();
        Ok(self.store.for_caller(caller).write(write, now).await?)
    }
}
