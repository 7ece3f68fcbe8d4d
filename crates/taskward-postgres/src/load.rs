//! Reading records by their ids, for requests and for batches.

use futures_util::future::try_join;
use taskward_domain::{Account, Id, Loaded, Needs, Rows, Stored, TaskBody, UserId};
use taskward_store::{Columns, read_value};
use tokio_postgres::{Row, Statement};

use crate::connection::{AsyncReads, Connection};
use crate::error::SqlError;
use crate::history::{HEADER_WIDTH, Header};
use crate::statements::RecordSet;
use crate::values::{RowReader, width};

/// What the ids of `needs` name, and the account if it is needed. One round trip.
pub(crate) async fn load(
    connection: &Connection,
    owner: &UserId,
    needs: &Needs,
) -> Result<Loaded, SqlError> {
    let statements = &connection.statements;
    if let (false, [id]) = (needs.account, needs.tasks.as_slice()) {
        let (header, found) = find(connection, &statements.task, owner, *id).await?;
        return Ok(Loaded {
            epoch: header.epoch,
            tasks: Rows::from([(*id, found)]),
            ..Loaded::default()
        });
    }
    load_many(connection, owner, needs).await
}

/// One record with the epoch, as one statement.
async fn find<B: Columns>(
    connection: &Connection,
    statements: &RecordSet<Statement>,
    owner: &UserId,
    id: Id,
) -> Result<(Header, Option<Stored<B>>), SqlError> {
    let (header, rows) = connection
        .read(&statements.find, &[&owner.as_str(), &id.as_uuid()])
        .await?;
    let row = rows.first().map(|row| stored(row, HEADER_WIDTH));
    Ok((header, row.transpose()?.flatten()))
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
                loaded.account = Some(account_row(&row)?.unwrap_or_default());
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
        Ok(Loaded {
            tasks: self
                .records::<TaskBody>(&statements.task, &self.needs.tasks)
                .await?,
            ..Loaded::default()
        })
    }
}

impl Reads<'_> {
    async fn records<B: Columns + Send>(
        &self,
        statements: &RecordSet<Statement>,
        ids: &[Id],
    ) -> Result<Rows<B>, SqlError> {
        let statement = match self.is_write {
            true => &statements.lock,
            false => &statements.load,
        };
        let rows = ids.iter().map(|id| async move {
            let client = self.connection.client();
            let (owner, id) = (self.owner.as_str(), id.as_uuid());
            client.query_one(statement, &[&owner, &id]).await
        });
        let rows = futures_util::future::try_join_all(rows).await?;
        let mut found = Rows::new();
        for (id, row) in ids.iter().zip(&rows) {
            found.insert(*id, stored(row, 0)?);
        }
        Ok(found)
    }
}

/// A record of this kind from column `first` on, followed by whether its id belongs to a purged one.
fn stored<B: Columns>(row: &Row, first: usize) -> Result<Option<Stored<B>>, SqlError> {
    if let Some(record) = RowReader::new(row, first).record()? {
        return Ok(Some(Stored::Record(record)));
    }
    let is_purged: Option<bool> = row.try_get(first + width::<B>())?;
    Ok(is_purged.map(|_| Stored::Purged))
}

/// The account's counters behind the header; `None` where the user never wrote anything.
pub(crate) fn account_row(row: &Row) -> Result<Option<Account>, SqlError> {
    let mut columns = RowReader::new(row, HEADER_WIDTH);
    let Some(seq) = read_value(&mut columns, "seq")? else {
        return Ok(None);
    };
    let forgotten_seq = read_value(&mut columns, "forgotten_seq")?;
    let mut count = |column| {
        let count: u64 = read_value(&mut columns, column)?;
        u32::try_from(count).map_err(|_| SqlError::Unexpected("a counter is too large"))
    };
    Ok(Some(Account {
        seq,
        forgotten_seq,
        task_count: count("task_count")?,
        trash_count: count("trash_count")?,
        gone_count: count("gone_count")?,
    }))
}
