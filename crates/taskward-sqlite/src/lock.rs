//! One process a database: a lock file beside the database.
//!
//! The lock keeps a second server, or a restore, from using a database that is in use. The file's content is the shutdown
//! state of the last user, so that the next one knows whether to check for damage. The file is never removed: removing it
//! would let two processes lock two files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::connection::private;
use crate::log_owner::Identity;

/// How the last process that used the database ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShutdownState {
    /// In order, or the database is new.
    Clean,
    /// Killed, or the power failed. What the file's header had, if that was recorded.
    Running(Option<Identity>),
    /// During a restore. The files may not belong together.
    Restoring,
}

impl ShutdownState {
    fn text(self) -> String {
        match self {
            Self::Clean => String::new(),
            Self::Running(None) => "running\n".to_owned(),
            Self::Running(Some(Identity {
                run,
                schema_counter,
            })) => format!("running {run} {schema_counter}\n"),
            Self::Restoring => "restoring\n".to_owned(),
        }
    }

    /// What the header of the file had when a server used it last.
    pub(crate) fn identity(self) -> Option<Identity> {
        match self {
            Self::Running(identity) => identity,
            Self::Clean | Self::Restoring => None,
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "" => Self::Clean,
            "restoring\n" => Self::Restoring,
            // Any other content, such as after a power failure, counts as unclean.
            other => Self::Running(parse_identity(other)),
        }
    }
}

fn parse_identity(text: &str) -> Option<Identity> {
    let (run, schema_counter) = text
        .strip_prefix("running ")?
        .strip_suffix('\n')?
        .split_once(' ')?;
    Some(Identity {
        run: run.parse().ok()?,
        schema_counter: schema_counter.parse().ok()?,
    })
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
        Ok((Self { file }, ShutdownState::parse(&content)))
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
            ShutdownState::Running(None),
            ShutdownState::Running(Some(Identity {
                run: 7,
                schema_counter: 8,
            })),
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
