//! What a batch has read and done so far, and the writes that any rule is made of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use taskward_recurrence::occurrence_id;
use uuid::Uuid;

use super::reading::WrittenTasks;
use super::{AllRows, Refusal, Rules};
use crate::batch::{Loaded, Needs, RecordWrite};
use crate::limits::TRASH_BLOCKS_CREATES;
use crate::{
    Account, AnyRecord, AnyWrite, Container, Entity, Epoch, Fault, Id, Meta, Record, SEQ_MAX,
    Stored, Version,
};

/// Why an operation is not carried out now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Refused(Refusal),
    /// Something has to be read first, and was added to what the decision misses.
    Missing,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Refused(Refusal::Invalid(fault))
    }
}

/// The state of a batch between two writes.
pub(crate) struct Decision<'a> {
    pub(super) now: Timestamp,
    /// The place of the present operation in the batch.
    pub(super) position: usize,
    pub(super) epoch: Epoch,
    pub(super) account: Account,
    pub(super) missing: Needs,
    pub(super) loaded: &'a Loaded,
    /// The rows that were written, as they are now.
    pub(super) written: AllRows,
    pub(super) written_tasks: WrittenTasks,
    /// By how many live tasks each list has grown.
    pub(super) grown_lists: BTreeMap<Id, i64>,
    /// By how many live subtasks each task has grown.
    pub(super) grown_parents: BTreeMap<Id, i64>,
    writes: Vec<AnyWrite>,
    fresh: Id,
    fresh_used: u64,
}

impl<'a> Decision<'a> {
    pub(super) fn new(loaded: &'a Loaded, account: Account, fresh: Id, now: Timestamp) -> Self {
        Self {
            now,
            position: 0,
            epoch: loaded.epoch,
            account,
            missing: Needs::default(),
            loaded,
            written: AllRows::default(),
            written_tasks: WrittenTasks::default(),
            grown_lists: BTreeMap::new(),
            grown_parents: BTreeMap::new(),
            writes: Vec::new(),
            fresh,
            fresh_used: 0,
        }
    }

    pub(super) fn finish(self) -> (Vec<AnyWrite>, Account) {
        (self.writes, self.account)
    }

    /// An unused id.
    pub(super) fn fresh_id(&mut self) -> Id {
        self.fresh_used += 1;
        derived_id(self.fresh, self.fresh_used)
    }

    /// Counts a task into what it belongs to now, and out of what it belonged to.
    pub(super) fn count_member(&mut self, before: Container, after: Container) {
        let count = |counts: &mut BTreeMap<Id, i64>, from: Option<Id>, to: Option<Id>| {
            if let Some(id) = from {
                *counts.entry(id).or_default() -= 1;
            }
            if let Some(id) = to {
                *counts.entry(id).or_default() += 1;
            }
        };
        count(&mut self.grown_lists, before.list, after.list);
        count(&mut self.grown_parents, before.parent, after.parent);
    }

    /// Refuses what makes records while the trash is too full for anything to be deleted safely.
    pub(super) fn check_trash(&self) -> Result<(), Refusal> {
        if self.account.trash_count >= TRASH_BLOCKS_CREATES {
            return Err(Refusal::QuotaReached);
        }
        Ok(())
    }

    pub(super) fn insert<B: Rules>(&mut self, id: Id, body: B) -> Result<Record<B>, Stop> {
        let body = B::prepare(self, None, body, true)?;
        self.count_live::<B>()?;
        let record = Record {
            id,
            meta: Meta {
                version: Version::FIRST,
                seq: self.next_seq()?,
                created_at: self.now,
                updated_at: self.now,
                deleted_at: None,
            },
            body,
        };
        self.push(RecordWrite::Insert(record.clone()));
        Ok(record)
    }

    /// Writes a record that stays live, or stays in the trash.
    pub(super) fn update<B: Rules>(
        &mut self,
        before: Record<B>,
        body: B,
    ) -> Result<Record<B>, Stop> {
        let deleted_at = before.meta.deleted_at;
        self.write(before, body, deleted_at)
    }

    /// Moves a live record to the trash.
    pub(super) fn trash<B: Rules>(
        &mut self,
        before: Record<B>,
        body: B,
    ) -> Result<Record<B>, Stop> {
        let now = self.now;
        self.write(before, body, Some(now))
    }

    /// Takes a record out of the trash.
    pub(super) fn revive<B: Rules>(
        &mut self,
        before: Record<B>,
        body: B,
    ) -> Result<Record<B>, Stop> {
        self.write(before, body, None)
    }

    fn write<B: Rules>(
        &mut self,
        before: Record<B>,
        body: B,
        deleted_at: Option<Timestamp>,
    ) -> Result<Record<B>, Stop> {
        let body = B::prepare(self, Some(&before), body, deleted_at.is_none())?;
        match (before.meta.deleted_at, deleted_at) {
            (None, Some(_)) => self.count_into_trash::<B>(),
            (Some(_), None) => {
                self.count_live::<B>()?;
                self.count_out_of_trash::<B>();
            }
            (None, None) | (Some(_), Some(_)) => {}
        }
        let after = Record {
            id: before.id,
            meta: Meta {
                version: before.meta.version.next(),
                seq: self.next_seq()?,
                created_at: before.meta.created_at,
                updated_at: self.now,
                deleted_at,
            },
            body,
        };
        self.push(RecordWrite::Update {
            before,
            after: after.clone(),
        });
        Ok(after)
    }

    /// Writes what is derived from a live record anew, if it is not as stored.
    pub(super) fn derive<B: Rules>(&mut self, before: Record<B>) -> Result<(), Stop> {
        let body = B::prepare(self, Some(&before), before.body.clone(), true)?;
        if body != before.body {
            let after = Record {
                body,
                ..before.clone()
            };
            self.push(RecordWrite::Derive { before, after });
        }
        Ok(())
    }

    fn push<B: Entity>(&mut self, write: RecordWrite<B>) {
        let after = write.after().clone();
        if let AnyRecord::Task(task) = B::any_record(after.clone()) {
            self.written_tasks.add(&task);
        }
        B::rows_mut(&mut self.written).insert(after.id, Some(Stored::Record(after)));
        self.writes.push(B::any_write(write));
    }

    fn next_seq(&mut self) -> Result<u64, Refusal> {
        if self.account.seq >= SEQ_MAX {
            return Err(Refusal::CounterExhausted);
        }
        self.account.seq += 1;
        Ok(self.account.seq)
    }

    fn count_live<B: Entity>(&mut self) -> Result<(), Refusal> {
        let count = B::live_count(&mut self.account.live);
        if *count >= B::LIMIT {
            return Err(Refusal::QuotaReached);
        }
        *count += 1;
        Ok(())
    }

    fn count_into_trash<B: Entity>(&mut self) {
        let count = B::live_count(&mut self.account.live);
        *count = count.saturating_sub(1);
        if B::IS_COUNTED_IN_TRASH {
            self.account.trash_count = self.account.trash_count.saturating_add(1);
        }
        self.account.gone_count = self.account.gone_count.saturating_add(1);
    }

    fn count_out_of_trash<B: Entity>(&mut self) {
        if B::IS_COUNTED_IN_TRASH {
            self.account.trash_count = self.account.trash_count.saturating_sub(1);
        }
        self.account.gone_count = self.account.gone_count.saturating_sub(1);
    }
}

/// The id of occurrence `number` of what has the id `base`.
pub(super) fn derived_id(base: Id, number: u64) -> Id {
    let derived = Uuid::from_u128(occurrence_id(base.as_uuid().as_u128(), number));
    // Version and variant are those of the base, so it always is one.
    Id::from_uuid(derived).unwrap_or(base)
}
