//! Where things are kept, in the words that all commands share.

use std::path::PathBuf;

use clap::Args;

use super::ConfigError;
use super::store::Database;

/// Where the data is.
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

    /// Where tasks are kept: sqlite:PATH or postgres://... [default: sqlite:{data}/tasks.db]
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

impl DatabaseOptions {
    /// The backend and where it is.
    ///
    /// # Errors
    /// When the URL names none.
    pub fn database(&self) -> Result<Database, ConfigError> {
        match self.database_url.as_deref() {
            None => Ok(Database::Sqlite(self.data.join("tasks.db"))),
            Some(url) => Database::parse(url),
        }
    }

    /// The SQLite file, for commands that work on it.
    ///
    /// # Errors
    /// When tasks are kept elsewhere, or nobody can tell where.
    pub fn sqlite_file(&self) -> Result<PathBuf, ConfigError> {
        match self.database()? {
            Database::Sqlite(path) => Ok(path),
            Database::Postgres(_) => Err(ConfigError::invalid(
                "DATABASE_URL",
                "this is for SQLite; PostgreSQL is backed up with pg_dump and restored with pg_restore",
            )),
        }
    }
}
