//! The settings of storage that all commands share.

use std::path::{Path, PathBuf};

use clap::Args;

use super::ConfigError;
use super::store::{Database, NamedDatabase};

/// The variable of this program.
pub(crate) const OWN: &str = "TASKWARD_DATABASE_URL";
/// The variable that many programs read, so that its value may be meant for another one.
pub(crate) const SHARED: &str = "DATABASE_URL";
/// The directory, which decides where nothing else does.
const DATA: &str = "TASKWARD_DATA";

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
        env = DATA,
        default_value = ".taskward",
        value_name = "DIRECTORY"
    )]
    pub data: PathBuf,

    #[command(flatten)]
    pub url: DatabaseUrl,

    /// The auth server's database, handed on to it: sqlite:PATH or postgres://... [default: sqlite:{data}/auth.db]
    #[arg(
        long,
        env = ACCOUNTS,
        value_name = "URL",
        hide_env_values = true
    )]
    pub auth_database_url: Option<String>,
}

const ACCOUNTS: &str = "AUTH_DATABASE_URL";
/// The name of the auth server's database in the data directory.
pub(super) const ACCOUNTS_FILE: &str = "auth.db";

/// The auth server's database, as far as this program handles it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounts {
    Sqlite(PathBuf),
    Postgres,
}

impl Accounts {
    /// The file, if the accounts are in one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres => None,
        }
    }
}

impl DatabaseOptions {
    /// # Errors
    /// When the URL names no backend.
    pub fn database(&self) -> Result<NamedDatabase, ConfigError> {
        Ok(self.url.database()?.unwrap_or_else(|| NamedDatabase {
            setting: DATA,
            database: Database::Sqlite(self.data.join("tasks.db")),
        }))
    }

    /// The database of the auth server, read as the auth server does.
    ///
    /// # Errors
    /// When the URL names no database that the auth server can use.
    pub fn accounts(&self) -> Result<Accounts, ConfigError> {
        let Some(url) = self.auth_database_url.as_deref() else {
            return Ok(Accounts::Sqlite(self.default_accounts()));
        };
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Accounts::Sqlite(path.into())),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Accounts::Postgres)
            }
            _ => Err(ConfigError::invalid(
                ACCOUNTS,
                "is not a database URL; write sqlite:PATH or postgres://user@host/database",
            )),
        }
    }

    /// The file of the auth server's database, if no variable names another.
    pub(crate) fn default_accounts(&self) -> PathBuf {
        self.data.join(ACCOUNTS_FILE)
    }

    /// The variable that decides where the accounts are.
    pub(crate) fn accounts_setting(&self) -> &'static str {
        match self.auth_database_url {
            Some(_) => ACCOUNTS,
            None => DATA,
        }
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
