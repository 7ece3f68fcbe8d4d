//! The use cases on tasks.

use super::{ServiceError, Services};
use crate::auth::Caller;
use crate::domain::{
    Creation, PageRequest, Precondition, Task, TaskChange, TaskContent, TaskId, TaskPage,
};

impl Services {
    /// One page of the caller's tasks, newest first.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn list_tasks(
        &self,
        caller: &Caller,
        request: PageRequest,
    ) -> Result<TaskPage, ServiceError> {
        Ok(self.store.for_caller(caller).list(request).await?)
    }

    /// One task of the caller's.
    ///
    /// # Errors
    /// `TaskNotFound`, or when storage fails.
    pub async fn find_task(&self, caller: &Caller, id: TaskId) -> Result<Task, ServiceError> {
        Ok(self.store.for_caller(caller).find(id).await?)
    }

    /// Creates a task under the client's `id`, or under a fresh one. The same create sent twice makes one task.
    ///
    /// # Errors
    /// `TaskIdTaken`, `QuotaReached`, or when storage fails.
    pub async fn create_task(
        &self,
        caller: &Caller,
        id: Option<TaskId>,
        content: TaskContent,
    ) -> Result<Creation, ServiceError> {
        let id = id.unwrap_or_else(|| self.ids.fresh());
        Ok(self
            .store
            .for_caller(caller)
            .create(id, content, self.clock.now())
            .await?)
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
        Ok(self
            .store
            .for_caller(caller)
            .change(id, precondition, change, self.clock.now())
            .await?)
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
        Ok(self
            .store
            .for_caller(caller)
            .delete(id, precondition, self.clock.now())
            .await?)
    }

    /// Takes a task out of the trash; one that is not in it is given as it is.
    ///
    /// # Errors
    /// `TaskNotFound`, `QuotaReached`, or when storage fails.
    pub async fn restore_task(&self, caller: &Caller, id: TaskId) -> Result<Task, ServiceError> {
        Ok(self
            .store
            .for_caller(caller)
            .restore(id, self.clock.now())
            .await?)
    }
}
