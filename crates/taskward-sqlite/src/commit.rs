//! One batch inside the writer's transaction: load, decide, carry out.

use jiff::Timestamp;
use rusqlite::{Connection, params, params_from_iter};
use taskward_domain::{
    Account, AnyWrite, Batch, Effects, Epoch, Loaded, Outcome, Record, RecordWrite, UserId, decide,
};
use taskward_store::{ColumnValue, Columns, Committed, RecordStatements, Value, write_record};

use crate::error::SqlError;
use crate::load::{Purged, load};
use crate::search;
use crate::statements::{self, Statements};
use crate::values::Parameter;

/// How many times a batch may ask for more to be read, the first time included.
const ROUNDS: usize = 2;

/// Refuses before it changes anything.
pub(crate) fn commit(
    connection: &Connection,
    statements: &Statements,
    owner: &UserId,
    epoch: Epoch,
    batch: &Batch,
    now: Timestamp,
) -> Result<Committed, SqlError> {
    let mut loaded = Loaded::default();
    let mut needs = batch.needs();
    for _ in 0..ROUNDS {
        let further = load(connection, statements, owner, epoch, &needs, Purged::Told)?;
        loaded.extend(further);
        match decide(batch, &loaded, now)? {
            Outcome::Needs(further) => needs = further,
            Outcome::Effects(effects) => {
                let writes = Writes {
                    connection,
                    statements,
                    owner,
                };
                writes.carry_out(&effects)?;
                return Ok(Committed {
                    epoch,
                    rows: effects.writes.len(),
                    results: effects.results,
                });
            }
        }
    }
    Err(SqlError::UndecidedBatch)
}

struct Writes<'a> {
    connection: &'a Connection,
    statements: &'a Statements,
    owner: &'a UserId,
}

impl Writes<'_> {
    fn carry_out(&self, effects: &Effects) -> Result<(), SqlError> {
        if effects.writes.is_empty() {
            return Ok(());
        }
        // First, because every other row refers to it.
        self.account(&effects.account)?;
        for write in &effects.writes {
            match write {
                AnyWrite::Task(write) => self.record(&self.statements.tasks.record, write)?,
            }
        }
        Ok(())
    }

    fn account(&self, account: &Account) -> Result<(), SqlError> {
        let mut statement = self.connection.prepare_cached(statements::WRITE_ACCOUNT)?;
        statement.execute(params![
            self.owner.as_str(),
            account.seq,
            account.task_count,
            account.trash_count,
            account.gone_count,
        ])?;
        Ok(())
    }

    fn record<B: Columns>(
        &self,
        statements: &RecordStatements,
        write: &RecordWrite<B>,
    ) -> Result<(), SqlError> {
        let (before, after) = match write {
            RecordWrite::Insert(after) => (None, after),
            RecordWrite::Update { before, after } => (Some(before), after),
        };
        let document = if B::IS_SEARCHABLE {
            search::index(self.connection, self.statements, self.owner, before, after)?
        } else {
            None
        };
        let mut values = Vec::with_capacity(B::NAMES.len() + 6);
        write_record(after, &mut values);
        if B::IS_SEARCHABLE {
            values.push(document.map_or(Value::Null, Value::Integer));
        }
        let statement = match before {
            None => {
                values.push(after.meta.created_at.to_value());
                &statements.insert
            }
            Some(_) => &statements.update,
        };
        let owner = Value::Text(self.owner.as_str());
        let values = std::iter::once(owner).chain(values).map(Parameter);
        self.connection
            .prepare_cached(statement)?
            .execute(params_from_iter(values))?;
        self.change(before, after)
    }

    fn change<B: Columns>(
        &self,
        before: Option<&Record<B>>,
        after: &Record<B>,
    ) -> Result<(), SqlError> {
        let (owner, seq) = (self.owner.as_str(), after.meta.seq);
        match before {
            None => self
                .connection
                .prepare_cached(statements::INSERT_CHANGE)?
                .execute(params![
                    owner,
                    B::KIND.number(),
                    Parameter(after.id.to_value()),
                    seq
                ])?,
            Some(before) => self
                .connection
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
}
