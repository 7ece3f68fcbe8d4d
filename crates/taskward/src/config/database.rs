//! The settings of storage that all commands share.

use std::path::PathBuf;

use clap::Args;

use super::ConfigError;
use super::store::Database;

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
    /// # Errors
    /// When the URL names no backend.
    pub fn database(&self) -> Result<Database, ConfigError> {
        match self.database_url.as_deref() {
            None => Ok(Database::Sqlite(self.data.join("tasks.db"))),
            Some(url) => Database::parse(url),
        }
    }

    /// The SQLite file, for commands that use it.
    ///
    /// # Errors
    /// When the URL names PostgreSQL or no backend.
    pub fn sqlite_file(&self) -> Result<PathBuf, ConfigError> {
        match self.database()? {
            Database::Sqlite(path) => Ok(path),
            Database::Postgres(_) => Err(ConfigError::invalid(
                "DATABASE_URL",
                "this command is for SQLite; back up PostgreSQL with pg_dump, restore it with pg_restore",
            )),
        }
    }
}
