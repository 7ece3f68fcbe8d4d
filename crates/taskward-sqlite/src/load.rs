//! Reading what a batch, or one request for a record, needs.

use rusqlite::{Connection, params};
use taskward_domain::{Account, Epoch, Id, Loaded, Needs, Stored, UserId};
use taskward_store::{ColumnValue, Columns, ForKind, for_kind, read_account};

use crate::error::SqlError;
use crate::statements::{self, Statements};
use crate::values::{Parameter, SqlRow, record};

/// Whether the change rows tell purged records from ids that were never used. Only a write needs to know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purged {
    Told,
    NotTold,
}

/// Reads the records of one user.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) statements: &'a Statements,
    pub(crate) owner: &'a UserId,
}

impl Reader<'_> {
    pub(crate) fn load(
        &self,
        epoch: Epoch,
        needs: &Needs,
        purged: Purged,
    ) -> Result<Loaded, SqlError> {
        let mut loaded = Loaded {
            epoch,
            ..Loaded::default()
        };
        if needs.account {
            loaded.account = Some(self.account()?);
        }
        for &(kind, id) in &needs.records {
            let load = LoadOne {
                reader: self,
                loaded: &mut loaded,
                id,
                purged,
            };
            for_kind(kind, load)?;
        }
        Ok(loaded)
    }

    /// A user without a row never wrote anything.
    pub(crate) fn account(&self) -> Result<Account, SqlError> {
        let mut statement = self.connection.prepare_cached(&self.statements.account)?;
        let mut rows = statement.query(params![self.owner.as_str()])?;
        match rows.next()? {
            Some(row) => read_account(&mut SqlRow::from(row, 0)),
            None => Ok(Account::default()),
        }
    }

    pub(crate) fn find<B: Columns>(
        &self,
        id: Id,
        purged: Purged,
    ) -> Result<Option<Stored<B>>, SqlError> {
        let id = Parameter(id.to_value());
        let find = &self.statements.records.of(B::KIND).find;
        let mut statement = self.connection.prepare_cached(find)?;
        let mut rows = statement.query(params![self.owner.as_str(), id])?;
        if let Some(row) = rows.next()? {
            return Ok(Some(Stored::Record(record(row, 0)?)));
        }
        if purged == Purged::NotTold {
            return Ok(None);
        }
        let is_deleted = self
            .connection
            .prepare_cached(statements::IS_DELETED)?
            .exists(params![self.owner.as_str(), B::KIND.number(), id])?;
        Ok(is_deleted.then_some(Stored::Purged))
    }
}

struct LoadOne<'a, 'r> {
    reader: &'a Reader<'r>,
    loaded: &'a mut Loaded,
    id: Id,
    purged: Purged,
}

impl ForKind for LoadOne<'_, '_> {
    type Output = Result<(), SqlError>;

    fn run<B: Columns>(self) -> Result<(), SqlError> {
        let found = self.reader.find::<B>(self.id, self.purged)?;
        self.loaded.insert(self.id, found);
        Ok(())
    }
}
