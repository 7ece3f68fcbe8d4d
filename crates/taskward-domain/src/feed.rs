//! What changed since a cursor: the answer to `changes`.

use jiff::Timestamp;

use super::{Account, AnyRecord, Epoch, FeedCursor, Id, Kind, PageLimit, Refusal};

/// Which changes to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangesRequest {
    /// The changes after this position. `None` asks for no changes, only for the newest cursor.
    pub since: Option<FeedCursor>,
    pub limit: PageLimit,
}

/// One record that changed, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "most changes are written tasks")]
pub enum Change {
    Written(AnyRecord),
    Deleted {
        kind: Kind,
        id: Id,
        deleted_at: Timestamp,
    },
}

/// Changes, oldest first, each record at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    pub changes: Vec<Change>,
    /// Every change up to this position is reported.
    pub cursor: FeedCursor,
    /// Whether further changes exist already.
    pub more: bool,
    /// The newest position when the page was read, in the same snapshot.
    pub newest: FeedCursor,
}

impl ChangesRequest {
    /// Checks that the history reaches back to `since`: same epoch, and within `forgotten_seq..=seq`. Returns the `seq`
    /// to read from, or `None` when there is nothing to read.
    ///
    /// # Errors
    /// [`Refusal::CursorTooOld`].
    pub fn start(&self, epoch: Epoch, account: &Account) -> Result<Option<u64>, Refusal> {
        let Some(since) = self.since else {
            return Ok(None);
        };
        let reachable = account.forgotten_seq..=account.seq;
        if since.epoch != epoch || !reachable.contains(&since.seq) {
            return Err(Refusal::CursorTooOld);
        }
        Ok((since.seq < account.seq).then_some(since.seq))
    }

    /// Whether reading the page may take more than a millisecond.
    #[must_use]
    pub fn is_long_read(&self) -> bool {
        self.limit.is_long()
    }

    /// Makes the page from `rows` with their `seq`, oldest first, one row more than the limit, read in one snapshot with
    /// `newest`.
    #[must_use]
    pub fn page(&self, mut rows: Vec<(u64, Change)>, newest: FeedCursor) -> ChangePage {
        let limit = usize::from(self.limit.get());
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more).map(|(seq, _)| *seq);
        ChangePage {
            changes: rows.into_iter().map(|(_, change)| change).collect(),
            cursor: FeedCursor {
                seq: last.unwrap_or(newest.seq),
                ..newest
            },
            more,
            newest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(epoch: u32, seq: u64) -> FeedCursor {
        let epoch = Epoch::new(epoch).unwrap();
        FeedCursor { epoch, seq }
    }

    fn deleted(number: u64) -> (u64, Change) {
        let id = Id::parse(&format!("0198f5d0-7c3a-7b21-9e4f-{number:012x}")).unwrap();
        let (kind, deleted_at) = (Kind::Task, Timestamp::UNIX_EPOCH);
        let change = Change::Deleted {
            kind,
            id,
            deleted_at,
        };
        (number, change)
    }

    fn request(since: FeedCursor, limit: u16) -> ChangesRequest {
        ChangesRequest {
            since: Some(since),
            limit: PageLimit::new(limit).unwrap(),
        }
    }

    #[test]
    fn a_page_says_where_to_continue() {
        let newest = cursor(0, 9);
        let full = request(cursor(0, 0), 2).page(vec![deleted(3), deleted(7), deleted(9)], newest);
        assert_eq!(
            (full.changes.len(), full.cursor.seq, full.more),
            (2, 7, true)
        );
        let last = request(cursor(0, 7), 2).page(vec![deleted(9)], newest);
        assert_eq!(
            (last.changes.len(), last.cursor.seq, last.more),
            (1, 9, false)
        );
        let none = request(newest, 2).page(vec![], newest);
        assert_eq!(
            (none.changes.len(), none.cursor.seq, none.more),
            (0, 9, false)
        );
    }

    #[test]
    fn a_cursor_before_the_known_changes_or_of_another_history_is_refused() {
        let account = Account {
            seq: 8,
            forgotten_seq: 5,
            ..Account::default()
        };
        let epoch = Epoch::new(2).unwrap();
        let start = |since| request(since, 1).start(epoch, &account);
        for since in [cursor(2, 4), cursor(2, 9), cursor(0, 6), cursor(3, 6)] {
            assert_eq!(start(since), Err(Refusal::CursorTooOld), "{since:?}");
        }
        assert_eq!(start(cursor(2, 5)), Ok(Some(5)));
        assert_eq!(start(cursor(2, 8)), Ok(None));
        let newest_only = ChangesRequest {
            since: None,
            limit: PageLimit::DEFAULT,
        };
        assert_eq!(newest_only.start(epoch, &account), Ok(None));
    }
}
