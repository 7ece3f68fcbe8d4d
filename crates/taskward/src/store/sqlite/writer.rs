//! The one thread that writes.
//!
//! Invariants: writes are carried out one after the other; each is whole or absent, for itself (a savepoint), whatever
//! becomes of its neighbours in the batch; an answer is given only after the commit that contains the write.

use std::thread::{self, JoinHandle};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::super::StoreError;

/// How many writes share one commit at most. Enough that the fsync is a small part of each; small enough that the
/// first of a batch does not wait long for the last.
const BATCH: usize = 256;

/// How many writes may wait. Beyond it a write is refused at once instead of joining a queue that outlives its client.
const WAITING: usize = 1_024;

pub(super) struct Writer {
    /// `None` only while dropping.
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(WAITING);
        let thread = thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || run(connection, jobs))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Runs `work` in a transaction and returns once it is durable. Dropping the future does not undo the write: once
    /// queued it is carried out whole.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write {
            work: Some(work),
            outcome: None,
            reply,
        });
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })?;
        answer.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there has been reported by the panic hook; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Failed("the writer thread has stopped".into())
}

/// One waiting write, whatever it returns.
trait Job: Send {
    /// Does the work. `false` asks for its traces to be rolled back.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers, after the commit went well or failed.
    fn finish(self: Box<Self>, commit: Result<(), &rusqlite::Error>);
}

struct Write<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        self.outcome = self.work.take().map(|work| work(connection));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn finish(self: Box<Self>, commit: Result<(), &rusqlite::Error>) {
        let answer = match (self.outcome, commit) {
            // Only a write that took place depends on the commit; a refusal stands either way.
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Ok(_)) | None, Err(error)) => Err(StoreError::Failed(error.to_string().into())),
            (None, Ok(())) => Err(stopped()),
        };
        // The client may have gone away; its write stays.
        let _ = self.reply.send(answer);
    }
}

fn run(mut connection: Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut batch: Vec<Box<dyn Job>> = Vec::with_capacity(BATCH);
    while let Some(first) = jobs.blocking_recv() {
        batch.push(first);
        while batch.len() < BATCH {
            match jobs.try_recv() {
                Ok(job) => batch.push(job),
                Err(_) => break,
            }
        }
        let commit = write_batch(&mut connection, &mut batch);
        if let Err(error) = &commit {
            tracing::error!(error = %error, writes = batch.len(), "a batch of writes failed");
        }
        for job in batch.drain(..) {
            job.finish(commit.as_ref().map(|&()| ()));
        }
    }
}

fn write_batch(connection: &mut Connection, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in batch {
        run_in_savepoint(&mut transaction, job.as_mut())?;
    }
    transaction.commit()
}

fn run_in_savepoint(transaction: &mut Transaction<'_>, job: &mut dyn Job) -> rusqlite::Result<()> {
    let mut savepoint = transaction.savepoint()?;
    if !job.run(&savepoint) {
        // Fails when SQLite already rolled the whole transaction back (disk full, I/O error): then the batch is lost,
        // and every write in it learns so.
        savepoint.rollback()?;
    }
    savepoint.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Refusal;
    use std::sync::mpsc as std_mpsc;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        let schema = "PRAGMA foreign_keys = ON;
            CREATE TABLE parent (id INTEGER PRIMARY KEY);
            CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);";
        connection.execute_batch(schema).unwrap();
        Writer::start(connection).unwrap()
    }

    /// Holds the thread, so that what is queued meanwhile becomes one batch. Sending lets it go on.
    fn hold(writer: &Writer) -> (std_mpsc::Sender<()>, impl Future<Output = ()> + '_) {
        let (go_on, wait) = std_mpsc::channel::<()>();
        let (holding, held) = oneshot::channel();
        let work = writer.write(move |_| {
            let _ = holding.send(());
            let _ = wait.recv();
            Ok(())
        });
        let mut work = Box::pin(work);
        let held = async move {
            tokio::select! {
                _ = &mut work => {}
                _ = held => {}
            }
        };
        (go_on, held)
    }

    fn insert(
        sql: &'static str,
        outcome: Result<(), Refusal>,
    ) -> impl FnOnce(&Connection) -> Result<(), StoreError> {
        move |connection| {
            connection.execute(sql, [])?;
            Ok(outcome?)
        }
    }

    async fn parents(writer: &Writer) -> i64 {
        let count = |connection: &Connection| {
            let sql = "SELECT count(*) FROM parent";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        };
        writer.write(count).await.unwrap()
    }

    #[tokio::test]
    async fn a_refused_write_leaves_no_trace_and_spares_its_neighbours() {
        let writer = writer();
        let (go_on, held) = hold(&writer);
        held.await;
        let batch = async {
            tokio::join!(
                writer.write(insert("INSERT INTO parent VALUES (1)", Ok(()))),
                writer.write(insert(
                    "INSERT INTO parent VALUES (2)",
                    Err(Refusal::TaskNotFound)
                )),
                writer.write(insert("INSERT INTO nowhere VALUES (3)", Ok(()))),
                writer.write(insert("INSERT INTO parent VALUES (4)", Ok(()))),
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
        assert_eq!(parents(&writer).await, 2);
    }

    #[tokio::test]
    async fn a_commit_that_fails_fails_every_write_in_it_and_the_next_batch_works() {
        let writer = writer();
        let (go_on, held) = hold(&writer);
        held.await;
        let batch = async {
            tokio::join!(
                writer.write(insert("INSERT INTO parent VALUES (1)", Ok(()))),
                // Checked by the commit, which it makes fail.
                writer.write(insert("INSERT INTO child VALUES (9)", Ok(()))),
                async { go_on.send(()).unwrap() },
            )
        };
        let (innocent, guilty, ()) = batch.await;
        assert!(
            matches!(innocent, Err(StoreError::Failed(_))),
            "nothing is acknowledged that is not stored"
        );
        assert!(matches!(guilty, Err(StoreError::Failed(_))));
        assert_eq!(parents(&writer).await, 0);
        writer
            .write(insert("INSERT INTO parent VALUES (1)", Ok(())))
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let writer = writer();
        let (go_on, held) = hold(&writer);
        held.await;
        let mut waiting: Vec<_> = (0..WAITING)
            .map(|_| Box::pin(writer.write(|_| Ok(()))))
            .collect();
        for write in &mut waiting {
            // Queued by its first poll, and not answered while the thread is held.
            assert!(futures_util::poll!(write).is_pending());
        }
        assert!(matches!(
            writer.write(|_| Ok(())).await,
            Err(StoreError::Overloaded)
        ));
        go_on.send(()).unwrap();
        for write in waiting {
            write.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_client_that_goes_away_does_not_undo_its_write() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("CREATE TABLE t (n INTEGER)")
            .unwrap();
        let writer = Writer::start(connection).unwrap();
        let (go_on, held) = hold(&writer);
        held.await;
        let mut write = Box::pin(writer.write(insert("INSERT INTO t VALUES (1)", Ok(()))));
        assert!(futures_util::poll!(&mut write).is_pending());
        drop(write);
        go_on.send(()).unwrap();
        // Dropping the writer waits for its thread, which finishes what it was given.
        drop(writer);
        let reopened = Connection::open(&path).unwrap();
        let count: i64 = reopened
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 1);
    }
}
