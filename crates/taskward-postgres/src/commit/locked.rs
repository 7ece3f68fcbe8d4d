//! Writes that hold the lock of the account from their first read to their commit.

use taskward_domain::{
    Account, AnyWrite, BatchMark, Effects, FeedCursor, Loaded, Needs, Outcome, UserId, decide,
};
use taskward_store::{Committed, account_values, for_write};
use tokio_postgres::types::ToSql;

use super::parameters::LockedWrite;
use super::{BatchWrite, side_rows};
use crate::connection::{AsyncReads, Connection, Queued, pipeline};
use crate::error::SqlError;
use crate::history::{HEADER_WIDTH, Header};
use crate::load::{Reads, account_row};
use crate::pool::with_timeout;
use crate::values::Parameter;

/// How often a batch may ask for further reading.
const ROUNDS: usize = 8;

/// How many statements are sent before an answer is awaited. It bounds the memory of a batch that writes many rows.
const PIPELINED: usize = 1_000;

/// A transaction that has decided what to write. It has ended if that is nothing.
struct Begun {
    header: Header,
    /// Whether the user has no account yet.
    is_first: bool,
    loaded: Loaded,
    decided: Decided,
}

enum Decided {
    Effects(Effects),
    Replayed(FeedCursor),
}

impl BatchWrite<'_> {
    /// Reads `needs` and what the batch asks for, and writes. Locks the account for that time.
    pub(crate) async fn commit_locked(&self, needs: Needs) -> Result<Committed, SqlError> {
        let mut has_lost_race = false;
        loop {
            let begun = with_timeout(self.deadline, self.begin(&needs)).await?;
            let effects = match begun.decided {
                Decided::Effects(effects) => effects,
                Decided::Replayed(newest) => {
                    return Ok(Committed {
                        newest,
                        results: Vec::new(),
                        rows: 0,
                        is_replay: true,
                    });
                }
            };
            if !is_empty(&effects) {
                let finish = self.finish(begun.is_first, &effects);
                match with_timeout(self.deadline, finish).await {
                    // Another process wrote this user's first record meanwhile; there was no row to lock yet.
                    Err(error) if !has_lost_race && error.violates("account_pkey") => {
                        has_lost_race = true;
                        self.connection.rollback().await?;
                        continue;
                    }
                    done => done.map_err(SqlError::after_commit_was_sent)?,
                }
            }
            return Ok(self.committed(begun.header, &begun.loaded, effects));
        }
    }

    async fn begin(&self, needs: &Needs) -> Result<Begun, SqlError> {
        let (connection, owner) = (self.connection, self.owner);
        let reads = Reads {
            connection,
            owner,
            needs,
        };
        let (header, row, mut loaded) = connection.begin_write(owner, reads).await?;
        let account = account_row(&row, HEADER_WIDTH)?;
        loaded.epoch = header.epoch;
        loaded.account = Some(account.unwrap_or_default());
        let decided = self.decide_in_rounds(&mut loaded).await;
        let writes = match &decided {
            Ok(Decided::Effects(effects)) => !is_empty(effects),
            Ok(Decided::Replayed(_)) => false,
            // On any other error the connection is closed.
            Err(error) => !error.is_refusal(),
        };
        if !writes {
            connection.rollback().await?;
        }
        Ok(Begun {
            header,
            is_first: account.is_none(),
            loaded,
            decided: decided?,
        })
    }

    async fn decide_in_rounds(&self, loaded: &mut Loaded) -> Result<Decided, SqlError> {
        for _ in 0..=ROUNDS {
            let needs = match decide(self.batch, loaded, self.now)? {
                Outcome::Effects(effects) => return Ok(Decided::Effects(effects)),
                Outcome::Replayed(newest) => return Ok(Decided::Replayed(newest)),
                Outcome::Needs(needs) => needs,
            };
            let reads = Reads {
                connection: self.connection,
                owner: self.owner,
                needs: &needs,
            };
            let mut further = reads.run().await?;
            further.epoch = loaded.epoch;
            loaded.extend(further);
        }
        Err(SqlError::Unexpected(
            "a batch asked for more than eight rounds of reading",
        ))
    }

    /// Writes and commits.
    async fn finish(&self, is_first: bool, effects: &Effects) -> Result<(), SqlError> {
        let (connection, owner) = (self.connection, self.owner.as_str());
        let mut queue = Queue::default();
        queue.add(1, account(connection, owner, is_first, &effects.account));
        for write in &effects.writes {
            queue.add(1, record(connection, owner, write));
            side_rows::add(connection, owner, write, &mut queue);
            if queue.statements.len() >= PIPELINED {
                std::mem::take(&mut queue).run().await?;
            }
        }
        if let Some(mark) = effects.mark {
            let at = self.now.as_millisecond();
            queue.add(
                1,
                create_batch(connection, self.owner, mark, &effects.account, at)?,
            );
        }
        let client = connection.client();
        queue.add(
            0,
            Box::pin(async move { client.batch_execute("COMMIT").await.map(|()| 0) }),
        );
        queue.run().await
    }
}

fn is_empty(effects: &Effects) -> bool {
    effects.writes.is_empty() && effects.mark.is_none()
}

/// Statements to send, each with the number of rows that it writes.
#[derive(Default)]
pub(super) struct Queue<'a> {
    statements: Vec<Queued<'a, u64>>,
    rows: Vec<u64>,
}

impl<'a> Queue<'a> {
    pub(super) fn add(&mut self, rows: usize, statement: Queued<'a, u64>) {
        self.statements.push(statement);
        self.rows.push(u64::try_from(rows).unwrap_or(u64::MAX));
    }

    async fn run(self) -> Result<(), SqlError> {
        // The transaction has locked the account, so each statement finds its rows.
        match pipeline(self.statements).await? == self.rows {
            true => Ok(()),
            false => Err(SqlError::Unexpected("a row that was read is not there")),
        }
    }
}

fn account<'a>(
    connection: &'a Connection,
    owner: &'a str,
    is_first: bool,
    account: &Account,
) -> Queued<'a, u64> {
    let statements = &connection.statements.common;
    let statement = match is_first {
        true => &statements.create_account,
        false => &statements.update_account,
    };
    let values: Vec<_> = account_values(account).into_iter().map(Parameter).collect();
    Box::pin(async move {
        let mut all: Vec<&(dyn ToSql + Sync)> = vec![&owner];
        for value in &values {
            all.push(value);
        }
        connection.client().execute(statement, &all).await
    })
}

fn record<'a>(connection: &'a Connection, owner: &'a str, write: &'a AnyWrite) -> Queued<'a, u64> {
    let (statement, parameters) = for_write(write, LockedWrite(&connection.statements));
    Box::pin(async move {
        let all = parameters.all(&owner, &[]);
        connection.client().execute(statement, &all).await
    })
}

fn create_batch<'a>(
    connection: &'a Connection,
    owner: &'a UserId,
    mark: BatchMark,
    account: &Account,
    at: i64,
) -> Result<Queued<'a, u64>, SqlError> {
    let seq = i64::try_from(account.seq)
        .map_err(|_| SqlError::Unexpected("the account's seq is out of range"))?;
    Ok(Box::pin(async move {
        let statement = &connection.statements.common.create_batch;
        let owner = owner.as_str();
        let all: [&(dyn ToSql + Sync); 5] = [&owner, &mark.id, &mark.digest, &seq, &at];
        connection.client().execute(statement, &all).await
    }))
}
