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
