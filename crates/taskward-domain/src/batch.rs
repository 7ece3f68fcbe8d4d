//! Batches of writes: what is asked, what has to be read for it, and what it does.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{
    Account, AllRows, AnyRecord, AnyWrite, Entity, Epoch, FeedCursor, Id, Kind, Operation,
    Precondition, Record, Refusal, Stored, Task, TaskSet,
};

/// Operations that are carried out all or not at all, in their order, in one transaction. Each sees the ones before it.
pub struct Batch {
    pub(super) operations: Vec<Operation>,
    pub(super) mark: Option<BatchMark>,
    /// An unused id, for a record whose derived ids are all taken.
    pub(super) fresh: Id,
}

/// What tells a batch that is sent again from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchMark {
    pub id: Uuid,
    /// A hash of what was sent.
    pub digest: i64,
}

/// A batch that was carried out earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownBatch {
    pub digest: i64,
    /// The account's `seq` after it.
    pub seq: u64,
}

/// What to do with a record.
pub enum Action<B: Entity> {
    Create(B::Draft),
    Change(Precondition, B::Change),
    /// Moves the record to the trash.
    Delete(Precondition),
    /// Takes the record out of the trash.
    Restore(Precondition),
}

/// What has to be read before a batch can be decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    pub account: bool,
    pub records: BTreeSet<(Kind, Id)>,
    pub sets: BTreeSet<TaskSet>,
    /// All live records of these kinds.
    pub all: BTreeSet<Kind>,
    /// The number of live tasks in these lists.
    pub list_sizes: BTreeSet<Id>,
    /// Whether a batch with this id was carried out.
    pub batch: Option<Uuid>,
}

/// What was read, in one snapshot.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    pub epoch: Epoch,
    pub account: Option<Account>,
    pub rows: AllRows,
    /// The members of each set, in any order. Their records are in `rows`.
    pub sets: BTreeMap<TaskSet, Vec<Id>>,
    /// The kinds of which all live records are in `rows`.
    pub all: BTreeSet<Kind>,
    pub list_sizes: BTreeMap<Id, u32>,
    pub batches: BTreeMap<Uuid, Option<KnownBatch>>,
}

/// What is to be done.
#[derive(Debug)]
pub enum Outcome {
    /// Carry this out and commit.
    Effects(Effects),
    /// Read this as well and decide again.
    Needs(Needs),
    /// The batch was carried out earlier, and this was the newest position of the feed then.
    Replayed(FeedCursor),
}

/// What a batch does. The writes carry their versions and values of `seq`.
#[derive(Debug)]
pub struct Effects {
    /// The writes, in the order in which they have to be carried out.
    pub writes: Vec<AnyWrite>,
    /// The counters after all writes.
    pub account: Account,
    /// One result for each operation.
    pub results: Vec<Written>,
    /// What to remember the batch by.
    pub mark: Option<BatchMark>,
}

/// A row to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordWrite<B> {
    Insert(Record<B>),
    Update {
        before: Record<B>,
        after: Record<B>,
    },
    /// Writes derived columns only: version, `seq` and times of `after` are those of `before`, and so is the change row.
    Derive {
        before: Record<B>,
        after: Record<B>,
    },
}

impl<B> RecordWrite<B> {
    #[must_use]
    pub fn before(&self) -> Option<&Record<B>> {
        match self {
            Self::Insert(_) => None,
            Self::Update { before, .. } | Self::Derive { before, .. } => Some(before),
        }
    }

    #[must_use]
    pub fn after(&self) -> &Record<B> {
        match self {
            Self::Insert(after) | Self::Update { after, .. } | Self::Derive { after, .. } => after,
        }
    }
}

/// The result of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub record: AnyRecord,
    pub outcome: WriteOutcome,
    /// For an operation that completed a recurring task: the next one, or that there is none.
    pub next_occurrence: Option<Option<Task>>,
}

/// What an operation did to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    Created,
    Updated,
    /// The record already was as asked.
    Unchanged,
}

impl Batch {
    /// A batch of one operation.
    #[must_use]
    pub fn single(operation: Operation, fresh: Id) -> Self {
        Self::new(vec![operation], None, fresh)
    }

    #[must_use]
    pub fn new(operations: Vec<Operation>, mark: Option<BatchMark>, fresh: Id) -> Self {
        Self {
            operations,
            mark,
            fresh,
        }
    }

    /// What the first round of reading has to load.
    #[must_use]
    pub fn needs(&self) -> Needs {
        let mut records: BTreeSet<_> = self.operations.iter().map(Operation::key).collect();
        // Every task that is written is derived anew.
        if records.iter().any(|(kind, _)| *kind == Kind::Task) {
            records.insert((Kind::Settings, Id::NIL));
        }
        Needs {
            account: true,
            records,
            batch: self.mark.map(|mark| mark.id),
            ..Needs::default()
        }
    }
}

impl Needs {
    /// One record, without the account.
    #[must_use]
    pub fn record(kind: Kind, id: Id) -> Self {
        Self {
            records: BTreeSet::from([(kind, id)]),
            ..Self::default()
        }
    }

    /// All live records of a kind, and the account.
    #[must_use]
    pub fn all(kind: Kind) -> Self {
        Self {
            account: true,
            all: BTreeSet::from([kind]),
            ..Self::default()
        }
    }

    /// What of this is not in `loaded`.
    pub(super) fn missing_in(mut self, loaded: &Loaded) -> Self {
        self.account &= loaded.account.is_none();
        self.records.retain(|key| !loaded.rows.contains(*key));
        self.sets.retain(|set| !loaded.sets.contains_key(set));
        self.all.retain(|kind| !loaded.all.contains(kind));
        self.list_sizes
            .retain(|list| !loaded.list_sizes.contains_key(list));
        self.batch = self.batch.filter(|id| !loaded.batches.contains_key(id));
        self
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Loaded {
    /// Adds what a further round of reading found.
    pub fn extend(&mut self, further: Self) {
        self.epoch = further.epoch;
        self.account = further.account.or(self.account);
        self.rows.extend(further.rows);
        self.sets.extend(further.sets);
        self.all.extend(further.all);
        self.list_sizes.extend(further.list_sizes);
        self.batches.extend(further.batches);
    }

    /// Adds what was found under an id.
    pub fn insert<B: Entity>(&mut self, id: Id, found: Option<Stored<B>>) {
        B::rows_mut(&mut self.rows).insert(id, found);
    }

    /// Adds the members of a set.
    pub fn insert_set(&mut self, set: TaskSet, tasks: Vec<Task>) {
        self.sets
            .insert(set, tasks.iter().map(|task| task.id).collect());
        for task in tasks {
            self.insert(task.id, Some(Stored::Record(task)));
        }
    }

    /// Adds all live records of a kind.
    pub fn insert_all<B: Entity>(&mut self, records: Vec<Record<B>>) {
        self.all.insert(B::KIND);
        for record in records {
            self.insert(record.id, Some(Stored::Record(record)));
        }
    }

    /// Removes and returns a live record.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn take_live<B: Entity>(&mut self, id: Id) -> Result<Record<B>, Refusal> {
        match B::rows_mut(&mut self.rows).remove(&id).flatten() {
            Some(Stored::Record(record)) if record.is_live() => Ok(record),
            _ => Err(Refusal::NotFound),
        }
    }

    /// Removes and returns the live records of a kind that was read as a whole, by id.
    pub fn take_all<B: Entity>(&mut self) -> Vec<Record<B>> {
        let rows = std::mem::take(B::rows_mut(&mut self.rows));
        let records = rows.into_values().flatten();
        let records = records.filter_map(|found| match found {
            Stored::Record(record) if record.is_live() => Some(record),
            Stored::Record(_) | Stored::Purged => None,
        });
        records.collect()
    }
}
