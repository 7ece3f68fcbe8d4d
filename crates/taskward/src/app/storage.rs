//! Storage: opens the backend that the settings name, and prepares PostgreSQL.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::ExposeSecret;
use taskward_postgres::PostgresStore;
use taskward_sqlite::SqliteStore;
use taskward_store::{Store, source_suffix};

use crate::config::{ConfigError, Database, MigrateOptions};

/// Why storage cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("DATABASE_URL: cannot use {}: {source}{}", .path.display(), source_suffix(.source))]
    Sqlite {
        path: PathBuf,
        source: taskward_sqlite::OpenError,
    },
    #[error("DATABASE_URL: {0}")]
    Postgres(#[source] taskward_postgres::OpenError),
}

/// Why `taskward migrate` failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Setting(#[from] ConfigError),
    #[error("DATABASE_URL: names a SQLite file, which the server migrates when it starts")]
    NotNeeded,
    #[error("DATABASE_URL: {0}")]
    Postgres(#[source] taskward_postgres::MigrateError),
}

impl MigrateError {
    /// Whether a setting is wrong, so that the same run fails again.
    #[must_use]
    pub fn is_misconfiguration(&self) -> bool {
        match self {
            Self::Setting(_) | Self::NotNeeded => true,
            Self::Postgres(error) => {
                matches!(error, taskward_postgres::MigrateError::Address(_))
            }
        }
    }
}

impl StorageError {
    /// Whether a setting is wrong, so that the same start fails again.
    pub(super) fn is_misconfiguration(&self) -> bool {
        match self {
            Self::Sqlite { source, .. } => {
                matches!(source, taskward_sqlite::OpenError::File(_))
            }
            Self::Postgres(error) => !matches!(error, taskward_postgres::OpenError::Unusable(_)),
        }
    }
}

pub(super) async fn open(database: &Database) -> Result<Arc<dyn Store>, StorageError> {
    Ok(match database {
        Database::Sqlite(path) => {
            let store = SqliteStore::open(path).map_err(|source| StorageError::Sqlite {
                path: path.clone(),
                source,
            })?;
            Arc::new(store)
        }
        Database::Postgres(url) => {
            let store = PostgresStore::open(url.expose_secret()).await;
            Arc::new(store.map_err(StorageError::Postgres)?)
        }
    })
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
    match Database::parse(&options.database_url)? {
        Database::Sqlite(_) => Err(MigrateError::NotNeeded),
        Database::Postgres(url) => {
            let grant_to = options.grant_to.as_deref();
            taskward_postgres::migrate(url.expose_secret(), grant_to, options.restored)
                .await
                .map_err(MigrateError::Postgres)
        }
    }
}
