//! `taskward backup` and `taskward restore`: copies the tasks and the accounts of one moment to files, and back.
//!
//! Invariants: a file under the requested name is a complete backup that was checked; the databases are replaced as a whole or
//! not at all, and the ones before are kept.

mod files;
mod restore;
mod snapshot;

use std::io;
use std::path::{self, Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use taskward_store::source_suffix;

use crate::accounts::{self, AccountContents};
use crate::connection;
use crate::inspect::{Contents, Unfit, inspect};
use crate::lock::{Lock, LockError, beside};
use crate::log_owner::{self, StaleLog};
use crate::store::{OpenError, resolve};

pub(crate) use files::open_to_write;
use files::{Unfinished, file_error, open_to_inspect, unfit};
pub use restore::{Restored, RestoredAccounts, Selection, mark_restored, restore};

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    #[error("{} exists already; name a file that does not exist", .0.display())]
    Exists(PathBuf),
    #[error("a server uses {}; stop it first", .0.display())]
    InUse(PathBuf),
    #[error("another program keeps {} locked; end it and try again", .0.display())]
    Locked(PathBuf),
    #[error("another command writes {}; wait for it", .0.display())]
    InProgress(PathBuf),
    #[error("there is a database at {} already; add --replace to move it aside", .0.display())]
    Occupied(PathBuf),
    #[error(
        "{} is missing, which has the accounts of this backup; put it back, or add --tasks-only", .0.display()
    )]
    AccountsMissing(PathBuf),
    #[error(
        "{} and {} are not of one backup; use two files of one backup, or add --tasks-only", .tasks.display(),
        .accounts.display()
    )]
    NotOneBackup { tasks: PathBuf, accounts: PathBuf },
    #[error("{0}; move the files that end in -wal and -shm away first")]
    StaleLog(#[from] StaleLog),
    #[error("{} cannot be used: {source}{}", .path.display(), source_suffix(.source))]
    Unfit { path: PathBuf, source: Unfit },
    #[error("{} cannot be migrated: {source}{}", .path.display(), source_suffix(.source))]
    Outdated { path: PathBuf, source: OpenError },
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
}

/// What a backup holds.
#[derive(Debug)]
pub struct BackedUp {
    pub tasks: Contents,
    /// The file with the accounts and what it holds, if there were accounts to copy.
    pub accounts: Option<(PathBuf, AccountContents)>,
}

/// The file with the accounts that belongs to the file with the tasks.
#[must_use]
pub fn accounts_beside(file: &Path) -> PathBuf {
    beside(file, "-auth")
}

/// Copies the tasks to `file` and the accounts, if there is such a database, to the file beside it. Both copies are of one
/// moment, readable by their owner only, and checked. Servers may be running.
///
/// # Errors
/// [`BackupError`]; then there is no `file`.
pub fn backup(tasks: &Path, accounts: Option<&Path>, file: &Path) -> Result<BackedUp, BackupError> {
    if !tasks.exists() {
        return Err(BackupError::Missing(tasks.to_owned()));
    }
    let tasks = resolve(tasks).map_err(file_error(tasks))?;
    let accounts = match accounts.filter(|path| path.exists()) {
        Some(path) => Some(resolve(path).map_err(file_error(path))?),
        None => None,
    };
    // Absolute, because SQLite reads a name that begins with `file:` as a URI.
    let file = path::absolute(file).map_err(file_error(file))?;
    let accounts_file = accounts_beside(&file);
    for name in [&file, &accounts_file] {
        if name.exists() {
            return Err(BackupError::Exists(name.clone()));
        }
    }
    check_log(&tasks)?;
    if let Some(accounts) = &accounts {
        check_log(accounts)?;
    }

    files::remove_left_over(&file)?;
    let snapshots = snapshot::take(&tasks, accounts.as_deref())?;
    let number = snapshots.number;
    let tasks_copy = copy(&snapshots.tasks, &tasks, &file, number)?;
    let contents = check(&tasks_copy.path, inspect)?;
    let accounts = match snapshots.accounts.zip(accounts) {
        Some((snapshot, source)) => {
            let copy = copy(&snapshot, &source, &accounts_file, number)?;
            let contents = check(&copy.path, accounts::inspect)?;
            Some((copy, contents))
        }
        None => None,
    };
    let accounts = match accounts {
        Some((copy, contents)) => {
            // First, so that a file under the requested name means that the backup is complete.
            copy.finish_as(&accounts_file)?;
            Some((accounts_file, contents))
        }
        None => None,
    };
    if let Err(error) = tasks_copy.finish_as(&file) {
        if let Some((accounts_file, _)) = &accounts {
            // The error says what went wrong. A file that is left over is named by the next backup.
            let _ = std::fs::remove_file(accounts_file);
        }
        return Err(error);
    }
    Ok(BackedUp {
        tasks: contents,
        accounts,
    })
}

/// While a server runs, the file is always one that uses a log.
fn check_log(database: &Path) -> Result<(), BackupError> {
    match Lock::acquire(database) {
        Ok((_lock, found)) => Ok(log_owner::check(database, found.identity())?),
        Err(LockError::Taken) => Ok(()),
        Err(LockError::File(error)) => Err(file_error(database)(error)),
    }
}

/// Copies a snapshot of `source`, without the space that deleted rows have left.
fn copy(
    snapshot: &Connection,
    source: &Path,
    file: &Path,
    number: i64,
) -> Result<Unfinished, BackupError> {
    let copy = Unfinished::create(beside(file, files::UNFINISHED))?;
    let write = || -> rusqlite::Result<()> {
        let mut target = open_to_write(&copy.path)?;
        rusqlite::backup::Backup::new(snapshot, &mut target)?.step(-1)?;
        log_owner::use_no_log(&target)?;
        target.pragma_update(None, "user_version", number)?;
        target.execute_batch("VACUUM")?;
        target.close().map_err(|(_, error)| error)
    };
    write().map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => unfit(source)(error.into()),
        _ => BackupError::File {
            path: file.to_owned(),
            source: io::Error::other(error),
        },
    })?;
    copy.sync()?;
    Ok(copy)
}

fn check<T>(
    path: &Path,
    inspect: impl Fn(&Connection) -> Result<T, Unfit>,
) -> Result<T, BackupError> {
    open_to_inspect(path)
        .map_err(Unfit::from)
        .and_then(|connection| inspect(&connection))
        .map_err(unfit(path))
}
