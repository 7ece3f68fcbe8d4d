//! One batch inside the writer's transaction: load, decide, carry out.

use jiff::Timestamp;
use rusqlite::{params, params_from_iter};
use taskward_domain::{
    Account, AnyWrite, Batch, BatchMark, Effects, Epoch, FeedCursor, Loaded, Outcome, Record,
    RecordWrite, decide,
};
use taskward_store::{
    ColumnValue, Columns, Committed, ForWrite, Value, account_values, for_write, write_record,
};

use crate::error::SqlError;
use crate::load::{Purged, Reader};
use crate::statements;
use crate::values::Parameter;
use crate::{search, side_tables};

/// How many times a batch may ask for something to be read, the first time included.
const ROUNDS: usize = 8;

/// Refuses before it changes anything.
pub(crate) fn commit(
    user: Reader<'_>,
    epoch: Epoch,
    batch: &Batch,
    now: Timestamp,
) -> Result<Committed, SqlError> {
    let mut loaded = Loaded::default();
    let mut needs = batch.needs();
    for _ in 0..ROUNDS {
        loaded.extend(user.load(epoch, &needs, Purged::Told)?);
        match decide(batch, &loaded, now)? {
            Outcome::Needs(further) => needs = further,
            Outcome::Effects(effects) => {
                Writer { user }.carry_out(&effects, now)?;
                return Ok(Committed {
                    newest: FeedCursor {
                        epoch,
                        seq: effects.account.seq,
                    },
                    rows: effects.writes.iter().filter(|write| is_told(write)).count(),
                    results: effects.results,
                    is_replay: false,
                });
            }
            Outcome::Replayed(newest) => {
                return Ok(Committed {
                    newest,
                    results: Vec::new(),
                    rows: 0,
                    is_replay: true,
                });
            }
        }
    }
    Err(SqlError::UndecidedBatch(ROUNDS))
}

/// Whether a write is part of the feed.
fn is_told(write: &AnyWrite) -> bool {
    struct IsTold;
    impl ForWrite<'_> for IsTold {
        type Output = bool;

        fn run<B: Columns>(self, write: &RecordWrite<B>) -> bool {
            !matches!(write, RecordWrite::Derive { .. })
        }
    }
    for_write(write, IsTold)
}

/// Writes the records of one user.
#[derive(Clone, Copy)]
struct Writer<'a> {
    user: Reader<'a>,
}

impl Writer<'_> {
    fn carry_out(self, effects: &Effects, now: Timestamp) -> Result<(), SqlError> {
        if effects.writes.is_empty() && effects.mark.is_none() {
            return Ok(());
        }
        // First, because every other row refers to it.
        self.account(&effects.account)?;
        for write in &effects.writes {
            for_write(write, self)?;
            if let AnyWrite::Task(task) = write {
                side_tables::follow(self.user, task.before(), task.after())?;
            }
        }
        match effects.mark {
            Some(mark) => self.remember(mark, effects.account.seq, now),
            None => Ok(()),
        }
    }

    /// Remembers that a batch was carried out.
    fn remember(self, mark: BatchMark, seq: u64, now: Timestamp) -> Result<(), SqlError> {
        let values = vec![
            Value::Id(mark.id),
            Value::Integer(mark.digest),
            seq.to_value(),
            now.to_value(),
        ];
        self.execute(statements::INSERT_BATCH, values)?;
        self.execute(statements::COUNT_BATCH, Vec::new())
    }

    fn account(self, account: &Account) -> Result<(), SqlError> {
        self.execute(&self.user.statements.write_account, account_values(account))
    }

    fn change<B: Columns>(
        self,
        before: Option<&Record<B>>,
        after: &Record<B>,
    ) -> Result<(), SqlError> {
        let (owner, seq) = (self.user.owner.as_str(), after.meta.seq);
        let connection = self.user.connection;
        match before {
            None => connection
                .prepare_cached(statements::INSERT_CHANGE)?
                .execute(params![
                    owner,
                    B::KIND.number(),
                    Parameter(after.id.to_value()),
                    seq
                ])?,
            Some(before) => connection
                .prepare_cached(statements::UPDATE_CHANGE)?
                .execute(params![
                    owner,
                    before.meta.seq,
                    seq,
                    Parameter(after.meta.deleted_at.to_value())
                ])?,
        };
        Ok(())
    }

    /// Runs a statement whose first parameter is the owner.
    fn execute(self, statement: &str, values: Vec<Value<'_>>) -> Result<(), SqlError> {
        let owner = Value::Text(self.user.owner.as_str().into());
        let values = std::iter::once(owner).chain(values).map(Parameter);
        let mut statement = self.user.connection.prepare_cached(statement)?;
        statement.execute(params_from_iter(values))?;
        Ok(())
    }
}

impl<'a> ForWrite<'a> for Writer<'_> {
    type Output = Result<(), SqlError>;

    fn run<B: Columns>(self, write: &'a RecordWrite<B>) -> Result<(), SqlError> {
        let (before, after) = (write.before(), write.after());
        let mut values = Vec::with_capacity(B::NAMES.len() + 7);
        write_record(after, &mut values);
        if B::IS_SEARCHABLE {
            let document = search::index(self.user, before, after)?;
            values.push(document.map_or(Value::Null, Value::Integer));
        }
        let statements = self.user.statements.records.of(B::KIND);
        let statement = match before {
            None => {
                values.push(after.meta.created_at.to_value());
                &statements.insert
            }
            Some(_) => &statements.update,
        };
        self.execute(statement, values)?;
        match write {
            RecordWrite::Insert(_) | RecordWrite::Update { .. } => self.change(before, after),
            RecordWrite::Derive { .. } => Ok(()),
        }
    }
}
