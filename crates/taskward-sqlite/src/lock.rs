//! One process a database: a lock file beside the database.
//!
//! The lock keeps a second server, or a restore, from using a database that is in use. The file's content is the shutdown
//! state of the last user, so that the next one knows whether to check for damage. The file is never removed: removing it
//! would let two processes lock two files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::connection::private;

/// How the last process that used the database ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShutdownState {
    /// In order, or the database is new.
    Clean,
    /// Killed, or the power failed.
    Running,
    /// During a restore. The files may not belong together.
    Restoring,
}

impl ShutdownState {
    fn text(self) -> &'static str {
        match self {
            Self::Clean => "",
            Self::Running => "running\n",
            Self::Restoring => "restoring\n",
        }
    }
}

#[derive(Debug)]
pub(crate) enum LockError {
    /// Another process holds the lock.
    Taken,
    File(std::io::Error),
}

impl From<std::io::Error> for LockError {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

/// The lock, held until it is dropped.
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Acquires the lock of the database at `path`.
    pub(crate) fn acquire(path: &Path) -> Result<(Self, ShutdownState), LockError> {
        let mut file =
            private(OpenOptions::new().create(true).truncate(false)).open(beside(path, "-lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Taken),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let mut content = String::new();
        file.read_to_string(&mut content)?;
        let state = [ShutdownState::Clean, ShutdownState::Restoring]
            .into_iter()
            .find(|state| state.text() == content)
            // Any other content, such as after a power failure, counts as unclean.
            .unwrap_or(ShutdownState::Running);
        Ok((Self { file }, state))
    }

    /// Stores, durably, the state in which the next user will find the database.
    pub(crate) fn set_state(&mut self, state: ShutdownState) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(state.text().as_bytes())?;
        self.file.sync_data()
    }
}

/// The path of a file that belongs to the database: its name with `suffix` appended.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_and_the_next_reads_the_state() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tasks.db");
        let (mut lock, found) = Lock::acquire(&path).unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(found, ShutdownState::Clean);
        assert!(matches!(Lock::acquire(&path), Err(LockError::Taken)));
        for state in [
            ShutdownState::Running,
            ShutdownState::Restoring,
            ShutdownState::Clean,
        ] {
            lock.set_state(state).unwrap();
            drop(lock);
            let (next, found) = Lock::acquire(&path).unwrap_or_else(|error| panic!("{error:?}"));
            assert_eq!(found, state);
            lock = next;
        }
    }
}
