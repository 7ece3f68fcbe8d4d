//! Storage: opens the backend that the settings name, and prepares PostgreSQL.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret;
use taskward_postgres::PostgresStore;
use taskward_sqlite::{OpenError, SqliteStore};
use taskward_store::{Store, source_suffix};

use crate::config::{ConfigError, Database, MigrateOptions, NamedDatabase, way_out};

/// Why storage cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("{setting}: cannot use {}: {source}{}", .path.display(), source_suffix(.source))]
    Sqlite {
        setting: &'static str,
        path: PathBuf,
        source: OpenError,
    },
    #[error("{setting}: {source}")]
    Postgres {
        setting: &'static str,
        source: taskward_postgres::OpenError,
    },
    /// The database, or its URL, is of use to another program only.
    #[error("{setting}: {problem}; {}", way_out(.setting))]
    Foreign {
        setting: &'static str,
        problem: String,
    },
}

/// Why `taskward migrate` failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Setting(#[from] ConfigError),
    #[error(
        "no database is named; set TASKWARD_DATABASE_URL or DATABASE_URL to postgres://user:password@host/database"
    )]
    NoDatabase,
    #[error("{0}: names a SQLite file, which the server migrates when it starts")]
    NotNeeded(&'static str),
    #[error("{setting}: {source}")]
    Postgres {
        setting: &'static str,
        source: taskward_postgres::MigrateError,
    },
}

impl MigrateError {
    /// Whether a setting is wrong, so that the same run fails again.
    #[must_use]
    pub fn is_misconfiguration(&self) -> bool {
        match self {
            Self::Setting(_) | Self::NoDatabase | Self::NotNeeded(_) => true,
            Self::Postgres { source, .. } => {
                matches!(source, taskward_postgres::MigrateError::Address(_))
            }
        }
    }
}

impl StorageError {
    /// Whether a setting is wrong, so that the same start fails again.
    pub(super) fn is_misconfiguration(&self) -> bool {
        match self {
            Self::Sqlite { source, .. } => {
                matches!(source, OpenError::File(_))
            }
            Self::Postgres { source, .. } => {
                !matches!(source, taskward_postgres::OpenError::Unusable(_))
            }
            Self::Foreign { .. } => true,
        }
    }
}

/// Finds what is wrong with the setting, without writing to the database or connecting to a server.
pub(super) fn check(database: &NamedDatabase) -> Result<(), StorageError> {
    let setting = database.setting;
    match &database.database {
        Database::Sqlite(path) => match taskward_sqlite::find_foreign(path) {
            Some(foreign) => Err(sqlite_error(setting, path, OpenError::Foreign(foreign))),
            None => Ok(()),
        },
        Database::Postgres(url) => taskward_postgres::check_url(url.expose_secret())
            .map_err(|source| postgres_error(setting, source.into())),
    }
}

pub(super) async fn open(database: &NamedDatabase) -> Result<Arc<dyn Store>, StorageError> {
    let setting = database.setting;
    Ok(match &database.database {
        Database::Sqlite(path) => {
            let store = SqliteStore::open(path);
            Arc::new(store.map_err(|source| sqlite_error(setting, path, source))?)
        }
        Database::Postgres(url) => {
            let store = PostgresStore::open(url.expose_secret()).await;
            Arc::new(store.map_err(|source| postgres_error(setting, source))?)
        }
    })
}

fn sqlite_error(setting: &'static str, path: &Path, source: OpenError) -> StorageError {
    match source {
        OpenError::Foreign(_) => StorageError::Foreign {
            setting,
            problem: format!("{} {source}", path.display()),
        },
        source => StorageError::Sqlite {
            setting,
            path: path.to_owned(),
            source,
        },
    }
}

fn postgres_error(setting: &'static str, source: taskward_postgres::OpenError) -> StorageError {
    match source {
        taskward_postgres::OpenError::Foreign(_) | taskward_postgres::OpenError::Address(_) => {
            StorageError::Foreign {
                setting,
                problem: source.to_string(),
            }
        }
        source => StorageError::Postgres { setting, source },
    }
}

/// The database's name in the log: no password, no host.
pub(super) fn describe(database: &Database) -> String {
    match database {
        Database::Sqlite(path) => path.display().to_string(),
        Database::Postgres(_) => "PostgreSQL".to_owned(),
    }
}

/// Creates or migrates the tables and roles in PostgreSQL. Returns what it did, a line each.
///
/// # Errors
/// [`MigrateError`].
pub async fn migrate(options: &MigrateOptions) -> Result<Vec<String>, MigrateError> {
    let NamedDatabase { setting, database } =
        options.url.database()?.ok_or(MigrateError::NoDatabase)?;
    match database {
        Database::Sqlite(_) => Err(MigrateError::NotNeeded(setting)),
        Database::Postgres(url) => {
            let grant_to = options.grant_to.as_deref();
            taskward_postgres::migrate(url.expose_secret(), grant_to, options.restored)
                .await
                .map_err(|source| MigrateError::Postgres { setting, source })
        }
    }
}
