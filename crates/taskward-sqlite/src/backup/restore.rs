//! Puts the databases of a backup in the place of the present ones.
//!
//! The order: copies of both files are made beside the databases, checked and written to disk. Then the lock file of the tasks
//! says "restoring", and from there to the end no server starts. The present databases are moved aside with their logs, the
//! copies get their names, and the lock file says "clean". A crash before "restoring" has changed nothing; after it, the same
//! command has to be run again, and the databases from before are under the names that they were moved to.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode};

use taskward_domain::Epoch;

use super::files::{
    Unfinished, copy_file, create_directory_of, file_error, move_aside, open_to_inspect,
    open_to_write, unfit,
};
use super::{BackupError, accounts_beside};
use crate::accounts::{self, AccountContents};
use crate::inspect::{Contents, Unfit, inspect};
use crate::lock::{Lock, LockError, ShutdownState, beside};
use crate::store::{OpenError, resolve};
use crate::{log_owner, schema};

/// What of a backup is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// The tasks, and the accounts if the backup has them.
    Everything,
    TasksOnly,
}

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// What the database holds now.
    pub contents: Contents,
    /// The new path of the database that was there before.
    pub kept: Option<PathBuf>,
    /// The same of the accounts, if they were restored.
    pub accounts: Option<RestoredAccounts>,
}

#[derive(Debug)]
pub struct RestoredAccounts {
    pub contents: AccountContents,
    pub kept: Option<PathBuf>,
}

/// A database that is about to be replaced.
struct Replacement {
    database: PathBuf,
    aside: PathBuf,
    copy: Unfinished,
}

impl Replacement {
    /// Copies `file`, which itself is never changed, to a place beside `database`.
    fn new(
        file: &Path,
        database: PathBuf,
        replace: bool,
        now: Timestamp,
    ) -> Result<Self, BackupError> {
        if database.exists() && !replace {
            return Err(BackupError::Occupied(database));
        }
        let aside = beside(
            &database,
            &format!(".before-{}", now.strftime("%Y%m%dT%H%M%SZ")),
        );
        if aside.exists() {
            return Err(BackupError::Exists(aside));
        }
        let copy = Unfinished::create(beside(&database, "-restoring"))?;
        copy_file(file, &copy.path)?;
        Ok(Self {
            database,
            aside,
            copy,
        })
    }

    /// Returns the new path of the database that was there before.
    fn carry_out(self) -> Result<Option<PathBuf>, BackupError> {
        let kept = move_aside(&self.database, &self.aside)?;
        self.copy.replace(&self.database)?;
        Ok(kept.then_some(self.aside))
    }
}

/// Replaces `tasks` with the content of `file`, and `accounts` with that of the file beside it. Both or neither. The restored
/// tasks have a new epoch, so that clients which hold a cursor or an entity tag of the undone history load everything again.
///
/// `accounts` is `None` if the accounts are not in a SQLite file; then those of the backup are not restored.
///
/// # Errors
/// [`BackupError`]; then the databases are as before. If a rename failed halfway, no server starts on them until a restore
/// has completed.
pub fn restore(
    file: &Path,
    (tasks, accounts): (&Path, Option<&Path>),
    selection: Selection,
    replace: bool,
    now: Timestamp,
) -> Result<Restored, BackupError> {
    create_directory_of(tasks)?;
    let tasks = resolve(tasks).map_err(file_error(tasks))?;
    let mut lock = acquire(&tasks)?;
    let accounts_file = accounts_beside(file);
    let accounts = match (selection, accounts) {
        (Selection::Everything, Some(path)) if accounts_file.exists() => {
            create_directory_of(path)?;
            Some(resolve(path).map_err(file_error(path))?)
        }
        _ => None,
    };
    // Held to the end, so that no auth server starts meanwhile.
    let mut accounts_locks = match &accounts {
        Some(path) => Some((acquire(path)?, exclude_servers(path)?)),
        None => None,
    };

    let replaced = epoch_of(&tasks);
    let tasks = Replacement::new(file, tasks, replace, now)?;
    let (contents, number) =
        prepare(&tasks.copy.path, replaced).map_err(|error| error.about(file))?;
    tasks.copy.sync()?;
    if selection == Selection::Everything && number != 0 && !accounts_file.exists() {
        return Err(BackupError::AccountsMissing(accounts_file));
    }
    let accounts = match accounts {
        Some(path) => {
            let accounts = Replacement::new(&accounts_file, path, replace, now)?;
            let (contents, other) = prepare_accounts(&accounts.copy.path)
                .map_err(|error| error.about(&accounts_file))?;
            if other != number {
                return Err(BackupError::NotOneBackup {
                    tasks: file.to_owned(),
                    accounts: accounts_file,
                });
            }
            accounts.copy.sync()?;
            Some((accounts, contents))
        }
        None => None,
    };

    let database = tasks.database.clone();
    let set_state = |lock: &mut Lock, state| lock.set_state(state).map_err(file_error(&database));
    // Until the end the files do not belong together; this state keeps a server from starting.
    set_state(&mut lock, ShutdownState::Restoring)?;
    let accounts = match accounts {
        Some((accounts, contents)) => Some(RestoredAccounts {
            contents,
            kept: accounts.carry_out()?,
        }),
        None => None,
    };
    let kept = tasks.carry_out()?;
    if let Some((lock, _)) = &mut accounts_locks {
        set_state(lock, ShutdownState::Clean)?;
    }
    set_state(&mut lock, ShutdownState::Clean)?;
    Ok(Restored {
        contents,
        kept,
        accounts,
    })
}

/// Begins a new history of a database that was restored by copying files, as `restore` does.
///
/// # Errors
/// [`BackupError`].
pub fn mark_restored(database: &Path) -> Result<(), BackupError> {
    if !database.exists() {
        return Err(BackupError::Missing(database.to_owned()));
    }
    let database = resolve(database).map_err(file_error(database))?;
    let (_lock, found) = acquire_with_state(&database)?;
    log_owner::check(&database, found.identity())?;
    let marked = || -> Result<(), Unprepared> {
        let mut connection = open_to_write(&database)?;
        schema::version(&connection)?.ok_or(Unprepared::Unfit(Unfit::Foreign))?;
        schema::migrate(&mut connection).map_err(Unprepared::Outdated)?;
        schema::begin_history(&connection, None)?;
        connection.close().map_err(|(_, error)| error)?;
        Ok(())
    };
    marked().map_err(|error| error.about(&database))
}

fn acquire(database: &Path) -> Result<Lock, BackupError> {
    acquire_with_state(database).map(|(lock, _)| lock)
}

fn acquire_with_state(database: &Path) -> Result<(Lock, ShutdownState), BackupError> {
    Lock::acquire(database).map_err(|error| match error {
        LockError::Taken => BackupError::InUse(database.to_owned()),
        LockError::File(error) => file_error(database)(error),
    })
}

/// An auth server that runs by itself holds no lock file, but SQLite's lock of the file. `None` if there is no file to lock.
fn exclude_servers(database: &Path) -> Result<Option<Connection>, BackupError> {
    if !database.exists() {
        return Ok(None);
    }
    let exclude = || {
        let connection = open_to_write(database)?;
        // The file is moved aside with its log as it is.
        connection.set_db_config(
            rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
            true,
        )?;
        connection.pragma_update(None, "locking_mode", "exclusive")?;
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(connection)
    };
    match exclude() {
        Ok(connection) => Ok(Some(connection)),
        Err(error) if is_locked(&error) => Err(BackupError::InUse(database.to_owned())),
        // A damaged file is used by nobody and may be replaced.
        Err(_) => Ok(None),
    }
}

fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

enum Unprepared {
    Unfit(Unfit),
    Outdated(OpenError),
}

impl Unprepared {
    fn about(self, path: &Path) -> BackupError {
        match self {
            Self::Unfit(source) => unfit(path)(source),
            Self::Outdated(source) => BackupError::Outdated {
                path: path.to_owned(),
                source,
            },
        }
    }
}

impl From<rusqlite::Error> for Unprepared {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unfit(error.into())
    }
}

/// Checks the copy of a backup, migrates it and begins its new history. Returns also the number of the backup.
fn prepare(copy: &Path, replaced: Option<Epoch>) -> Result<(Contents, i64), Unprepared> {
    inspect(&open_to_inspect(copy)?).map_err(Unprepared::Unfit)?;
    let mut connection = open_to_write(copy)?;
    schema::migrate(&mut connection).map_err(Unprepared::Outdated)?;
    schema::begin_history(&connection, replaced)?;
    let contents = inspect(&connection).map_err(Unprepared::Unfit)?;
    Ok((contents, take_number(connection)?))
}

/// The same for the accounts, which the auth server migrates itself.
fn prepare_accounts(copy: &Path) -> Result<(AccountContents, i64), Unprepared> {
    let contents = accounts::inspect(&open_to_inspect(copy)?).map_err(Unprepared::Unfit)?;
    Ok((contents, take_number(open_to_write(copy)?)?))
}

/// Removes the number of the backup from the file, and closes it.
fn take_number(connection: Connection) -> rusqlite::Result<i64> {
    let number = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    connection.pragma_update(None, "user_version", 0)?;
    // The copy is used by nobody else, so that this always succeeds.
    log_owner::use_no_log(&connection)?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(number)
}

/// The epoch of the database that is replaced, if it has one.
fn epoch_of(database: &Path) -> Option<Epoch> {
    let connection = open_to_inspect(database).ok()?;
    schema::epoch(&connection).ok()
}
