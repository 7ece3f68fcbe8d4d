//! Pages of tasks.

use rusqlite::params;
use rusqlite::types::ValueRef;
use taskward_domain::{Epoch, FeedCursor, Listing, TaskQuery};
use uuid::Uuid;

use crate::error::SqlError;
use crate::load::Reader;
use crate::search;
use crate::statements::ListStatement;
use crate::values::record;

/// The start of the first page. A bound that is always present keeps the scan a plain range of its index.
const ABOVE_EVERY_ID: Uuid = Uuid::max();

/// Reads a page. A [`ListStatement::Plain`] needs a snapshot.
pub(crate) fn list(
    user: Reader<'_>,
    statement: ListStatement<'_>,
    epoch: Epoch,
    query: &TaskQuery,
) -> Result<Listing, SqlError> {
    match statement {
        ListStatement::WithSeq(sql) => with_seq(user, sql, epoch, query),
        ListStatement::Plain(sql) => plain(user, sql, epoch, query),
    }
}

fn with_seq(
    user: Reader<'_>,
    sql: &str,
    epoch: Epoch,
    query: &TaskQuery,
) -> Result<Listing, SqlError> {
    let mut statement = user.connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![
        user.owner.as_str(),
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
    user: Reader<'_>,
    sql: &str,
    epoch: Epoch,
    query: &TaskQuery,
) -> Result<Listing, SqlError> {
    let seq = user.account()?.seq;
    let mut statement = user.connection.prepare_cached(sql)?;
    let below = below(query);
    let (owner, rows) = (user.owner.as_str(), query.limit().rows());
    let mut rows = match &query.filter().search {
        None => statement.query(params![owner, below.as_bytes(), rows]),
        Some(search) => {
            let expression = search::expression(user.owner, search);
            statement.query(params![owner, below.as_bytes(), rows, expression])
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
