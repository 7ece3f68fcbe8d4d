//! The epoch of the database's history, and how a restored database is noticed.
//!
//! `taskward.history` keeps what identified the database when its epoch was drawn. A new connection compares that with what
//! identifies the database now, and draws another epoch where they differ: after a promotion (timeline), a restore into
//! another cluster or database, or a restore that made the table anew (its oid). Connections that outlive such a restore
//! notice it by the `tableoid` that every transaction reads with the epoch.

use taskward_domain::Epoch;
use taskward_store::{CorruptRow, read_value};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

use crate::error::SqlError;
use crate::values::RowReader;

/// What every read and every write learns about the history in its own transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) epoch: Epoch,
    /// The oid of the table that the epoch was read from.
    pub(crate) table: u32,
}

/// How many columns a header has.
pub(crate) const HEADER_WIDTH: usize = 2;

impl Header {
    /// Reads the first columns of a row.
    pub(crate) fn read(row: &Row) -> Result<Self, SqlError> {
        Ok(Self {
            epoch: epoch(row, 0)?,
            table: row.try_get(1)?,
        })
    }
}

impl Header {
    /// The epoch as its column stores it.
    pub(crate) fn epoch_column(self) -> i32 {
        i32::try_from(self.epoch.number()).unwrap_or_default()
    }
}

fn epoch(row: &Row, column: usize) -> Result<Epoch, SqlError> {
    let number: i32 = row.try_get(column)?;
    let epoch = u32::try_from(number).ok().and_then(Epoch::new);
    epoch.ok_or(SqlError::Corrupt(CorruptRow { column: "epoch" }))
}

/// Reads a counter that is null where the user has no account yet.
pub(crate) fn counter(row: &Row, column: usize, name: &'static str) -> Result<u64, SqlError> {
    let number: Option<u64> = read_value(&mut RowReader::new(row, column), name)?;
    Ok(number.unwrap_or_default())
}

/// The parts of the identity that a role may read. Managed servers may forbid some.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    system: bool,
    timeline: bool,
}

impl Parts {
    pub(crate) const ALL: Self = Self {
        system: true,
        timeline: true,
    };

    /// The parts that `role` may read.
    pub(crate) async fn permitted(client: &Client, role: &str) -> Result<Self, SqlError> {
        let statement = "SELECT has_function_privilege($1, 'pg_control_system()', 'EXECUTE'), \
            has_function_privilege($1, 'pg_current_wal_lsn()', 'EXECUTE') \
              AND has_function_privilege($1, 'pg_walfile_name(pg_lsn)', 'EXECUTE')";
        let row = client.query_one(statement, &[&role]).await?;
        Ok(Self {
            system: row.try_get(0)?,
            timeline: row.try_get(1)?,
        })
    }

    /// The statement that reads the header, what is stored, what is the case now, and a random number.
    fn statement(self) -> String {
        let system = match self.system {
            true => "(SELECT system_identifier::text FROM pg_control_system())",
            false => "''",
        };
        // `pg_control_checkpoint` would show the old timeline until the first checkpoint after a promotion.
        let timeline = match self.timeline {
            true => "left(pg_walfile_name(pg_current_wal_lsn()), 8)",
            false => "''",
        };
        format!(
            "SELECT epoch, tableoid, identity, \
               concat_ws('/', {system}, (SELECT oid::text FROM pg_database WHERE datname = current_database()), \
                 tableoid::text, {timeline}), \
               floor(random() * 4294967296)::bigint \
             FROM taskward.history WHERE one = 1"
        )
    }
}

/// The row of `taskward.history`, and what identifies the database now.
pub(crate) struct Identity {
    pub(crate) header: Header,
    stored: String,
    current: String,
    random: u32,
}

impl Identity {
    /// Reads it, all of it in one round trip where the role may. Fails on a standby, which has no current timeline.
    pub(crate) async fn read(client: &Client) -> Result<Self, SqlError> {
        match Self::read_parts(client, Parts::ALL).await {
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                let parts = Parts::permitted(client, "taskward_app").await?;
                Self::read_parts(client, parts).await
            }
            read => read,
        }
    }

    pub(crate) async fn read_parts(client: &Client, parts: Parts) -> Result<Self, SqlError> {
        let row = client.query_opt(&parts.statement(), &[]).await?;
        let row = row.ok_or(SqlError::Unexpected("taskward.history has no row"))?;
        let random: i64 = row.try_get(4)?;
        Ok(Self {
            header: Header::read(&row)?,
            stored: row.try_get(2)?,
            current: row.try_get(3)?,
            random: u32::try_from(random).unwrap_or_default(),
        })
    }

    /// Whether the epoch belongs to another history than the one that the database is in.
    pub(crate) fn is_stale(&self) -> bool {
        self.stored != self.current
    }

    /// Whether the identity was never stored: the row is as the migration made it.
    pub(crate) fn is_unset(&self) -> bool {
        self.stored.is_empty()
    }

    /// Stores the current identity with `epoch`, unless another session was first.
    pub(crate) async fn store(&self, client: &Client, epoch: Epoch) -> Result<(), SqlError> {
        let number = |epoch: Epoch| i32::try_from(epoch.number()).unwrap_or_default();
        let statement = "UPDATE taskward.history SET epoch = $1, identity = $2 \
            WHERE one = 1 AND epoch = $3 AND identity = $4";
        let (new, old) = (number(epoch), number(self.header.epoch));
        client
            .execute(statement, &[&new, &self.current, &old, &self.stored])
            .await?;
        Ok(())
    }

    /// Another epoch than the stored one.
    pub(crate) fn another_epoch(&self) -> Epoch {
        self.header.epoch.another(self.random)
    }
}

/// Draws another epoch if the database is in another history than the stored one. Gives the oid of the history's table.
pub(crate) async fn verify(client: &Client, identity: Identity) -> Result<u32, SqlError> {
    if !identity.is_stale() {
        return Ok(identity.header.table);
    }
    // Only the role of upkeep may write it. On an error the caller drops the connection.
    client
        .batch_execute("BEGIN; SET LOCAL ROLE taskward_maintenance")
        .await?;
    // The row as the migration made it belongs to no other history yet.
    let epoch = match identity.is_unset() {
        true => identity.header.epoch,
        false => identity.another_epoch(),
    };
    identity.store(client, epoch).await?;
    client.batch_execute("COMMIT").await?;
    let now = Identity::read(client).await?;
    if now.is_stale() {
        return Err(SqlError::Unexpected(
            "the epoch of the history could not be stored",
        ));
    }
    tracing::warn!(
        epoch = now.header.epoch.number(),
        "the database was restored or promoted; cursors and tags of before are no longer valid"
    );
    Ok(now.header.table)
}
