//! What changed since a cursor.

use rusqlite::{Connection, params};
use taskward_domain::{
    AnyRecord, Change, ChangePage, ChangesRequest, Epoch, FeedCursor, Id, Kind, Stored, UserId,
};
use taskward_store::{CorruptRow, read_value};

use crate::error::SqlError;
use crate::load::{Purged, account, find};
use crate::statements::{CHANGES_SINCE, Statements};
use crate::values::SqlRow;

/// Needs a snapshot.
pub(crate) fn changes(
    snapshot: &Connection,
    statements: &Statements,
    owner: &UserId,
    epoch: Epoch,
    request: ChangesRequest,
) -> Result<ChangePage, SqlError> {
    let account = account(snapshot, owner)?;
    let newest = FeedCursor {
        epoch,
        seq: account.seq,
    };
    let mut changes = Vec::new();
    if let Some(since) = request.start(epoch, &account)? {
        let mut statement = snapshot.prepare_cached(CHANGES_SINCE)?;
        let mut rows = statement.query(params![owner.as_str(), since, request.limit.rows()])?;
        while let Some(row) = rows.next()? {
            let mut columns = SqlRow::from(row, 0);
            let seq: u64 = read_value(&mut columns, "seq")?;
            let kind: u64 = read_value(&mut columns, "kind")?;
            let id: Id = read_value(&mut columns, "id")?;
            let kind = i64::try_from(kind).ok().and_then(Kind::from_number);
            let kind = kind.ok_or(CorruptRow { column: "kind" })?;
            let change = match read_value(&mut columns, "deleted_at")? {
                Some(deleted_at) => Change::Deleted {
                    kind,
                    id,
                    deleted_at,
                },
                None => Change::Written(live(snapshot, statements, owner, kind, id)?),
            };
            changes.push((seq, change));
        }
    }
    Ok(request.page(changes, newest))
}

fn live(
    snapshot: &Connection,
    statements: &Statements,
    owner: &UserId,
    kind: Kind,
    id: Id,
) -> Result<AnyRecord, SqlError> {
    match kind {
        Kind::Task => {
            let record = &statements.tasks.record;
            match find(snapshot, record, owner, id, Purged::NotTold)? {
                Some(Stored::Record(task)) => Ok(AnyRecord::Task(task)),
                _ => Err(CorruptRow {
                    column: "deleted_at",
                }
                .into()),
            }
        }
    }
}
