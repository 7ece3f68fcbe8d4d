//! What changed since a cursor.

use rusqlite::params;
use taskward_domain::{
    AnyRecord, Change, ChangePage, ChangesRequest, Epoch, FeedCursor, Id, Kind, Stored,
};
use taskward_store::{Columns, CorruptRow, ForKind, for_kind, read_value};

use crate::error::SqlError;
use crate::load::{Purged, Reader};
use crate::statements::CHANGES_SINCE;
use crate::values::SqlRow;

/// Needs a snapshot.
pub(crate) fn changes(
    user: Reader<'_>,
    epoch: Epoch,
    request: ChangesRequest,
) -> Result<ChangePage, SqlError> {
    let account = user.account()?;
    let newest = FeedCursor {
        epoch,
        seq: account.seq,
    };
    let mut changes = Vec::new();
    if let Some(since) = request.start(epoch, &account)? {
        let mut statement = user.connection.prepare_cached(CHANGES_SINCE)?;
        let parameters = params![user.owner.as_str(), since, request.limit.rows()];
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            let mut columns = SqlRow::from(row, 0);
            let seq: u64 = read_value(&mut columns, "seq")?;
            let kind: u32 = read_value(&mut columns, "kind")?;
            let kind = Kind::from_number(kind.into()).ok_or(CorruptRow { column: "kind" })?;
            let id: Id = read_value(&mut columns, "id")?;
            let change = match read_value(&mut columns, "deleted_at")? {
                Some(deleted_at) => Change::Deleted {
                    kind,
                    id,
                    deleted_at,
                },
                None => Change::Written(for_kind(kind, Live { user, id })?),
            };
            changes.push((seq, change));
        }
    }
    Ok(request.page(changes, newest))
}

/// Reads the record of a change row that is not deleted.
struct Live<'a> {
    user: Reader<'a>,
    id: Id,
}

impl ForKind for Live<'_> {
    type Output = Result<AnyRecord, SqlError>;

    fn run<B: Columns>(self) -> Result<AnyRecord, SqlError> {
        match self.user.find::<B>(self.id, Purged::NotTold)? {
            Some(Stored::Record(record)) => Ok(B::any_record(record)),
            _ => Err(CorruptRow {
                column: "deleted_at",
            }
            .into()),
        }
    }
}
