//! Which database, and where.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::database::SHARED;
use super::{ConfigError, ServeOptions};

#[derive(Debug)]
pub struct StoreConfig {
    /// The directory for databases and the generated secret.
    pub data: PathBuf,
    pub database: NamedDatabase,
    /// The file with the accounts of an auth server that this process starts, if they are in a file.
    pub accounts: Option<NamedFile>,
}

/// A file and the variable that decided on it.
#[derive(Debug)]
pub struct NamedFile {
    pub setting: &'static str,
    pub path: PathBuf,
}

/// A database and the variable that decided on it, which errors about it name.
#[derive(Debug)]
pub struct NamedDatabase {
    pub setting: &'static str,
    pub database: Database,
}

#[derive(Debug)]
pub enum Database {
    Sqlite(PathBuf),
    /// The URL may contain a password.
    Postgres(SecretString),
}

impl StoreConfig {
    pub(super) fn new(options: &ServeOptions) -> Result<Self, ConfigError> {
        Ok(Self {
            data: options.database.data.clone(),
            database: options.database.database()?,
            accounts: accounts(options),
        })
    }
}

fn accounts(options: &ServeOptions) -> Option<NamedFile> {
    options.auth_command.as_ref()?;
    // The auth server refuses an unusable URL with a sentence of its own.
    let accounts = options.database.accounts().ok()?;
    Some(NamedFile {
        setting: options.database.accounts_setting(),
        path: accounts.file()?.to_owned(),
    })
}

impl Database {
    /// Reads the URL as far as needed to choose the backend.
    ///
    /// # Errors
    /// [`ConfigError`], without the value, which may contain a password.
    pub fn parse(setting: &'static str, url: &str) -> Result<Self, ConfigError> {
        let wrong = |problem: &str| Err(ConfigError::invalid(setting, problem));
        match url.split_once(':') {
            Some(("sqlite", "")) => wrong("names no file; write sqlite:PATH"),
            Some(("sqlite", path)) => {
                let path = Path::new(path.strip_prefix("//").unwrap_or(path));
                Ok(Self::Sqlite(path.to_owned()))
            }
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Self::Postgres(url.into()))
            }
            _ if setting == SHARED => wrong(
                "is not a database URL of taskward, so it seems to be meant for another program; set \
                 TASKWARD_DATABASE_URL, which takes precedence, to sqlite:PATH or \
                 postgres://user:password@host/database",
            ),
            _ => wrong(
                "is not a database URL; write sqlite:PATH or postgres://user:password@host/database",
            ),
        }
    }
}

/// What to do about a database of another program.
pub(crate) fn way_out(setting: &'static str) -> &'static str {
    if setting == SHARED {
        "set TASKWARD_DATABASE_URL, which takes precedence over DATABASE_URL, to another database"
    } else {
        "name another database with TASKWARD_DATABASE_URL"
    }
}
