//! What people write for the commands that work on the SQLite file itself.

use std::path::PathBuf;

use clap::Args;

use super::ConfigError;
use super::store::Database;

/// Where the database is, in the words of `taskward serve`.
#[derive(Debug, Clone, Args)]
pub struct DatabaseOptions {
    /// Directory for databases
    #[arg(
        long,
        env = "TASKWARD_DATA",
        default_value = ".taskward",
        value_name = "DIRECTORY"
    )]
    pub data: PathBuf,

    /// Where tasks are kept: sqlite:PATH [default: sqlite:{data}/tasks.db]
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

impl DatabaseOptions {
    /// The SQLite file.
    ///
    /// # Errors
    /// When tasks are kept elsewhere, or nobody can tell where.
    pub fn sqlite_file(&self) -> Result<PathBuf, ConfigError> {
        let Some(url) = self.database_url.as_deref() else {
            return Ok(self.data.join("tasks.db"));
        };
        match Database::parse(url)? {
            Database::Sqlite(path) => Ok(path),
            Database::Postgres(_) => Err(ConfigError::invalid(
                "DATABASE_URL",
                "this is for SQLite; PostgreSQL is backed up with pg_dump and restored with pg_restore",
            )),
        }
    }
}
