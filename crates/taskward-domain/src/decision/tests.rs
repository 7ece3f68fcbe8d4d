//! The rules that every kind has, on tasks.

use super::*;
use crate::batch::{Action, RecordWrite, WriteOutcome, Written};
use crate::limits::{TASKS_PER_USER, TRASH_BLOCKS_CREATES};
use crate::{
    Account, AnyRecord, AnyWrite, Container, Epoch, Id, LiveCounts, Meta, Operation, Place,
    Precondition, Rank, Record, RecordTag, SEQ_MAX, SettingsBody, Stored, Task, TaskBody,
    TaskChange, TaskDetails, TaskDraft, TaskSet, Title, Version,
};

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
        details: TaskDetails::default(),
    }
}

fn fresh() -> Id {
    Id::parse("0198f5d0-7c3a-7b21-9e4f-000000000000").unwrap()
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
        body: TaskBody::new(
            draft("milk").title,
            Place {
                container: Container::default(),
                rank: Rank::at(at(1), 0),
            },
        ),
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
        live: LiveCounts {
            task: 3,
            ..LiveCounts::default()
        },
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
    let operations = operations.map(|action| Operation::Task(id(), action));
    let batch = Batch::new(operations.collect(), None, fresh());
    let mut loaded = Loaded {
        account: Some(account),
        ..Loaded::default()
    };
    loaded.insert(id(), found);
    loaded.insert::<SettingsBody>(Id::NIL, None);
    loaded.insert_set(TaskSet::Subtasks(id()), Vec::new());
    loaded.insert_set(TaskSet::DeletedWith(id()), Vec::new());
    match decide(&batch, &loaded, at(2)).map_err(|refused| refused.refusal)? {
        Outcome::Effects(effects) => Ok(effects),
        other => panic!("{other:?}: everything was loaded"),
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
        ..
    } = effects.results.remove(0)
    else {
        panic!("the operation is on a task");
    };
    assert_eq!(
        effects.writes.is_empty(),
        outcome == WriteOutcome::Unchanged
    );
    Ok((task, outcome, effects.account))
}

fn toggle(condition: Precondition) -> Action<TaskBody> {
    Action::Change(
        condition,
        TaskChange::Complete {
            completed: None,
            at: None,
        },
    )
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
            version: Some(Version::FIRST.next()),
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
        .map(|write| match write {
            AnyWrite::Task(RecordWrite::Insert(record)) => &record.meta,
            AnyWrite::Task(RecordWrite::Update { after, .. }) => &after.meta,
            other => panic!("{other:?}"),
        })
        .map(|meta| (meta.version.number(), meta.seq))
        .collect();
    assert_eq!(seqs, [(1, 8), (2, 9), (3, 10)]);
    assert_eq!(effects.account.seq, 10);
    assert_eq!(effects.account.live.task, 3);
}

#[test]
fn a_batch_asks_for_what_is_not_loaded() {
    let batch = Batch::single(
        Operation::Task(id(), Action::Create(draft("milk"))),
        fresh(),
    );
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
            ..LiveCounts::default()
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
