//! Batches of writes: what is asked, what has to be read for it, and what it does.

use super::{
    Account, AllRows, AnyRecord, AnyWrite, Entity, Epoch, Id, Kind, Operation, Precondition,
    Record, Refusal, Stored,
};

/// Operations that are carried out all or not at all, in their order, in one transaction. Each sees the ones before it.
pub struct Batch {
    pub(super) operations: Vec<Operation>,
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
    pub records: Vec<(Kind, Id)>,
}

/// What was read, in one snapshot. A batch is decided against it and keeps it up to date between its operations.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    pub epoch: Epoch,
    pub account: Option<Account>,
    pub rows: AllRows,
}

/// What is to be done.
#[derive(Debug)]
pub enum Outcome {
    /// Carry this out and commit.
    Effects(Effects),
    /// Read this as well and decide again.
    Needs(Needs),
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
}

/// A row to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordWrite<B> {
    Insert(Record<B>),
    Update { before: Record<B>, after: Record<B> },
}

/// The result of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub record: AnyRecord,
    pub outcome: WriteOutcome,
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
    pub fn single(operation: Operation) -> Self {
        Self {
            operations: vec![operation],
        }
    }

    /// What the first round of reading has to load.
    #[must_use]
    pub fn needs(&self) -> Needs {
        Needs {
            account: true,
            records: self.operations.iter().map(Operation::key).collect(),
        }
    }
}

impl Needs {
    /// One record, without the account.
    #[must_use]
    pub fn record(kind: Kind, id: Id) -> Self {
        Self {
            account: false,
            records: vec![(kind, id)],
        }
    }

    /// What of this is not in `loaded`.
    pub(super) fn missing_in(mut self, loaded: &Loaded) -> Self {
        self.account &= loaded.account.is_none();
        self.records.retain(|&key| !loaded.rows.contains(key));
        self
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.account && self.records.is_empty()
    }
}

impl Loaded {
    /// Adds what a further round of reading found.
    pub fn extend(&mut self, further: Self) {
        self.epoch = further.epoch;
        self.account = further.account.or(self.account);
        self.rows.extend(further.rows);
    }

    /// Adds what was found under an id.
    pub fn insert<B: Entity>(&mut self, id: Id, found: Option<Stored<B>>) {
        B::rows_mut(&mut self.rows).insert(id, found);
    }

    /// Removes and returns a live record.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn take_live<B: Entity>(&mut self, id: Id) -> Result<Record<B>, Refusal> {
        match B::rows_mut(&mut self.rows).remove(&id).flatten() {
            Some(Stored::Record(record)) if record.meta.deleted_at.is_none() => Ok(record),
            _ => Err(Refusal::NotFound),
        }
    }
}
