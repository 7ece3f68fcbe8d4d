//! A store that keeps the records of one user in memory, and reads by looking at every task.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use taskward_domain::limits::{TASKS_PER_LIST, TASKS_PER_USER};
use taskward_domain::{
    Account, AllRows, AnyRecord, AnyWrite, Batch, BatchMark, Effects, Entity, Epoch, Id,
    KnownBatch, ListBody, Loaded, Needs, Operation, OperationRefusal, Outcome, Record, RecordWrite,
    SettingsBody, Side, Stored, Task, TaskBody, TaskSet, Written, decide, with_kinds,
};
use uuid::Uuid;

use crate::setup::id;

/// How often a backend reads for one batch.
const ROUNDS: usize = 8;

#[derive(Clone, Default)]
pub(crate) struct Store {
    pub(crate) rows: AllRows,
    pub(crate) account: Account,
    batches: BTreeMap<Uuid, KnownBatch>,
    fresh: u32,
    /// A list that says to have as many tasks as it may.
    pub(crate) full_list: Option<Id>,
    /// The most rounds of reading that a batch took.
    pub(crate) rounds: usize,
}

/// What a batch did.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) results: Vec<Written>,
    pub(crate) writes: usize,
    pub(crate) replayed: bool,
    pub(crate) rounds: usize,
}

macro_rules! define_dispatch {
    ($($kind:ident $name:ident: $body:ty = $number:literal;)+) => {
        fn load_record(store: &Store, loaded: &mut Loaded, kind: taskward_domain::Kind, id: Id) {
            match kind {
                $(taskward_domain::Kind::$kind => loaded.insert::<$body>(id, store.find(id))),+
            }
        }

        fn load_all(store: &Store, loaded: &mut Loaded, kind: taskward_domain::Kind) {
            match kind {
                $(taskward_domain::Kind::$kind => loaded.insert_all::<$body>(store.live())),+
            }
        }

        fn apply(store: &mut Store, write: AnyWrite, now: Timestamp) {
            match write {
                $(AnyWrite::$kind(write) => store.write::<$body>(write, now)),+
            }
        }

        /// The record that is stored under the id of another one.
        pub(crate) fn stored_as(store: &Store, record: &AnyRecord) -> Option<AnyRecord> {
            match record {
                $(AnyRecord::$kind(record) => match store.find::<$body>(record.id)? {
                    Stored::Record(stored) => Some(AnyRecord::$kind(stored)),
                    Stored::Purged => None,
                }),+
            }
        }
    };
}

with_kinds!(define_dispatch);

impl Store {
    /// Carries out a batch and checks every invariant.
    pub(crate) fn commit(
        &mut self,
        operations: Vec<Operation>,
        mark: Option<BatchMark>,
        now: Timestamp,
    ) -> Result<Committed, OperationRefusal> {
        self.fresh += 1;
        let count = operations.len();
        let batch = Batch::new(operations, mark, id(0xf000_0000 + u64::from(self.fresh)));
        let mut loaded = self.load(&batch.needs());
        for rounds in 1.. {
            assert!(
                rounds <= ROUNDS,
                "a batch needs no more than {ROUNDS} rounds"
            );
            self.rounds = self.rounds.max(rounds);
            match decide(&batch, &loaded, now)? {
                Outcome::Needs(needs) => {
                    assert!(!needs.is_empty());
                    loaded.extend(self.load(&needs));
                }
                Outcome::Replayed(cursor) => {
                    assert!(cursor.seq <= self.account.seq);
                    return Ok(Committed {
                        results: Vec::new(),
                        writes: 0,
                        replayed: true,
                        rounds,
                    });
                }
                Outcome::Effects(effects) => {
                    assert_eq!(effects.results.len(), count);
                    assert_eq!(effects.mark, mark);
                    return Ok(self.carry_out(effects, now, rounds));
                }
            }
        }
        unreachable!("the loop ends with an assertion")
    }

    /// Carries out one operation.
    pub(crate) fn run(
        &mut self,
        operation: Operation,
        now: Timestamp,
    ) -> Result<Written, OperationRefusal> {
        let mut committed = self.commit(vec![operation], None, now)?;
        Ok(committed.results.remove(0))
    }

    fn carry_out(&mut self, effects: Effects, now: Timestamp, rounds: usize) -> Committed {
        let writes = effects.writes.len();
        for write in effects.writes {
            apply(self, write, now);
        }
        if let Some(mark) = effects.mark {
            let (digest, seq) = (mark.digest, effects.account.seq);
            let known = self.batches.insert(mark.id, KnownBatch { digest, seq });
            assert_eq!(known, None, "a batch is carried out once");
        }
        assert_eq!(
            self.account.seq, effects.account.seq,
            "each change has its own seq"
        );
        self.account = effects.account;
        self.check();
        Committed {
            results: effects.results,
            writes,
            replayed: false,
            rounds,
        }
    }

    fn write<B: Entity + std::fmt::Debug>(&mut self, write: RecordWrite<B>, now: Timestamp) {
        let stored = self.find::<B>(write.after().id);
        match &write {
            RecordWrite::Insert(after) => {
                assert_eq!(stored, None, "an insert finds nothing");
                self.account.seq += 1;
                assert_eq!(
                    (after.meta.version.number(), after.meta.seq),
                    (1, self.account.seq)
                );
                assert_eq!((after.meta.created_at, after.meta.updated_at), (now, now));
                assert!(after.is_live());
            }
            RecordWrite::Update { before, after } => {
                assert_eq!(
                    stored,
                    Some(Stored::Record(before.clone())),
                    "what is there is known"
                );
                self.account.seq += 1;
                assert_eq!(after.meta.version, before.meta.version.next());
                assert_eq!(after.meta.seq, self.account.seq);
                assert_eq!(after.meta.created_at, before.meta.created_at);
                assert_eq!(after.meta.updated_at, now);
                assert!(after.is_live() || after.meta.deleted_at == Some(now));
                assert!(
                    before.is_live() || after.is_live(),
                    "the trash is not written"
                );
                let changed = after.body != before.body || after.is_live() != before.is_live();
                assert!(changed, "an update changes something: {before:#?}");
            }
            RecordWrite::Derive { before, after } => {
                assert_eq!(
                    stored,
                    Some(Stored::Record(before.clone())),
                    "what is there is known"
                );
                assert_eq!(after.meta, before.meta);
                assert_ne!(after.body, before.body);
                let task = |record: &Record<B>| match B::any_record(record.clone()) {
                    AnyRecord::Task(task) => task.body,
                    other => panic!("{other:?} has nothing that is derived"),
                };
                assert!(
                    task(before).says_the_same(&task(after)),
                    "only what is derived changes"
                );
            }
        }
        let after = write.after().clone();
        B::rows_mut(&mut self.rows).insert(after.id, Some(Stored::Record(after)));
        // A database checks its unique indexes with each statement.
        self.check_unique();
    }

    fn load(&self, needs: &Needs) -> Loaded {
        let mut loaded = Loaded {
            epoch: Epoch::FIRST,
            account: needs.account.then_some(self.account),
            ..Loaded::default()
        };
        for (kind, id) in &needs.records {
            load_record(self, &mut loaded, *kind, *id);
        }
        for set in &needs.sets {
            loaded.insert_set(set.clone(), self.members(set));
        }
        for kind in &needs.all {
            load_all(self, &mut loaded, *kind);
        }
        for list in &needs.list_sizes {
            let size = u32::try_from(self.members(&TaskSet::Listed(*list)).len()).unwrap();
            let is_full = self.full_list == Some(*list);
            let size = if is_full { TASKS_PER_LIST } else { size };
            loaded.list_sizes.insert(*list, size);
        }
        if let Some(id) = needs.batch {
            loaded.batches.insert(id, self.batches.get(&id).copied());
        }
        loaded
    }

    /// The members of a set by its definition.
    fn members(&self, set: &TaskSet) -> Vec<Task> {
        let tasks = self.each::<TaskBody>().filter(|task| set.contains(task));
        let mut tasks: Vec<Task> = tasks.cloned().collect();
        let rank = |task: &Task| (task.body.place.rank.clone(), task.id);
        match set {
            TaskSet::Neighbours(_, Side::Before, _) => {
                tasks.sort_by_key(|task| Reverse(rank(task)))
            }
            TaskSet::Neighbours(_, Side::After, _) => tasks.sort_by_key(rank),
            TaskSet::LaterInSeries(..) => tasks.sort_by_key(index),
            // The order of other sets is not promised.
            _ => tasks.sort_by_key(|task| Reverse(task.id)),
        }
        if set.is_window() {
            tasks.truncate(usize::from(TaskSet::WINDOW));
        }
        tasks
    }

    pub(crate) fn find<B: Entity>(&self, id: Id) -> Option<Stored<B>> {
        B::rows(&self.rows).get(&id).cloned().flatten()
    }

    /// All tasks, in the trash too.
    pub(crate) fn tasks(&self) -> Vec<Task> {
        self.records()
    }

    /// All records of a kind, in the trash too.
    pub(crate) fn each<B: Entity + 'static>(&self) -> impl Iterator<Item = &Record<B>> {
        let rows = B::rows(&self.rows).values().flatten();
        rows.filter_map(|row| match row {
            Stored::Record(record) => Some(record),
            Stored::Purged => None,
        })
    }

    pub(crate) fn each_live<B: Entity + 'static>(&self) -> impl Iterator<Item = &Record<B>> {
        self.each().filter(|record| record.is_live())
    }

    pub(crate) fn records<B: Entity + 'static>(&self) -> Vec<Record<B>> {
        self.each().cloned().collect()
    }

    pub(crate) fn live<B: Entity + 'static>(&self) -> Vec<Record<B>> {
        self.each_live().cloned().collect()
    }

    /// A task, in the trash too.
    pub(crate) fn task(&self, id: Id) -> Task {
        match self.find::<TaskBody>(id) {
            Some(Stored::Record(task)) => task,
            other => panic!("{id} is {other:?}"),
        }
    }

    pub(crate) fn settings(&self) -> SettingsBody {
        let settings = self.each_live::<SettingsBody>().next();
        settings
            .map(|settings| settings.body.clone())
            .unwrap_or_default()
    }

    pub(crate) fn list(&self, id: Id) -> Option<&Record<ListBody>> {
        self.each_live().find(|list| list.id == id)
    }

    /// Lets the counters say that the user has as many tasks as allowed.
    pub(crate) fn fill_account(&mut self) {
        self.account.live.task = TASKS_PER_USER;
    }
}

pub(crate) fn index(task: &Task) -> u64 {
    let recurrence = task.body.recurrence.as_ref();
    recurrence.map_or(0, |series| series.recurrence.index)
}
