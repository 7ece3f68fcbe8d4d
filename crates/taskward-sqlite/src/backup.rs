//! `taskward backup` and `taskward restore`: copies the database to one file, and back.
//!
//! Invariants: a file under the requested name is a complete backup that was checked; a database is replaced as a whole or
//! not at all, and the one before is kept.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{self, Path, PathBuf};
use std::process;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, params};

use taskward_domain::Epoch;
use taskward_store::source_suffix;

use crate::connection::{self, private};
use crate::inspect::{Contents, Unfit, inspect};
use crate::lock::{Lock, LockError, ShutdownState, beside};
use crate::schema;
use crate::store::{OpenError, resolve};

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    #[error("{} exists already; name a file that does not exist", .0.display())]
    Exists(PathBuf),
    #[error("a server uses {}; stop it first", .0.display())]
    InUse(PathBuf),
    #[error("there is a database at {} already; add --replace to move it aside", .0.display())]
    Occupied(PathBuf),
    #[error("{} cannot be used: {source}{}", .path.display(), source_suffix(.source))]
    Unfit { path: PathBuf, source: Unfit },
    #[error("{} cannot be migrated: {source}{}", .path.display(), source_suffix(.source))]
    Outdated { path: PathBuf, source: OpenError },
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
}

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// What the database holds now.
    pub contents: Contents,
    /// The new path of the database that was there before.
    pub kept: Option<PathBuf>,
}

/// Copies the present state of the database to `file`, readable by its owner only, and checks the copy. A server may be
/// running.
///
/// # Errors
/// [`BackupError`]; then there is no `file`.
pub fn backup(database: &Path, file: &Path) -> Result<Contents, BackupError> {
    if !database.exists() {
        return Err(BackupError::Missing(database.to_owned()));
    }
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    // Absolute, because SQLite reads a name that begins with `file:` as a URI.
    let file = path::absolute(file).map_err(file_error(file))?;
    let copy = Unfinished::create(beside(&file, &format!(".{}.unfinished", process::id())))?;
    copy_database(database, &copy.path).map_err(unfit(database))?;
    let contents = open_to_inspect(&copy.path)
        .map_err(Unfit::from)
        .and_then(|connection| inspect(&connection))
        .map_err(unfit(&copy.path))?;
    sync(&copy.path)?;
    copy.finish_as(&file)?;
    Ok(contents)
}

/// SQLite writes the copy in one read transaction, which blocks no writer.
fn copy_database(database: &Path, copy: &Path) -> Result<(), Unfit> {
    let connection = open_to_write(database)?;
    connection.busy_timeout(connection::BUSY_TIMEOUT)?;
    let name = copy
        .to_str()
        .ok_or_else(|| rusqlite::Error::InvalidPath(copy.to_owned()))?;
    schema::version(&connection)?.ok_or(Unfit::Foreign)?;
    connection.execute("VACUUM INTO ?1", params![name])?;
    Ok(())
}

/// Replaces `database` with the content of `file`. The restored database has a new epoch, so that clients which hold a
/// cursor or an entity tag of the undone history load everything again.
///
/// # Errors
/// [`BackupError`]; then `database` is as before. If a rename failed halfway, no server starts on the database until a
/// restore has completed.
pub fn restore(
    file: &Path,
    database: &Path,
    replace: bool,
    now: Timestamp,
) -> Result<Restored, BackupError> {
    create_directory_of(database)?;
    let database = resolve(database).map_err(file_error(database))?;
    let mut lock = acquire(&database)?;
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
    // The backup itself is never changed.
    let copy = Unfinished::create_anew(beside(&database, "-restoring"))?;
    copy_file(file, &copy.path)?;
    let contents = prepare(&copy.path, epoch_of(&database)).map_err(|error| error.about(file))?;
    sync(&copy.path)?;

    let set_state = |lock: &mut Lock, state| lock.set_state(state).map_err(file_error(&database));
    // Until the end the files do not belong together; this state keeps a server from starting.
    set_state(&mut lock, ShutdownState::Restoring)?;
    let kept = move_aside(&database, &aside)?;
    copy.replace(&database)?;
    set_state(&mut lock, ShutdownState::Clean)?;
    Ok(Restored {
        contents,
        kept: kept.then_some(aside),
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
    let _lock = acquire(&database)?;
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
    match Lock::acquire(database) {
        Ok((lock, _)) => Ok(lock),
        Err(LockError::Taken) => Err(BackupError::InUse(database.to_owned())),
        Err(LockError::File(error)) => Err(file_error(database)(error)),
    }
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

/// Checks the copy of a backup, migrates it and begins its new history.
fn prepare(copy: &Path, replaced: Option<Epoch>) -> Result<Contents, Unprepared> {
    inspect(&open_to_inspect(copy)?).map_err(Unprepared::Unfit)?;
    let mut connection = open_to_write(copy)?;
    schema::migrate(&mut connection).map_err(Unprepared::Outdated)?;
    schema::begin_history(&connection, replaced)?;
    let contents = inspect(&connection).map_err(Unprepared::Unfit)?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(contents)
}

/// The epoch of the database that is replaced, if it has one.
fn epoch_of(database: &Path) -> Option<Epoch> {
    let connection = open_to_inspect(database).ok()?;
    schema::epoch(&connection).ok()
}

/// Renames a database and what belongs to it. `false` if there was none.
fn move_aside(database: &Path, aside: &Path) -> Result<bool, BackupError> {
    let was_there = database.exists();
    for suffix in ["", "-wal", "-shm"] {
        let from = beside(database, suffix);
        if from.exists() {
            fs::rename(&from, beside(aside, suffix)).map_err(file_error(&from))?;
        }
    }
    Ok(was_there)
}

/// A file that is removed unless it is finished.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn create(path: PathBuf) -> Result<Self, BackupError> {
        private(OpenOptions::new().create_new(true))
            .open(&path)
            .map_err(file_error(&path))?;
        Ok(Self { path })
    }

    /// The same where an interrupted restore may have left one.
    fn create_anew(path: PathBuf) -> Result<Self, BackupError> {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_error(&path)(error)),
            _ => Self::create(path),
        }
    }

    /// Renames it, if no other file has the name.
    fn finish_as(self, name: &Path) -> Result<(), BackupError> {
        // Unlike a rename, a link never replaces a file. The drop removes the other name.
        let named = match fs::hard_link(&self.path, name) {
            // Some file systems have no hard links.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !name.exists() => {
                fs::rename(&self.path, name)
            }
            other => other,
        };
        named.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(name.to_owned()),
            _ => file_error(name)(error),
        })?;
        sync_directory_of(name)
    }

    /// Renames it, where no file has the name any more.
    fn replace(self, name: &Path) -> Result<(), BackupError> {
        fs::rename(&self.path, name).map_err(file_error(name))?;
        sync_directory_of(name)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Mostly it was renamed. Otherwise nothing more can be done about an error.
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(&self.path, suffix));
        }
    }
}

/// For a machine on which no server ran yet.
fn create_directory_of(path: &Path) -> Result<(), BackupError> {
    let Some(directory) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(file_error(directory))
}

fn copy_file(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = File::open(from).map_err(file_error(from))?;
    let mut target = OpenOptions::new()
        .write(true)
        .open(to)
        .map_err(file_error(to))?;
    io::copy(&mut source, &mut target)
        .map(drop)
        .map_err(file_error(to))
}

fn open_to_write(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

fn open_to_inspect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

fn sync(path: &Path) -> Result<(), BackupError> {
    let file = OpenOptions::new().write(true).open(path);
    file.and_then(|file| file.sync_all())
        .map_err(file_error(path))
}

/// Makes the names in a directory durable. Windows needs no such step.
fn sync_directory_of(path: &Path) -> Result<(), BackupError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(file_error(directory))
}

fn unfit(path: &Path) -> impl Fn(Unfit) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Unfit {
        path: path.clone(),
        source,
    }
}

fn file_error(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File {
        path: path.clone(),
        source,
    }
}
