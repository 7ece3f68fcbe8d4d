//! Lists, the feed and the newest cursor: one statement each, and so one round trip and one snapshot.

use std::cmp::Reverse;

use jiff::Timestamp;
use taskward_domain::{
    Account, AnyRecord, Change, ChangePage, ChangesRequest, FeedCursor, Id, Kind, Listing, Task,
    TaskBody, TaskQuery, UserId,
};
use taskward_store::{Columns, ForKind, for_kind, read_value};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::connection::Connection;
use crate::error::SqlError;
use crate::history::{HEADER_WIDTH, Header, counter};
use crate::values::{RowReader, tsquery, width};

/// The `known` cursor that no user has.
const NOT_KNOWN: i64 = -1;

pub(crate) async fn newest(
    connection: &Connection,
    owner: &UserId,
) -> Result<FeedCursor, SqlError> {
    let statement = &connection.statements.common.newest;
    let (header, rows) = connection.read(statement, &[&owner.as_str()]).await?;
    cursor(header, &rows)
}

pub(crate) async fn list(
    connection: &Connection,
    owner: &UserId,
    query: &TaskQuery,
    known: Option<FeedCursor>,
) -> Result<Listing, SqlError> {
    let statement = connection.statements.lists.of(query.filter());
    let owner = owner.as_str();
    let after = query
        .after()
        .map_or(Uuid::max(), |after| after.id.as_uuid());
    let limit = query.limit().rows();
    let known_number = known.map_or(NOT_KNOWN, |known| signed(known.number()));
    let words = query.filter().search.as_ref().map(tsquery);
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&owner, &after, &limit, &known_number];
    parameters.extend(words.iter().map(|words| words as &(dyn ToSql + Sync)));
    let (header, rows) = connection.read(statement, &parameters).await?;
    let newest = cursor(header, &rows)?;
    if known == Some(newest) {
        return Ok(Listing::Unchanged(newest));
    }
    let mut tasks: Vec<Task> = Vec::with_capacity(rows.len());
    for row in &rows {
        tasks.extend(RowReader::new(row, HEADER_WIDTH + 1).record::<TaskBody>()?);
    }
    // The rows come in this order; SQL promises it only for the subquery.
    tasks.sort_unstable_by_key(|task| Reverse(task.id));
    Ok(Listing::Page(query.page(tasks, newest)))
}

pub(crate) async fn changes(
    connection: &Connection,
    owner: &UserId,
    request: &ChangesRequest,
) -> Result<ChangePage, SqlError> {
    // Without a cursor nothing is behind the newest one.
    let since = request.since.map_or(i64::MAX, |since| signed(since.seq));
    let limit = request.limit.rows();
    let statement = &connection.statements.common.changes;
    let (header, rows) = connection
        .read(statement, &[&owner.as_str(), &since, &limit])
        .await?;
    let newest = cursor(header, &rows)?;
    let account = Account {
        seq: newest.seq,
        forgotten_seq: match rows.first() {
            Some(row) => counter(row, HEADER_WIDTH + 1, "forgotten_seq")?,
            None => 0,
        },
        ..Account::default()
    };
    let mut changes = Vec::with_capacity(rows.len());
    if request.start(header.epoch, &account)?.is_some() {
        for row in &rows {
            changes.extend(change(row)?);
        }
    }
    changes.sort_unstable_by_key(|(seq, _)| *seq);
    Ok(request.page(changes, newest))
}

/// The newest cursor by the columns that every read starts with: the header and the account's `seq`.
pub(crate) fn cursor(header: Header, rows: &[Row]) -> Result<FeedCursor, SqlError> {
    let row = rows.first();
    let seq = row.map_or(Ok(0), |row| counter(row, HEADER_WIDTH, "seq"))?;
    Ok(FeedCursor {
        epoch: header.epoch,
        seq,
    })
}

/// The columns of `changes` before the first record: header, account, change row.
const CHANGE_WIDTH: usize = HEADER_WIDTH + 2 + 4;

/// The change of a row with its `seq`; `None` for the row that says that there is none.
fn change(row: &Row) -> Result<Option<(u64, Change)>, SqlError> {
    let mut columns = RowReader::new(row, HEADER_WIDTH + 2);
    let kind: Option<u64> = read_value(&mut columns, "kind")?;
    let Some(kind) = kind else { return Ok(None) };
    let kind = i64::try_from(kind).ok().and_then(Kind::from_number);
    let kind = kind.ok_or(SqlError::Unexpected("a change row has an unknown kind"))?;
    let id: Id = read_value(&mut columns, "id")?;
    let seq: u64 = read_value(&mut columns, "seq")?;
    let deleted_at: Option<Timestamp> = read_value(&mut columns, "deleted_at")?;
    let change = match deleted_at {
        Some(deleted_at) => Change::Deleted {
            kind,
            id,
            deleted_at,
        },
        None => Change::Written(joined(row, kind)?),
    };
    Ok(Some((seq, change)))
}

/// The record beside a change row. The row has the columns of every kind, one after the other.
fn joined(row: &Row, kind: Kind) -> Result<AnyRecord, SqlError> {
    struct Width;
    impl ForKind for Width {
        type Output = usize;

        fn run<B: Columns>(self) -> usize {
            width::<B>()
        }
    }
    struct Joined<'a>(&'a Row, usize);
    impl ForKind for Joined<'_> {
        type Output = Result<AnyRecord, SqlError>;

        fn run<B: Columns>(self) -> Result<AnyRecord, SqlError> {
            let record = RowReader::new(self.0, self.1).record::<B>()?;
            let record = record.ok_or(SqlError::Unexpected("a live change row has no record"))?;
            Ok(B::any_record(record))
        }
    }
    let before = Kind::ALL.iter().take_while(|other| **other != kind);
    let first = CHANGE_WIDTH + before.map(|&kind| for_kind(kind, Width)).sum::<usize>();
    for_kind(kind, Joined(row, first))
}

/// A number that clients send can be larger than any that is stored.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
