//! The database of a server under test: created empty, dropped after the test.
//!
//! `TASKWARD_TEST_POSTGRES_URL` is a PostgreSQL that the tests may use as its superuser. Without it the tests that need one
//! fail.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use taskward_postgres::{PostgresStore, migrate};
use taskward_sqlite::SqliteStore;
use taskward_store::Store;
use tokio_postgres::NoTls;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// The login of servers under test. Roles belong to the cluster, so all tests share it.
const LOGIN: &str = "taskward_it";

pub(crate) enum Database {
    Sqlite {
        url: String,
    },
    Postgres {
        url: String,
        /// The same database with a superuser's login.
        admin_url: String,
        /// The database of `TASKWARD_TEST_POSTGRES_URL`.
        cluster_url: String,
        name: String,
    },
}

impl Database {
    pub(crate) async fn empty(backend: Backend, data: &Path) -> Self {
        match backend {
            Backend::Sqlite => Self::Sqlite {
                url: format!("sqlite:{}", data.join("tasks.db").display()),
            },
            Backend::Postgres => Self::migrated_postgres().await,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "tests have no command line")]
    async fn migrated_postgres() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let cluster_url = std::env::var("TASKWARD_TEST_POSTGRES_URL").expect(
            "set TASKWARD_TEST_POSTGRES_URL to a PostgreSQL the tests may use, or run `cargo xtask test`, which starts one",
        );
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("it_{}_{number}", std::process::id());
        let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        run(&cluster_url, &create).await;
        let in_database = |user: Option<&str>| {
            let mut url: url::Url = cluster_url.parse().unwrap();
            url.set_path(&name);
            if let Some(user) = user {
                url.set_username(user).unwrap();
                url.set_password(Some(user)).unwrap();
            }
            url.to_string()
        };
        let (admin_url, url) = (in_database(None), in_database(Some(LOGIN)));
        let login = format!(
            "DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN PASSWORD '{LOGIN}';
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        run(&admin_url, &login).await;
        migrate(&admin_url, Some(LOGIN), false).await.unwrap();
        Self::Postgres {
            url,
            admin_url,
            cluster_url,
            name,
        }
    }

    /// The value of `DATABASE_URL`.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Sqlite { url } | Self::Postgres { url, .. } => url,
        }
    }

    /// Opens the store as the server does.
    pub(crate) async fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite { url } => Arc::new(SqliteStore::open(file(url)).unwrap()),
            Self::Postgres { url, .. } => Arc::new(PostgresStore::open(url).await.unwrap()),
        }
    }

    /// Runs statements on a connection that is not the server's.
    pub(crate) async fn execute(&self, statements: &str) {
        match self {
            Self::Sqlite { url } => sqlite(url).execute_batch(statements).unwrap(),
            Self::Postgres { admin_url, .. } => run(admin_url, statements).await,
        }
    }

    /// The number that a query returns.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        match self {
            Self::Sqlite { url } => sqlite(url).query_row(query, [], |row| row.get(0)).unwrap(),
            Self::Postgres { admin_url, .. } => {
                let query = format!("SELECT CAST(({query}) AS bigint)");
                let row = connect(admin_url).await.query_one(&query, &[]).await;
                row.unwrap().get(0)
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Self::Postgres {
            cluster_url, name, ..
        } = self
        else {
            return;
        };
        let drop_database = format!("DROP DATABASE {name} WITH (FORCE)");
        let cluster_url = cluster_url.clone();
        // `drop` may run on a runtime, which must not be blocked on.
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(run(&cluster_url, &drop_database));
        });
        work.join().unwrap();
    }
}

fn file(url: &str) -> &Path {
    Path::new(url.strip_prefix("sqlite:").unwrap())
}

fn sqlite(url: &str) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(file(url)).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_secs(5))
        .unwrap();
    connection
}

async fn run(url: &str, statements: &str) {
    connect(url).await.batch_execute(statements).await.unwrap();
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, driver) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(driver);
    client
        .batch_execute("SET search_path TO taskward, public")
        .await
        .unwrap();
    client
}
