//! What changed since a value of `seq`.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::super::StoreError;
use super::rows::{read_id, read_optional_time, read_task, read_time};
use crate::domain::{Change, ChangePage, ChangesRequest, Refusal, UserId};

const COUNTERS: &str = "SELECT seq, forgotten_seq FROM account WHERE user_id = :user_id";

/// Live tasks, tasks in the trash, and tombstones, merged along two indexes.
const SINCE: &str = "
    SELECT seq, deleted_at,
           id, title, description, completed_at, created_at, updated_at, version
      FROM task WHERE user_id = :user_id AND seq > :since
    UNION ALL
    SELECT seq, deleted_at,
           id, NULL, NULL, NULL, NULL, NULL, NULL
      FROM tombstone WHERE user_id = :user_id AND seq > :since
    ORDER BY seq LIMIT :limit";

/// Reads from one snapshot, which the caller holds.
pub(super) fn changes(
    snapshot: &Connection,
    owner: &UserId,
    request: ChangesRequest,
) -> Result<ChangePage, StoreError> {
    let counters = snapshot
        .prepare_cached(COUNTERS)?
        .query_row(named_params! { ":user_id": owner.as_str() }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (seq, forgotten) = counters.unwrap_or((0, 0));
    if !request.is_answerable(forgotten, seq) {
        return Err(Refusal::CursorTooOld.into());
    }
    let rows = match request.since {
        Some(since) if since < seq => read_since(snapshot, owner, request, since)?,
        _ => Vec::new(),
    };
    Ok(request.page(rows, seq))
}

fn read_since(
    snapshot: &Connection,
    owner: &UserId,
    request: ChangesRequest,
    since: u64,
) -> rusqlite::Result<Vec<(u64, Change)>> {
    let mut statement = snapshot.prepare_cached(SINCE)?;
    let parameters = named_params! {
        ":user_id": owner.as_str(),
        ":since": since,
        ":limit": i64::from(request.limit.get()) + 1,
    };
    let rows = statement.query_map(parameters, |row| {
        let change = match read_optional_time(row, 1)? {
            None => Change::Written(read_task(row, 2, owner)?),
            Some(_) => Change::Deleted {
                id: read_id(row, 2)?,
                deleted_at: read_time(row, 1)?,
            },
        };
        Ok((row.get(0)?, change))
    })?;
    rows.collect()
}
