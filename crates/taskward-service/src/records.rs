//! The use cases that every kind of record has.

use taskward_access::Grant;
use taskward_domain::{
    Action, Batch, Entity, Epoch, Id, Needs, Precondition, Record, WriteOutcome, Written,
};
use taskward_store::StoreError;

use crate::Services;
use crate::limits::Work;

/// A record that was read.
#[derive(Debug)]
pub struct FoundRecord<B> {
    pub record: Record<B>,
    /// Part of the record's tag.
    pub epoch: Epoch,
}

/// A record that was written, or was already as asked.
#[derive(Debug)]
pub struct WrittenRecord<B> {
    pub record: Record<B>,
    /// Part of the record's tag.
    pub epoch: Epoch,
    pub outcome: WriteOutcome,
    /// How many records the write wrote in all.
    pub rows: usize,
}

impl Services {
    /// # Errors
    /// `NotFound`, or another [`StoreError`].
    pub async fn find<B: Entity>(
        &self,
        grant: &Grant,
        id: Id,
    ) -> Result<FoundRecord<B>, StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Read).await?;
        let needs = Needs::record(B::KIND, id);
        let mut loaded = self.store.for_grant(grant).load(needs).await?;
        Ok(FoundRecord {
            record: loaded.take_live::<B>(id)?,
            epoch: loaded.epoch,
        })
    }

    /// Creates a record under the client's `id`, or under a fresh one. The same create sent twice makes one record.
    ///
    /// # Errors
    /// `IdTaken`, `QuotaReached`, or another [`StoreError`].
    pub async fn create<B: Entity>(
        &self,
        grant: &Grant,
        id: Option<Id>,
        draft: B::Draft,
    ) -> Result<WrittenRecord<B>, StoreError> {
        let id = id.unwrap_or_else(|| self.ids.fresh());
        self.write(grant, id, Action::Create(draft)).await
    }

    /// # Errors
    /// `NotFound`, `VersionMismatch`, or another [`StoreError`].
    pub async fn change<B: Entity>(
        &self,
        grant: &Grant,
        id: Id,
        precondition: Precondition,
        change: B::Change,
    ) -> Result<WrittenRecord<B>, StoreError> {
        self.write(grant, id, Action::Change(precondition, change))
            .await
    }

    /// Moves a record to the trash.
    ///
    /// # Errors
    /// `NotFound` (also for a record in the trash), `VersionMismatch`, or another [`StoreError`].
    pub async fn delete<B: Entity>(
        &self,
        grant: &Grant,
        id: Id,
        precondition: Precondition,
    ) -> Result<WrittenRecord<B>, StoreError> {
        self.write(grant, id, Action::Delete(precondition)).await
    }

    /// Takes a record out of the trash. A live record is returned as it is.
    ///
    /// # Errors
    /// `NotFound`, `VersionMismatch`, `QuotaReached`, or another [`StoreError`].
    pub async fn restore<B: Entity>(
        &self,
        grant: &Grant,
        id: Id,
        precondition: Precondition,
    ) -> Result<WrittenRecord<B>, StoreError> {
        self.write(grant, id, Action::Restore(precondition)).await
    }

    async fn write<B: Entity>(
        &self,
        grant: &Grant,
        id: Id,
        action: Action<B>,
    ) -> Result<WrittenRecord<B>, StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Write).await?;
        let batch = Batch::single(B::operation(id, action));
        let now = self.clock.now();
        let committed = self.store.for_grant(grant).commit(batch, now).await?;
        let (epoch, rows) = (committed.epoch, committed.rows);
        let Written { record, outcome } = committed.into_single()?;
        let record = B::from_any(record)
            .ok_or_else(|| StoreError::Failed("the result is of another kind".into()))?;
        Ok(WrittenRecord {
            record,
            epoch,
            outcome,
            rows,
        })
    }
}
