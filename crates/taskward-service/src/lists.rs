//! The use cases that read many records.

use taskward_access::Grant;
use taskward_domain::{ChangePage, ChangesRequest, FeedCursor, Listing, TaskQuery};
use taskward_store::StoreError;

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
