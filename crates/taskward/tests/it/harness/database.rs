//! The database of one server under test: its own, empty at first, gone afterwards.

use std::path::Path;
use std::sync::Arc;

use taskward::store::Store;
use taskward::store::sqlite::SqliteStore;

/// Where tasks are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

pub(crate) struct Database {
    url: String,
}

impl Database {
    pub(crate) async fn empty(backend: Backend, data: &Path) -> Self {
        match backend {
            Backend::Sqlite => Self {
                url: format!("sqlite:{}", data.join("tasks.db").display()),
            },
            Backend::Postgres => unimplemented!(),
        }
    }

    /// As `DATABASE_URL` has it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The store on it, as the server would open it.
    pub(crate) async fn store(&self) -> Arc<dyn Store> {
        let path = Path::new(self.url.strip_prefix("sqlite:").unwrap());
        Arc::new(SqliteStore::open(path).unwrap())
    }

    pub(crate) async fn execute(&self, statements: &str) {
        self.sqlite().execute_batch(statements).unwrap();
    }

    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.sqlite()
            .query_row(query, [], |row| row.get(0))
            .unwrap()
    }

    fn sqlite(&self) -> rusqlite::Connection {
        let path = self.url.strip_prefix("sqlite:").unwrap();
        let connection = rusqlite::Connection::open(path).unwrap();
        connection
            .busy_timeout(std::time::Duration::from_secs(5))
            .unwrap();
        connection
    }
}
