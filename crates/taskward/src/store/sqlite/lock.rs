//! One process a database: a file beside it that is locked for as long as the database is in use.
//!
//! The lock keeps a second server, or a restore, away from a database that a server works on. The file's content says how
//! the last one left it, so that the next one knows whether to look for damage. The file itself stays: removing it
//! would let two processes lock two files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::connection::private;

/// How the database was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// In order; or nobody has used it yet.
    Clean,
    /// By a server that did not come to its end: killed, or the power failed.
    Running,
    /// In the middle of a restore. What is there may not belong together.
    Restoring,
}

impl Left {
    fn text(self) -> &'static str {
        match self {
            Self::Clean => "",
            Self::Running => "running\n",
            Self::Restoring => "restoring\n",
        }
    }
}

/// Why the lock is not to be had.
#[derive(Debug)]
pub(super) enum LockError {
    /// Another process has it.
    Taken,
    File(std::io::Error),
}

impl From<std::io::Error> for LockError {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

/// The lock, held until it is dropped.
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the database at `path`, and tells how that was left.
    pub(super) fn take(path: &Path) -> Result<(Self, Left), LockError> {
        let mut file =
            private(OpenOptions::new().create(true).truncate(false)).open(beside(path, "-lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Taken),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let mut content = String::new();
        file.read_to_string(&mut content)?;
        let left = [Left::Clean, Left::Restoring]
            .into_iter()
            .find(|left| left.text() == content)
            // Also where a power cut left something else.
            .unwrap_or(Left::Running);
        Ok((Self { file }, left))
    }

    /// Writes down, durably, how the database is left from now on.
    pub(super) fn leave(&mut self, left: Left) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(left.text().as_bytes())?;
        self.file.sync_data()
    }
}

/// The path of a file that goes with the database: its name with `suffix` behind it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_the_next_learns_how_it_was_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tasks.db");
        let (mut lock, left) = Lock::take(&path).unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(left, Left::Clean);
        assert!(matches!(Lock::take(&path), Err(LockError::Taken)));
        for leave in [Left::Running, Left::Restoring, Left::Clean] {
            lock.leave(leave).unwrap();
            drop(lock);
            let (next, left) = Lock::take(&path).unwrap_or_else(|error| panic!("{error:?}"));
            assert_eq!(left, leave);
            lock = next;
        }
    }
}
