//! Passes on what the auth server writes to standard error, and remembers its last line, which names the cause of a failed
//! start.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::ChildStderr;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A longer line is passed on in parts.
const LINE_MAX: u64 = 8 * 1_024;
/// How long to wait for the end of the stream after the process has exited. A process that it started may hold it open.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// The last line that was not empty.
type LastLine = Arc<Mutex<String>>;

/// The messages of one process.
pub(super) struct Messages {
    last_line: LastLine,
    forwarding: JoinHandle<()>,
}

impl Messages {
    pub(super) fn forward(stderr: ChildStderr) -> Self {
        let last_line = LastLine::default();
        Self {
            last_line: Arc::clone(&last_line),
            forwarding: tokio::spawn(forward(stderr, last_line)),
        }
    }

    /// The last message of a process that has exited.
    pub(super) async fn last_line(mut self) -> String {
        // Beyond the timeout, what has arrived so far is used.
        let _elapsed = timeout(DRAIN_TIMEOUT, &mut self.forwarding).await;
        self.last_line
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn forward(stderr: ChildStderr, last_line: LastLine) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = (&mut reader).take(LINE_MAX);
        if !matches!(limited.read_until(b'\n', &mut line).await, Ok(1..)) {
            return;
        }
        // Whole lines, so that they do not mix with lines of the log. Nothing can be done if standard error is closed.
        let _ = std::io::stderr().write_all(&line);
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if !text.is_empty() {
            text.clone_into(&mut last_line.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}
