//! Writes: two round trips. The first locks the account and reads what the batch needs, the second writes and commits. A
//! create by a user who wrote before is one.
//!
//! Every transaction that writes a user's rows, and the purge, locks the user's account before anything else. What was
//! read behind that lock stays true until the commit.

use jiff::Timestamp;
use taskward_domain::{
    Account, Batch, Effects, Id, Loaded, Outcome, RecordWrite, UserId, WriteOutcome, decide,
};
use taskward_store::{
    ColumnValue, Columns, Committed, ForKind, ForWrite, account_values, for_kind, for_write,
    write_record,
};
use tokio::time::Instant;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::connection::{AsyncReads, Connection, Queued, pipeline};
use crate::error::SqlError;
use crate::history::Header;
use crate::known_accounts::{KnownAccount, KnownAccounts};
use crate::load::{Reads, account_row};
use crate::pool::with_timeout;
use crate::statements::Statements;
use crate::values::{Parameter, lexemes};

/// How often a batch may ask for what it needs, the first time included.
const ROUNDS: usize = 2;

/// A batch to write on a connection.
pub(crate) struct BatchWrite<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) owner: &'a UserId,
    pub(crate) batch: &'a Batch,
    pub(crate) now: Timestamp,
    pub(crate) deadline: Instant,
    pub(crate) known_accounts: &'a KnownAccounts,
}

impl BatchWrite<'_> {
    /// Carries out the batch in one transaction.
    pub(crate) async fn commit(&self) -> Result<Committed, SqlError> {
        if let Some(created) = self.create().await? {
            return Ok(created);
        }
        // Until the commit is answered, nothing is known.
        self.known_accounts.remove(self.owner);
        let mut has_lost_race = false;
        loop {
            let begin = begin(self.connection, self.owner, self.batch, self.now);
            let Begun {
                header,
                is_first,
                effects,
            } = with_timeout(self.deadline, begin).await?;
            if !effects.writes.is_empty() {
                let finish = finish(self.connection, self.owner, is_first, &effects);
                match with_timeout(self.deadline, finish).await {
                    // Another process wrote this user's first record meanwhile; there was no row to lock yet.
                    Err(error) if !has_lost_race && error.violates("account_pkey") => {
                        has_lost_race = true;
                        continue;
                    }
                    done => done.map_err(SqlError::after_commit_was_sent)?,
                }
            }
            return Ok(self.committed(header, effects));
        }
    }

    /// Carries out a batch of one create in one round trip, if the account is known. `None` if it is not, or has changed, or
    /// if the batch is another one; then nothing is written.
    async fn create(&self) -> Result<Option<Committed>, SqlError> {
        let Some(known) = self.known_accounts.get(self.owner) else {
            return Ok(None);
        };
        let Some(effects) = created(self.batch, known, self.now) else {
            return Ok(None);
        };
        // Until the commit is answered, nothing is known.
        self.known_accounts.remove(self.owner);
        let done = with_timeout(self.deadline, self.send_create(known.header, &effects)).await;
        let is_created = done.map_err(SqlError::after_commit_was_sent)?;
        Ok(is_created.then(|| self.committed(known.header, effects)))
    }

    async fn send_create(&self, header: Header, effects: &Effects) -> Result<bool, SqlError> {
        let [write] = effects.writes.as_slice() else {
            return Ok(false);
        };
        let (statement, parameters) = for_write(
            write,
            Prepare {
                statements: &self.connection.statements,
                account: Some(&effects.account),
                sends: Sends::Create,
            },
        );
        let (owner, epoch) = (self.owner.as_str(), header.epoch_column());
        let mut all = parameters.all(&owner);
        all.push(&epoch);
        all.push(&header.table);
        let rows = self.connection.client().execute(statement, &all).await?;
        Ok(rows == 1)
    }

    fn committed(&self, header: Header, effects: Effects) -> Committed {
        let known = KnownAccount {
            header,
            account: effects.account,
        };
        self.known_accounts.set(self.owner, known);
        Committed {
            epoch: header.epoch,
            rows: effects.writes.len(),
            results: effects.results,
        }
    }
}

/// The effects of a batch that creates one record under an unused id.
fn created(batch: &Batch, known: KnownAccount, now: Timestamp) -> Option<Effects> {
    let Ok(Outcome::Effects(effects)) = decide(batch, &unused(batch, known), now) else {
        return None;
    };
    let [written] = effects.results.as_slice() else {
        return None;
    };
    (written.outcome == WriteOutcome::Created).then_some(effects)
}

/// What is loaded if the account is as it is known, and no id of the batch was ever used.
fn unused(batch: &Batch, known: KnownAccount) -> Loaded {
    let mut loaded = Loaded {
        epoch: known.header.epoch,
        account: Some(known.account),
        ..Loaded::default()
    };
    for (kind, id) in batch.needs().records {
        for_kind(kind, Unused(&mut loaded, id));
    }
    loaded
}

struct Unused<'a>(&'a mut Loaded, Id);

impl ForKind for Unused<'_> {
    type Output = ();

    fn run<B: Columns>(self) {
        self.0.insert::<B>(self.1, None);
    }
}

/// A transaction that has decided what to write. It has ended if that is nothing.
struct Begun {
    header: Header,
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
        header,
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
                sends: Sends::InTransaction,
            },
        );
        queue.push(Box::pin(async move {
            let all = parameters.all(&owner);
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

impl Parameters<'_> {
    fn all<'b>(&'b self, owner: &'b &str) -> Vec<&'b (dyn ToSql + Sync)> {
        let mut all: Vec<&(dyn ToSql + Sync)> = vec![owner];
        for value in &self.record {
            all.push(value);
        }
        if let Some(words) = &self.words {
            all.push(words);
        }
        for value in &self.last {
            all.push(value);
        }
        all
    }
}

/// How a write is sent.
enum Sends {
    /// In a transaction that has locked the account.
    InTransaction,
    /// As the one statement that creates a record by a guess of the account.
    Create,
}

/// Chooses the statement of one write and its parameters.
struct Prepare<'a> {
    statements: &'a Statements,
    sends: Sends,
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
        let statement = match (self.sends, self.account) {
            (Sends::Create, _) => &set.create,
            (Sends::InTransaction, Some(_)) => &statement.with_account,
            (Sends::InTransaction, None) => &statement.alone,
        };
        (statement, parameters)
    }
}
