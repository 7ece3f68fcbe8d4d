//! Files that are made, checked and named as a whole.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::BackupError;
use crate::connection::private;
use crate::inspect::Unfit;
use crate::lock::beside;

/// What the names of unfinished backups end in.
pub(super) const UNFINISHED: &str = ".taskward-unfinished";

/// A file that is removed unless it is finished.
pub(super) struct Unfinished {
    pub(super) path: PathBuf,
    /// Locked while this process works on the file, so that what a killed process has left can be told from a file in use.
    /// Open until the end: closing it would release the locks that SQLite holds on the file.
    _lock: File,
}

impl Unfinished {
    /// Creates the file, or empties the one that a killed process has left.
    pub(super) fn create(path: PathBuf) -> Result<Self, BackupError> {
        let open = || -> io::Result<Option<File>> {
            let lock = private(OpenOptions::new().create(true).truncate(false)).open(&path)?;
            // On Windows a lock would keep SQLite from writing, too.
            if cfg!(unix) {
                match lock.try_lock() {
                    Ok(()) => {}
                    Err(TryLockError::WouldBlock) => return Ok(None),
                    Err(TryLockError::Error(error)) => return Err(error),
                }
            }
            lock.set_len(0)?;
            remove_companions(&path);
            Ok(Some(lock))
        };
        match open().map_err(file_error(&path))? {
            Some(lock) => Ok(Self { path, _lock: lock }),
            None => Err(BackupError::InProgress(path)),
        }
    }

    pub(super) fn sync(&self) -> Result<(), BackupError> {
        let file = OpenOptions::new().write(true).open(&self.path);
        file.and_then(|file| file.sync_all())
            .map_err(file_error(&self.path))
    }

    /// Gives it its name, if no other file has the name.
    pub(super) fn finish_as(self, name: &Path) -> Result<(), BackupError> {
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
    pub(super) fn replace(self, name: &Path) -> Result<(), BackupError> {
        fs::rename(&self.path, name).map_err(file_error(name))?;
        sync_directory_of(name)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Mostly it was renamed. Otherwise nothing more can be done about an error.
        let _ = fs::remove_file(&self.path);
        remove_companions(&self.path);
    }
}

fn remove_companions(path: &Path) {
    for suffix in ["-journal", "-wal", "-shm"] {
        // Mostly there is none.
        let _ = fs::remove_file(beside(path, suffix));
    }
}

/// Removes the unfinished backups that killed processes have left in the directory of `file`.
pub(super) fn remove_left_over(file: &Path) -> Result<(), BackupError> {
    if cfg!(not(unix)) {
        // Without locks, a file that is left over cannot be told from one in use.
        return Ok(());
    }
    let directory = file.parent().unwrap_or(file);
    let entries = fs::read_dir(directory).map_err(file_error(directory))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_unfinished = path.to_string_lossy().ends_with(UNFINISHED);
        // Dropping it removes the file. One that is locked is in use, and one of another user stays.
        if is_unfinished && let Ok(left_over) = Unfinished::create(path) {
            drop(left_over);
        }
    }
    Ok(())
}

/// For a machine on which no server ran yet.
pub(super) fn create_directory_of(path: &Path) -> Result<(), BackupError> {
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

pub(super) fn copy_file(from: &Path, to: &Path) -> Result<(), BackupError> {
    let mut source = File::open(from).map_err(file_error(from))?;
    let mut target = OpenOptions::new()
        .write(true)
        .open(to)
        .map_err(file_error(to))?;
    io::copy(&mut source, &mut target)
        .map(drop)
        .map_err(file_error(to))
}

/// Renames a database and what belongs to it. `false` if there was none.
pub(super) fn move_aside(database: &Path, aside: &Path) -> Result<bool, BackupError> {
    let was_there = database.exists();
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let from = beside(database, suffix);
        if from.exists() {
            fs::rename(&from, beside(aside, suffix)).map_err(file_error(&from))?;
        }
    }
    Ok(was_there)
}

pub(crate) fn open_to_write(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

pub(super) fn open_to_inspect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// Makes the names in a directory durable. Windows needs no such step.
pub(super) fn sync_directory_of(path: &Path) -> Result<(), BackupError> {
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

pub(super) fn unfit(path: &Path) -> impl Fn(Unfit) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::Unfit {
        path: path.clone(),
        source,
    }
}

pub(super) fn file_error(path: &Path) -> impl Fn(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File {
        path: path.clone(),
        source,
    }
}
