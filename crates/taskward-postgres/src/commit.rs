//! Writes: one round trip reads what the batch needs, a second one writes.
//!
//! - A batch of one operation reads without a lock, and writes in one statement that compares the account with the one that
//!   was read. Every write advances `seq` and the purge lowers a counter, so an equal account means that nothing of the user's
//!   has changed. A create whose account this process wrote last needs no reading.
//! - Any other batch locks the account first and holds it until the commit. So does a batch of one operation when another
//!   process wrote in between.
//!
//! Both write the account before any other row, as the purge locks it first, so none of them can wait in a circle.

use jiff::Timestamp;
use taskward_domain::{
    Account, AnyWrite, Batch, Effects, Id, Kind, Loaded, Outcome, Record, RecordWrite, UserId,
    WriteOutcome, decide,
};
use taskward_store::{
    ColumnValue, Columns, Committed, ForKind, ForWrite, Value, account_values, for_kind, for_write,
    write_record,
};
use tokio::time::Instant;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::connection::{AsyncReads, Connection, Queued, pipeline};
use crate::error::SqlError;
use crate::history::{HEADER_WIDTH, Header};
use crate::known_accounts::{KnownAccount, KnownAccounts};
use crate::load::{Reads, account_row, find_to_write};
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
        // Until the commit is answered, nothing is known.
        let known = self.known_accounts.remove(self.owner);
        if let Some(known) = known
            && let Some(effects) = created(self.batch, known, self.now)
            && let Some(created) = self.write_guarded(known, effects).await?
        {
            return Ok(created);
        }
        if let &[(kind, id)] = self.batch.needs().records.as_slice()
            && let Some(committed) = self.commit_guarded(kind, id).await?
        {
            return Ok(committed);
        }
        self.commit_locked().await
    }

    /// Reads and writes one record without a lock between the two. `None` if another process wrote between them, or if the
    /// batch takes more than that; then nothing is written.
    async fn commit_guarded(&self, kind: Kind, id: Id) -> Result<Option<Committed>, SqlError> {
        let find = find_to_write(self.connection, self.owner, kind, id);
        let (header, account, loaded) = with_timeout(self.deadline, find).await?;
        let effects = match decide(self.batch, &loaded, self.now)? {
            Outcome::Effects(effects) => effects,
            Outcome::Needs(_) => return Ok(None),
        };
        if effects.writes.is_empty() {
            return Ok(Some(self.committed(header, effects)));
        }
        self.write_guarded(KnownAccount { header, account }, effects)
            .await
    }

    /// Writes the only record of `effects` in one round trip, if the account still is as it was. `None` if it is not, or if
    /// there is more than one; then nothing is written.
    async fn write_guarded(
        &self,
        before: KnownAccount,
        effects: Effects,
    ) -> Result<Option<Committed>, SqlError> {
        let [write] = effects.writes.as_slice() else {
            return Ok(None);
        };
        let sent = self.send_guarded(&before, &effects.account, write);
        let done = with_timeout(self.deadline, sent).await;
        let rows = done.map_err(SqlError::after_commit_was_sent)?;
        Ok((rows == 1).then(|| self.committed(before.header, effects)))
    }

    async fn send_guarded(
        &self,
        before: &KnownAccount,
        after: &Account,
        write: &AnyWrite,
    ) -> Result<u64, SqlError> {
        let (statement, parameters) = for_write(
            write,
            GuardedWrite {
                statements: &self.connection.statements,
                before: &before.account,
                after,
            },
        );
        let (owner, epoch) = (self.owner.as_str(), before.header.epoch_column());
        let header: [&(dyn ToSql + Sync); 2] = [&epoch, &before.header.table];
        let all = parameters.all(&owner, &header);
        Ok(self.connection.client().execute(statement, &all).await?)
    }

    /// Locks the account for the time between reading and writing.
    pub(crate) async fn commit_locked(&self) -> Result<Committed, SqlError> {
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
    let account = account_row(&row, HEADER_WIDTH)?;
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
            LockedWrite {
                statements,
                account,
            },
        );
        queue.push(Box::pin(async move {
            let all = parameters.all(&owner, &[]);
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
    /// The time of creation of an inserted record, or the `seq` of a record as it was; and the account's counters.
    counters: Vec<Parameter<'a>>,
    /// What a guarded write compares: the account as it was, and the record's `seq` as it was.
    before: Vec<Parameter<'a>>,
}

impl<'a> Parameters<'a> {
    fn new<B: Columns>(record: &'a Record<B>, has_words: bool, first: Value<'a>) -> Self {
        let mut values = Vec::with_capacity(B::NAMES.len() + 5);
        write_record(record, &mut values);
        Self {
            record: values.into_iter().map(Parameter).collect(),
            words: (has_words && B::IS_SEARCHABLE).then(|| lexemes(&record.body)),
            counters: vec![Parameter(first)],
            before: Vec::new(),
        }
    }

    /// Adds the counters to write. The first one is `seq`, which the statement takes from the record.
    fn with_account(mut self, account: &Account) -> Self {
        let counters = account_values(account).into_iter().skip(1);
        self.counters.extend(counters.map(Parameter));
        self
    }

    /// All parameters. `header` is in front of what a guarded write compares.
    fn all<'b>(
        &'b self,
        owner: &'b &str,
        header: &[&'b (dyn ToSql + Sync)],
    ) -> Vec<&'b (dyn ToSql + Sync)> {
        let mut all: Vec<&(dyn ToSql + Sync)> = vec![owner];
        all.extend(self.record.iter().map(as_sql));
        all.extend(self.words.iter().map(|words| words as &(dyn ToSql + Sync)));
        all.extend(self.counters.iter().map(as_sql));
        all.extend(header);
        all.extend(self.before.iter().map(as_sql));
        all
    }
}

fn as_sql<'b>(parameter: &'b Parameter<'_>) -> &'b (dyn ToSql + Sync) {
    parameter
}

/// A write in a transaction that has locked the account.
struct LockedWrite<'a> {
    statements: &'a Statements,
    /// The counters, with the last write of a batch.
    account: Option<&'a Account>,
}

impl<'a> ForWrite<'a> for LockedWrite<'a> {
    type Output = (&'a Statement, Parameters<'a>);

    fn run<B: Columns>(self, write: &'a RecordWrite<B>) -> Self::Output {
        let set = self.statements.records.of(B::KIND);
        let (parameters, statement) = match write {
            RecordWrite::Insert(record) => (inserted(record), &set.insert),
            RecordWrite::Update { before, after } => {
                let has_words = !after.body.has_same_text(&before.body);
                let parameters = Parameters::new(after, has_words, before.meta.seq.to_value());
                match has_words {
                    true => (parameters, &set.update),
                    false => (parameters, &set.update_same_text),
                }
            }
        };
        match self.account {
            Some(account) => (&statement.with_account, parameters.with_account(account)),
            None => (&statement.alone, parameters),
        }
    }
}

/// A write of its own transaction, which compares the account.
struct GuardedWrite<'a> {
    statements: &'a Statements,
    before: &'a Account,
    after: &'a Account,
}

impl<'a> ForWrite<'a> for GuardedWrite<'a> {
    type Output = (&'a Statement, Parameters<'a>);

    fn run<B: Columns>(self, write: &'a RecordWrite<B>) -> Self::Output {
        let guarded = &self.statements.records.of(B::KIND).guarded;
        let (record, seq, statement) = match write {
            RecordWrite::Insert(record) => (record, None, &guarded.insert),
            RecordWrite::Update { before, after } => {
                (after, Some(before.meta.seq.to_value()), &guarded.update)
            }
        };
        let mut parameters = inserted(record).with_account(self.after);
        let before = account_values(self.before).into_iter().chain(seq);
        parameters.before.extend(before.map(Parameter));
        (statement, parameters)
    }
}

fn inserted<B: Columns>(record: &Record<B>) -> Parameters<'_> {
    Parameters::new(record, true, record.meta.created_at.to_value())
}
