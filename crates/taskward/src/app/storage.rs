//! Storage: which backend the settings name, opened, and the preparation of the one that needs it.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::config::{ConfigError, Database, MigrateOptions};
use crate::store::postgres::{self, PostgresStore};
use crate::store::sqlite::{self, SqliteStore};
use crate::store::{Store, because};

/// Why storage cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The file.
    #[error("DATABASE_URL: cannot use {}: {source}{}", .path.display(), because(.source))]
    Sqlite {
        /// Which.
        path: PathBuf,
        /// Why.
        source: sqlite::OpenError,
    },
    /// The server.
    #[error("DATABASE_URL: {0}")]
    Postgres(#[source] postgres::OpenError),
}

/// Why `taskward migrate` did not do all it should.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The setting.
    #[error(transparent)]
    Setting(#[from] ConfigError),
    /// SQLite.
    #[error("DATABASE_URL: names a SQLite file, which the server brings up to date by itself")]
    NotNeeded,
    /// PostgreSQL.
    #[error("DATABASE_URL: {0}")]
    Postgres(#[source] postgres::MigrateError),
}

/// Opens the backend.
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

/// What to call it in the log: no password, no host.
pub(super) fn describe(database: &Database) -> String {
    match database {
        Database::Sqlite(path) => path.display().to_string(),
        Database::Postgres(_) => "PostgreSQL".to_owned(),
    }
}

/// Makes or updates what the server needs in PostgreSQL, and says what it did, a line each.
///
/// # Errors
/// [`MigrateError`].
pub async fn migrate(options: &MigrateOptions) -> Result<Vec<String>, MigrateError> {
    match Database::parse(&options.database_url)? {
        Database::Sqlite(_) => Err(MigrateError::NotNeeded),
        Database::Postgres(url) => {
            let grant_to = options.grant_to.as_deref();
            postgres::migrate(url.expose_secret(), grant_to)
                .await
                .map_err(MigrateError::Postgres)
        }
    }
}
