//! Keeps the write-ahead log short.
//!
//! A thread with a connection of its own checkpoints without blocking readers or the writer. Under constant load it never
//! reaches the end of the log, and a log that is not checkpointed to its end is only appended to. So from time to time the
//! writer itself checkpoints the small rest, and the log restarts.

use std::cell::Cell;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use crate::connection;

/// Checkpoint after this many further pages of log. A page that was written several times meanwhile is copied once.
const CHECKPOINT: i32 = 4_000;
/// Restart the log after this many pages: 32 MiB.
pub(crate) const RESTART: i32 = 8_000;
/// How long the writer waits for readers of the old pages before it gives up a restart.
const RESTART_TIMEOUT: Duration = Duration::from_millis(50);

thread_local! {
    /// The pages in the log after this thread's last commit. SQLite reports them to a plain function.
    static PAGES: Cell<i32> = const { Cell::new(0) };
}

/// The writer's side. Dropping it ends the thread.
pub(crate) struct Checkpointer {
    notify: SyncSender<()>,
    next_checkpoint: i32,
    next_restart: i32,
}

impl Checkpointer {
    /// Starts the thread on its own connection.
    pub(crate) fn start(connection: Connection) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (notify, notified) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("sqlite-checkpoint".to_owned())
            .spawn(move || checkpoint_when_notified(&connection, &notified))?;
        let checkpointer = Self {
            notify,
            next_checkpoint: CHECKPOINT,
            next_restart: RESTART,
        };
        Ok((checkpointer, thread))
    }

    /// Makes SQLite report the length of the log. Must be called on the thread that writes on `connection`.
    pub(crate) fn watch(connection: &Connection) {
        connection.wal_hook(Some(|_, pages| {
            PAGES.set(pages);
            Ok(())
        }));
    }

    /// Checkpoints or restarts the log if it is due. Called between two transactions of the writer.
    pub(crate) fn after_commit(&mut self, connection: &Connection) {
        let pages = PAGES.get();
        if pages < self.next_checkpoint - CHECKPOINT {
            // The log has restarted.
            self.next_checkpoint = CHECKPOINT;
            self.next_restart = RESTART;
        }
        if pages >= self.next_restart {
            let restarted = restart(connection).unwrap_or_else(|error| {
                tracing::warn!(error = %error, "restarting the write-ahead log failed");
                false
            });
            self.next_restart = if restarted { RESTART } else { pages + RESTART };
        } else if pages >= self.next_checkpoint {
            // A full channel means that the thread is notified already.
            let _ = self.notify.try_send(());
            self.next_checkpoint = pages + CHECKPOINT;
        }
    }
}

fn checkpoint_when_notified(connection: &Connection, notified: &Receiver<()>) {
    while notified.recv().is_ok() {
        if let Err(error) = checkpoint(connection, "PASSIVE") {
            tracing::warn!(error = %error, "checkpointing the write-ahead log failed");
        }
    }
}

/// Whether the next write restarts the log. It does not while an old reader, such as a backup, is active.
fn restart(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(RESTART_TIMEOUT)?;
    let done = checkpoint(connection, "RESTART");
    connection.busy_timeout(connection::BUSY_TIMEOUT)?;
    done
}

/// Returns `false` when a reader or writer kept the checkpoint from completing.
pub(crate) fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare(&format!("PRAGMA wal_checkpoint({mode})"))?;
    statement.query_row([], |row| row.get::<_, bool>(0).map(|busy| !busy))
}
