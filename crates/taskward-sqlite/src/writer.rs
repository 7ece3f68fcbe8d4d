//! The one thread that writes.
//!
//! Invariants: writes run one after the other; each is whole or absent, independent of the others in its transaction; a
//! write is answered, and published, only after the commit that contains it.
//!
//! Queued writes share one transaction (group commit), without a savepoint for each: FTS5 flushes its index at every
//! savepoint, which would cost most of what the common commit saves. When one write fails, the transaction is rolled back and
//! every write in it runs again, alone. So a write may run more than once; the last run counts.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::checkpointer::Checkpointer;
use crate::error::SqlError;

/// How many writes share one commit at most: enough that the fsync is a small part of each, few enough that the first does
/// not wait long for the last.
pub(crate) const BATCH: usize = 256;

/// How many writes may be queued. The service admits fewer; beyond it a write is refused at once.
const QUEUE: usize = 1_024;

pub(crate) struct Writer {
    /// `None` once closed.
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
}

impl Writer {
    /// Starts the thread. It ends when the writer is closed and the queue is empty, and returns the connection.
    pub(crate) fn start(
        connection: Connection,
        checkpointer: Checkpointer,
    ) -> std::io::Result<(Self, JoinHandle<Connection>)> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || run(connection, checkpointer, jobs))?;
        let queue = Mutex::new(Some(queue));
        Ok((Self { queue }, thread))
    }

    /// Runs `work` in a transaction and returns once it is durable; `publish` is called just before, on the writer's
    /// thread. A queued write completes even if the future is dropped.
    ///
    /// `work` must not change anything before it refuses.
    pub(crate) async fn write<T, F, P>(&self, work: F, publish: P) -> Result<T, SqlError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, SqlError> + Send + 'static,
        P: FnOnce(&T) + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write {
            work,
            outcome: None,
            publish,
            reply,
        });
        self.enqueue(job)?;
        answer.await.map_err(|_| SqlError::Stopped)?
    }

    /// Whether the thread runs. It ends early only by a panic.
    pub(crate) fn is_running(&self) -> bool {
        self.lock().as_ref().is_some_and(|queue| !queue.is_closed())
    }

    /// Accepts no further writes.
    pub(crate) fn close(&self) {
        drop(self.lock().take());
    }

    fn enqueue(&self, job: Box<dyn Job>) -> Result<(), SqlError> {
        let queue = self.lock();
        let sent = queue.as_ref().ok_or(SqlError::Stopped)?.try_send(job);
        sent.map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => SqlError::QueueFull,
            mpsc::error::TrySendError::Closed(_) => SqlError::Stopped,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<mpsc::Sender<Box<dyn Job>>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One queued write, whatever it returns.
trait Job: Send {
    fn run(&mut self, connection: &Connection) -> Outcome;
    /// Answers with the outcome of the last run once it is durable, or with the reason why it is not.
    fn finish(self: Box<Self>, committed: Result<(), SqlError>);
}

enum Outcome {
    /// It ran, or was refused before it changed anything.
    Complete,
    /// It failed, and may have changed something.
    Failed,
}

struct Write<T, F, P> {
    work: F,
    outcome: Option<Result<T, SqlError>>,
    publish: P,
    reply: oneshot::Sender<Result<T, SqlError>>,
}

impl<T, F, P> Job for Write<T, F, P>
where
    T: Send,
    F: FnMut(&Connection) -> Result<T, SqlError> + Send,
    P: FnOnce(&T) + Send,
{
    fn run(&mut self, connection: &Connection) -> Outcome {
        let outcome = self.outcome.insert((self.work)(connection));
        match outcome {
            Ok(_) | Err(SqlError::Refused(_) | SqlError::OperationRefused(_)) => Outcome::Complete,
            Err(_) => Outcome::Failed,
        }
    }

    fn finish(self: Box<Self>, committed: Result<(), SqlError>) {
        let answer = match (self.outcome, committed) {
            // The write's own fault says more than that of the commit.
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => {
                (self.publish)(&value);
                Ok(value)
            }
            (None, Ok(())) => Err(SqlError::Stopped),
        };
        // The receiver may be gone; the write stays.
        let _ = self.reply.send(answer);
    }
}

fn run(
    mut connection: Connection,
    mut checkpointer: Checkpointer,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
) -> Connection {
    Checkpointer::watch(&connection);
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
        checkpointer.after_commit(&connection);
    }
    connection
}

fn write_batch(connection: &mut Connection, batch: &mut Vec<Box<dyn Job>>) {
    if let Some(committed) = write_together(connection, batch) {
        for job in batch.drain(..) {
            job.finish(committed.as_ref().map(|&()| ()).map_err(SqlError::copy_of));
        }
        return;
    }
    for mut job in batch.drain(..) {
        let committed = write_alone(connection, job.as_mut());
        if let Err(error) = &committed {
            tracing::error!(error = %error, "a write failed");
        }
        job.finish(committed.map_err(SqlError::from));
    }
}

/// Runs all writes in one transaction. `None` means that it was rolled back and each write has to run alone.
fn write_together(
    connection: &mut Connection,
    batch: &mut [Box<dyn Job>],
) -> Option<rusqlite::Result<()>> {
    let transaction = match begin(connection) {
        Ok(transaction) => transaction,
        Err(error) => {
            tracing::error!(error = %error, writes = batch.len(), "no transaction can begin");
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
        Outcome::Complete => transaction.commit(),
        Outcome::Failed => Ok(()),
    }
}

/// A transaction is rolled back by its drop; where that failed, here.
fn begin(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::mpsc as std_mpsc;
    use taskward_domain::Refusal;

    fn writer() -> Writer {
        writer_on(Connection::open_in_memory().unwrap()).0
    }

    fn writer_on(connection: Connection) -> (Writer, JoinHandle<Connection>) {
        let schema = "PRAGMA foreign_keys = ON;
            CREATE TABLE parent (id INTEGER PRIMARY KEY);
            CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);";
        connection.execute_batch(schema).unwrap();
        let (checkpointer, _) = Checkpointer::start(Connection::open_in_memory().unwrap()).unwrap();
        Writer::start(connection, checkpointer).unwrap()
    }

    /// Blocks the thread until something is sent, so that the writes queued meanwhile become one batch.
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

    async fn write(writer: &Writer, sql: &'static str) -> Result<(), SqlError> {
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
    async fn a_write_that_fails_changes_nothing_and_the_others_commit() {
        let writer = writer();
        let (go_on, held) = hold(&writer);
        held.await;
        let fails_halfway = |connection: &Connection| -> Result<(), SqlError> {
            connection.execute("INSERT INTO parent VALUES (3)", [])?;
            connection.execute("INSERT INTO nowhere VALUES (3)", [])?;
            Ok(())
        };
        let batch = async {
            tokio::join!(
                write(&writer, "INSERT INTO parent VALUES (1)"),
                writer.write(|_| Err::<(), _>(Refusal::NotFound.into()), |()| ()),
                writer.write(fails_halfway, |()| ()),
                write(&writer, "INSERT INTO parent VALUES (4)"),
                async { go_on.send(()).unwrap() },
            )
        };
        let (first, refused, failed, last, ()) = batch.await;
        assert!(first.is_ok() && last.is_ok());
        assert!(matches!(refused, Err(SqlError::Refused(Refusal::NotFound))));
        assert!(matches!(failed, Err(SqlError::Sqlite(_))));
        assert_eq!(parents(&writer).await, [1, 4]);
    }

    #[tokio::test]
    async fn a_write_that_fails_the_commit_does_not_fail_the_others() {
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
        assert!(matches!(guilty, Err(SqlError::Sqlite(_))));
        assert_eq!(parents(&writer).await, [1]);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let writer = writer();
        let (go_on, held) = hold(&writer);
        held.await;
        let nothing = || writer.write(|_| Ok(()), |()| ());
        let mut waiting: Vec<_> = (0..QUEUE).map(|_| Box::pin(nothing())).collect();
        for write in &mut waiting {
            // Queued by its first poll, and not answered while the thread is held.
            assert!(futures_util::poll!(write).is_pending());
        }
        assert!(matches!(nothing().await, Err(SqlError::QueueFull)));
        go_on.send(()).unwrap();
        for write in waiting {
            write.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_thread_that_panicked_no_longer_runs() {
        let (writer, thread) = writer_on(Connection::open_in_memory().unwrap());
        assert!(writer.is_running());
        let panics = |_: &Connection| -> Result<(), SqlError> { panic!("a defect") };
        let answer = writer.write(panics, |()| ()).await;
        assert!(matches!(answer, Err(SqlError::Stopped)));
        assert!(thread.join().is_err());
        assert!(!writer.is_running());
    }

    #[tokio::test]
    async fn a_dropped_future_undoes_neither_the_write_nor_its_notification() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db");
        let (writer, thread) = writer_on(Connection::open(&path).unwrap());
        let (go_on, held) = hold(&writer);
        held.await;
        let (notify, notified) = std_mpsc::channel();
        let insert = |connection: &Connection| -> Result<(), SqlError> {
            connection.execute("INSERT INTO parent VALUES (1)", [])?;
            Ok(())
        };
        let when_published = path.clone();
        let publish = move |(): &()| notify.send(count(&when_published)).unwrap();
        let mut write = Box::pin(writer.write(insert, publish));
        assert!(futures_util::poll!(&mut write).is_pending());
        drop(write);
        go_on.send(()).unwrap();
        writer.close();
        thread.join().unwrap();
        assert_eq!(count(&path), 1);
        assert_eq!(
            notified.try_recv(),
            Ok(1),
            "the notification follows the commit"
        );
    }

    fn count(path: &Path) -> i64 {
        let connection = Connection::open(path).unwrap();
        let sql = "SELECT count(*) FROM parent";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}
