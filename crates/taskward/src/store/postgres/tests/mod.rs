//! The backend on a real PostgreSQL: what cannot be seen through HTTP.
//!
//! `TASKWARD_TEST_POSTGRES_URL` names a cluster the tests may use as they like; each test makes a database of its own.

mod behaviour;
mod events;
mod faults;
mod isolation;
mod preparing;
mod proxy;
mod tls;

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use tokio_postgres::{Client, NoTls};

use super::super::{CallerTasks, StoreError};
use super::address::Address;
use super::tasks::PostgresTasks;
use super::{PostgresStore, migrate};
use crate::domain::{
    Listing, PageLimit, PageRequest, Task, TaskContent, TaskFilter, TaskId, Title, UserId, Write,
    WriteAction,
};

/// The login of the servers under test. Roles belong to the cluster, so all tests share it.
const LOGIN: &str = "taskward_test";
const PASSWORD: &str = "not a secret";

/// A database, gone with its drop.
pub(super) struct Database {
    admin: String,
    name: String,
}

impl Database {
    /// An empty one.
    pub(super) async fn empty() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        #[expect(
            clippy::disallowed_methods,
            reason = "a test has no command line to take it from"
        )]
        let admin = std::env::var("TASKWARD_TEST_POSTGRES_URL").expect(
            "set TASKWARD_TEST_POSTGRES_URL to a PostgreSQL the tests may use, or run `cargo xtask test`, which starts one",
        );
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("unit_{}_{number}", std::process::id());
        let client = connect(&admin).await;
        client
            .batch_execute(&format!(
                "CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"
            ))
            .await
            .unwrap();
        Self { admin, name }
    }

    /// An empty one, in a cluster where `taskward migrate` has been before.
    pub(super) async fn with_roles() -> Self {
        drop(Self::migrated().await);
        Self::empty().await
    }

    /// One that `taskward migrate` prepared.
    pub(super) async fn migrated() -> Self {
        let database = Self::empty().await;
        let made = format!(
            "DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN PASSWORD '{PASSWORD}'; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        database.admin().await.batch_execute(&made).await.unwrap();
        migrate(&database.admin_url(), Some(LOGIN)).await.unwrap();
        database
    }

    pub(super) fn admin_url(&self) -> String {
        let (server, _) = self.admin.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    /// The URL a server is started with.
    pub(super) fn url(&self) -> String {
        let (_, server) = self.admin.rsplit_once('@').unwrap();
        let (server, _) = server.rsplit_once('/').unwrap();
        let password = PASSWORD.replace(' ', "%20");
        format!("postgres://{LOGIN}:{password}@{server}/{}", self.name)
    }

    /// Somebody who may do anything, beside the server.
    pub(super) async fn admin(&self) -> Client {
        connect(&self.admin_url()).await
    }

    pub(super) async fn store(&self) -> PostgresStore {
        PostgresStore::open(&self.url()).await.unwrap()
    }

    /// A store whose requests share one connection and go by way of `url`; its events go straight.
    pub(super) fn store_through(&self, url: &str) -> PostgresStore {
        let (requests, events) = (Address::parse(url), Address::parse(&self.url()));
        PostgresStore::assemble(requests.unwrap(), events.unwrap(), 1).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let statement = format!("DROP DATABASE {name} WITH (FORCE)");
                connect(&admin)
                    .await
                    .batch_execute(&statement)
                    .await
                    .unwrap();
            });
        });
        dropping.join().unwrap();
    }
}

async fn connect(url: &str) -> Client {
    let (client, driver) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(driver);
    client
}

pub(super) fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

pub(super) fn tasks<'a>(store: &'a PostgresStore, owner: &'a UserId) -> PostgresTasks<'a> {
    PostgresTasks {
        owner,
        backend: &store.backend,
    }
}

pub(super) fn id(number: u64) -> TaskId {
    TaskId::parse(&format!("0198f5d0-7c3a-7b21-9e4f-{number:012x}")).unwrap()
}

pub(super) fn at(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).unwrap()
}

pub(super) fn content(title: &str) -> TaskContent {
    TaskContent {
        title: Title::parse(title).unwrap(),
        description: None,
        completed: false,
    }
}

pub(super) fn create(number: u64, title: &str) -> Write {
    Write {
        id: id(number),
        action: WriteAction::Create(content(title)),
    }
}

pub(super) fn page(limit: u16, filter: TaskFilter) -> PageRequest {
    PageRequest::new(PageLimit::new(limit).unwrap(), filter, None).unwrap()
}

pub(super) async fn everything(
    store: &PostgresStore,
    owner: &UserId,
) -> Result<(Vec<Task>, u64), StoreError> {
    let listing = tasks(store, owner)
        .list(page(500, TaskFilter::default()), None)
        .await?;
    match listing {
        Listing::Page(page) => Ok((page.tasks, page.seq)),
        Listing::Unchanged => panic!("nobody said what they know"),
    }
}

pub(super) async fn titles(store: &PostgresStore, owner: &UserId) -> Vec<String> {
    let (tasks, _) = everything(store, owner).await.unwrap();
    tasks
        .iter()
        .map(|task| task.title.as_str().to_owned())
        .collect()
}
