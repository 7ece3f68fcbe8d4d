//! The contract of storage backends, in types, and what backends share.
//!
//! - Work for a user starts with [`Store::for_grant`]. The handle is bound to the grant's user; no method takes a user
//!   id, so no call can ask for another user's rows. Every statement on an owned table names `user_id`.
//! - One method call is one transaction, and its result is one snapshot. What returned `Ok` is durable. What returned an
//!   error other than [`StoreError::OutcomeUnknown`] wrote nothing.
//! - Every write advances the user's counter `seq` by one in the same transaction and stamps it on the record. A value of
//!   `seq` becomes visible only after all lower ones of that user.
//! - Work for all users needs a [`Maintenance`] and returns no record.

mod columns;
mod error;
mod kinds;
mod lanes;
mod notifier;
mod statements;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use taskward_access::{Grant, Maintenance};
use taskward_domain::{
    Batch, ChangePage, ChangesRequest, Counts, FeedCursor, Listing, Loaded, Needs, TaskQuery,
    ViewPage, ViewQuery, Written,
};

pub use columns::{
    ColumnValue, Columns, CorruptRow, Row, Value, account_values, read_account, read_due,
    read_record, read_value, write_record,
};
pub use error::{StoreError, source_suffix};
pub use kinds::{ForKind, ForWrite, PerKind, for_kind, for_write};
pub use lanes::{Lane, Lanes};
pub use notifier::{ChangeNotifier, Subscription};
pub use statements::{
    AccountStatements, ExtraColumn, Placeholder, RecordStatements, record_statements,
};

/// A storage backend.
#[async_trait]
pub trait Store: Send + Sync {
    /// The records of the grant's user, and nobody else's.
    fn for_grant<'a>(&'a self, grant: &'a Grant) -> Box<dyn UserStore + 'a>;

    /// How much work the backend can do at once. The service keeps to it, so that waiting happens in its fair queues.
    fn lanes(&self) -> Lanes;

    /// Whether the backend answers and can write. Takes no resource that requests wait for.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot.
    async fn check(&self) -> Result<(), StoreError>;

    /// Completes the queued writes and closes the database. Later calls fail.
    async fn close(&self);

    /// Removes a bounded number of rows that are no longer kept at `now`, by the periods and limits of
    /// `taskward_domain::limits`. No user's `seq` changes.
    ///
    /// # Errors
    /// [`StoreError`]; what an earlier call removed stays removed.
    async fn purge(&self, maintenance: &Maintenance, now: Timestamp) -> Result<Purged, StoreError>;
}

/// The records of one user. Each method can fail with [`StoreError::Refused`] with the refusals it names, or with a fault.
#[async_trait]
pub trait UserStore: Send + Sync {
    /// Carries out [`decide`](taskward_domain::decide), with its refusals, in one transaction.
    async fn commit(&self, batch: Batch, now: Timestamp) -> Result<Committed, StoreError>;

    /// Reads records by id. Also returns the epoch.
    async fn load(&self, needs: Needs) -> Result<Loaded, StoreError>;

    /// A page of live tasks. Reads no task when the newest cursor still is `known`.
    async fn list_tasks(
        &self,
        query: TaskQuery,
        known: Option<FeedCursor>,
    ) -> Result<Listing, StoreError>;

    /// A page of a view at the time `now`; [`Refusal::InvalidView`](taskward_domain::Refusal::InvalidView). Reads no task
    /// when the newest cursor still is `known`.
    async fn view(
        &self,
        query: ViewQuery,
        now: Timestamp,
        known: Option<FeedCursor>,
    ) -> Result<Viewed, StoreError>;

    /// How many tasks the views have at the time `now`, where today is `day` or the server's day for the user, with the
    /// newest cursor; [`Refusal::InvalidView`](taskward_domain::Refusal::InvalidView).
    async fn counts(
        &self,
        day: Option<Date>,
        now: Timestamp,
    ) -> Result<(Counts, FeedCursor), StoreError>;

    /// The changes since a cursor, oldest first; [`Refusal::CursorTooOld`](taskward_domain::Refusal::CursorTooOld).
    async fn changes(&self, request: ChangesRequest) -> Result<ChangePage, StoreError>;

    /// The newest cursor.
    async fn newest(&self) -> Result<FeedCursor, StoreError>;

    /// Notifies from now on when the newest cursor may have advanced, in this process or another one on the same database.
    fn subscribe(&self) -> Subscription;
}

/// The answer to a request for a view.
#[derive(Debug)]
pub enum Viewed {
    /// Nothing of the user's changed since the position that the client knows.
    Unchanged(FeedCursor),
    Page(ViewPage),
}

/// What a commit wrote.
#[derive(Debug)]
pub struct Committed {
    /// The newest position of the feed after it. Its epoch is that of the transaction.
    pub newest: FeedCursor,
    /// One result for each operation; none if the batch was carried out earlier.
    pub results: Vec<Written>,
    /// How many records were written, of any kind.
    pub rows: usize,
    /// Whether the batch was carried out earlier, so that nothing was written now. `newest` is the position of then.
    pub is_replay: bool,
}

impl Committed {
    /// The result of a batch of one operation.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the batch had another number of operations.
    pub fn into_single(self) -> Result<Written, StoreError> {
        let [written] = <[Written; 1]>::try_from(self.results)
            .map_err(|_| StoreError::Failed("a batch of one has one result".into()))?;
        Ok(written)
    }
}

/// What one call of [`Store::purge`] removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Records from the trash.
    pub records: u32,
    /// Change rows of deleted records.
    pub changes: u32,
    /// Whether there may be more to remove. Each call keeps its transactions short.
    pub more: bool,
}
