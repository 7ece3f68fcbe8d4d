//! Reading what a batch, or one request for a record, needs.

use rusqlite::{Connection, params};
use taskward_domain::{
    Account, Epoch, Id, Kind, KnownBatch, Loaded, Needs, Record, Stored, UserId,
};
use taskward_store::{ColumnValue, Columns, ForKind, Value, for_kind, read_account, read_value};
use uuid::Uuid;

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
        let has_no_settings = loaded
            .account
            .is_some_and(|account| account.live.settings == 0);
        for &(kind, id) in &needs.records {
            let load = LoadOne {
                reader: self,
                loaded: &mut loaded,
                id,
                purged,
                is_absent: kind == Kind::Settings && has_no_settings,
            };
            for_kind(kind, load)?;
        }
        for set in &needs.sets {
            loaded.insert_set(set.clone(), self.set(set)?);
        }
        for &kind in &needs.all {
            let load = LoadAll {
                reader: self,
                loaded: &mut loaded,
            };
            for_kind(kind, load)?;
        }
        for &list in &needs.list_sizes {
            loaded.list_sizes.insert(list, self.list_size(list)?);
        }
        if let Some(id) = needs.batch {
            loaded.batches.insert(id, self.batch(id)?);
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

    fn all_live<B: Columns>(&self) -> Result<Vec<Record<B>>, SqlError> {
        let all_live = self.statements.all_live.of(B::KIND);
        let mut statement = self.connection.prepare_cached(all_live)?;
        let mut rows = statement.query(params![self.owner.as_str()])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push(record(row, 0)?);
        }
        Ok(records)
    }

    /// A batch that was carried out earlier.
    fn batch(&self, id: Uuid) -> Result<Option<KnownBatch>, SqlError> {
        let mut statement = self.connection.prepare_cached(statements::FIND_BATCH)?;
        let mut rows = statement.query(params![self.owner.as_str(), Parameter(Value::Id(id))])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let digest = row.get(0)?;
        let seq = read_value(&mut SqlRow::from(row, 1), "seq")?;
        Ok(Some(KnownBatch { digest, seq }))
    }
}

/// Whether reading this takes several statements, so that a snapshot is needed for one answer.
pub(crate) fn needs_snapshot(needs: &Needs) -> bool {
    let Needs {
        account,
        records,
        sets,
        all,
        list_sizes,
        batch,
    } = needs;
    let statements = usize::from(*account)
        + records.len()
        + sets.len()
        + all.len()
        + list_sizes.len()
        + usize::from(batch.is_some());
    statements > 1
}

struct LoadOne<'a, 'r> {
    reader: &'a Reader<'r>,
    loaded: &'a mut Loaded,
    id: Id,
    purged: Purged,
    /// The account says that there is none.
    is_absent: bool,
}

impl ForKind for LoadOne<'_, '_> {
    type Output = Result<(), SqlError>;

    fn run<B: Columns>(self) -> Result<(), SqlError> {
        let found = match self.is_absent {
            true => None,
            false => self.reader.find::<B>(self.id, self.purged)?,
        };
        self.loaded.insert(self.id, found);
        Ok(())
    }
}

struct LoadAll<'a, 'r> {
    reader: &'a Reader<'r>,
    loaded: &'a mut Loaded,
}

impl ForKind for LoadAll<'_, '_> {
    type Output = Result<(), SqlError>;

    fn run<B: Columns>(self) -> Result<(), SqlError> {
        self.loaded.insert_all::<B>(self.reader.all_live()?);
        Ok(())
    }
}
