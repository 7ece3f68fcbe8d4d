//! Pages of tasks.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};
use taskward_domain::{Epoch, FeedCursor, Listing, SearchText, TaskQuery, UserId};
use uuid::Uuid;

use crate::error::SqlError;
use crate::load::seq;
use crate::search;
use crate::statements::Statements;
use crate::values::record;

/// The start of the first page. A bound that is always present keeps the scan a plain range of its index.
const ABOVE_EVERY_ID: Uuid = Uuid::max();

/// Needs a snapshot for a search only; every other page is one statement.
pub(crate) fn list(
    connection: &Connection,
    statements: &Statements,
    owner: &UserId,
    epoch: Epoch,
    query: &TaskQuery,
) -> Result<Listing, SqlError> {
    match &query.filter().search {
        None => page(connection, statements, owner, epoch, query),
        Some(search) => found(connection, statements, owner, epoch, query, search),
    }
}

fn page(
    connection: &Connection,
    statements: &Statements,
    owner: &UserId,
    epoch: Epoch,
    query: &TaskQuery,
) -> Result<Listing, SqlError> {
    let mut statement = connection.prepare_cached(statements.tasks.list(query))?;
    let mut rows = statement.query(params![
        owner.as_str(),
        below(query).as_bytes(),
        query.limit().rows(),
    ])?;
    let mut seq = 0;
    let mut tasks = Vec::new();
    while let Some(row) = rows.next()? {
        seq = row.get(0)?;
        if row.get_ref(1)? != ValueRef::Null {
            tasks.push(record(row, 1)?);
        }
    }
    let newest = FeedCursor { epoch, seq };
    Ok(Listing::Page(query.page(tasks, newest)))
}

fn found(
    snapshot: &Connection,
    statements: &Statements,
    owner: &UserId,
    epoch: Epoch,
    query: &TaskQuery,
    search: &SearchText,
) -> Result<Listing, SqlError> {
    let seq = seq(snapshot, owner)?;
    let mut statement = snapshot.prepare_cached(statements.tasks.list(query))?;
    let mut rows = statement.query(params![
        owner.as_str(),
        below(query).as_bytes(),
        query.limit().rows(),
        search::expression(owner, search),
    ])?;
    let mut tasks = Vec::new();
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
