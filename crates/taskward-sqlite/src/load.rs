//! Reading what a batch, or one request for a record, needs.

use rusqlite::{Connection, OptionalExtension, params};
use taskward_domain::{Account, Epoch, Id, Loaded, Needs, Stored, UserId};
use taskward_store::{ColumnValue, Columns, RecordStatements};

use crate::error::SqlError;
use crate::statements::{self, Statements};
use crate::values::{Parameter, record};

/// Whether the change rows tell purged records from ids that were never used. Only a write needs to know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purged {
    Told,
    NotTold,
}

pub(crate) fn load(
    connection: &Connection,
    statements: &Statements,
    owner: &UserId,
    epoch: Epoch,
    needs: &Needs,
    purged: Purged,
) -> Result<Loaded, SqlError> {
    let mut loaded = Loaded {
        epoch,
        ..Loaded::default()
    };
    if needs.account {
        loaded.account = Some(account(connection, owner)?);
    }
    for &id in &needs.tasks {
        let found = find(connection, &statements.tasks.record, owner, id, purged)?;
        loaded.tasks.insert(id, found);
    }
    Ok(loaded)
}

/// A user without a row never wrote anything.
pub(crate) fn account(connection: &Connection, owner: &UserId) -> Result<Account, SqlError> {
    let mut statement = connection.prepare_cached(statements::ACCOUNT)?;
    let found = statement.query_row(params![owner.as_str()], |row| {
        Ok(Account {
            seq: row.get(0)?,
            forgotten_seq: row.get(1)?,
            task_count: row.get(2)?,
            trash_count: row.get(3)?,
            gone_count: row.get(4)?,
        })
    });
    Ok(found.optional()?.unwrap_or_default())
}

pub(crate) fn find<B: Columns>(
    connection: &Connection,
    statements: &RecordStatements,
    owner: &UserId,
    id: Id,
    purged: Purged,
) -> Result<Option<Stored<B>>, SqlError> {
    let id = Parameter(id.to_value());
    let mut statement = connection.prepare_cached(&statements.find)?;
    let mut rows = statement.query(params![owner.as_str(), id])?;
    if let Some(row) = rows.next()? {
        return Ok(Some(Stored::Record(record(row, 0)?)));
    }
    if purged == Purged::NotTold {
        return Ok(None);
    }
    let is_deleted = connection
        .prepare_cached(statements::IS_DELETED)?
        .exists(params![owner.as_str(), B::KIND.number(), id])?;
    Ok(is_deleted.then_some(Stored::Purged))
}
