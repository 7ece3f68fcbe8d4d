//! Recognises a file of another program before anything is written to it or beside it.

use std::fmt;
use std::fs;
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::lock::beside;
use crate::schema;

/// What the file holds instead of our tables.
#[derive(Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A table of another program.
    Table(String),
    /// Something that is no database.
    NoDatabase,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(name) => write!(
                f,
                "is a database of another program: it has the table {name:?} and no tables of taskward"
            ),
            Self::NoDatabase => f.write_str("is not a SQLite database"),
        }
    }
}

/// `None` if the file is ours, is new, or cannot be read; then the caller finds out more. Changes nothing.
///
/// Must not be called while the process has a connection to the file, like `connection::create_private`.
#[must_use]
pub fn find(path: &Path) -> Option<Foreign> {
    if fs::metadata(path).ok()?.len() == 0 {
        return None;
    }
    match open(path).and_then(|connection| foreign_table(&connection)) {
        Ok(table) => table.map(Foreign::Table),
        // A database of ours that a server has used may be damaged.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            (!beside(path, "-lock").exists()).then_some(Foreign::NoDatabase)
        }
        Err(_) => None,
    }
}

/// Without a write-ahead log the file alone is the database. Immutable access then creates no file beside it.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if beside(path, "-wal").exists() {
        return Connection::open_with_flags(path, flags);
    }
    let path = path.to_string_lossy();
    let escaped = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let uri = format!("file:{escaped}?immutable=1");
    Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
}

fn foreign_table(connection: &Connection) -> rusqlite::Result<Option<String>> {
    if schema::version(connection)?.is_some() {
        return Ok(None);
    }
    // A first migration that was interrupted leaves the empty list of migrations.
    let sql = "SELECT min(name) FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name <> 'refinery_schema_history'";
    connection.query_row(sql, [], |row| row.get(0))
}
