//! Writes: one round trip reads what the batch needs, a second one writes.
//!
//! - A batch of one operation reads without a lock, and if it writes one row and nothing beside it, writes in one statement
//!   that compares the account with the one that was read. Every write advances `seq` and the purge lowers a counter, so an
//!   equal account means that nothing of the user's has changed. A create whose account this process wrote last needs no
//!   reading.
//! - Any other batch locks the account first and holds it until the commit. So does a batch of one operation when another
//!   process wrote in between. What the attempt without a lock has learned is read in the first round.
//!
//! The purge of lists and labels lowers no counter, so a write that it could interfere with is not done without the lock:
//! that of a task with labels, and the restoration of a list or label.
//!
//! Both write the account before any other row, as the purge locks it first, so none of them can wait in a circle.

mod locked;
mod parameters;
mod side_rows;

use jiff::Timestamp;
use taskward_domain::{
    Account, AnyWrite, Batch, Effects, FeedCursor, Id, Kind, Loaded, Needs, OfKind, Outcome,
    RecordWrite, Settings, SettingsBody, Stored, UserId, WriteOutcome, decide,
};
use taskward_store::{Columns, Committed, ForKind, ForWrite, for_kind, for_write};
use tokio::time::Instant;
use tokio_postgres::types::ToSql;

use crate::connection::Connection;
use crate::error::SqlError;
use crate::history::Header;
use crate::known_accounts::{KnownAccount, KnownAccounts};
use crate::load::{Read, find_to_write, load_many};
use crate::pool::with_timeout;
use parameters::GuardedWrite;

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
        let mut needs = self.batch.needs();
        let Some(key) = only_key(&needs) else {
            return self.commit_locked(needs).await;
        };
        match known.map(|known| self.guess(known)) {
            Some(Guess::Creates(guessed)) => {
                let (read, effects) = *guessed;
                if let Some(created) = self.write_guarded(read, effects).await? {
                    return Ok(created);
                }
            }
            Some(Guess::Needs(further)) => add(&mut needs, further),
            Some(Guess::Nothing) | None => {}
        }
        match self.commit_guarded(key, &mut needs).await? {
            Some(committed) => Ok(committed),
            None => self.commit_locked(needs).await,
        }
    }

    /// What the batch does if its id was never used and the account is as it is known.
    fn guess(&self, known: KnownAccount) -> Guess {
        let read = unused(self.batch, known);
        match decide(self.batch, &read.loaded, self.now) {
            Ok(Outcome::Effects(effects)) if is_one_create(&effects) => {
                Guess::Creates(Box::new((read, effects)))
            }
            Ok(Outcome::Needs(mut further)) => {
                // A decision that asks for a list asks next how many tasks it has.
                let lists = further
                    .records
                    .iter()
                    .filter(|(kind, _)| *kind == Kind::List);
                further.list_sizes.extend(lists.map(|(_, id)| *id));
                Guess::Needs(further)
            }
            Ok(_) | Err(_) => Guess::Nothing,
        }
    }

    /// Reads and writes one record without a lock between the two. `None` if another process wrote between them, or if the
    /// batch takes more than that; then nothing is written. Adds to `needs` what else has to be read.
    async fn commit_guarded(
        &self,
        (kind, id): (Kind, Id),
        needs: &mut Needs,
    ) -> Result<Option<Committed>, SqlError> {
        let read = async {
            match *needs == self.batch.needs() {
                true => find_to_write(self.connection, self.owner, kind, id).await,
                false => load_many(self.connection, self.owner, needs).await,
            }
        };
        let read = with_timeout(self.deadline, read).await?;
        match decide(self.batch, &read.loaded, self.now)? {
            Outcome::Effects(effects) if effects.writes.is_empty() => {
                Ok(Some(self.committed(read.header, &read.loaded, effects)))
            }
            Outcome::Effects(effects) => self.write_guarded(read, effects).await,
            Outcome::Needs(further) => {
                add(needs, further);
                Ok(None)
            }
            // Only a batch with a mark is replayed.
            Outcome::Replayed(_) => Ok(None),
        }
    }

    /// Writes the only row of `effects` in one round trip, if the account still is as it was. `None` if it is not, or if
    /// there is more to write; then nothing is written.
    async fn write_guarded(
        &self,
        read: Read,
        effects: Effects,
    ) -> Result<Option<Committed>, SqlError> {
        let [write] = effects.writes.as_slice() else {
            return Ok(None);
        };
        if effects.mark.is_some() || !side_rows::is_alone(write) || !for_write(write, IsGuardable) {
            return Ok(None);
        }
        let sent = self.send_guarded(&read, &effects.account, write);
        let done = with_timeout(self.deadline, sent).await;
        let rows = done.map_err(SqlError::after_commit_was_sent)?;
        Ok((rows == 1).then(|| self.committed(read.header, &read.loaded, effects)))
    }

    async fn send_guarded(
        &self,
        read: &Read,
        after: &Account,
        write: &AnyWrite,
    ) -> Result<u64, SqlError> {
        let (statement, parameters) = for_write(
            write,
            GuardedWrite {
                statements: &self.connection.statements,
                before: &read.account,
                after,
            },
        );
        let (owner, epoch) = (self.owner.as_str(), read.header.epoch_column());
        let header: [&(dyn ToSql + Sync); 2] = [&epoch, &read.header.table];
        let all = parameters.all(&owner, &header);
        Ok(self.connection.client().execute(statement, &all).await?)
    }

    /// The result of effects that were carried out. Remembers the account where the settings are known too.
    fn committed(&self, header: Header, loaded: &Loaded, effects: Effects) -> Committed {
        if let Some(settings) = settings_after(loaded, &effects) {
            let known = KnownAccount {
                header,
                account: effects.account,
                settings,
            };
            self.known_accounts.set(self.owner, known);
        }
        let is_counted = |write: &&AnyWrite| !for_write(write, IsDerive);
        Committed {
            newest: FeedCursor {
                epoch: header.epoch,
                seq: effects.account.seq,
            },
            rows: effects.writes.iter().filter(is_counted).count(),
            results: effects.results,
            is_replay: false,
        }
    }
}

/// What a batch does if a guess is right.
enum Guess {
    Creates(Box<(Read, Effects)>),
    Needs(Needs),
    Nothing,
}

const SETTINGS: (Kind, Id) = (Kind::Settings, Id::NIL);

/// The record of a batch that names only one, and is not to be remembered. The settings do not count beside another record.
fn only_key(needs: &Needs) -> Option<(Kind, Id)> {
    let mut others = needs.records.iter().filter(|key| **key != SETTINGS);
    let key = others.next().or_else(|| needs.records.get(&SETTINGS))?;
    (needs.batch.is_none() && others.next().is_none()).then_some(*key)
}

fn add(needs: &mut Needs, further: Needs) {
    needs.account |= further.account;
    needs.records.extend(further.records);
    needs.sets.extend(further.sets);
    needs.all.extend(further.all);
    needs.list_sizes.extend(further.list_sizes);
    needs.batch = needs.batch.or(further.batch);
}

fn is_one_create(effects: &Effects) -> bool {
    let [written] = effects.results.as_slice() else {
        return false;
    };
    written.outcome == WriteOutcome::Created
}

/// What is read if the account is as it is known, and no id of the batch was ever used.
fn unused(batch: &Batch, known: KnownAccount) -> Read {
    let mut loaded = Loaded {
        epoch: known.header.epoch,
        account: Some(known.account),
        ..Loaded::default()
    };
    for (kind, id) in batch.needs().records {
        for_kind(kind, Unused(&mut loaded, id));
    }
    loaded.insert(Id::NIL, known.settings.map(Stored::Record));
    Read {
        header: known.header,
        account: known.account,
        loaded,
    }
}

struct Unused<'a>(&'a mut Loaded, Id);

impl ForKind for Unused<'_> {
    type Output = ();

    fn run<B: Columns>(self) {
        self.0.insert::<B>(self.1, None);
    }
}

/// The settings after the effects; `None` if they are not known.
fn settings_after(loaded: &Loaded, effects: &Effects) -> Option<Option<Settings>> {
    let written = effects.writes.iter().rev().find_map(|write| match write {
        AnyWrite::Settings(write) => Some(write.after().clone()),
        _ => None,
    });
    if written.is_some() || effects.account.live.settings == 0 {
        return Some(written);
    }
    match SettingsBody::rows(&loaded.rows).get(&Id::NIL)? {
        Some(Stored::Record(settings)) => Some(Some(settings.clone())),
        Some(Stored::Purged) | None => None,
    }
}

/// Whether a write cannot interfere with a purge that lowers no counter, and has a change row.
struct IsGuardable;

impl<'a> ForWrite<'a> for IsGuardable {
    type Output = bool;

    fn run<B: Columns>(self, write: &'a RecordWrite<B>) -> bool {
        match write {
            RecordWrite::Insert(_) => true,
            RecordWrite::Update { before, .. } => before.is_live() || B::IS_COUNTED_IN_TRASH,
            RecordWrite::Derive { .. } => false,
        }
    }
}

struct IsDerive;

impl<'a> ForWrite<'a> for IsDerive {
    type Output = bool;

    fn run<B: Columns>(self, write: &'a RecordWrite<B>) -> bool {
        matches!(write, RecordWrite::Derive { .. })
    }
}
