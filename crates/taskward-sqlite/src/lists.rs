//! Pages of tasks.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};
use taskward_domain::{Epoch, FeedCursor, Listing, TaskQuery, UserId};
use uuid::Uuid;

use crate::error::SqlError;
use crate::load::account;
use crate::search;
use crate::statements::ListStatement;
use crate::values::record;

/// The start of the first page. A bound that is always present keeps the scan a plain range of its index.
const ABOVE_EVERY_ID: Uuid = Uuid::max();

/// Reads a page. A [`ListStatement::Plain`] needs a snapshot.
pub(crate) fn list(
    connection: &Connection,
    statement: ListStatement<'_>,
    owner: &UserId,
    epoch: Epoch,
    query: &TaskQuery,
) -> Result<Listing, SqlError> {
    match statement {
        ListStatement::WithSeq(sql) => with_seq(connection, sql, owner, epoch, query),
        ListStatement::Plain(sql) => plain(connection, sql, owner, epoch, query),
    }
}

fn with_seq(
    connection: &Connection,
    sql: &str,
    owner: &UserId,
    epoch: Epoch,
    query: &TaskQuery,
) -> Result<Listing, SqlError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![
        owner.as_str(),
        below(query).as_bytes(),
        query.limit().rows(),
    ])?;
    let mut seq = 0;
    let mut tasks = Vec::with_capacity(capacity(query));
    while let Some(row) = rows.next()? {
        seq = row.get(0)?;
        // A user without tasks on this page has one row without a task.
        if row.get_ref(1)? != ValueRef::Null {
            tasks.push(record(row, 1)?);
        }
    }
    let newest = FeedCursor { epoch, seq };
    Ok(Listing::Page(query.page(tasks, newest)))
}

fn plain(
    snapshot: &Connection,
    sql: &str,
    owner: &UserId,
    epoch: Epoch,
    query: &TaskQuery,
) -> Result<Listing, SqlError> {
    let seq = account(snapshot, owner)?.seq;
    let mut statement = snapshot.prepare_cached(sql)?;
    let below = below(query);
    let (owner_text, rows) = (owner.as_str(), query.limit().rows());
    let mut rows = match &query.filter().search {
        None => statement.query(params![owner_text, below.as_bytes(), rows]),
        Some(search) => {
            let expression = search::expression(owner, search);
            statement.query(params![owner_text, below.as_bytes(), rows, expression])
        }
    }?;
    let mut tasks = Vec::with_capacity(capacity(query));
    while let Some(row) = rows.next()? {
        tasks.push(record(row, 0)?);
    }
    let newest = FeedCursor { epoch, seq };
    Ok(Listing::Page(query.page(tasks, newest)))
}

fn below(query: &TaskQuery) -> Uuid {
    query
        .after()
        .map_or(ABOVE_EVERY_ID, |position| position.id.as_uuid())
}

/// Most lists fill a small page; a larger vector grows as needed.
fn capacity(query: &TaskQuery) -> usize {
    usize::from(query.limit().get().min(32)) + 1
}
