//! `taskward backup` and `taskward restore`: which files, and what the commands print.

use std::path::Path;

use taskward_service::Clock as _;
use taskward_sqlite::{BackupError, Selection, accounts_beside};

use crate::config::{Accounts, ConfigError, DatabaseOptions};
use crate::system::SystemClock;

/// Why a backup was not made or not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupFailure {
    #[error(transparent)]
    Setting(#[from] ConfigError),
    #[error(transparent)]
    Backup(#[from] BackupError),
}

impl BackupFailure {
    /// Whether a setting or an argument is wrong.
    #[must_use]
    pub fn is_misconfiguration(&self) -> bool {
        match self {
            Self::Setting(_) => true,
            Self::Backup(error) => matches!(
                error,
                BackupError::Missing(_) | BackupError::Exists(_) | BackupError::Occupied(_)
            ),
        }
    }
}

/// Copies the tasks and the accounts. Returns a line for each.
///
/// # Errors
/// [`BackupFailure`].
pub fn backup(file: &Path, options: &DatabaseOptions) -> Result<Vec<String>, BackupFailure> {
    let database = options.sqlite_file()?;
    let accounts = options.accounts()?;
    let done = taskward_sqlite::backup(&database, accounts.file(), file)?;
    let about_accounts = match (done.accounts, accounts) {
        (Some((_, contents)), _) => {
            format!("{}: {contents}", accounts_beside(file).display())
        }
        (None, Accounts::Sqlite(path)) => format!(
            "accounts: not in this backup, because there is no {}",
            path.display()
        ),
        (None, Accounts::Postgres) => {
            "accounts: not in this backup, because AUTH_DATABASE_URL names \
                                       PostgreSQL; back them up with pg_dump"
                .to_owned()
        }
    };
    Ok(vec![
        format!("{}: {}", file.display(), done.tasks),
        about_accounts,
    ])
}

/// Puts the databases of a backup in the place of the present ones. Returns a line for each thing done.
///
/// # Errors
/// [`BackupFailure`].
pub fn restore(
    file: &Path,
    selection: Selection,
    replace: bool,
    options: &DatabaseOptions,
) -> Result<Vec<String>, BackupFailure> {
    let database = options.sqlite_file()?;
    let accounts = options.accounts()?;
    let done = taskward_sqlite::restore(
        file,
        (&database, accounts.file()),
        selection,
        replace,
        SystemClock.now(),
    )?;
    let kept_accounts = done.accounts.as_ref().and_then(|done| done.kept.as_ref());
    let mut lines: Vec<_> = done
        .kept
        .iter()
        .chain(kept_accounts)
        .map(|kept| format!("{}: the database before the restore", kept.display()))
        .collect();
    lines.push(format!("{}: {}", database.display(), done.contents));
    lines.push(match (done.accounts, accounts) {
        (Some(done), Accounts::Sqlite(path)) => format!("{}: {}", path.display(), done.contents),
        (_, Accounts::Postgres) => {
            "accounts: not restored, because AUTH_DATABASE_URL names PostgreSQL; restore them with pg_restore".to_owned()
        }
        (None, Accounts::Sqlite(_)) if selection == Selection::TasksOnly => {
            "accounts: not restored, because of --tasks-only".to_owned()
        }
        (None, Accounts::Sqlite(_)) => {
            "accounts: not restored, because the backup has none; they are as before".to_owned()
        }
    });
    Ok(lines)
}

/// Begins a new history of a database that was restored by copying files.
///
/// # Errors
/// [`BackupFailure`].
pub fn mark_restored(options: &DatabaseOptions) -> Result<Vec<String>, BackupFailure> {
    let database = options.sqlite_file()?;
    taskward_sqlite::mark_restored(&database)?;
    Ok(vec![format!(
        "{}: marked as restored; clients load everything again",
        database.display()
    )])
}
