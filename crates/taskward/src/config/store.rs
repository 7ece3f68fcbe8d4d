//! Which database, and where.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{ConfigError, ServeOptions};

#[derive(Debug)]
pub struct StoreConfig {
    /// The directory for databases and the generated secret.
    pub data: PathBuf,
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
        })
    }
}

impl Database {
    /// Reads `DATABASE_URL` as far as needed to choose the backend.
    ///
    /// # Errors
    /// [`ConfigError`], without the value, which may contain a password.
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        let wrong = |problem: &str| Err(ConfigError::invalid("DATABASE_URL", problem));
        match url.split_once(':') {
            Some(("sqlite", "")) => wrong("names no file; write sqlite:PATH"),
            Some(("sqlite", path)) => {
                let path = Path::new(path.strip_prefix("//").unwrap_or(path));
                Ok(Self::Sqlite(path.to_owned()))
            }
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Self::Postgres(url.into()))
            }
            _ => wrong(
                "is not a database URL; write sqlite:PATH or postgres://user:password@host/database",
            ),
        }
    }
}
