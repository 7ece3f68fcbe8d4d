//! Reading what requests and batches name: records, sets of tasks, and the rest of `Needs`.

use futures_util::future::try_join;
use taskward_domain::{
    Account, Id, Kind, KnownBatch, Loaded, Needs, SettingsBody, Side, Stored, TaskBody, TaskSet,
    UserId,
};
use taskward_store::{Columns, ForKind, for_kind, read_account, read_value};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use crate::connection::{AsyncReads, Connection, Queued, pipeline};
use crate::error::SqlError;
use crate::history::{HEADER_WIDTH, Header};
use crate::values::{RowReader, width};

/// What was read with the account, in one snapshot.
pub(crate) struct Read {
    pub(crate) header: Header,
    /// That of a user who never wrote anything, where there is none.
    pub(crate) account: Account,
    pub(crate) loaded: Loaded,
}

/// What `needs` names. One round trip.
pub(crate) async fn load(
    connection: &Connection,
    owner: &UserId,
    needs: &Needs,
) -> Result<Loaded, SqlError> {
    if let Some(&(kind, id)) = needs.records.first()
        && *needs == Needs::record(kind, id)
    {
        return find(connection, owner, kind, id).await;
    }
    let Read {
        account,
        mut loaded,
        ..
    } = load_many(connection, owner, needs).await?;
    loaded.account = needs.account.then_some(account);
    Ok(loaded)
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

/// What most batches of one operation need, without a lock, as one statement.
pub(crate) async fn find_to_write(
    connection: &Connection,
    owner: &UserId,
    kind: Kind,
    id: Id,
) -> Result<Read, SqlError> {
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
    let mut first = insert(&mut loaded, kind, id, row, HEADER_WIDTH)?;
    if kind == Kind::Task {
        let has_subtasks: Option<bool> = row.try_get(first)?;
        if has_subtasks.is_none() {
            loaded.insert_set(TaskSet::Subtasks(id), Vec::new());
        }
        let settings = RowReader::new(row, first + 1).record::<SettingsBody>()?;
        loaded.insert(Id::NIL, settings.map(Stored::Record));
        first += 1 + width::<SettingsBody>();
    }
    let account = account_row(row, first)?.unwrap_or_default();
    loaded.account = Some(account);
    Ok(Read {
        header,
        account,
        loaded,
    })
}

/// Anything, with the account, in one snapshot.
pub(crate) async fn load_many(
    connection: &Connection,
    owner: &UserId,
    needs: &Needs,
) -> Result<Read, SqlError> {
    let client = connection.client();
    for _ in 0..2 {
        let begin = client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        let account = connection.account(&connection.statements.common.read_account, owner);
        let reads = Reads {
            connection,
            owner,
            needs,
        };
        let begun = async { Ok::<_, SqlError>(try_join(begin, account).await?) };
        let end = async { Ok(client.batch_execute("COMMIT").await?) };
        let (((), row), (mut loaded, ())) = try_join(begun, try_join(reads.run(), end)).await?;
        let header = Header::read(&row)?;
        if connection.is_current(header) {
            let account = account_row(&row, HEADER_WIDTH)?.unwrap_or_default();
            loaded.epoch = header.epoch;
            loaded.account = Some(account);
            return Ok(Read {
                header,
                account,
                loaded,
            });
        }
        connection.verify_history().await?;
    }
    Err(crate::connection::REPLACED)
}

/// The reads of a bound transaction, without the account.
pub(crate) struct Reads<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) owner: &'a UserId,
    pub(crate) needs: &'a Needs,
}

impl AsyncReads<Loaded> for Reads<'_> {
    /// Sends all statements before it awaits the first answer.
    async fn run(&self) -> Result<Loaded, SqlError> {
        let needs = self.needs;
        let statements = &self.connection.statements;
        let mut queue = Vec::new();
        for &(kind, id) in &needs.records {
            queue.push(self.query(&statements.records.of(kind).load, vec![id_value(id)]));
        }
        for set in &needs.sets {
            let (statement, values) = self.set(set);
            queue.push(self.query(statement, values));
        }
        for &kind in &needs.all {
            queue.push(self.query(&statements.records.of(kind).all_live, Vec::new()));
        }
        for list in &needs.list_sizes {
            queue.push(self.query(&statements.sets.list_size, vec![id_value(*list)]));
        }
        if let Some(batch) = needs.batch {
            queue.push(self.query(&statements.common.find_batch, vec![value(batch)]));
        }
        let mut answers = pipeline(queue).await?.into_iter();
        let mut next = || {
            let missing = SqlError::Unexpected("a statement has no answer");
            answers.next().ok_or(missing)
        };

        let mut loaded = Loaded::default();
        for &(kind, id) in &needs.records {
            let rows = next()?;
            let row = rows.first();
            let row = row.ok_or(SqlError::Unexpected("a record's statement has no row"))?;
            insert(&mut loaded, kind, id, row, 0)?;
        }
        for set in &needs.sets {
            loaded.insert_set(set.clone(), records::<TaskBody>(&next()?)?);
        }
        for &kind in &needs.all {
            for_kind(kind, InsertAll(&mut loaded, &next()?))?;
        }
        for list in &needs.list_sizes {
            let rows = next()?;
            let size: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
            let size = u32::try_from(size).unwrap_or(u32::MAX);
            loaded.list_sizes.insert(*list, size);
        }
        if let Some(batch) = needs.batch {
            let rows = next()?;
            let known = rows.first().map(known_batch).transpose()?;
            loaded.batches.insert(batch, known);
        }
        Ok(loaded)
    }
}

/// A parameter of a read.
type Value = Box<dyn ToSql + Sync + Send>;

fn value(value: impl ToSql + Sync + Send + 'static) -> Value {
    Box::new(value)
}

fn id_value(id: Id) -> Value {
    value(id.as_uuid())
}

impl<'a> Reads<'a> {
    fn query<'b>(&self, statement: &'b Statement, values: Vec<Value>) -> Queued<'b, Vec<Row>>
    where
        'a: 'b,
    {
        let (client, owner) = (self.connection.client(), self.owner.as_str());
        Box::pin(async move {
            let mut all: Vec<&(dyn ToSql + Sync)> = vec![&owner];
            for value in &values {
                all.push(value.as_ref());
            }
            client.query(statement, &all).await
        })
    }

    fn set(&self, set: &TaskSet) -> (&'a Statement, Vec<Value>) {
        let sets = &self.connection.statements.sets;
        let id = |id: &Id| id_value(*id);
        let or_nil = |id: Option<Id>| id_value(id.unwrap_or(Id::NIL));
        match set {
            TaskSet::Subtasks(parent) => (&sets.subtasks, vec![id(parent)]),
            TaskSet::DeletedWith(record) => (&sets.deleted_with, vec![id(record)]),
            TaskSet::Listed(list) => (&sets.listed, vec![id(list)]),
            TaskSet::OpenListed(list) => (&sets.open_listed, vec![id(list)]),
            TaskSet::OpenInSeries(series) => (&sets.open_in_series, vec![id(series)]),
            TaskSet::LaterInSeries(series, index) => {
                let index = i32::try_from(*index).unwrap_or(i32::MAX);
                (&sets.later_in_series, vec![id(series), value(index)])
            }
            TaskSet::Neighbours(container, side, from) => {
                // Ranks are of digits and letters: one bound is below all of them, the other one above.
                let (statement, end, last) = match side {
                    Side::Before => (&sets.before, "{", Uuid::max()),
                    Side::After => (&sets.after, "", Uuid::nil()),
                };
                let (rank, last) = match from {
                    Some((rank, id)) => (rank.as_str().to_owned(), id.as_uuid()),
                    None => (end.to_owned(), last),
                };
                let values = vec![
                    or_nil(container.list),
                    or_nil(container.parent),
                    value(rank),
                    value(last),
                ];
                (statement, values)
            }
            TaskSet::Container(container) => {
                let values = vec![or_nil(container.list), or_nil(container.parent)];
                (&sets.container, values)
            }
            TaskSet::DependsOnZone => (&sets.depends_on_zone, Vec::new()),
        }
    }
}

fn records<B: Columns>(rows: &[Row]) -> Result<Vec<taskward_domain::Record<B>>, SqlError> {
    let read = |row| RowReader::new(row, 0).record::<B>();
    rows.iter()
        .filter_map(|row| read(row).transpose())
        .collect()
}

struct InsertAll<'a>(&'a mut Loaded, &'a [Row]);

impl ForKind for InsertAll<'_> {
    type Output = Result<(), SqlError>;

    fn run<B: Columns>(self) -> Result<(), SqlError> {
        self.0.insert_all(records::<B>(self.1)?);
        Ok(())
    }
}

fn known_batch(row: &Row) -> Result<KnownBatch, SqlError> {
    Ok(KnownBatch {
        digest: row.try_get(0)?,
        seq: read_value(&mut RowReader::new(row, 1), "seq")?,
    })
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
