//! Where things are kept.

use std::path::{Path, PathBuf};

use super::{ConfigError, ServeOptions};

/// Settings of storage.
#[derive(Debug)]
pub struct StoreConfig {
    /// The directory that is ours.
    pub data: PathBuf,
    /// The SQLite file with the tasks.
    pub sqlite: PathBuf,
}

impl StoreConfig {
    pub(super) fn new(options: &ServeOptions) -> Result<Self, ConfigError> {
        let data = options.data.clone();
        let sqlite = match options.database_url.as_deref() {
            None => data.join("tasks.db"),
            Some(url) => sqlite_path(url)?,
        };
        Ok(Self { data, sqlite })
    }
}

fn sqlite_path(url: &str) -> Result<PathBuf, ConfigError> {
    let wrong = |problem: &str| Err(ConfigError::invalid("DATABASE_URL", problem));
    match url.split_once(':') {
        Some(("sqlite", "")) => wrong("names no file; write sqlite:PATH"),
        Some(("sqlite", path)) => Ok(Path::new(path.strip_prefix("//").unwrap_or(path)).to_owned()),
        Some(("postgres" | "postgresql", _)) => {
            wrong("PostgreSQL is not supported by this version yet; use sqlite:PATH")
        }
        _ => wrong("is no database URL; write sqlite:PATH"),
    }
}
