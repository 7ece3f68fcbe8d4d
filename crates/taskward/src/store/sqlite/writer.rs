//! The one thread that writes.
//!
//! Invariants: writes are carried out one after the other; each is whole or absent, for itself, whatever becomes of its
//! neighbours; an answer is given only after the commit that contains the write, and so is the news of it.
//!
//! The writes that wait share one transaction, without a savepoint for each: the search index would be flushed at
//! every savepoint, and most of what the common commit saves would be lost. Where one of them fails, the transaction is
//! undone and every write in it is done again, alone. So a write may be carried out more than once, of which the
//! last time counts.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::super::StoreError;
use super::log_keeper::LogKeeper;
use super::stopped;

/// How many writes share one commit at most. Enough that the fsync is a small part of each; small enough that the
/// first of a batch does not wait long for the last.
const BATCH: usize = 256;

/// How many writes may wait. Beyond it a write is refused at once instead of joining a queue that outlives its client.
const WAITING: usize = 1_024;

pub(super) struct Writer {
    /// `None` once closed.
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
}

impl Writer {
    /// Starts the thread. It ends when the writer is closed and everything that waits is done, and gives back the
    /// connection.
    pub(super) fn start(
        connection: Connection,
        log: LogKeeper,
    ) -> std::io::Result<(Self, JoinHandle<Connection>)> {
        let (queue, jobs) = mpsc::channel(WAITING);
        let thread = thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || run(connection, log, jobs))?;
        let queue = Mutex::new(Some(queue));
        Ok((Self { queue }, thread))
    }

    /// Runs `work` in a transaction and returns once it is durable; `published` is called just before, on the
    /// writer's thread. Dropping the future does not undo the write: once queued it is carried out whole.
    ///
    /// What `work` refuses, it refuses before it changes anything.
    pub(super) async fn write<T, F, P>(&self, work: F, published: P) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, StoreError> + Send + 'static,
        P: FnOnce(&T) + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write {
            work,
            outcome: None,
            published,
            reply,
        });
        self.enqueue(job)?;
        answer.await.map_err(|_| stopped())?
    }

    /// Takes no further writes.
    pub(super) fn close(&self) {
        drop(self.lock().take());
    }

    fn enqueue(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let queue = self.lock();
        let sent = queue.as_ref().ok_or_else(stopped)?.try_send(job);
        sent.map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<mpsc::Sender<Box<dyn Job>>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One waiting write, whatever it returns.
trait Job: Send {
    /// Does the work.
    fn run(&mut self, connection: &Connection) -> Outcome;
    /// Answers with the outcome of the last run, once that is durable, or with what kept it from being so.
    fn finish(self: Box<Self>, kept: Result<(), StoreError>);
}

enum Outcome {
    /// It took place, or was refused before anything was changed.
    Whole,
    /// It failed, and may have left traces.
    Failed,
}

struct Write<T, F, P> {
    work: F,
    outcome: Option<Result<T, StoreError>>,
    published: P,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F, P> Job for Write<T, F, P>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, StoreError> + Send,
    P: FnOnce(&T) + Send,
{
    fn run(&mut self, connection: &Connection) -> Outcome {
        let outcome = self.outcome.insert((self.work)(connection));
        match outcome {
            Ok(_) | Err(StoreError::Refused(_)) => Outcome::Whole,
            Err(_) => Outcome::Failed,
        }
    }

    fn finish(self: Box<Self>, kept: Result<(), StoreError>) {
        let answer = match (self.outcome, kept) {
            // A fault of the write's own says more than what came of it.
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => {
                (self.published)(&value);
                Ok(value)
            }
            (None, Ok(())) => Err(stopped()),
        };
        // The client may have gone away; its write stays.
        let _ = self.reply.send(answer);
    }
}

fn run(
    mut connection: Connection,
    mut log: LogKeeper,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
) -> Connection {
    LogKeeper::watch(&connection);
    let mut batch: Vec<Box<dyn Job>> = Vec::with_capacity(BATCH);
    while let Some(first) = jobs.blocking_recv() {
        batch.push(first);
        while batch.len() < BATCH {
            match jobs.try_recv() {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        write_batch(&mut connection, &mut batch);
        log.after_commit(&connection);
    }
    connection
}

fn write_batch(connection: &mut Connection, batch: &mut Vec<Box<dyn Job>>) {
    if let Some(kept) = write_together(connection, batch) {
        for job in batch.drain(..) {
            job.finish(kept.as_ref().map(|&()| ()).map_err(fault));
        }
        return;
    }
    for mut job in batch.drain(..) {
        let kept = write_alone(connection, job.as_mut());
        if let Err(error) = &kept {
            tracing::error!(error = %error, "a write failed");
        }
        job.finish(kept.map_err(|error| fault(&error)));
    }
}

/// Everything in one transaction. `None` asks for each write to be done again, alone; nothing is left of this try.
fn write_together(
    connection: &mut Connection,
    batch: &mut [Box<dyn Job>],
) -> Option<rusqlite::Result<()>> {
    let transaction = match begin(connection) {
        Ok(transaction) => transaction,
        Err(error) => {
            tracing::error!(error = %error, writes = batch.len(), "no write can begin");
            return Some(Err(error));
        }
    };
    for job in batch {
        if let Outcome::Failed = job.run(&transaction) {
            return None;
        }
    }
    transaction.commit().ok().map(Ok)
}

fn write_alone(connection: &mut Connection, job: &mut dyn Job) -> rusqlite::Result<()> {
    let transaction = begin(connection)?;
    match job.run(&transaction) {
        Outcome::Whole => transaction.commit(),
        Outcome::Failed => Ok(()),
    }
}

/// The transaction is undone by its drop; where that failed, by the next one's beginning.
fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// One error for each of several writes.
fn fault(error: &rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            rusqlite::Error::SqliteFailure(*code, text.clone()).into()
        }
        other => StoreError::Failed(other.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Refusal;
    use std::path::Path;
    use std::sync::mpsc as std_mpsc;

    fn writer() -> Writer {
        writer_on(Connection::open_in_memory().unwrap()).0
    }

    fn writer_on(connection: Connection) -> (Writer, JoinHandle<Connection>) {
        let schema = "PRAGMA foreign_keys = ON;
            CREATE TABLE parent (id INTEGER PRIMARY KEY);
            CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);";
        connection.execute_batch(schema).unwrap();
        let (log, _) = LogKeeper::start(Connection::open_in_memory().unwrap()).unwrap();
        Writer::start(connection, log).unwrap()
    }

    /// Holds the thread, so that what is queued meanwhile becomes one batch. Sending lets it go on.
    fn hold(writer: &Writer) -> (std_mpsc::Sender<()>, impl Future<Output = ()> + '_) {
        let (go_on, wait) = std_mpsc::channel::<()>();
        let (holding, held) = oneshot::channel();
        let mut holding = Some(holding);
        let work = move |_: &Connection| {
            if let Some(holding) = holding.take() {
                let _ = holding.send(());
                let _ = wait.recv();
            }
            Ok(())
        };
        let mut work = Box::pin(writer.write(work, |()| ()));
        let held = async move {
            tokio::select! {
                _ = &mut work => {}
                _ = held => {}
            }
        };
        (go_on, held)
    }

    async fn write(writer: &Writer, sql: &'static str) -> Result<(), StoreError> {
        let insert = move |connection: &Connection| {
            connection.execute(sql, [])?;
            Ok(())
        };
        writer.write(insert, |()| ()).await
    }

    async fn parents(writer: &Writer) -> Vec<i64> {
        let read = |connection: &Connection| {
            let mut statement = connection.prepare("SELECT id FROM parent ORDER BY id")?;
            let ids = statement.query_map([], |row| row.get(0))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        };
        writer.write(read, |_| ()).await.unwrap()
    }

    #[tokio::test]
    async fn a_write_that_fails_leaves_no_trace_and_spares_its_neighbours() {
        let writer = writer();
        let (go_on, held) = hold(&writer);
        held.await;
        let fails_halfway = |connection: &Connection| -> Result<(), StoreError> {
            connection.execute("INSERT INTO parent VALUES (3)", [])?;
            connection.execute("INSERT INTO nowhere VALUES (3)", [])?;
            Ok(())
        };
        let batch = async {
            tokio::join!(
                write(&writer, "INSERT INTO parent VALUES (1)"),
                writer.write(|_| Err::<(), _>(Refusal::TaskNotFound.into()), |()| ()),
                writer.write(fails_halfway, |()| ()),
                write(&writer, "INSERT INTO parent VALUES (4)"),
                async { go_on.send(()).unwrap() },
            )
        };
        let (first, refused, failed, last, ()) = batch.await;
        assert!(first.is_ok() && last.is_ok());
        assert!(matches!(
            refused,
            Err(StoreError::Refused(Refusal::TaskNotFound))
        ));
        assert!(matches!(failed, Err(StoreError::Failed(_))));
        assert_eq!(parents(&writer).await, [1, 4]);
    }

    #[tokio::test]
    async fn a_write_that_the_commit_refuses_spares_its_neighbours() {
        let writer = writer();
        let (go_on, held) = hold(&writer);
        held.await;
        let batch = async {
            tokio::join!(
                write(&writer, "INSERT INTO parent VALUES (1)"),
                // Checked by the commit, which it makes fail.
                write(&writer, "INSERT INTO child VALUES (9)"),
                async { go_on.send(()).unwrap() },
            )
        };
        let (innocent, guilty, ()) = batch.await;
        assert!(innocent.is_ok());
        assert!(matches!(guilty, Err(StoreError::Failed(_))));
        assert_eq!(parents(&writer).await, [1]);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let writer = writer();
        let (go_on, held) = hold(&writer);
        held.await;
        let nothing = || writer.write(|_| Ok(()), |()| ());
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(nothing())).collect();
        for write in &mut waiting {
            // Queued by its first poll, and not answered while the thread is held.
            assert!(futures_util::poll!(write).is_pending());
        }
        assert!(matches!(nothing().await, Err(StoreError::Overloaded)));
        go_on.send(()).unwrap();
        for write in waiting {
            write.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_client_that_goes_away_undoes_neither_its_write_nor_the_news_of_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db");
        let (writer, thread) = writer_on(Connection::open(&path).unwrap());
        let (go_on, held) = hold(&writer);
        held.await;
        let (news, heard) = std_mpsc::channel();
        let insert = |connection: &Connection| -> Result<(), StoreError> {
            connection.execute("INSERT INTO parent VALUES (1)", [])?;
            Ok(())
        };
        let when_published = path.clone();
        let published = move |(): &()| news.send(count(&when_published)).unwrap();
        let mut write = Box::pin(writer.write(insert, published));
        assert!(futures_util::poll!(&mut write).is_pending());
        drop(write);
        go_on.send(()).unwrap();
        // The thread finishes what it was given.
        writer.close();
        thread.join().unwrap();
        assert_eq!(count(&path), 1);
        assert_eq!(heard.try_recv(), Ok(1), "the news comes after the commit");
    }

    fn count(path: &Path) -> i64 {
        let connection = Connection::open(path).unwrap();
        let sql = "SELECT count(*) FROM parent";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}
