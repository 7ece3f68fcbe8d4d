//! Keeping the write-ahead log short: copying it into the database, and starting it anew.
//!
//! The copying goes on beside everything else: a thread with a connection of its own does it without holding up readers
//! or the writer. But under load it never catches up with a writer that goes on, and a log that is not copied to its end
//! is only ever appended to. So from time to time the writer itself copies the little that is missing and has the log
//! start anew.

use std::cell::Cell;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::connection;

/// How many pages of log are worth copying.
const COPY: i32 = 1_000;
/// How long the log gets before the writer takes the time to have it start anew: 16 MiB.
pub(super) const RESTART: i32 = 4_000;
/// How long the writer then waits for readers that still look at the old pages.
const PATIENCE: Duration = Duration::from_millis(50);

thread_local! {
    /// How many pages the log has after this thread's last commit. SQLite tells by way of a plain function.
    static PAGES: Cell<i32> = const { Cell::new(0) };
}

/// The writer's side. Its drop ends the thread.
pub(super) struct LogKeeper {
    wake: SyncSender<()>,
    next_copy: i32,
    next_restart: i32,
}

impl LogKeeper {
    /// Starts the thread on its own connection.
    pub(super) fn start(connection: Connection) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (wake, woken) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("sqlite-log".to_owned())
            .spawn(move || copy_when_woken(&connection, &woken))?;
        let keeper = Self {
            wake,
            next_copy: COPY,
            next_restart: RESTART,
        };
        Ok((keeper, thread))
    }

    /// Has the thread that writes on `connection` learn how long the log is. To be called on that thread.
    pub(super) fn watch(connection: &Connection) {
        connection.wal_hook(Some(|_, pages| {
            PAGES.set(pages);
            Ok(())
        }));
    }

    /// Does what is due, between two transactions of the writer.
    pub(super) fn after_commit(&mut self, connection: &Connection) {
        let pages = PAGES.get();
        if pages < self.next_copy - COPY {
            // It has started anew.
            self.next_copy = COPY;
            self.next_restart = RESTART;
        }
        if pages >= self.next_restart {
            let restarted = restart(connection).unwrap_or_else(|error| {
                tracing::warn!(error = %error, "the log could not be started anew");
                false
            });
            self.next_restart = if restarted { RESTART } else { pages + RESTART };
        } else if pages >= self.next_copy {
            // Full means that it has been woken already.
            let _ = self.wake.try_send(());
            self.next_copy = pages + COPY;
        }
    }
}

fn copy_when_woken(connection: &Connection, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        if let Err(error) = checkpoint(connection, "PASSIVE") {
            tracing::warn!(error = %error, "the log could not be copied into the database");
        }
    }
}

/// Whether the next write begins the log anew. Not so when a reader, such as a backup, has been reading for long.
fn restart(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(PATIENCE)?;
    let done = checkpoint(connection, "RESTART");
    connection.busy_timeout(connection::PATIENCE)?;
    done
}

/// Copies the log into the database. `false` when somebody was in the way.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare(&format!("PRAGMA wal_checkpoint({mode})"))?;
    statement.query_row([], |row| row.get::<_, bool>(0).map(|busy| !busy))
}
