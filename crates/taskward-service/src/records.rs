//! The use cases that every kind of record has.

use jiff::civil::Date;
use taskward_access::Grant;
use taskward_domain::{
    Action, Batch, BatchMark, Entity, Epoch, FeedCursor, Id, Kind, Needs, Operation, Precondition,
    Record, Settings, SettingsBody, Task, WriteOutcome, Written,
};
use taskward_store::{Committed, StoreError};

use crate::Services;
use crate::limits::Work;
use crate::lists::newest;

/// A record that was read.
#[derive(Debug)]
pub struct FoundRecord<B> {
    pub record: Record<B>,
    /// Part of the record's tag.
    pub epoch: Epoch,
}

/// The live records of one kind.
#[derive(Debug)]
pub struct AllRecords<B> {
    pub records: Vec<Record<B>>,
    /// The newest position of the feed when they were read, in the same snapshot.
    pub newest: FeedCursor,
}

/// A record that was written, or was already as asked.
#[derive(Debug)]
pub struct WrittenRecord<B> {
    pub record: Record<B>,
    /// Part of the record's tag.
    pub epoch: Epoch,
    pub outcome: WriteOutcome,
    /// For a write that completed a recurring task: the next one, or that there is none.
    pub next_occurrence: Option<Option<Task>>,
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

    /// All live records of a kind of which a user has few, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn all<B: Entity>(&self, grant: &Grant) -> Result<AllRecords<B>, StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Read).await?;
        let needs = Needs::all(B::KIND);
        let mut loaded = self.store.for_grant(grant).load(needs).await?;
        Ok(AllRecords {
            newest: newest(&loaded),
            records: loaded.take_all::<B>(),
        })
    }

    /// The settings; `None` for a user who never wrote them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settings(&self, grant: &Grant) -> Result<(Option<Settings>, Epoch), StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Read).await?;
        let needs = Needs::record(Kind::Settings, Id::NIL);
        let mut loaded = self.store.for_grant(grant).load(needs).await?;
        Ok((loaded.take_live::<SettingsBody>(Id::NIL).ok(), loaded.epoch))
    }

    /// The date that is today for the caller.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn today(&self, grant: &Grant) -> Result<Date, StoreError> {
        let (settings, _) = self.settings(grant).await?;
        let settings = settings.map(|settings| settings.body).unwrap_or_default();
        Ok(settings.user_day().date(self.clock.now()))
    }

    /// Carries out operations all or not at all, in their order. A batch that was carried out earlier under the same mark
    /// is not carried out again.
    ///
    /// # Errors
    /// The refusal of the first operation that is refused, or another [`StoreError`].
    pub async fn batch(
        &self,
        grant: &Grant,
        operations: Vec<Operation>,
        mark: Option<BatchMark>,
    ) -> Result<Committed, StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Write).await?;
        let batch = Batch::new(operations, mark, self.ids.fresh());
        let now = self.clock.now();
        self.store.for_grant(grant).commit(batch, now).await
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
        let batch = Batch::single(B::operation(id, action), self.ids.fresh());
        let now = self.clock.now();
        let committed = self.store.for_grant(grant).commit(batch, now).await?;
        let (epoch, rows) = (committed.newest.epoch, committed.rows);
        let Written {
            record,
            outcome,
            next_occurrence,
        } = committed.into_single()?;
        let record = B::from_any(record)
            .ok_or_else(|| StoreError::Failed("the result is of another kind".into()))?;
        Ok(WrittenRecord {
            record,
            epoch,
            outcome,
            next_occurrence,
            rows,
        })
    }
}
