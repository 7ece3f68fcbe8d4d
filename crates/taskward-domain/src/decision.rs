//! The pure decision what a batch of writes does.
//!
//! A store loads what a batch needs, asks [`decide`] inside the transaction and carries out the effects in their order.
//! Both backends therefore judge a write the same way, and no rule lives in SQL.

use jiff::Timestamp;

use super::batch::{Action, Batch, Effects, Loaded, Outcome, RecordWrite, WriteOutcome, Written};
use super::limits::TRASH_BLOCKS_CREATES;
use super::{
    Account, AllRows, AnyWrite, Entity, Epoch, Id, Meta, Record, Refusal, SEQ_MAX, Stored, Version,
};

/// What `batch` does to `loaded` at the time `now`. Asks for further reading where `loaded` lacks something.
///
/// # Errors
/// The [`Refusal`] of the first operation that is refused. Then nothing of the batch is carried out.
pub fn decide(batch: &Batch, loaded: &Loaded, now: Timestamp) -> Result<Outcome, Refusal> {
    let missing = batch.needs().missing_in(loaded);
    let account = match loaded.account {
        Some(account) if missing.is_empty() => account,
        _ => return Ok(Outcome::Needs(missing)),
    };
    let mut rows = loaded.rows.clone();
    let mut decision = Decision {
        epoch: loaded.epoch,
        now,
        account,
        writes: Vec::with_capacity(batch.operations.len()),
    };
    let mut results = Vec::with_capacity(batch.operations.len());
    for operation in &batch.operations {
        results.push(operation.decide(&mut decision, &mut rows)?);
    }
    Ok(Outcome::Effects(Effects {
        writes: decision.writes,
        account: decision.account,
        results,
    }))
}

/// The state of a batch between two operations.
pub(super) struct Decision {
    epoch: Epoch,
    now: Timestamp,
    account: Account,
    writes: Vec<AnyWrite>,
}

impl Decision {
    /// The rules for a record of any kind.
    pub(super) fn apply<B: Entity>(
        &mut self,
        rows: &mut AllRows,
        id: Id,
        action: &Action<B>,
    ) -> Result<Written, Refusal> {
        let row = B::rows_mut(rows).entry(id).or_default();
        match (action, row.take()) {
            (Action::Create(draft), None) => {
                if self.account.trash_count >= TRASH_BLOCKS_CREATES {
                    return Err(Refusal::QuotaReached);
                }
                let body = B::create(draft.clone(), self.now);
                let record = self.insert(id, body)?;
                Ok(finish(row, record, WriteOutcome::Created))
            }
            (Action::Create(draft), Some(Stored::Record(record)))
                if record.meta.deleted_at.is_none() && record.body.is_result_of(draft) =>
            {
                Ok(finish(row, record, WriteOutcome::Unchanged))
            }
            (Action::Create(_), Some(_)) => Err(Refusal::IdTaken),

            (Action::Change(condition, change), Some(Stored::Record(record)))
                if record.meta.deleted_at.is_none() =>
            {
                condition.check(record.tag(self.epoch))?;
                let body = record.body.apply(change.clone(), self.now);
                if body == record.body {
                    return Ok(finish(row, record, WriteOutcome::Unchanged));
                }
                let after = self.update(record, body, None)?;
                Ok(finish(row, after, WriteOutcome::Updated))
            }
            (Action::Delete(condition), Some(Stored::Record(record)))
                if record.meta.deleted_at.is_none() =>
            {
                condition.check(record.tag(self.epoch))?;
                let body = record.body.clone();
                let after = self.update(record, body, Some(self.now))?;
                Ok(finish(row, after, WriteOutcome::Updated))
            }
            (Action::Restore(condition), Some(Stored::Record(record))) => {
                condition.check(record.tag(self.epoch))?;
                if record.meta.deleted_at.is_none() {
                    return Ok(finish(row, record, WriteOutcome::Unchanged));
                }
                let body = record.body.clone();
                let after = self.update(record, body, None)?;
                Ok(finish(row, after, WriteOutcome::Updated))
            }
            (Action::Change(..) | Action::Delete(_) | Action::Restore(_), _) => {
                Err(Refusal::NotFound)
            }
        }
    }

    fn insert<B: Entity>(&mut self, id: Id, body: B) -> Result<Record<B>, Refusal> {
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
        self.writes
            .push(B::any_write(RecordWrite::Insert(record.clone())));
        Ok(record)
    }

    fn update<B: Entity>(
        &mut self,
        before: Record<B>,
        body: B,
        deleted_at: Option<Timestamp>,
    ) -> Result<Record<B>, Refusal> {
        match (before.meta.deleted_at, deleted_at) {
            (None, Some(_)) => self.move_to_trash::<B>(),
            (Some(_), None) => {
                self.count_live::<B>()?;
                self.take_from_trash::<B>();
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
        self.writes.push(B::any_write(RecordWrite::Update {
            before,
            after: after.clone(),
        }));
        Ok(after)
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

    fn move_to_trash<B: Entity>(&mut self) {
        let count = B::live_count(&mut self.account.live);
        *count = count.saturating_sub(1);
        if B::IS_COUNTED_IN_TRASH {
            self.account.trash_count = self.account.trash_count.saturating_add(1);
        }
        self.account.gone_count = self.account.gone_count.saturating_add(1);
    }

    fn take_from_trash<B: Entity>(&mut self) {
        if B::IS_COUNTED_IN_TRASH {
            self.account.trash_count = self.account.trash_count.saturating_sub(1);
        }
        self.account.gone_count = self.account.gone_count.saturating_sub(1);
    }
}

/// Keeps the record for the operations that follow and gives the result of this one.
fn finish<B: Entity>(
    row: &mut Option<Stored<B>>,
    record: Record<B>,
    outcome: WriteOutcome,
) -> Written {
    *row = Some(Stored::Record(record.clone()));
    Written {
        record: B::any_record(record),
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Precondition;
    use crate::entities::Operation;
    use crate::limits::TASKS_PER_USER;
    use crate::{AnyRecord, LiveCounts, RecordTag, Task, TaskBody, TaskChange, TaskDraft, Title};

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    fn id() -> Id {
        Id::parse("0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f").unwrap()
    }

    fn draft(title: &str) -> TaskDraft {
        TaskDraft {
            title: Title::parse(title).unwrap(),
            description: None,
            completed: false,
        }
    }

    fn task(deleted_at: Option<Timestamp>) -> Task {
        Record {
            id: id(),
            meta: Meta {
                version: Version::FIRST,
                seq: 4,
                created_at: at(1),
                updated_at: at(1),
                deleted_at,
            },
            body: TaskBody::create(draft("milk"), at(1)),
        }
    }

    /// Nothing, a live task, a task in the trash, a purged task.
    fn states() -> [Option<Stored<TaskBody>>; 4] {
        [
            None,
            Some(Stored::Record(task(None))),
            Some(Stored::Record(task(Some(at(1))))),
            Some(Stored::Purged),
        ]
    }

    fn account() -> Account {
        Account {
            seq: 7,
            live: LiveCounts { task: 3 },
            trash_count: 2,
            gone_count: 5,
            ..Account::default()
        }
    }

    fn run(
        actions: Vec<Action<TaskBody>>,
        found: Option<Stored<TaskBody>>,
        account: Account,
    ) -> Result<Effects, Refusal> {
        let operations = actions.into_iter();
        let batch = Batch {
            operations: operations
                .map(|action| Operation::Task(id(), action))
                .collect(),
        };
        let mut loaded = Loaded {
            account: Some(account),
            ..Loaded::default()
        };
        loaded.insert(id(), found);
        match decide(&batch, &loaded, at(2))? {
            Outcome::Effects(effects) => Ok(effects),
            Outcome::Needs(needs) => panic!("{needs:?} were loaded"),
        }
    }

    fn one(
        action: Action<TaskBody>,
        found: Option<Stored<TaskBody>>,
    ) -> Result<(Task, WriteOutcome, Account), Refusal> {
        let mut effects = run(vec![action], found, account())?;
        let Written {
            record: AnyRecord::Task(task),
            outcome,
        } = effects.results.remove(0);
        assert_eq!(
            effects.writes.is_empty(),
            outcome == WriteOutcome::Unchanged
        );
        Ok((task, outcome, effects.account))
    }

    fn toggle(condition: Precondition) -> Action<TaskBody> {
        Action::Change(condition, TaskChange::ToggleCompleted)
    }

    #[test]
    fn sec_72_sec_73_a_create_meets_what_is_there() {
        let [nothing, live, trash, purged] = states();
        let create = |title: &str| Action::Create(draft(title));
        let (made, outcome, after) = one(create("milk"), nothing).unwrap();
        assert_eq!(outcome, WriteOutcome::Created);
        assert_eq!((made.meta.version, made.meta.seq), (Version::FIRST, 8));
        assert_eq!((after.seq, after.live.task), (8, 4));
        let (kept, outcome, after) = one(create("milk"), live.clone()).unwrap();
        assert_eq!((kept, outcome), (task(None), WriteOutcome::Unchanged));
        assert_eq!(after, account());
        for (title, found) in [("oat milk", live), ("milk", trash), ("milk", purged)] {
            assert_eq!(one(create(title), found), Err(Refusal::IdTaken));
        }
    }

    #[test]
    fn only_live_records_are_changed_and_deleted() {
        let [nothing, live, trash, purged] = states();
        for found in [nothing, trash, purged] {
            let change = one(toggle(Precondition::Exists), found.clone());
            assert_eq!(change, Err(Refusal::NotFound));
            let delete = one(Action::Delete(Precondition::Exists), found);
            assert_eq!(delete, Err(Refusal::NotFound));
        }
        let (changed, outcome, after) = one(toggle(Precondition::Exists), live.clone()).unwrap();
        assert_eq!(outcome, WriteOutcome::Updated);
        assert_eq!((changed.meta.version.number(), changed.meta.seq), (2, 8));
        assert_eq!((after.live.task, after.trash_count), (3, 2));
        let (deleted, _, after) = one(Action::Delete(Precondition::Exists), live).unwrap();
        assert_eq!(deleted.meta.deleted_at, Some(at(2)));
        assert_eq!(
            (after.live.task, after.trash_count, after.gone_count),
            (2, 3, 6)
        );
    }

    #[test]
    fn only_the_trash_is_restored_from() {
        let [nothing, live, trash, purged] = states();
        let restore = || Action::Restore(Precondition::Exists);
        let (_, outcome, _) = one(restore(), live).unwrap();
        assert_eq!(outcome, WriteOutcome::Unchanged);
        let (restored, outcome, after) = one(restore(), trash).unwrap();
        assert_eq!(outcome, WriteOutcome::Updated);
        assert_eq!(restored.meta.deleted_at, None);
        assert_eq!(
            (after.live.task, after.trash_count, after.gone_count),
            (4, 1, 4)
        );
        for found in [nothing, purged] {
            assert_eq!(one(restore(), found), Err(Refusal::NotFound));
        }
    }

    #[test]
    fn sec_70_every_write_to_a_record_takes_a_condition() {
        let [_, live, trash, _] = states();
        let stale = || {
            Precondition::AnyOf(vec![RecordTag {
                version: Version::FIRST.next(),
                epoch: Epoch::FIRST,
            }])
        };
        for (action, found) in [
            (toggle(stale()), &live),
            (Action::Delete(stale()), &live),
            (Action::Restore(stale()), &live),
            (Action::Restore(stale()), &trash),
        ] {
            assert_eq!(one(action, found.clone()), Err(Refusal::VersionMismatch));
        }
    }

    #[test]
    fn each_operation_sees_the_ones_before_it() {
        let actions = vec![
            Action::Create(draft("milk")),
            toggle(Precondition::Exists),
            Action::Delete(Precondition::Exists),
        ];
        let effects = run(actions, None, account()).unwrap();
        let seqs: Vec<_> = effects
            .writes
            .iter()
            .map(|AnyWrite::Task(write)| match write {
                RecordWrite::Insert(record) => (record.meta.version.number(), record.meta.seq),
                RecordWrite::Update { after, .. } => (after.meta.version.number(), after.meta.seq),
            })
            .collect();
        assert_eq!(seqs, [(1, 8), (2, 9), (3, 10)]);
        assert_eq!(effects.account.seq, 10);
        assert_eq!(effects.account.live.task, 3);
    }

    #[test]
    fn a_batch_asks_for_what_is_not_loaded() {
        let batch = Batch::single(Operation::Task(id(), Action::Create(draft("milk"))));
        let needs = batch.needs();
        match decide(&batch, &Loaded::default(), at(2)) {
            Ok(Outcome::Needs(asked)) => assert_eq!(asked, needs),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sec_69_quotas_refuse_creates_and_restores_and_never_a_deletion() {
        let [nothing, live, trash, _] = states();
        let full = Account {
            live: LiveCounts {
                task: TASKS_PER_USER,
            },
            ..account()
        };
        let create = || vec![Action::Create(draft("milk"))];
        let restore = vec![Action::Restore(Precondition::Exists)];
        let delete = || vec![Action::Delete(Precondition::Exists)];
        let refused = |result: Result<Effects, Refusal>| result.map(drop).unwrap_err();
        assert_eq!(
            refused(run(create(), nothing.clone(), full)),
            Refusal::QuotaReached
        );
        assert_eq!(refused(run(restore, trash, full)), Refusal::QuotaReached);
        let full_trash = Account {
            trash_count: TRASH_BLOCKS_CREATES,
            gone_count: u32::MAX,
            ..account()
        };
        assert_eq!(
            refused(run(create(), nothing.clone(), full_trash)),
            Refusal::QuotaReached
        );
        assert!(run(delete(), live, full_trash).is_ok());
        let exhausted = Account {
            seq: SEQ_MAX,
            ..account()
        };
        assert_eq!(
            refused(run(create(), nothing, exhausted)),
            Refusal::CounterExhausted
        );
    }
}
