//! The settings of storage that all commands share.

use std::path::PathBuf;

use clap::Args;

use super::ConfigError;
use super::store::{Database, NamedDatabase};

/// The variable of this program.
pub(crate) const OWN: &str = "TASKWARD_DATABASE_URL";
/// The variable that many programs read, so that its value may be meant for another one.
pub(crate) const SHARED: &str = "DATABASE_URL";

/// Which database.
#[derive(Clone, Args)]
pub struct DatabaseUrl {
    /// Where tasks are kept: sqlite:PATH or postgres://... [default: DATABASE_URL; serve: else sqlite:{data}/tasks.db]
    #[arg(
        long,
        env = OWN,
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<String>,

    // A flag, because clap reads a variable only for an argument.
    #[arg(long, env = SHARED, hide = true, hide_env_values = true)]
    shared_database_url: Option<String>,
}

impl std::fmt::Debug for DatabaseUrl {
    /// Without the values, which may contain a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseUrl").finish_non_exhaustive()
    }
}

impl DatabaseUrl {
    /// The database that a variable or the flag names.
    ///
    /// # Errors
    /// When the URL names no backend.
    pub fn database(&self) -> Result<Option<NamedDatabase>, ConfigError> {
        let own = self.database_url.as_deref().map(|url| (OWN, url));
        let shared = self.shared_database_url.as_deref().map(|url| (SHARED, url));
        own.or(shared)
            .map(|(setting, url)| {
                Ok(NamedDatabase {
                    setting,
                    database: Database::parse(setting, url)?,
                })
            })
            .transpose()
    }
}

#[derive(Debug, Clone, Args)]
pub struct DatabaseOptions {
    /// Directory for databases and the generated secret; created if missing
    #[arg(
        long,
        env = "TASKWARD_DATA",
        default_value = ".taskward",
        value_name = "DIRECTORY"
    )]
    pub data: PathBuf,

    #[command(flatten)]
    pub url: DatabaseUrl,
}

impl DatabaseOptions {
    /// # Errors
    /// When the URL names no backend.
    pub fn database(&self) -> Result<NamedDatabase, ConfigError> {
        Ok(self.url.database()?.unwrap_or_else(|| NamedDatabase {
            setting: "TASKWARD_DATA",
            database: Database::Sqlite(self.data.join("tasks.db")),
        }))
    }

    /// The SQLite file, for commands that use it.
    ///
    /// # Errors
    /// When the URL names PostgreSQL or no backend.
    pub fn sqlite_file(&self) -> Result<PathBuf, ConfigError> {
        let NamedDatabase { setting, database } = self.database()?;
        match database {
            Database::Sqlite(path) => Ok(path),
            Database::Postgres(_) => Err(ConfigError::invalid(
                setting,
                "this command is for SQLite; back up PostgreSQL with pg_dump, restore it with pg_restore",
            )),
        }
    }
}
