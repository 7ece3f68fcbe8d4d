//! Writes: two round trips. The first locks the account and reads what the batch needs, the second writes and commits.
//!
//! Every transaction that writes a user's rows, and the purge, locks the user's account before anything else. What was
//! read behind that lock stays true until the commit.

use jiff::Timestamp;
use taskward_domain::{
    Account, Batch, Effects, Epoch, Loaded, Outcome, RecordWrite, UserId, decide,
};
use taskward_store::{
    ColumnValue, Columns, Committed, ForWrite, account_values, for_write, write_record,
};
use tokio::time::Instant;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::connection::{AsyncReads, Connection, Queued, pipeline};
use crate::error::SqlError;
use crate::load::{Reads, account_row};
use crate::pool::with_timeout;
use crate::statements::Statements;
use crate::values::{Parameter, lexemes};

/// How often a batch may ask for what it needs, the first time included.
const ROUNDS: usize = 2;

/// Carries out the batch in one transaction.
pub(crate) async fn commit(
    connection: &Connection,
    owner: &UserId,
    batch: &Batch,
    now: Timestamp,
    deadline: Instant,
) -> Result<Committed, SqlError> {
    let mut has_lost_race = false;
    loop {
        let begun = with_timeout(deadline, begin(connection, owner, batch, now)).await?;
        let Begun {
            epoch,
            is_first,
            effects,
        } = begun;
        let rows = effects.writes.len();
        if rows > 0 {
            let finish = finish(connection, owner, is_first, &effects);
            match with_timeout(deadline, finish).await {
                // Another process wrote this user's first record meanwhile, and there was no row to lock yet.
                Err(error) if !has_lost_race && error.violates("account_pkey") => {
                    has_lost_race = true;
                    continue;
                }
                done => done.map_err(SqlError::after_commit_was_sent)?,
            }
        }
        return Ok(Committed {
            epoch,
            results: effects.results,
            rows,
        });
    }
}

/// A transaction that has decided what to write. It has ended if that is nothing.
struct Begun {
    epoch: Epoch,
    /// Whether the user has no account yet.
    is_first: bool,
    effects: Effects,
}

async fn begin(
    connection: &Connection,
    owner: &UserId,
    batch: &Batch,
    now: Timestamp,
) -> Result<Begun, SqlError> {
    let needs = batch.needs();
    let reads = Reads {
        connection,
        owner,
        needs: &needs,
        is_write: true,
    };
    let (header, row, mut loaded) = connection.begin_write(owner, reads).await?;
    let account = account_row(&row)?;
    loaded.epoch = header.epoch;
    loaded.account = Some(account.unwrap_or_default());
    let decided = decide_in_rounds(connection, owner, batch, loaded, now).await;
    let writes_nothing = decided
        .as_ref()
        .is_ok_and(|effects| effects.writes.is_empty());
    if writes_nothing || matches!(decided, Err(SqlError::Refused(_))) {
        connection.rollback().await?;
    }
    Ok(Begun {
        epoch: header.epoch,
        is_first: account.is_none(),
        effects: decided?,
    })
}

async fn decide_in_rounds(
    connection: &Connection,
    owner: &UserId,
    batch: &Batch,
    mut loaded: Loaded,
    now: Timestamp,
) -> Result<Effects, SqlError> {
    for _ in 0..ROUNDS {
        let needs = match decide(batch, &loaded, now)? {
            Outcome::Effects(effects) => return Ok(effects),
            Outcome::Needs(needs) => needs,
        };
        let reads = Reads {
            connection,
            owner,
            needs: &needs,
            is_write: true,
        };
        let mut further = reads.run().await?;
        further.epoch = loaded.epoch;
        loaded.extend(further);
    }
    match decide(batch, &loaded, now)? {
        Outcome::Effects(effects) => Ok(effects),
        Outcome::Needs(_) => Err(SqlError::Unexpected(
            "a batch asked for more than two rounds of reading",
        )),
    }
}

/// Writes and commits.
async fn finish(
    connection: &Connection,
    owner: &UserId,
    is_first: bool,
    effects: &Effects,
) -> Result<(), SqlError> {
    let (client, statements) = (connection.client(), &connection.statements);
    let owner = owner.as_str();
    let mut queue: Vec<Queued<'_>> = Vec::with_capacity(effects.writes.len() + 2);
    if is_first {
        queue.push(Box::pin(async move {
            client.execute(&statements.create_account, &[&owner]).await
        }));
    }
    for (number, write) in (1..).zip(&effects.writes) {
        let account = (number == effects.writes.len()).then_some(&effects.account);
        let (statement, parameters) = for_write(
            write,
            Prepare {
                statements,
                account,
            },
        );
        queue.push(Box::pin(async move {
            let mut all: Vec<&(dyn ToSql + Sync)> = vec![&owner];
            for value in &parameters.record {
                all.push(value);
            }
            if let Some(words) = &parameters.words {
                all.push(words);
            }
            for value in &parameters.last {
                all.push(value);
            }
            client.execute(statement, &all).await
        }));
    }
    queue.push(Box::pin(async move {
        client.batch_execute("COMMIT").await.map(|()| 1)
    }));
    // The transaction has locked what it writes, so each statement finds its row.
    match pipeline(queue).await?.iter().all(|rows| *rows == 1) {
        true => Ok(()),
        false => Err(SqlError::Unexpected("a locked row is not there")),
    }
}

/// The parameters of a write behind the owner, in their order.
struct Parameters<'a> {
    record: Vec<Parameter<'a>>,
    words: Option<Vec<String>>,
    last: Vec<Parameter<'a>>,
}

/// Chooses the statement of one write and its parameters.
struct Prepare<'a> {
    statements: &'a Statements,
    /// The counters, with the last write of a batch.
    account: Option<&'a Account>,
}

impl<'a> ForWrite<'a> for Prepare<'a> {
    type Output = (&'a Statement, Parameters<'a>);

    fn run<B: Columns>(self, write: &'a RecordWrite<B>) -> Self::Output {
        let set = self.statements.records.of(B::KIND);
        let (record, has_words, statement) = match write {
            RecordWrite::Insert(record) => (record, true, &set.insert),
            RecordWrite::Update { before, after } if after.body.has_same_text(&before.body) => {
                (after, false, &set.update_same_text)
            }
            RecordWrite::Update { after, .. } => (after, true, &set.update),
        };
        let mut values = Vec::with_capacity(B::NAMES.len() + 5);
        write_record(record, &mut values);
        let mut last = vec![match write {
            RecordWrite::Insert(record) => Parameter(record.meta.created_at.to_value()),
            RecordWrite::Update { before, .. } => Parameter(before.meta.seq.to_value()),
        }];
        if let Some(account) = self.account {
            // The first one is `seq`, which the statement takes from the record.
            last.extend(account_values(account).into_iter().skip(1).map(Parameter));
        }
        let parameters = Parameters {
            record: values.into_iter().map(Parameter).collect(),
            words: (has_words && B::IS_SEARCHABLE).then(|| lexemes(&record.body)),
            last,
        };
        let statement = match self.account {
            Some(_) => &statement.with_account,
            None => &statement.alone,
        };
        (statement, parameters)
    }
}
