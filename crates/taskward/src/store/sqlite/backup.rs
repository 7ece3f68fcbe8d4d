//! `taskward backup` and `taskward restore`: a whole copy of the database in one file, and back.
//!
//! Invariants: a file under the name that was asked for is a backup that has been read through; a database is replaced
//! as a whole or not at all, and what was there before is kept.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{self, Path, PathBuf};
use std::process;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, named_params, params};

use super::super::because;
use super::connection::{self, private};
use super::inspect::{Contents, Unfit, inspect};
use super::lock::{Left, Lock, LockError, beside};
use super::{OpenError, resolve, schema};

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to back up.
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    /// A backup never takes the place of another file.
    #[error("{} exists already; name a file that does not", .0.display())]
    Exists(PathBuf),
    /// A server works on the database.
    #[error("a server works on {}; stop it first", .0.display())]
    InUse(PathBuf),
    /// A restore takes the place of a database only if told to.
    #[error("there is a database at {} already; --replace puts it aside", .0.display())]
    Occupied(PathBuf),
    /// The file is no good as a backup.
    #[error("{} cannot be used: {source}{}", .path.display(), because(.source))]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Unfit,
    },
    /// The schema of the backup cannot be brought up to date.
    #[error("{} cannot be brought up to date: {source}{}", .path.display(), because(.source))]
    Outdated {
        /// The file.
        path: PathBuf,
        /// Why.
        source: OpenError,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// What the database now holds.
    pub contents: Contents,
    /// Where the one is that was there before.
    pub kept: Option<PathBuf>,
}

/// Copies the database as it is at this moment to `file`, readable by its owner only, and reads the copy through. A server
/// may go on working meanwhile.
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
    // Absolute, because SQLite takes a name that begins with `file:` for a URI.
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

/// A copy without gaps, written by SQLite in one transaction on the database, which holds up no writer.
fn copy_database(database: &Path, copy: &Path) -> Result<(), Unfit> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(connection::PATIENCE)?;
    let name = copy
        .to_str()
        .ok_or_else(|| rusqlite::Error::InvalidPath(copy.to_owned()))?;
    // Whether there is anything of ours to copy is worth knowing before copying.
    schema::version(&connection)?.ok_or(Unfit::Foreign)?;
    connection.execute("VACUUM INTO ?1", params![name])?;
    Ok(())
}

/// Puts what `file` holds in the place of `database`. Every user's counter and every task's version continue beyond any
/// value they ever had, so that whoever has followed the changes, or holds an entity tag, loads afresh: what was written after the backup was made is gone, and must not be
/// mistaken for what is written from now on.
///
/// # Errors
/// [`BackupError`]; then `database` is as before. Only where files cannot be renamed halfway through is it not; then no
/// server starts on it until a restore has come to its end.
pub fn restore(
    file: &Path,
    database: &Path,
    replace: bool,
    now: Timestamp,
) -> Result<Restored, BackupError> {
    create_directory_of(database)?;
    let database = resolve(database).map_err(file_error(database))?;
    let (mut lock, _) = Lock::take(&database).map_err(|error| match error {
        LockError::Taken => BackupError::InUse(database.clone()),
        LockError::File(error) => file_error(&database)(error),
    })?;
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
    // Work on a copy: the backup stays what it is, whatever comes of this.
    let copy = Unfinished::create_anew(beside(&database, "-restoring"))?;
    copy_file(file, &copy.path)?;
    let contents = prepare(&copy.path, now).map_err(|error| match error {
        Unprepared::Unfit(source) => unfit(file)(source),
        Unprepared::Outdated(source) => BackupError::Outdated {
            path: file.to_owned(),
            source,
        },
    })?;
    sync(&copy.path)?;

    let leave = |lock: &mut Lock, left| lock.leave(left).map_err(file_error(&database));
    // From here to the end a server would find what does not belong together; the mark keeps it from starting.
    leave(&mut lock, Left::Restoring)?;
    let kept = put_aside(&database, &aside)?;
    copy.replace(&database)?;
    leave(&mut lock, Left::Clean)?;
    Ok(Restored {
        contents,
        kept: kept.then_some(aside),
    })
}

enum Unprepared {
    Unfit(Unfit),
    Outdated(OpenError),
}

impl From<rusqlite::Error> for Unprepared {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unfit(error.into())
    }
}

/// Looks through the copy of a backup and makes it what a server can start with.
fn prepare(copy: &Path, now: Timestamp) -> Result<Contents, Unprepared> {
    inspect(&open_to_inspect(copy)?).map_err(Unprepared::Unfit)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(copy, flags)?;
    schema::migrate(&mut connection).map_err(Unprepared::Outdated)?;
    begin_another_history(&mut connection, now)?;
    let contents = inspect(&connection).map_err(Unprepared::Unfit)?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(contents)
}

/// Counters and versions go on from the milliseconds since the epoch. None has been there before: they advance by one a
/// write and so never keep up with the clock, also where several restores have followed each other. So neither a cursor
/// nor an entity tag of the history that is gone means anything in this one.
fn begin_another_history(connection: &mut Connection, now: Timestamp) -> rusqlite::Result<()> {
    const JUMP: &str = "UPDATE account
        SET seq = max(seq + 1, :now), forgotten_seq = max(seq + 1, :now) WHERE user_id = :user_id";
    const OUTDATE: &str =
        "UPDATE task SET version = max(version + 1, :now) WHERE user_id = :user_id";
    let transaction = connection.transaction()?;
    {
        let mut users = transaction.prepare("SELECT user_id FROM account")?;
        let users: Vec<String> = users
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut jump = transaction.prepare(JUMP)?;
        let mut outdate = transaction.prepare(OUTDATE)?;
        let now = now.as_millisecond();
        for user_id in users {
            jump.execute(named_params! { ":user_id": user_id, ":now": now })?;
            outdate.execute(named_params! { ":user_id": user_id, ":now": now })?;
        }
    }
    transaction.commit()
}

/// Renames a database and what belongs to it. `false` if there was none.
fn put_aside(database: &Path, aside: &Path) -> Result<bool, BackupError> {
    let was_there = database.exists();
    for suffix in ["", "-wal", "-shm"] {
        let from = beside(database, suffix);
        if from.exists() {
            fs::rename(&from, beside(aside, suffix)).map_err(file_error(&from))?;
        }
    }
    Ok(was_there)
}

/// A file that is removed again unless it is finished.
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

    /// The same where one may have been left behind.
    fn create_anew(path: PathBuf) -> Result<Self, BackupError> {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_error(&path)(error)),
            _ => Self::create(path),
        }
    }

    /// Gives it its name, if no other file has that.
    fn finish_as(self, name: &Path) -> Result<(), BackupError> {
        // Unlike a rename, a link never replaces anything. The other name goes with the drop.
        let named = match fs::hard_link(&self.path, name) {
            // Some file systems have no links.
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

    /// Puts it where nothing is any more.
    fn replace(self, name: &Path) -> Result<(), BackupError> {
        fs::rename(&self.path, name).map_err(file_error(name))?;
        sync_directory_of(name)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Mostly it has been renamed; otherwise there is nothing more to be done about it.
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(&self.path, suffix));
        }
    }
}

/// For a machine on which nothing has run yet.
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

fn open_to_inspect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

fn sync(path: &Path) -> Result<(), BackupError> {
    let file = OpenOptions::new().write(true).open(path);
    file.and_then(|file| file.sync_all())
        .map_err(file_error(path))
}

/// Makes the names in a directory durable. Where directories cannot be opened, as on Windows, names need no more.
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
