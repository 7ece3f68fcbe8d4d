//! Reading records by their ids, for requests and for batches.

use futures_util::future::{try_join, try_join_all};
use taskward_domain::{Account, Id, Kind, Loaded, Needs, Stored, UserId};
use taskward_store::{Columns, ForKind, for_kind, read_account};
use tokio_postgres::Row;

use crate::connection::{AsyncReads, Connection};
use crate::error::SqlError;
use crate::history::{HEADER_WIDTH, Header};
use crate::values::{RowReader, width};

/// What the ids of `needs` name, and the account if it is needed. One round trip.
pub(crate) async fn load(
    connection: &Connection,
    owner: &UserId,
    needs: &Needs,
) -> Result<Loaded, SqlError> {
    match (needs.account, needs.records.as_slice()) {
        (false, &[(kind, id)]) => find(connection, owner, kind, id).await,
        _ => load_many(connection, owner, needs).await,
    }
}

/// One record with the epoch, as one statement.
async fn find(
    connection: &Connection,
    owner: &UserId,
    kind: Kind,
    id: Id,
) -> Result<Loaded, SqlError> {
    let statement = &connection.statements.records.of(kind).find;
    let (header, rows) = connection
        .read(statement, &[&owner.as_str(), &id.as_uuid()])
        .await?;
    let mut loaded = Loaded {
        epoch: header.epoch,
        ..Loaded::default()
    };
    if let Some(row) = rows.first() {
        insert(&mut loaded, kind, id, row, HEADER_WIDTH)?;
    }
    Ok(loaded)
}

/// What a batch of one operation needs, without a lock. The first write creates the account.
pub(crate) async fn find_to_write(
    connection: &Connection,
    owner: &UserId,
    kind: Kind,
    id: Id,
) -> Result<(Header, Account, Loaded), SqlError> {
    let statement = &connection.statements.records.of(kind).find_to_write;
    let (header, rows) = connection
        .read(statement, &[&owner.as_str(), &id.as_uuid()])
        .await?;
    let row = rows
        .first()
        .ok_or(SqlError::Unexpected("taskward.history has no row"))?;
    let mut loaded = Loaded {
        epoch: header.epoch,
        ..Loaded::default()
    };
    let end = insert(&mut loaded, kind, id, row, HEADER_WIDTH)?;
    let account = account_row(row, end)?.unwrap_or_default();
    loaded.account = Some(account);
    Ok((header, account, loaded))
}

/// Any number of records and the account in one snapshot.
async fn load_many(
    connection: &Connection,
    owner: &UserId,
    needs: &Needs,
) -> Result<Loaded, SqlError> {
    let client = connection.client();
    for _ in 0..2 {
        let begin = client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        let account = connection.account(&connection.statements.read_account, owner);
        let reads = Reads {
            connection,
            owner,
            needs,
            is_write: false,
        };
        let begun = async { Ok::<_, SqlError>(try_join(begin, account).await?) };
        let end = async { Ok(client.batch_execute("COMMIT").await?) };
        let (((), row), (mut loaded, ())) = try_join(begun, try_join(reads.run(), end)).await?;
        let header = Header::read(&row)?;
        if connection.is_current(header) {
            loaded.epoch = header.epoch;
            if needs.account {
                loaded.account = Some(account_row(&row, HEADER_WIDTH)?.unwrap_or_default());
            }
            return Ok(loaded);
        }
        connection.verify_history().await?;
    }
    Err(crate::connection::REPLACED)
}

/// The reads of a bound transaction, by id.
pub(crate) struct Reads<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) owner: &'a UserId,
    pub(crate) needs: &'a Needs,
    /// Whether the rows are to be locked.
    pub(crate) is_write: bool,
}

impl AsyncReads<Loaded> for Reads<'_> {
    async fn run(&self) -> Result<Loaded, SqlError> {
        let statements = &self.connection.statements;
        let rows = self.needs.records.iter().map(|&(kind, id)| async move {
            let set = statements.records.of(kind);
            let statement = match self.is_write {
                true => &set.lock,
                false => &set.load,
            };
            let client = self.connection.client();
            let (owner, id) = (self.owner.as_str(), id.as_uuid());
            client.query_one(statement, &[&owner, &id]).await
        });
        let rows = try_join_all(rows).await?;
        let mut loaded = Loaded::default();
        for (&(kind, id), row) in self.needs.records.iter().zip(&rows) {
            insert(&mut loaded, kind, id, row, 0)?;
        }
        Ok(loaded)
    }
}

/// Adds the record of this kind from column `first` on, followed by whether its id belongs to a purged one. Returns the first
/// column behind that.
fn insert(
    loaded: &mut Loaded,
    kind: Kind,
    id: Id,
    row: &Row,
    first: usize,
) -> Result<usize, SqlError> {
    struct Insert<'a> {
        loaded: &'a mut Loaded,
        id: Id,
        row: &'a Row,
        first: usize,
    }
    impl ForKind for Insert<'_> {
        type Output = Result<usize, SqlError>;

        fn run<B: Columns>(self) -> Result<usize, SqlError> {
            let end = self.first + width::<B>();
            let record = RowReader::new(self.row, self.first).record::<B>()?;
            let found = match record {
                Some(record) => Some(Stored::Record(record)),
                None => {
                    let is_purged: Option<bool> = self.row.try_get(end)?;
                    is_purged.map(|_| Stored::Purged)
                }
            };
            self.loaded.insert(self.id, found);
            Ok(end + 1)
        }
    }
    let insert = Insert {
        loaded,
        id,
        row,
        first,
    };
    for_kind(kind, insert)
}

/// The account's counters from column `first` on; `None` where the user never wrote anything.
pub(crate) fn account_row(row: &Row, first: usize) -> Result<Option<Account>, SqlError> {
    let seq: Option<i64> = row.try_get(first)?;
    if seq.is_none() {
        return Ok(None);
    }
    read_account(&mut RowReader::new(row, first)).map(Some)
}
